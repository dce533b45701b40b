import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { blocksOf } from '../../../../test/documents.ts';
import { DEFAULT_DETECT_OPTIONS } from '../../../core/episode/options.ts';
import { parseNotifierConfig } from './notifier-config.ts';

const PATH = '/etc/podtide/notifier.yaml';

const parse = (text: string) => parseNotifierConfig(PATH, text);

function problemsOf(text: string): readonly string[] {
  try {
    parse(text);
    return [];
  } catch (thrown) {
    return (thrown as Error).message.split('\n').map((line) => line.replace(`${PATH}:`, ''));
  }
}

const HEAD =
  'cluster: {id: prod}\nsinks:\n  ding: {type: dingtalk, tokenRef: {file: t}, keyword: k}\n  mail: {type: slack, webhookRef: {file: w}}\n';

/** A file of two sinks with these routes, which begin in line 6. */
const withRoutes = (...routes: readonly string[]): string =>
  `${HEAD}routes:\n${routes.map((route) => `  - ${route}`).join('\n')}`;

/** A file of one sink `a` with these settings, in line 2. */
const withSink = (settings: string): string => `cluster: {id: prod}\nsinks: {a: {${settings}}}\nroutes: [{sinks: [a]}]`;

describe('parseNotifierConfig', () => {
  test('the least that can be said', () => {
    const config = parse(withRoutes('{sinks: [ding]}'));
    expect(config).toEqual({
      cluster: { id: 'prod', displayName: 'prod' },
      detect: DEFAULT_DETECT_OPTIONS,
      mustAsk: false,
      expireAfterMs: 86_400_000,
      onDoubt: 'resend',
      heartbeat: null,
      decisionUrl: null,
      sinks: new Map([
        ['ding', { type: 'dingtalk', tokenRef: { file: '/etc/podtide/t' }, keyword: 'k', format: 'text' }],
        ['mail', { type: 'slack', webhookRef: { file: '/etc/podtide/w' } }],
      ]),
      routes: [
        {
          name: 'route-1',
          match: { clusters: [], namespaces: [], labels: null, kinds: [], types: [], severities: [] },
          sinks: ['ding'],
          isContinued: false,
          language: 'en',
          timeZone: 'UTC',
          mention: { mobiles: [], mobilesRef: null, userIds: [], isEverybody: false },
          group: null,
          quiet: null,
          fallback: null,
        },
      ],
    });
  });

  test('a sign of life is given in the zone of the whole', () => {
    const { heartbeat } = parse(`${withRoutes('{sinks: [ding]}')}\nheartbeat: "09:30"\ntimezone: Asia/Shanghai`);
    expect(heartbeat).toEqual({ minute: 570, timeZone: 'Asia/Shanghai' });
  });

  test.each(['en', 'zh-CN'])('the page in %s shows a file that is taken', (language) => {
    const [block] = blocksOf(`docs/reference/${language}/notifier-config.md`).filter(
      (each) => each.language === 'yaml',
    );
    const { cluster, detect, sinks, routes } = parse(block?.text ?? '');
    expect({ cluster, detect, sinks: [...sinks], routes }).toEqual({
      cluster: { id: 'prod-sh-1', displayName: '生产-上海' },
      detect: DEFAULT_DETECT_OPTIONS,
      sinks: [
        [
          'ops-ding',
          {
            type: 'dingtalk',
            tokenRef: { file: '/etc/podtide/ding/token' },
            secretRef: { file: '/etc/podtide/ding/secret' },
            keyword: '弹性伸缩',
            format: 'text',
            limit: { perMinute: 18, burst: 6 },
          },
        ],
        [
          'sre-mail',
          {
            type: 'smtp',
            host: 'smtp.example.com',
            tls: 'starttls',
            user: 'podtide@example.com',
            passwordRef: { secretName: 'notifier-mail', secretKey: 'password' },
            from: 'Podtide <podtide@example.com>',
            to: ['sre@example.com'],
          },
        ],
      ],
      routes: [
        {
          name: 'on-call',
          match: { clusters: [], namespaces: ['pay-*'], labels: null, kinds: [], types: [], severities: ['critical'] },
          sinks: ['ops-ding', 'sre-mail'],
          isContinued: true,
          language: 'zh-CN',
          timeZone: 'Asia/Shanghai',
          mention: { mobiles: [], mobilesRef: { file: '/etc/podtide/oncall' }, userIds: [], isEverybody: false },
          group: null,
          quiet: null,
          fallback: null,
        },
        {
          name: 'route-2',
          match: { clusters: [], namespaces: [], labels: null, kinds: [], types: ['scale.*'], severities: [] },
          sinks: ['ops-ding'],
          isContinued: false,
          language: 'zh-CN',
          timeZone: 'Asia/Shanghai',
          mention: { mobiles: [], mobilesRef: null, userIds: [], isEverybody: false },
          group: { by: ['namespace'], waitMs: 5_000, intervalMs: 60_000 },
          quiet: {
            days: ['Sat', 'Sun'],
            fromMinute: 1_320,
            toMinute: 480,
            mode: 'digest',
            exceptSeverities: ['critical'],
          },
          fallback: 'sre-mail',
        },
        {
          name: 'route-3',
          match: { clusters: [], namespaces: [], labels: null, kinds: [], types: [], severities: [] },
          sinks: ['sre-mail'],
          isContinued: false,
          language: 'en',
          timeZone: 'Asia/Shanghai',
          mention: { mobiles: [], mobilesRef: null, userIds: [], isEverybody: false },
          group: null,
          quiet: null,
          fallback: null,
        },
      ],
    });
  });

  test.each(['en', 'zh-CN'])('the page in %s names every key that can be said', (language) => {
    const page = readFileSync(`docs/reference/${language}/notifier-config.md`, 'utf8');
    const missing = ALL_KEYS.filter((key) => !page.includes(`\`${key}\``));
    expect(missing).toEqual([]);
  });

  test.each<{ why: string; text: string; says: readonly unknown[] }>([
    {
      why: 'nothing',
      text: '',
      says: [
        '1:1 cluster: must be a mapping with the id of the cluster',
        '1:1 sinks: must be a mapping of names to sinks',
        '1:1 routes: must be a list of routes',
      ],
    },
    { why: 'no YAML', text: 'sinks: {', says: [expect.stringMatching(/^1:\d+ /)] },
    {
      why: 'a key that nobody knows',
      text: `${withRoutes('{sinks: [ding]}')}\nmutes: []`,
      says: ['7:8 mutes: no such key'],
    },
    {
      why: 'a key of a sink that nobody knows',
      text: withSink('type: slack, webhookRef: {file: w}, chanel: x'),
      says: ['2:57 sinks.a.chanel: no such key'],
    },
    {
      why: 'a sink of no kind',
      text: withSink('type: teams'),
      says: ['2:19 sinks.a.type: must have a type: dingtalk, feishu, wecom, slack, alertmanager, webhook or smtp'],
    },
    {
      why: 'a secret that stands in the file',
      text: withSink('type: slack, webhookRef: "https://hooks.slack.com/services/T/B/x"'),
      says: [
        '2:38 sinks.a.webhookRef: must be a reference, such as {file: ding/token} or {secretName: ding, secretKey: token}: secrets do not stand in this file',
      ],
    },
    {
      why: 'a robot that would take nothing',
      text: withSink('type: dingtalk, tokenRef: {file: t}'),
      says: [
        '2:12 sinks.a: must have secretRef (signing) or keyword: a robot takes nothing that is neither signed nor has one of its keywords',
      ],
    },
    {
      why: 'mail without TLS, to nobody',
      text: withSink('type: smtp, host: h, tls: none, from: a@b.c, to: [nobody]'),
      says: [
        '2:39 sinks.a.tls: must be starttls or implicit: there is no mail without TLS',
        '2:63 sinks.a.to[0]: must be a mail address',
      ],
    },
    {
      why: 'an origin with a path',
      text: withSink('type: slack, webhookRef: {file: w}, allowedOrigins: "https://slack.example.com/hooks"'),
      says: ['2:65 sinks.a.allowedOrigins[0]: must be an origin such as https://oapi.dingtalk.com, without a path'],
    },
    {
      why: 'everything at once, within and between the parts',
      text: withRoutes(
        '{sinks: [dong], fallback: dang}',
        '{sinks: [ding], language: fr, timezone: Asia/Peking, match: {type: scale.upward, labels: "a==,"}}',
        '{sinks: [ding], fallback: ding, quiet: {from: "25:00", to: "8:00"}, group: {by: [team], wait: 2h}}',
      ),
      says: [
        "7:94 routes[1].match.labels: must be a label selector such as team=pay: found '', expected: identifier after ','",
        '7:72 routes[1].match.type: scale.upward is no type of notice: say for example scale.* or metrics.lost',
        '7:31 routes[1].language: must be en, zh-CN or both',
        '7:45 routes[1].timezone: must be an IANA time zone such as Asia/Shanghai',
        '8:86 routes[2].group.by[0]: must be a list of cluster, namespace, hpa, kind, type, severity',
        '8:99 routes[2].group.wait: must be a duration from 0s to 1h, such as 5s',
        '8:51 routes[2].quiet.from: must be a time of day in quotation marks, such as "22:00"',
        '8:64 routes[2].quiet.to: must be a time of day in quotation marks, such as "22:00"',
        '6:14 routes[0].sinks[0]: must be one of the sinks: ding, mail',
        '6:31 routes[0].fallback: must be one of the sinks: ding, mail',
        '8:31 routes[2].fallback: must be another sink than those that it stands in for',
      ],
    },
    {
      why: 'two routes of one name',
      text: withRoutes('{name: a, sinks: [ding], continue: true}', '{name: a, sinks: [mail]}'),
      says: ['7:12 routes[1].name: must be there only once'],
    },
    {
      why: 'hours of a detection that cannot be',
      text: `${withRoutes('{sinks: [ding]}')}\ndetect: {stuckAfter: 1s, flap: {reversals: 1}, providerDown: {share: 30}, levelRepeat: 10s}`,
      says: [
        '7:22 detect.stuckAfter: must be a duration from 10s to 24h, such as 60s',
        '7:88 detect.levelRepeat: must be 0s, or a duration from 1m to 24h, such as 4h',
        '7:44 detect.flap.reversals: must be a whole number from 2 to 1000',
        '7:70 detect.providerDown.share: must be a number from 0 to 1',
      ],
    },
    {
      why: 'a sign of life at no time of day',
      text: `${withRoutes('{sinks: [ding]}')}\nheartbeat: 9am`,
      says: ['7:12 heartbeat: must be a time of day in quotation marks, such as "22:00"'],
    },
    {
      why: 'a place that there is not',
      text: `${withRoutes('{sinks: [ding]}')}\ndecisionUrl: "https://a.example/{pod}"`,
      says: [
        '7:14 decisionUrl: {pod} stands for nothing; there are {cluster}, {namespace}, {hpa}, {kind}, {target}, {episode}, {atMs}',
      ],
    },
  ])('$why', ({ text, says }) => expect(problemsOf(text)).toEqual(says));

  test.each<{ why: string; before: string; after: string; isReached: boolean }>([
    {
      why: 'everything before anything',
      before: '{sinks: [ding]}',
      after: '{sinks: [mail], match: {type: "scale.*"}}',
      isReached: false,
    },
    {
      why: 'everything that continues',
      before: '{sinks: [ding], continue: true}',
      after: '{sinks: [mail]}',
      isReached: true,
    },
    {
      why: 'a wider pattern',
      before: '{sinks: [ding], match: {namespace: "pay-*"}}',
      after: '{sinks: [mail], match: {namespace: [pay-a, "pay-b*"]}}',
      isReached: false,
    },
    {
      why: 'a narrower pattern',
      before: '{sinks: [ding], match: {namespace: "pay-b*"}}',
      after: '{sinks: [mail], match: {namespace: "pay-*"}}',
      isReached: true,
    },
    {
      why: 'any namespace, and what has none',
      before: '{sinks: [ding], match: {namespace: "*"}}',
      after: '{sinks: [mail]}',
      isReached: true,
    },
    {
      why: 'more severities',
      before: '{sinks: [ding], match: {severity: [info, critical]}}',
      after: '{sinks: [mail], match: {severity: critical}}',
      isReached: false,
    },
    {
      why: 'the same selector, written otherwise',
      before: '{sinks: [ding], match: {labels: "team=pay"}}',
      after: '{sinks: [mail], match: {labels: "team = pay", kind: Deployment}}',
      isReached: false,
    },
    {
      why: 'another selector',
      before: '{sinks: [ding], match: {labels: team}}',
      after: '{sinks: [mail], match: {labels: team=pay}}',
      isReached: true,
    },
  ])('behind $why', ({ before, after, isReached }) => {
    const says = '7:5 routes[1]: is never reached: routes[0] takes all that it matches, and does not continue';
    expect(problemsOf(withRoutes(before, after))).toEqual(isReached ? [] : [says]);
  });
});

/** Every key of the file, as its page names them. */
const ALL_KEYS = [
  ...['cluster.id', 'cluster.displayName', 'language', 'timezone', 'onlyLabelled', 'expireAfter', 'possibleDuplicates'],
  ...['heartbeat', 'decisionUrl'],
  ...['tokenRef', 'secretRef', 'keyword', 'format', 'webhookRef', 'urls', 'authorizationRef', 'urlRef', 'host', 'port'],
  ...['tls', 'user', 'passwordRef', 'from', 'to', 'limit.perMinute', 'limit.burst', 'allowedOrigins'],
  ...['name', 'match.cluster', 'match.namespace', 'match.labels', 'match.kind', 'match.type', 'match.severity'],
  ...['continue', 'mention.mobiles', 'mention.mobilesRef', 'mention.userIds', 'mention.everybody', 'fallback'],
  ...['group.by', 'group.wait', 'group.interval', 'quiet.from', 'quiet.to', 'quiet.days', 'quiet.mode', 'quiet.except'],
  ...['settle', 'stuckAfter', 'stuckRepeat', 'downDebounce', 'confirm', 'atMaxHold', 'atMaxClear', 'unreachableHold'],
  ...['metricsLostHold', 'metricsPartialHold', 'recoveryHold', 'levelRepeat', 'startUp', 'catchUp', 'manualChanges'],
  ...['stepHold', 'flap.reversals', 'flap.starts', 'flap.window', 'flap.digest', 'flap.quietWindows'],
  ...['providerDown.share', 'providerDown.hpas', 'providerDown.within', 'providerDown.hold'],
];

import { describe, expect, test } from 'vitest';
import {
  NOTICE_VARIANTS,
  noticeOf,
  noticesOf,
  noticesOfAnHour,
  READINGS,
  readerIn,
  TOLD_AT_MS,
} from '../../../test/fixtures/notices.ts';
import {
  CLUSTER_TEXT_LENGTH_MAX,
  DIGEST_LINES_COUNT_MAX,
  DIGEST_NAMESPACES_COUNT_MAX,
} from '../../base/message-limits.ts';
import { NOTICE_TYPES, type Notice, STUCK_CAUSES, type StuckCause } from '../episode/notice.ts';
import { explainNotices, type NoticeReader } from './explain-notices.ts';
import { asPossibleDuplicate, messageText } from './message-text.ts';
import { METRIC_REASONS } from './notice-words.ts';

const READERS: Readonly<Record<string, NoticeReader>> = {
  en: readerIn('en'),
  'zh-CN': readerIn('zh-CN'),
  both: readerIn('zh-CN', 'en'),
  seed: { ...readerIn('zh-CN'), style: 'seed' },
};

const EN = readerIn('en');
const ZH = readerIn('zh-CN');

const textOf = (notices: readonly Notice[], reader: NoticeReader): string =>
  messageText(explainNotices(notices, reader));

describe('every notice', () => {
  for (const [name, reader] of Object.entries(READERS)) {
    test.each(NOTICE_VARIANTS)(`reads as in test/golden/notices/${name}-%s.txt`, async (variant) => {
      const texts = noticesOf(variant).map((notice) => `=== ${notice.type}\n${textOf([notice], reader)}\n`);
      await expect(texts.join('\n')).toMatchFileSnapshot(`../../../test/golden/notices/${name}-${variant}.txt`);
    });

    test(`of an hour reads as in test/golden/notices/${name}-digest.txt`, async () => {
      await expect(`${textOf(noticesOfAnHour(), reader)}\n`).toMatchFileSnapshot(
        `../../../test/golden/notices/${name}-digest.txt`,
      );
    });
  }

  const spoken: readonly Notice[] = [
    ...NOTICE_VARIANTS.filter((variant) => variant !== 'hostile').flatMap(noticesOf),
    ...STUCK_CAUSES.map(stuckBy),
    ...STUCK_CAUSES.map((cause): Notice => ({ ...stuckBy(cause), type: 'scale.up.completed' })),
    unreadable(),
    ...[...METRIC_REASONS, 'SomethingNew'].map(lostBy),
    ...['TooManyReplicas', 'TooFewReplicas', 'ScaleUpLimit', 'ScaleDownLimit', 'SomethingNew'].map(limitedBy),
  ].map((notice) => ({ ...notice, cluster: 'prod-sh-1' }));

  test.each(spoken)('$type is told in either language, as it is written there', (notice) => {
    const [en, zh] = [textOf([notice], EN), textOf([notice], ZH)];
    for (const text of [en, zh]) {
      expect(text).not.toMatch(/undefined|null|NaN|\[object|\n\n\n| $/m);
    }
    expect(en).not.toMatch(/\p{Script=Han}|[，。：；（）！？、]/u);
    expect(zh).not.toMatch(/\p{Script=Han}[\p{Script=Latin}\d]|[\p{Script=Latin}\d%]\p{Script=Han}/u);
    expect(zh).not.toMatch(/\p{Script=Han} ?[,;:!?()]|[,;:!?()] ?\p{Script=Han}/u);
    expect(zh.split('\n')[0]).toMatch(/^\[\p{Script=Han}[^\]]*\]/u);
  });

  test.each(spoken)('$type has the same facts in both languages', (notice) => {
    const [en, zh, both] = [EN, ZH, readerIn('en', 'zh-CN')].map((reader) => explainNotices([notice], reader));
    expect(both?.facts).toHaveLength(en?.facts.length ?? -1);
    expect(zh?.facts).toHaveLength(en?.facts.length ?? -1);
    expect(new Set(en?.facts.map(({ label }) => label)).size).toBe(new Set(zh?.facts.map(({ label }) => label)).size);
    for (const text of [...(en?.paragraphs ?? []), ...(zh?.paragraphs ?? [])]) {
      expect(both?.paragraphs).toContain(text);
    }
  });

  test.each(NOTICE_TYPES)('%s keeps to one line in each part, whatever a cluster writes', (type) => {
    for (const reader of Object.values(READERS)) {
      const { title, facts, paragraphs } = explainNotices([noticeOf(type, 'hostile')], reader);
      const parts = [title, ...paragraphs, ...facts.flatMap(({ label, value }) => [label, value])];
      expect(parts.filter((part) => /[\p{Cc}\p{Zl}\p{Zp}]/u.test(part) || part === '')).toEqual([]);
    }
  });
});

describe('the message', () => {
  test('carries what sinks need besides words', () => {
    const message = explainNotices([noticeOf('scale.stuck')], ZH);
    expect(message).toMatchObject({
      language: 'zh-CN',
      severity: 'critical',
      tag: '#a1b2c3',
      colon: '：',
      link: { text: '查看决策', url: 'https://podtide.example/#/decisions/0f1e2d3c' },
    });
    expect(explainNotices([noticeOf('scale.stuck')], EN)).toMatchObject({
      language: 'en',
      tag: '#a1b2c3',
      colon: ': ',
    });
    expect(explainNotices([noticeOf('scale.stuck')], readerIn('en', 'zh-CN')).title).toBe(
      '[Scale-up blocked / 扩容受阻] prod/nginx 1→5',
    );
  });

  test.each<readonly [why: string, notice: Notice, en: readonly string[], zh: readonly string[], count: number]>([
    [
      'a completion that was told to be blocked says by what, and advises nothing',
      { ...stuckBy('ImagePull'), type: 'scale.up.completed' },
      ['Was blocked: images cannot be pulled'],
      ['曾受阻：镜像拉取失败'],
      0,
    ],
    [
      'what was superseded says where the count went',
      noticeOf('scale.superseded'),
      ['[Scale-up cut short] prod/nginx 1→5→3', 'Replicas: 1 → 3 → 5 → 3 (3 steps)'],
      ['扩容还没完成，目标就被调低到 3。'],
      1,
    ],
    [
      'a provider that is back says who still lacks metrics',
      noticeOf('metrics.provider_recovered'),
      ['[Metrics provider recovered] 生产-上海', 'Still without metrics: 2 HPAs'],
      ['仍缺指标：2 个 HPA'],
      1,
    ],
    [
      'what could not be read was no gap in time',
      unreadable(),
      ['Message: 3 stored notices could not be read'],
      ['之前存下的一部分记录读不出来，与之有关的通知可能缺失；此后的通知不受影响。'],
      1,
    ],
  ])('%s', (_why, notice, en, zh, paragraphCount) => {
    const [english, chinese] = [textOf([notice], EN).split('\n'), textOf([notice], ZH).split('\n')];
    expect(english).toEqual(expect.arrayContaining([...en]));
    expect(chinese).toEqual(expect.arrayContaining([...zh]));
    expect(explainNotices([notice], EN).paragraphs).toHaveLength(paragraphCount);
  });

  test('of no notices is a bug', () => {
    expect(() => explainNotices([], EN)).toThrow('no notices');
  });

  test('that may have arrived before says so once', () => {
    const zh = asPossibleDuplicate(explainNotices([noticeOf('scale.up.completed')], ZH));
    expect(zh.title).toBe('[可能重复] [扩容完成] prod/nginx 1→5');
    expect(asPossibleDuplicate(zh)).toEqual(zh);
    expect(asPossibleDuplicate(explainNotices([noticeOf('scale.up.completed')], EN)).title).toBe(
      '[possible duplicate] [Scaled up] prod/nginx 1→5',
    );
  });

  test.each<readonly [why: string, message: string, shown: string]>([
    ['as long as may be', 'x'.repeat(CLUSTER_TEXT_LENGTH_MAX), 'x'.repeat(CLUSTER_TEXT_LENGTH_MAX)],
    ['longer', 'x'.repeat(CLUSTER_TEXT_LENGTH_MAX + 1), `${'x'.repeat(CLUSTER_TEXT_LENGTH_MAX)}…`],
    [
      'a pair at the end goes whole',
      `${'x'.repeat(CLUSTER_TEXT_LENGTH_MAX - 1)}😀`,
      `${'x'.repeat(CLUSTER_TEXT_LENGTH_MAX - 1)}…`,
    ],
  ])('bounds the words of a cluster: %s', (_why, message, shown) => {
    const notice: Notice = {
      ...noticeOf('metrics.lost'),
      details: { kind: 'condition', reason: 'FailedGetPodsMetric', message, metricNames: [] },
    };
    expect(explainNotices([notice], EN).facts.at(-1)).toEqual({ label: 'Message', value: shown });
  });

  test('shows of a long way its beginning and its end', () => {
    const notice = noticeOf('scale.up.completed');
    const steps = Array.from({ length: 20 }, (_, index) => ({
      atMs: TOLD_AT_MS,
      fromReplicas: index + 1,
      toReplicas: index + 2,
    }));
    const { facts } = explainNotices(
      [{ ...notice, episode: notice.episode && { ...notice.episode, steps, targetReplicas: 21 } }],
      EN,
    );
    expect(facts.find(({ label }) => label === 'Replicas')?.value).toBe(
      '1 → 2 → 3 → … → 17 → 18 → 19 → 20 → 21 (20 steps)',
    );
  });

  test.each<readonly [why: string, ratios: readonly (number | undefined)[], trigger: string | undefined]>([
    ['the greatest ratio decided', [0.5, 2, 1.5], 'b'],
    ['the first of equal ones', [1.2, 1.2], 'a'],
    ['a ratio of nothing is one too', [0, undefined], 'a'],
    ['none where nothing is known', [undefined, undefined], undefined],
  ])('names the metric that decided: %s', (_why, ratios, trigger) => {
    const notice = noticeOf('scale.up.started');
    const readings = ratios.map((usageRatio, index) => ({
      source: 'Pods' as const,
      name: 'abc'.charAt(index),
      current: '1',
      target: '1',
      usageRatio,
    }));
    const { facts } = explainNotices([{ ...notice, episode: notice.episode && { ...notice.episode, readings } }], EN);
    expect(facts.find(({ label }) => label === 'Trigger')?.value.charAt(0)).toBe(trigger);
    expect(facts.filter(({ label }) => label === 'Metric')).toHaveLength(
      ratios.length - (trigger === undefined ? 0 : 1),
    );
  });
});

test('what stands on says since when, each time that it is told again', () => {
  const entered = noticeOf('limit.max.entered');
  const again = {
    ...entered,
    details: { kind: 'limit', wantedReplicas: 9, sinceMs: entered.atMs - 14_460_000 },
  } as const;
  const facts = (reader: NoticeReader) =>
    explainNotices([again], reader)
      .facts.map(({ label, value }) => `${label} ${value}`)
      .filter((text) => /^(Since|Lasted|Time|开始时间|持续时间|时间)/.test(text));
  expect(facts(EN)).toEqual([
    'Since 2026-11-22 07:03:41 +08:00',
    'Lasted 4 h 1 min',
    'Time 2026-11-22 11:04:41 +08:00',
  ]);
  expect(facts(ZH)).toEqual([
    '开始时间 2026-11-22 07:03:41 +08:00',
    '持续时间 4 小时 1 分钟',
    '时间 2026-11-22 11:04:41 +08:00',
  ]);
});

describe('several notices', () => {
  test('of one episode are its newest, which says so', () => {
    const [started, stuck, completed] = [
      { ...noticeOf('scale.up.started'), atMs: TOLD_AT_MS - 102_000 },
      { ...noticeOf('scale.stuck'), atMs: TOLD_AT_MS - 50_000 },
      noticeOf('scale.up.completed'),
    ] as const;
    const merged = explainNotices([started, completed], ZH);
    expect(merged).toEqual({
      ...explainNotices([completed], ZH),
      facts: merged.facts,
      paragraphs: ['开始通知没有单独发送，与本条合并。'],
    });
    expect(merged.facts).toContainEqual({ label: '开始时间', value: '2026-11-22 11:02:59 +08:00' });
    expect(explainNotices([completed, started, stuck], ZH)).toEqual(merged);
    expect(explainNotices([stuck, completed], ZH)).toEqual(explainNotices([completed], ZH));
  });

  test('become a digest, the severe before the slight and the new before the old', () => {
    const digest = explainNotices(noticesOfAnHour(), EN);
    expect(digest).toMatchObject({ severity: 'critical', tag: '', title: '[Scaling digest] 生产-上海 8 notices' });
    expect(digest.paragraphs.map((line) => /^\[(.*?)\] (\S+)/.exec(line)?.slice(1).join(' '))).toEqual([
      'Maximum reached pay/nginx',
      'Metrics lost shop/nginx',
      'Gap in watching 生产-上海',
      'Scale-up reverted search/nginx',
      'Scaling up pay/nginx',
      'Metrics recovered shop/nginx',
      'Scaling down shop/nginx',
      'Scaled up pay/nginx',
    ]);
    expect(digest.facts).toEqual([
      { label: 'Cluster', value: '生产-上海' },
      { label: 'Severity', value: 'critical' },
      { label: 'Between', value: '2026-11-22 10:16:21 +08:00 – 2026-11-22 10:59:41 +08:00' },
      { label: 'pay', value: '3 (Maximum reached 1, Scaling up 1, Scaled up 1)' },
      { label: 'shop', value: '3 (Metrics lost 1, Metrics recovered 1, Scaling down 1)' },
      { label: 'Cluster and notifier', value: '1 (Gap in watching 1)' },
      { label: 'search', value: '1 (Scale-up reverted 1)' },
    ]);
  });

  test('are bounded, and what is left out is counted', () => {
    const notices = Array.from({ length: 500 }, (_, index): Notice => {
      const notice = noticeOf('scale.up.started');
      const namespace = `team-${index % (DIGEST_NAMESPACES_COUNT_MAX + 5)}`;
      return {
        ...notice,
        subject: notice.subject && { ...notice.subject, namespace },
        episode: notice.episode && { ...notice.episode, id: `e${index}` },
      };
    });
    const digest = explainNotices(notices, EN);
    expect(digest.paragraphs).toHaveLength(DIGEST_LINES_COUNT_MAX + 1);
    expect(digest.paragraphs.at(-1)).toBe('470 more, counted above.');
    expect(digest.facts.at(-1)).toEqual({ label: '5 other namespaces', value: '100 (Scaling up 100)' });
    expect(digest.facts.filter(({ label }) => label.startsWith('team-'))).toHaveLength(DIGEST_NAMESPACES_COUNT_MAX);
  });

  test('of several clusters name none of them in the title', () => {
    const [first, second] = [noticeOf('metrics.lost'), { ...noticeOf('metrics.lost'), cluster: 'prod-bj-1' }] as const;
    const digest = explainNotices([first, second], ZH);
    expect(digest.title).toBe('[扩缩容摘要] 2 条');
    expect(digest.facts[0]).toEqual({ label: '集群', value: '生产-上海, prod-bj-1' });
  });

  test('link to an overview, where there is one', () => {
    const reader: NoticeReader = { ...EN, linkOf: (notice) => (notice === undefined ? 'https://a' : 'https://b') };
    expect(explainNotices(noticesOfAnHour(), reader).link?.url).toBe('https://a');
    expect(explainNotices([noticeOf('metrics.lost')], reader).link?.url).toBe('https://b');
  });
});

describe('the form that robots’ keywords know', () => {
  const seed: NoticeReader = { ...ZH, linkOf: () => undefined, style: 'seed' };

  test('has the fields and words of a start in their order', () => {
    const notice = noticeOf('scale.up.started');
    const readings = READINGS.slice(0, 1);
    const text = textOf([{ ...notice, episode: notice.episode && { ...notice.episode, readings } }], seed);
    expect(text.split('\n').slice(0, 7)).toEqual([
      'HPA 扩容触发:',
      '服务: prod/nginx',
      '当前副本数: 1',
      '目标副本数: 3',
      '触发条件: cpu 132% 高于目标 80%',
      '指标详情: [资源指标: cpu, 当前值: 132%, 目标值: 80%]',
      '时间: 2026-11-22 11:04:41 +08:00',
    ]);
    expect(text).toContain('\n事件类型: hpa扩容开始\n');
  });

  test('has those of a completion too', () => {
    const text = textOf([noticeOf('scale.up.completed')], seed);
    expect(text.split('\n')[0]).toBe('HPA 扩容完成:');
    for (const line of [
      '服务: prod/nginx',
      '当前副本数: 5',
      '时间: 2026-11-22 11:04:41 +08:00',
      '事件类型: hpa扩容完成',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });

  test.each<readonly [why: string, change: Partial<Notice>, line: string]>([
    ['no metric', { episode: episodeWith([]) }, '指标详情: 没有可用的指标详情'],
    ['nothing known of the cause', { episode: episodeWith([]) }, '触发条件: 未知'],
    [
      'below the target',
      { episode: episodeWith([{ ...READINGS[0], usageRatio: 0.5 }]) },
      '触发条件: cpu 132% 低于目标 80%',
    ],
    ['at the target', { episode: episodeWith([{ ...READINGS[0], usageRatio: 1 }]) }, '触发条件: cpu 132% 等于目标 80%'],
    [
      'a completion that is not verified',
      { type: 'scale.up.completed', isUnverified: true },
      'HPA 扩容完成（未核实）:',
    ],
    [
      'the type of the event stays as it is',
      { type: 'scale.up.completed', isUnverified: true },
      '事件类型: hpa扩容完成',
    ],
  ])('says what there is: %s', (_why, change, line) => {
    expect(textOf([{ ...noticeOf('scale.up.started'), ...change }], seed).split('\n')).toContain(line);
  });

  test('is of single notices; a digest is a digest, in the languages that were asked for', () => {
    expect(explainNotices(noticesOfAnHour(), { ...EN, style: 'seed' })).toEqual(explainNotices(noticesOfAnHour(), EN));
  });
});

function episodeWith(readings: readonly Partial<(typeof READINGS)[number]>[]): Notice['episode'] {
  const { episode } = noticeOf('scale.up.started');
  return episode && { ...episode, readings: readings as typeof READINGS };
}

function unreadable(): Notice {
  const details = { kind: 'watcher', message: '3 stored notices could not be read', sinceMs: TOLD_AT_MS } as const;
  return { ...noticeOf('watcher.gap'), details };
}

function stuckBy(cause: StuckCause): Notice {
  const notice = noticeOf('scale.stuck');
  return { ...notice, details: { kind: 'pods', availableReplicas: 1, cause, message: '' } };
}

function lostBy(reason: string): Notice {
  return { ...noticeOf('metrics.lost'), details: { kind: 'condition', reason, message: '', metricNames: [] } };
}

function limitedBy(limiter: string): Notice {
  const notice = noticeOf('scale.up.started');
  return { ...notice, episode: notice.episode && { ...notice.episode, limiter } };
}

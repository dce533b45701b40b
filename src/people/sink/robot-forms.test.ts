import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { HOSTILE_TEXTS } from '../../../test/fixtures/hostile-texts.ts';
import { type FakeDingTalkOptions, startFakeDingTalk } from '../../../test/sinks/fake-ding-talk.ts';
import { sampleDelivery, sampleMessage } from '../../../test/sinks/sample-delivery.ts';
import { RIGS, sinkBench } from '../../../test/sinks/sink-bench.ts';
import { type DingTalkSettings, dingTalkDialect } from './ding-talk-sink.ts';
import { feishuDialect } from './feishu-sink.ts';
import type { RobotDialect } from './robot-sink.ts';
import type { Delivery, Mention } from './sink.ts';
import { slackDialect } from './slack-sink.ts';
import { wecomDialect } from './wecom-sink.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const SIGNAL = new AbortController().signal;
const LINK = 'https://podtide.example/hpa/prod/nginx?at=1795316681000&lang=zh';
const MENTION: Mention = { mobiles: ['13800138000'], userIds: ['zhangsan'], isEverybody: true };

/** What a dialect makes of a delivery, parsed. */
function bodyOf(dialect: RobotDialect, changes: Partial<Delivery> = {}): Record<string, unknown> {
  const request = dialect.compose(sampleDelivery(changes), new URL('https://robot.example/?access_token=t'), undefined);
  return JSON.parse(request?.body ?? 'null');
}

const NOBODY = { atMobiles: [], atUserIds: [], isAtAll: false };

describe('DingTalk’s forms', () => {
  test('text has every line of the message', () => {
    expect(bodyOf(dingTalkDialect({ format: 'text' }))).toEqual({
      msgtype: 'text',
      text: {
        content: `[扩容完成] prod/nginx 1→5
集群：prod-sh-1
工作负载：Deployment/nginx
副本数：1 → 3 → 5（2 步）
触发指标：cpu（当前 132%, 目标 80%）

就绪 5/5。

查看决策：${LINK}
#a1b2c3`,
      },
      at: NOBODY,
    });
  });

  test('markdown has a title for the list of conversations', () => {
    expect(bodyOf(dingTalkDialect({ format: 'markdown' }))).toEqual({
      msgtype: 'markdown',
      markdown: {
        title: '[扩容完成] prod/nginx 1→5',
        text: `#### [扩容完成] prod/nginx 1→5

> 集群：prod-sh-1  
> 工作负载：Deployment/nginx  
> 副本数：1 → 3 → 5（2 步）  
> 触发指标：cpu（当前 132%, 目标 80%）

> 就绪 5/5。

[查看决策](${LINK}) #a1b2c3`,
      },
      at: NOBODY,
    });
  });

  test('an action card has a button for the link', () => {
    expect(bodyOf(dingTalkDialect({ format: 'actionCard' }))).toMatchObject({
      msgtype: 'actionCard',
      actionCard: {
        title: '[扩容完成] prod/nginx 1→5',
        text: expect.stringMatching(/^#### \[扩容完成\].*\n\n#a1b2c3$/s),
        singleTitle: '查看决策',
        singleURL: LINK,
      },
    });
  });

  test('it is markdown where there is no link, or somebody is called', () => {
    const dialect = dingTalkDialect({ format: 'actionCard' });
    expect(bodyOf(dialect, { message: sampleMessage({ link: undefined }) })['msgtype']).toBe('markdown');
    expect(bodyOf(dialect, { mention: MENTION })['msgtype']).toBe('markdown');
  });

  test('who is called stands in the text too', () => {
    for (const format of ['text', 'markdown'] as const) {
      const body = bodyOf(dingTalkDialect({ format }), { mention: MENTION });
      expect(body['at']).toEqual({ atMobiles: ['13800138000'], atUserIds: ['zhangsan'], isAtAll: true });
      expect(JSON.stringify(body[format])).toContain('@13800138000 @zhangsan"');
    }
  });

  const keywords: readonly [why: string, keyword: string, format: DingTalkSettings['format']][] = [
    ['which it has already', '扩容完成', 'text'],
    ['which it lacks', '弹性伸缩', 'text'],
    ['in markdown', '弹性伸缩', 'markdown'],
    ['in a card', '弹性伸缩', 'actionCard'],
    ['of signs that markdown would change', '*scaling*', 'markdown'],
  ];
  test.each(keywords)('a robot with a keyword takes it: %s', async (_why, keyword, format) => {
    const { send, server } = await dingTalk({ keywords: ['其它', keyword] }, { keyword, format });
    expect(await send(sampleDelivery())).toBe('sent');
    expect(JSON.stringify(server.messages()[0])).toContain(keyword);
    expect(JSON.stringify(server.messages()[0]).split('弹性伸缩').length - 1).toBeLessThanOrEqual(2);
  });

  test('without one it does not, and the outcome says what to set', async () => {
    const { send } = await dingTalk({ keywords: ['弹性伸缩'] }, { format: 'text' });
    expect(await send(sampleDelivery())).toBe('misconfigured');
  });
});

describe('Feishu’s forms', () => {
  test('a card has a header of the severity’s colour, plain text and a button', () => {
    expect(bodyOf(feishuDialect({ format: 'card' }), { message: sampleMessage({ severity: 'critical' }) })).toEqual({
      msg_type: 'interactive',
      card: {
        config: { wide_screen_mode: true },
        header: { title: { tag: 'plain_text', content: '[扩容完成] prod/nginx 1→5' }, template: 'red' },
        elements: [
          {
            tag: 'div',
            text: {
              tag: 'plain_text',
              content:
                '集群：prod-sh-1\n工作负载：Deployment/nginx\n副本数：1 → 3 → 5（2 步）\n触发指标：cpu（当前 132%, 目标 80%）\n\n就绪 5/5。\n\n#a1b2c3',
            },
          },
          {
            tag: 'action',
            actions: [{ tag: 'button', type: 'default', text: { tag: 'plain_text', content: '查看决策' }, url: LINK }],
          },
        ],
      },
    });
  });

  test('calls are tags of its own', () => {
    const text = bodyOf(feishuDialect({ format: 'text' }), { mention: MENTION });
    expect(text).toMatchObject({
      content: { text: expect.stringMatching(/\n\n<at user_id="zhangsan"><\/at> <at user_id="all"><\/at>$/) },
    });
    expect(JSON.stringify(bodyOf(feishuDialect({ format: 'card' }), { mention: MENTION }))).toContain(
      '<at id=zhangsan></at> <at id=all></at>',
    );
  });

  test('an id that would close its tag is none', () => {
    const mention = { ...MENTION, userIds: ['x"></at><at user_id="all'], isEverybody: false };
    for (const format of ['text', 'card'] as const)
      expect(JSON.stringify(bodyOf(feishuDialect({ format }), { mention }))).not.toContain('<at');
  });

  test('a bot with a keyword takes it, of either generation and form', async () => {
    const bench = sinkBench();
    for (const format of ['text', 'card'] as const) {
      const { server, settings } = await RIGS.feishu(bench, {
        keywords: ['弹性伸缩'],
        isOld: format === 'text',
      } as object);
      closing.push(server.close);
      const sink = await bench.create({ ...settings, format, keyword: '弹性伸缩' } as typeof settings);
      expect((await sink.send(sampleDelivery({ mention: MENTION }), SIGNAL)).kind).toBe('sent');
    }
    closing.push(bench.close);
  });
});

describe('WeCom’s forms', () => {
  test('markdown, or text where somebody is called by mobile, or everybody', () => {
    const dialect = wecomDialect({ format: 'markdown' });
    expect(bodyOf(dialect)).toMatchObject({
      msgtype: 'markdown',
      markdown: { content: expect.stringContaining('####') },
    });
    expect(bodyOf(dialect, { mention: { ...MENTION, mobiles: [], isEverybody: false } })).toMatchObject({
      markdown: { content: expect.stringMatching(/\n\n<@zhangsan>$/) },
    });
    expect(bodyOf(dialect, { mention: MENTION })).toMatchObject({
      msgtype: 'text',
      text: { mentioned_list: ['zhangsan', '@all'], mentioned_mobile_list: ['13800138000'] },
    });
  });
});

describe('Slack’s forms', () => {
  test('a header, a section, the link and whom it calls', () => {
    const body = bodyOf(slackDialect(), { mention: { ...MENTION, userIds: ['U024BE7LH', 'no id'] } });
    expect(body['text']).toContain('[扩容完成] prod/nginx 1→5\n集群：prod-sh-1');
    expect(body['blocks']).toEqual([
      { type: 'header', text: { type: 'plain_text', text: '[扩容完成] prod/nginx 1→5', emoji: false } },
      sectionOf(expect.stringMatching(/^集群：prod-sh-1\n/)),
      sectionOf('<@U024BE7LH> <!channel>'),
      sectionOf(`<${LINK.replaceAll('&', '&amp;')}|查看决策>`),
    ]);
  });

  const sectionOf = (text: unknown) => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } });

  test('429 is a rest, an archived channel the end', async () => {
    const bench = sinkBench();
    const { server, settings } = await RIGS.slack(bench);
    closing.push(bench.close, server.close);
    const sink = await bench.create(settings);
    const kinds: string[] = [];
    for (let count = 0; count < 6; count += 1) kinds.push((await sink.send(sampleDelivery(), SIGNAL)).kind);
    expect(kinds).toEqual(['sent', 'sent', 'sent', 'sent', 'sent', 'throttled']);
    expect(await sink.send(sampleDelivery(), SIGNAL)).toMatchObject({ kind: 'throttled', pauseMs: 30_000 });
  });
});

/** Everything that a vendor takes, by the vendor's own count. */
const DIALECTS: Readonly<
  Record<string, { readonly dialect: RobotDialect; readonly size: (body: string) => number; readonly max: number }>
> = {
  'DingTalk text': {
    dialect: dingTalkDialect({ format: 'text', keyword: '弹性伸缩' }),
    size: Buffer.byteLength,
    max: 20_000,
  },
  'DingTalk markdown': {
    dialect: dingTalkDialect({ format: 'markdown', keyword: '弹性伸缩' }),
    size: Buffer.byteLength,
    max: 20_000,
  },
  'DingTalk card': {
    dialect: dingTalkDialect({ format: 'actionCard', keyword: '弹性伸缩' }),
    size: Buffer.byteLength,
    max: 20_000,
  },
  'Feishu text': {
    dialect: feishuDialect({ format: 'text', keyword: '弹性伸缩' }),
    size: Buffer.byteLength,
    max: 20_480,
  },
  'Feishu card': {
    dialect: feishuDialect({ format: 'card', keyword: '弹性伸缩' }),
    size: Buffer.byteLength,
    max: 20_480,
  },
  'WeCom text': {
    dialect: wecomDialect({ format: 'text' }),
    size: (body) => Buffer.byteLength(JSON.parse(body).text.content),
    max: 2_048,
  },
  'WeCom markdown': {
    dialect: wecomDialect({ format: 'markdown' }),
    size: (body) => Buffer.byteLength(JSON.parse(body).markdown.content),
    max: 4_096,
  },
  Slack: {
    dialect: slackDialect(),
    size: (body) =>
      Math.max(...JSON.parse(body).blocks.map(({ text }: { text: { text: string } }) => text.text.length)),
    max: 3_000,
  },
};

describe.each(Object.entries(DIALECTS))('%s', (name, { dialect, size, max }) => {
  const url = new URL('https://robot.example/?access_token=t');
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 2_000 }),
    fc.constantFrom(...HOSTILE_TEXTS),
    fc.integer({ min: 0, max: 3_000 }).map((count) => '扩容"\\👩‍👩‍👧'.repeat(count)),
  );
  const long = fc.record({
    title: text,
    facts: fc.array(fc.record({ label: text, value: text }), { maxLength: 6 }),
    paragraphs: fc.array(text, { maxLength: 4 }),
  });

  test('is never over the limit, never half a character, and has its keyword and its link', () => {
    fc.assert(
      fc.property(long, (parts) => {
        const message = sampleMessage({ ...parts, title: `t${parts.title}` });
        const request = dialect.compose(sampleDelivery({ message }), url, undefined);
        const body = request?.body ?? '';
        expect(size(body)).toBeLessThanOrEqual(max);
        expect(body.isWellFormed()).toBe(true);
        expect(body).not.toMatch(/\\ud[89a-f]/i);
        expect(body.replaceAll('&amp;', '&')).toContain(LINK);
        if (!/WeCom|Slack/.test(name)) expect(body).toContain('弹性伸缩');
      }),
      { numRuns: 30 },
    );
  }, 120_000);

  test('says so when not even a word has room', () => {
    const message = sampleMessage({ link: { text: 'x', url: `https://x.example/${'x'.repeat(30_000)}` } });
    const composed = dialect.compose(sampleDelivery({ message }), url, undefined);
    // Slack's link is a block of its own.
    expect(composed === undefined).toBe(name !== 'Slack');
  });
});

test('a message that may have come before says so', async () => {
  for (const kind of ['dingtalk', 'feishu', 'wecom', 'slack'] as const) {
    const bench = sinkBench();
    const { server, settings } = await RIGS[kind](bench);
    closing.push(bench.close, server.close);
    const sink = await bench.create(settings);
    await sink.send(sampleDelivery(), SIGNAL);
    await sink.send(sampleDelivery({ isPossibleDuplicate: true }), SIGNAL);
    expect(server.taken().map(({ body }) => body.includes('可能重复'))).toEqual([false, true]);
  }
});

test.each([
  [
    'another host',
    'https://evil.example/robot/send?access_token=abcdef',
    'https://evil.example is none of https://oapi.dingtalk.com',
  ],
  ['plain http', 'http://oapi.dingtalk.com/robot/send?access_token=abcdef', 'http://oapi.dingtalk.com is none of'],
  ['a user', 'https://u@oapi.dingtalk.com/robot/send?access_token=abcdef', 'must not carry a user'],
  ['a look-alike', 'https://oapi.dingtalk.com.evil.example/?access_token=abcdef', 'is none of'],
])('a credential goes to its vendor alone: %s', async (_why, url, says) => {
  const bench = sinkBench();
  closing.push(bench.close);
  bench.secrets.set('ding', url);
  const creating = bench.create({ kind: 'dingtalk', webhook: { file: 'ding' }, format: 'text' });
  await expect(creating).rejects.toThrow(says);
  await expect(creating).rejects.not.toThrow('abcdef');
});

test('a token alone is put into its vendor’s URL; robots of one token share a quota', async () => {
  const bench = sinkBench();
  closing.push(bench.close);
  const settings = { kind: 'dingtalk', webhook: { file: 'ding' }, format: 'text' } as const;
  bench.secrets.set('ding', 'abcdef0123');
  const one = await bench.create(settings);
  const two = await bench.create({ ...settings, format: 'markdown', quota: { perMinute: 5, burst: 1 } });
  bench.secrets.set('ding', 'https://oapi.dingtalk.com/robot/send?access_token=abcdef0123');
  const three = await bench.create(settings);
  expect(two.quota).toEqual({ key: one.quota.key, countMax: 5, periodMs: 60_000, burstCount: 1 });
  expect(three.quota).toEqual({ key: one.quota.key, countMax: 18, periodMs: 60_000, burstCount: 6 });
  expect(one.quota.key).toMatch(/^[0-9a-f]{16}$/);
});

async function dingTalk(options: FakeDingTalkOptions, settings: Pick<DingTalkSettings, 'format' | 'keyword'>) {
  const bench = sinkBench();
  const server = await startFakeDingTalk({ nowMs: () => bench.clock.wallMs(), ...options });
  closing.push(bench.close, server.close);
  bench.secrets.set('ding', `${server.url}/robot/send?access_token=${server.token}`);
  const sink = await bench.create({
    kind: 'dingtalk',
    webhook: { file: 'ding' },
    allowedOrigins: [server.url],
    ...settings,
  });
  return { server, send: async (delivery: Delivery) => (await sink.send(delivery, SIGNAL)).kind };
}

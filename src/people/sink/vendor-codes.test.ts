import { afterEach, describe, expect, test } from 'vitest';
import { sampleDelivery } from '../../../test/sinks/sample-delivery.ts';
import { type HttpKind, RIGS, sinkBench } from '../../../test/sinks/sink-bench.ts';
import { jsonAnswer } from '../../../test/sinks/sink-server.ts';
import { type CodeRule, outcomeOfRule } from './code-rules.ts';
import { DING_TALK_CODES } from './ding-talk-codes.ts';
import { FEISHU_CODES } from './feishu-codes.ts';
import type { DeliveryOutcome } from './sink.ts';
import { SLACK_CODES } from './slack-codes.ts';
import { WECOM_CODES } from './wecom-codes.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const SIGNAL = new AbortController().signal;

/** Sends to a fake that answers this, and says what the sink made of it; nothing was taken. */
async function outcomeOf(kind: HttpKind, status: number, body: string, headers: Record<string, string> = {}) {
  const bench = sinkBench();
  const { server, settings } = await RIGS[kind](bench);
  closing.push(bench.close, server.close);
  server.fail({ kind: 'answer', answer: { status, body, headers, isTaken: false } });
  return await (await bench.create(settings)).send(sampleDelivery(), SIGNAL);
}

type Kind = DeliveryOutcome['kind'];
const MINUTE_MS = 60_000;

/** Each published code with the words that come with it, all over HTTP 200. */
const DING_TALK: readonly [code: number, words: string, kind: Kind, extra?: object][] = [
  [-1, 'system busy', 'transient'],
  [130_101, 'send too fast, exceed 20 times per minute', 'throttled', { pauseMs: 10 * MINUTE_MS }],
  [410_100, 'request is too frequent', 'throttled', { pauseMs: 10 * MINUTE_MS }],
  [90_030, 'webhook over limit', 'throttled', { pauseMs: 60 * MINUTE_MS }],
  [450_101, 'quota', 'throttled', { pauseMs: 60 * MINUTE_MS }],
  [
    310_000,
    'keywords not in content, more: [https://ding-doc.dingtalk.com]',
    'misconfigured',
    { hint: expect.stringContaining('`keyword`') },
  ],
  [
    310_000,
    'sign not match, more: [https://ding-doc.dingtalk.com]',
    'misconfigured',
    { hint: expect.stringContaining('`secret`') },
  ],
  [310_000, 'invalid timestamp, more: [x]', 'misconfigured', { hint: expect.stringContaining('clock') }],
  [310_000, 'ip 203.0.113.7 not in whitelist', 'misconfigured', { hint: expect.stringContaining('address') }],
  [
    310_000,
    '错误描述:机器人发送签名不匹配',
    'misconfigured',
    { hint: expect.stringContaining('`keyword` and `secret`') },
  ],
  [300_001, 'token is not exist', 'deadDestination'],
  [300_005, 'token is not exist', 'deadDestination'],
  [400_101, 'access_token不存在', 'deadDestination'],
  [88, '{"sub_code":"40014"}', 'deadDestination'],
  [400_106, '机器人不存在', 'deadDestination'],
  [400_102, '机器人已停用', 'deadDestination'],
  [400_013, '群已被解散', 'deadDestination'],
  [460_101, 'message too long', 'tooLarge'],
  [101_002, 'too large', 'tooLarge'],
  [430_101, 'unsafe link', 'contentRefused'],
  [430_102, 'inappropriate text', 'contentRefused'],
  [430_103, 'inappropriate image', 'contentRefused'],
  [430_104, 'inappropriate content', 'contentRefused'],
  [40_035, '缺少参数 json', 'contentRefused'],
  [43_004, '无效的HTTP HEADER Content-Type', 'contentRefused'],
  [400_105, 'unsupported msgtype', 'contentRefused'],
  [999_999, 'something new', 'transient', { detail: 'DingTalk 999999: something new (no published code)' }],
];

const FEISHU: typeof DING_TALK = [
  [11_232, 'frequency limited', 'throttled', { pauseMs: MINUTE_MS }],
  [99_991_400, 'request trigger frequency limit', 'throttled', { pauseMs: MINUTE_MS }],
  [
    19_021,
    'sign match fail or timestamp is not within one hour from current time',
    'misconfigured',
    { hint: expect.stringContaining('clock') },
  ],
  [19_022, 'Ip Not Allowed', 'misconfigured', { hint: expect.stringContaining('address') }],
  [19_024, 'Key Words Not Found', 'misconfigured', { hint: expect.stringContaining('keyword') }],
  [19_001, 'param invalid: incoming webhook access token invalid', 'deadDestination'],
  [19_036, 'request body too large', 'tooLarge'],
  [9_499, 'Bad Request', 'contentRefused'],
  [42, 'something new', 'transient'],
];

const WECOM: typeof DING_TALK = [
  [-1, 'system busy', 'transient'],
  [45_009, 'api freq out of limit', 'throttled', { pauseMs: MINUTE_MS }],
  [93_000, 'invalid webhook url, hint: [1]', 'deadDestination'],
  [40_058, 'markdown.content exceed max length 4096. invalid Request Parameter', 'tooLarge'],
  [40_058, 'invalid Request Parameter', 'contentRefused'],
  [42, 'something new', 'transient'],
];

const SLACK: readonly [status: number, words: string, kind: Kind][] = [
  [404, 'no_service', 'deadDestination'],
  [400, 'no_service_id', 'deadDestination'],
  [404, 'no_team', 'deadDestination'],
  [403, 'team_disabled', 'deadDestination'],
  [403, 'invalid_token', 'deadDestination'],
  [403, 'token_revoked', 'deadDestination'],
  [404, 'channel_not_found', 'deadDestination'],
  [410, 'channel_is_archived', 'deadDestination'],
  [404, 'user_not_found', 'deadDestination'],
  [403, 'action_prohibited', 'misconfigured'],
  [403, 'posting_to_general_channel_denied', 'misconfigured'],
  [400, 'msg_too_long', 'tooLarge'],
  [400, 'too_many_attachments', 'tooLarge'],
  [413, 'payload_too_large', 'tooLarge'],
  [400, 'invalid_payload', 'contentRefused'],
  [400, 'invalid_blocks', 'contentRefused'],
  [400, 'invalid_blocks_format', 'contentRefused'],
  [400, 'no_text', 'contentRefused'],
  [400, 'missing_text_or_fallback_or_attachments', 'contentRefused'],
  [500, 'rollup_error', 'transient'],
  [400, 'rollup_error', 'transient'],
];

describe('what DingTalk answers with HTTP 200 is judged by its body', () => {
  test.each(DING_TALK)('%d %s: %s', async (errcode, errmsg, kind, extra = {}) => {
    expect(await outcomeOf('dingtalk', 200, JSON.stringify({ errcode, errmsg }))).toMatchObject({ kind, ...extra });
  });

  test('the digits of a code are the code', async () => {
    expect((await outcomeOf('dingtalk', 200, '{"errcode":"0","errmsg":"ok"}')).kind).toBe('sent');
    expect((await outcomeOf('dingtalk', 200, '{"errcode":"460101"}')).kind).toBe('tooLarge');
  });

  test.each([
    ['as long as it says', 1_200, 1_200_000],
    ['ten minutes at least', 5, 600_000],
  ])('its gateway wants rest: %s', async (_why, wait, pauseMs) => {
    const body = { status: 1111, wait, source: 'x5', punish: 'deny', uuid: 'f00' };
    expect(await outcomeOf('dingtalk', 200, JSON.stringify(body))).toMatchObject({ kind: 'throttled', pauseMs });
  });
});

describe('what Feishu answers', () => {
  test.each(FEISHU)('%d %s: %s', async (code, msg, kind, extra = {}) => {
    expect(await outcomeOf('feishu', 200, JSON.stringify({ code, msg, data: {} }))).toMatchObject({ kind, ...extra });
    // Some come with 400; bots of the first generation have other names for both.
    expect((await outcomeOf('feishu', 400, JSON.stringify({ code, msg }))).kind).toBe(kind);
    expect((await outcomeOf('feishu', 200, JSON.stringify({ StatusCode: code, StatusMessage: msg }))).kind).toBe(kind);
  });

  test('the rest that its gateway asks for is kept', async () => {
    const body = JSON.stringify({ code: 99_991_400, msg: 'request trigger frequency limit' });
    const headers = { 'x-ogw-ratelimit-reset': '90' };
    expect(await outcomeOf('feishu', 429, body, headers)).toMatchObject({ kind: 'throttled', pauseMs: 90_000 });
  });

  test('success of either generation is success', async () => {
    expect((await outcomeOf('feishu', 200, '{"code":0,"msg":"success"}')).kind).toBe('sent');
    expect((await outcomeOf('feishu', 200, '{"Extra":null,"StatusCode":0,"StatusMessage":"success"}')).kind).toBe(
      'sent',
    );
  });
});

describe('what WeCom answers', () => {
  test.each(WECOM)('%d %s: %s', async (errcode, errmsg, kind, extra = {}) => {
    expect(await outcomeOf('wecom', 200, JSON.stringify({ errcode, errmsg }))).toMatchObject({ kind, ...extra });
  });
});

describe('what Slack answers', () => {
  test.each(SLACK)('%d %s: %s', async (status, words, kind) => {
    expect((await outcomeOf('slack', status, words)).kind).toBe(kind);
    expect((await outcomeOf('slack', status, JSON.stringify({ ok: false, error: words }))).kind).toBe(kind);
  });

  test.each([
    ['a line end', 200, 'ok\n', 'sent'],
    ['another word', 200, 'okay', 'unknown'],
    ['JSON', 200, '{"ok":true}', 'unknown'],
    ['the word with another status', 201, 'ok', 'unknown'],
    ['a new word', 400, 'something_new', 'contentRefused'],
  ])('`ok` and nothing else is success: %s', async (_why, status, body, kind) => {
    expect((await outcomeOf('slack', status, body)).kind).toBe(kind);
  });
});

describe('answers that are nobody’s', () => {
  const bodies = [
    '',
    '{}',
    '[]',
    'null',
    '0',
    '"ok"',
    'ok',
    '{"errcode":null}',
    '{"errcode":{}}',
    '{"errcode":"0x0"}',
    '{"errcode":0.5}',
    '{"code":"ok"}',
    '<html></html>',
  ];
  test.each(bodies)('%j over HTTP 200 may be anything', async (body) => {
    for (const kind of ['dingtalk', 'feishu', 'wecom'] as const) {
      expect((await outcomeOf(kind, 200, body)).kind).toBe('unknown');
    }
  });
});

test('every code and word of the tables is among these rows', () => {
  const missing = (rules: readonly CodeRule[], rows: readonly (readonly [number, string, ...unknown[]])[]) =>
    rules.flatMap(({ codes, words }) =>
      codes.filter((code) => !rows.some(([shown, text]) => shown === code && (words?.test(text) ?? true))),
    );
  expect(missing(DING_TALK_CODES, DING_TALK)).toEqual([]);
  expect(missing(FEISHU_CODES, FEISHU)).toEqual([]);
  expect(missing(WECOM_CODES, WECOM)).toEqual([]);
  const slackWords = SLACK_CODES.flatMap(({ words }) => (words?.source ?? '').replaceAll(/[\^$()]/g, '').split('|'));
  expect(slackWords.filter((word) => !SLACK.some(([, shown]) => shown === word))).toEqual([]);
});

const waits: readonly [
  why: string,
  rule: CodeRule | undefined,
  waitMs: number | undefined,
  comesOf: DeliveryOutcome,
][] = [
  ['a passing refusal waits as asked', ruleThat('transient'), 5_000, passing('said (meant)', 5_000)],
  ['one that asks for nothing does not', ruleThat('transient'), undefined, passing('said (meant)', undefined)],
  ['a code of nobody is a passing one', undefined, 5_000, passing('said (no published code)', 5_000)],
  ['of two pauses the longer: the rule’s', ruleThat('throttled', 60_000), 5_000, paused(60_000)],
  ['of two pauses the longer: the receiver’s', ruleThat('throttled', 60_000), 90_000, paused(90_000)],
  ['a pause that nobody names is none', ruleThat('throttled'), undefined, paused(0)],
];
test.each(waits)('%s', (_why, rule, waitMs, comesOf) => {
  expect(outcomeOfRule(rule, 'said', waitMs)).toEqual(comesOf);
});

function ruleThat(outcome: CodeRule['outcome'], pauseMs?: number): CodeRule {
  return { codes: [1], meaning: 'meant', outcome, ...(pauseMs === undefined ? {} : { pauseMs }) };
}

function passing(detail: string, retryAfterMs: number | undefined): DeliveryOutcome {
  return { kind: 'transient', detail, retryAfterMs };
}

function paused(pauseMs: number): DeliveryOutcome {
  return { kind: 'throttled', detail: 'said (meant)', pauseMs };
}

test('an answer is shown in one line, short, without secrets', async () => {
  const bench = sinkBench();
  const { server, settings } = await RIGS.dingtalk(bench);
  closing.push(bench.close, server.close);
  const token = new URL(bench.secrets.get('ding') ?? '').searchParams.get('access_token') ?? '';
  bench.known.learn(token);
  const errmsg = `no\nsuch\u2028robot ${token} ${'x'.repeat(500)}`;
  server.fail({ kind: 'answer', answer: jsonAnswer({ errcode: 300_005, errmsg }, false) });
  const outcome = await (await bench.create(settings)).send(sampleDelivery(), SIGNAL);
  expect(outcome).toMatchObject({ kind: 'deadDestination' });
  const detail = 'detail' in outcome ? outcome.detail : '';
  expect(detail).toMatch(/^DingTalk 300005: no such robot \*\*\* x+… \(there is no robot with this token\)$/);
  expect(detail.length).toBeLessThan(340);
});

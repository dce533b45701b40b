import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { type FakeDingTalk, type FakeDingTalkOptions, startFakeDingTalk } from './fake-ding-talk.ts';

const SECRET = 'SECthisisasecretofarobot';
const AT_MS = 1_700_000_000_000;
const TEXT = { msgtype: 'text', text: { content: 'scaling: web 1→5' } };

const open: FakeDingTalk[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function start(options: FakeDingTalkOptions = {}): Promise<FakeDingTalk> {
  const server = await startFakeDingTalk({ nowMs: () => AT_MS, ...options });
  open.push(server);
  return server;
}

/** What a robot answers to a POST that is not made by our own sink. */
async function post(
  server: FakeDingTalk,
  query: Readonly<Record<string, string>> = {},
  body: unknown = TEXT,
  contentType = 'application/json',
): Promise<unknown> {
  const url = new URL('/robot/send', server.url);
  for (const [name, value] of Object.entries({ access_token: server.token, ...query }))
    url.searchParams.set(name, value);
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body: JSON.stringify(body),
  });
  return { status: answer.status, ...((await answer.json()) as object) };
}

/** A text whose body has this many bytes. */
function textOf(lengthBytes: number) {
  const message = (content: string) => ({ msgtype: 'text', text: { content } });
  return message('x'.repeat(lengthBytes - JSON.stringify(message('')).length));
}

function signed(atMs: number, secret = SECRET): Record<string, string> {
  const sign = createHmac('sha256', secret).update(`${atMs}\n${secret}`).digest('base64');
  return { timestamp: String(atMs), sign };
}

describe('a fake DingTalk keeps the rules of the real one', () => {
  const rows: {
    readonly why: string;
    readonly options?: FakeDingTalkOptions;
    readonly query?: Record<string, string>;
    readonly body?: unknown;
    readonly contentType?: string;
    readonly says: readonly [number, string];
  }[] = [
    { why: 'a token and a text are enough for an open robot', says: [0, 'ok'] },
    { why: 'nobody’s token', query: { access_token: 'x' }, says: [300_005, 'token is not exist'] },
    { why: 'no token', query: { access_token: '' }, says: [88, 'token is blank'] },
    { why: 'a true signature', options: { secret: SECRET }, query: signed(AT_MS), says: [0, 'ok'] },
    { why: 'no signature', options: { secret: SECRET }, says: [310_000, 'sign not match'] },
    {
      why: 'a signature by another secret',
      options: { secret: SECRET },
      query: signed(AT_MS, 'SECother'),
      says: [310_000, 'sign not match'],
    },
    {
      why: 'a signature of another instant',
      options: { secret: SECRET },
      query: { ...signed(AT_MS), timestamp: String(AT_MS + 1) },
      says: [310_000, 'sign not match'],
    },
    {
      why: 'a true signature, an hour and a moment old',
      options: { secret: SECRET },
      query: signed(AT_MS - 3_600_001),
      says: [310_000, 'invalid timestamp'],
    },
    {
      why: 'none of the keywords',
      options: { keywords: ['alarm', '扩容'] },
      says: [310_000, 'keywords not in content'],
    },
    { why: 'one of the keywords', options: { keywords: ['alarm', 'scaling'] }, says: [0, 'ok'] },
    {
      why: 'an address that is not listed',
      options: { allowedAddresses: ['203.0.113.7'] },
      says: [310_000, 'ip 127.0.0.1 not in whitelist'],
    },
    { why: 'a type that does not exist', body: { msgtype: 'poem' }, says: [400_105, 'unsupported msgtype'] },
    { why: 'a field that is missing', body: { msgtype: 'markdown', markdown: { title: 'x' } }, says: [40_035, 'text'] },
    { why: 'not JSON by its own word', contentType: 'text/plain', says: [43_004, 'Content-Type'] },
    { why: 'as long as may be', body: textOf(20_000), says: [0, 'ok'] },
    { why: 'one byte too long', body: textOf(20_001), says: [460_101, 'exceed 20000 bytes'] },
  ];
  test.each(rows)('$why', async ({ options, query, body, contentType, says }) => {
    const server = await start(options);
    expect(await post(server, query, body, contentType)).toEqual({
      status: 200,
      errcode: says[0],
      errmsg: expect.stringContaining(says[1]),
    });
    expect(server.messages()).toEqual(says[0] === 0 ? [body ?? TEXT] : []);
    expect(server.received()).toHaveLength(1);
  });

  test('the 21st within a minute brings ten minutes of silence, wherever the minute begins', async () => {
    const clock = { nowMs: AT_MS };
    const server = await start({ nowMs: () => clock.nowMs });
    const codes: unknown[] = [];
    const send = async (): Promise<void> => {
      codes.push(((await post(server)) as { errcode: number }).errcode);
    };
    for (let count = 0; count < 20; count += 1) {
      await send();
      clock.nowMs += 3_000;
    }
    // The first has just left the window.
    await send();
    expect(new Set(codes)).toEqual(new Set([0]));
    clock.nowMs += 1;
    for (let count = 0; count < 2; count += 1) await send();
    clock.nowMs += 599_999;
    await send();
    clock.nowMs += 1;
    await send();
    expect(codes.slice(21)).toEqual([130_101, 130_101, 130_101, 0]);
  });

  test('more than ten keywords are no robot’s', async () => {
    await expect(
      startFakeDingTalk({ keywords: Array.from({ length: 11 }, (_, index) => `k${index}`) }),
    ).rejects.toThrow('at most 10 keywords');
  });
});

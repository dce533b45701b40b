import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { STARTS_AT_MS } from '../fixtures/api-server.ts';
import type { OutageOrder, OutageWord } from '../notify/outage-process.ts';
import { startFakeDingTalk } from '../sinks/fake-ding-talk.ts';
import { startFakeWebhook } from '../sinks/fake-webhook.ts';
import type { SinkServer } from '../sinks/sink-server.ts';

const EPISODE_COUNT = 200;
/** A hundred at once, the others one after the other. */
const STARTS = Array.from({ length: EPISODE_COUNT }, (_, index) => {
  return STARTS_AT_MS + (index < 100 ? 10_000 : index * 4_000);
});
const RECOVERS_AT_MS = STARTS_AT_MS + 600_000;
const DRAIN_MS_MAX = 900_000;
/** Virtual time passes as fast as the machine lets it; on a busy one that is slow. */
const CHILD_MS_MAX = 180_000;
const SECRET = `whsec_${Buffer.from('this is secret').toString('base64')}`;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Sending = Extract<OutageWord, { kind: 'sending' }>;

/** Two receivers, and processes that tell them, one after the other on the same store. */
class Outage {
  readonly arrived: Sending[] = [];
  readonly sent: Sending[] = [];
  nowMs = STARTS_AT_MS;
  readonly #folder: string;
  readonly #servers: Readonly<Record<string, SinkServer>>;
  readonly #order: Pick<OutageOrder, 'secrets' | 'sinks'>;
  /** Announced, and not known to have arrived: how many each server had taken before. */
  readonly #open = new Map<string, { readonly sending: Sending; readonly takenCount: number }>();

  constructor(
    folder: string,
    servers: Readonly<Record<string, SinkServer>>,
    order: Pick<OutageOrder, 'secrets' | 'sinks'>,
  ) {
    this.#folder = folder;
    this.#servers = servers;
    this.#order = order;
  }

  /** Runs one process to its end; the signal that ended it, or its exit code. `hangsFromMs`: ended from outside then, by its next request. */
  async run(crashAt: OutageOrder['crashAt'], crashFromMs: number, hangsFromMs = Number.POSITIVE_INFINITY) {
    const child = fork('test/notify/outage-process.ts', { stdio: 'inherit', timeout: CHILD_MS_MAX });
    let isHanging = false;
    child.on('message', (word: OutageWord) => {
      this.nowMs = word.nowMs;
      if (word.kind === 'recovered') for (const server of Object.values(this.#servers)) server.fail(undefined);
      else {
        this.#settle(word.sink);
        const server = this.#servers[word.sink];
        if (server === undefined) throw new Error(`no sink ${word.sink}`);
        this.sent.push(word);
        this.#open.set(word.sink, { sending: word, takenCount: server.taken().length });
        if (word.sink === 'ding' && word.nowMs >= hangsFromMs && !isHanging) {
          isHanging = true;
          this.#endByNextRequest(server, child);
        }
      }
      child.send('go');
    });
    const order: OutageOrder = {
      ...this.#order,
      path: join(this.#folder, 'notifier.db'),
      nowMs: this.nowMs,
      startsAtMs: STARTS,
      recoversAtMs: RECOVERS_AT_MS,
      crashAt,
      crashFromMs,
    };
    child.send(order);
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    for (const sink of Object.keys(this.#servers)) this.#settle(sink);
    // A new process takes its time to come up.
    this.nowMs += 2_000;
    return signal ?? code;
  }

  /** The receiver has the message, and the sender will never know. */
  #endByNextRequest(server: SinkServer, child: ChildProcess): void {
    server.fail({ kind: 'hang', isTaken: true }, 1);
    server.arrived(server.received().length + 1).then(
      () => child.kill('SIGKILL'),
      () => undefined,
    );
  }

  #settle(sink: string): void {
    const open = this.#open.get(sink);
    this.#open.delete(sink);
    const takenCount = this.#servers[sink]?.taken().length ?? 0;
    if (open !== undefined && takenCount > open.takenCount) this.arrived.push(open.sending);
  }
}

async function setUp() {
  const folder = await mkdtemp(join(tmpdir(), 'podtide-outage-'));
  closing.push(() => rm(folder, { recursive: true }));
  const now = { nowMs: (): number => outage.nowMs };
  const ding = await startFakeDingTalk({ ...now, secret: 'SEC-of-the-robot' });
  const hook = await startFakeWebhook({ ...now, secrets: [SECRET] });
  closing.push(ding.close, hook.close);
  ding.fail({ kind: 'reset' });
  hook.fail({ kind: 'answer', answer: { status: 503, body: '', isTaken: false } });
  const outage = new Outage(
    folder,
    { ding, hook },
    {
      secrets: {
        ding: `${ding.url}/robot/send?access_token=${ding.token}`,
        'ding-secret': 'SEC-of-the-robot',
        hook: `${hook.url}/podtide`,
        'hook-secret': SECRET,
      },
      sinks: {
        ding: {
          kind: 'dingtalk',
          webhook: { file: 'ding' },
          secret: { file: 'ding-secret' },
          format: 'markdown',
          allowedOrigins: [ding.url],
        },
        hook: { kind: 'webhook', url: { file: 'hook' }, secret: { file: 'hook-secret' }, allowedOrigins: [hook.url] },
      },
    },
  );
  return { outage, ding, hook };
}

test('two receivers away for ten minutes, three kills, two hundred episodes: none is lost, hardly one told twice, and no quota broken (N1, N2)', async () => {
  const { outage, ding, hook } = await setUp();
  expect(await outage.run('after mark', STARTS_AT_MS + 120_000)).toBe('SIGKILL');
  expect(await outage.run('', 0, RECOVERS_AT_MS + 1)).toBe('SIGKILL');
  expect(await outage.run('answered', RECOVERS_AT_MS + 60_000)).toBe('SIGKILL');
  expect(await outage.run('', 0)).toBe(0);

  for (const [name, server] of Object.entries({ ding, hook })) {
    const arrived = outage.arrived.filter(({ sink }) => sink === name);
    const told = new Set(arrived.flatMap(({ noticeIds }) => noticeIds));
    const ends = Array.from({ length: EPISODE_COUNT }, (_, index) => `scale.up.completed e${index}`);
    expect(
      ends.filter((id) => !told.has(id)),
      `lost at ${name}`,
    ).toEqual([]);
    const repeated = arrived.filter(({ noticeIds }, index) => {
      return arrived.slice(0, index).some((before) => before.noticeIds.some((id) => noticeIds.includes(id)));
    });
    expect(repeated.length, `told twice at ${name}`).toBeLessThanOrEqual(3);
    expect(repeated.every(({ isPossibleDuplicate }) => isPossibleDuplicate)).toBe(true);
    const timesTold = arrived.flatMap(({ noticeIds }) => noticeIds);
    expect(Math.max(...[...told].map((id) => timesTold.filter((each) => each === id).length))).toBeLessThanOrEqual(2);
    // Everything is out a quarter of an hour after the receivers are back.
    expect(Math.max(...arrived.map(({ nowMs }) => nowMs)) - RECOVERS_AT_MS).toBeLessThanOrEqual(DRAIN_MS_MAX);
    const instants = server.received().map(({ atMs }) => atMs);
    const busiest = instants.map(
      (fromMs) => instants.filter((atMs) => atMs >= fromMs && atMs < fromMs + 60_000).length,
    );
    expect(Math.max(...busiest)).toBeLessThanOrEqual(name === 'ding' ? 20 : Number.POSITIVE_INFINITY);
    // Once it was back, no request was refused for any reason: neither for its quota nor for its signature.
    expect(server.received().filter(({ atMs, isTaken }) => atMs > RECOVERS_AT_MS && !isTaken)).toEqual([]);
  }
  // What may be a duplicate says so where people read it, and nothing else does.
  const marked = ding.taken().map(({ body }) => body.includes('可能重复'));
  expect(marked).toEqual(
    outage.arrived.filter(({ sink }) => sink === 'ding').map(({ isPossibleDuplicate }) => isPossibleDuplicate),
  );
  expect(marked).toContain(true);
}, 240_000);

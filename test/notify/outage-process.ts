import { once } from 'node:events';
import { setTimeout as realTimeout } from 'node:timers/promises';
import { SILENT_LOG } from '../../src/base/log.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { Deliveries } from '../../src/people/notify/delivery/deliveries.ts';
import { createRenderer } from '../../src/people/notify/notice-rendering.ts';
import { Secret } from '../../src/people/sink/secret.ts';
import type { Delivery, DeliveryOutcome, Sink } from '../../src/people/sink/sink.ts';
import { createSink, type SinkSettings } from '../../src/people/sink/sink-kinds.ts';
import { createSinkOutbound } from '../../src/people/sink/sink-outbound.ts';
import { SqliteStore } from '../../src/platform/store/sqlite-store.ts';
import type { GuardedStore, StoreChanges } from '../../src/platform/store/store.ts';
import { KnownSecrets } from '../../src/platform/telemetry/known-secrets.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { stageOf } from './notices.ts';
import { routeOf } from './routes.ts';

/**
 * A process that tells of many episodes through real sinks, of which its parent knows when they are up, and ends itself
 * without a word where it is told to. Its time is virtual and stands still while a request or a write is under way, so
 * that hours take seconds whatever the machine has to do; what it stores and sends, and how it dies, is real.
 */
export interface OutageOrder {
  readonly path: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly sinks: Readonly<Record<string, SinkSettings>>;
  readonly nowMs: number;
  /** When each episode starts; it completes 30 s later. */
  readonly startsAtMs: readonly number[];
  readonly recoversAtMs: number;
  /** Where it ends: of marks and answers at the first from `crashFromMs` on. */
  readonly crashAt: 'after mark' | 'answered' | '';
  readonly crashFromMs: number;
}

/** What a process says to its parent, which says `go` to each. */
export type OutageWord =
  | { readonly kind: 'recovered'; readonly nowMs: number }
  | {
      readonly kind: 'sending';
      readonly nowMs: number;
      readonly sink: string;
      readonly noticeIds: readonly string[];
      readonly isPossibleDuplicate: boolean;
    };

const COMPLETES_AFTER_MS = 30_000;
const NEVER = new AbortController().signal;

const [order] = (await once(process, 'message')) as [OutageOrder];
const clock = new VirtualClock({ startAtMs: order.nowMs });
let pendingCount = 0;

async function underWay<T>(work: Promise<T>): Promise<T> {
  pendingCount += 1;
  try {
    return await work;
  } finally {
    pendingCount -= 1;
  }
}

async function say(word: OutageWord): Promise<void> {
  const heard = once(process, 'message');
  process.send?.(word);
  await heard;
}

function endAt(instant: OutageOrder['crashAt']): void {
  if (instant === order.crashAt && clock.nowMs() >= order.crashFromMs) process.kill(process.pid, 'SIGKILL');
}

const store = new SqliteStore({
  path: order.path,
  identity: `process-${process.pid}`,
  ioClock: createSystemClock(),
  log: SILENT_LOG,
});

async function append(changes: StoreChanges, signal: AbortSignal): Promise<void> {
  await underWay(store.append(changes, signal));
  if ([...changes.values()].some((text) => text?.includes('"inFlight":{'))) endAt('after mark');
}

const watched: GuardedStore = {
  claim: (signal) => store.claim(signal),
  put: (key, text, withinMs) => store.put(key, text, withinMs),
  remove: (key, withinMs) => store.remove(key, withinMs),
  release: (deadlineMs) => store.release(deadlineMs),
  commit: (key, text, signal) => append(new Map([[key, text]]), signal),
  append,
};

const known = new KnownSecrets();
const { outbound, publicOutbound, close } = createSinkOutbound({ ioClock: clock });
const environment = {
  outbound,
  publicOutbound,
  ioClock: clock,
  known,
  secrets: {
    read: async (ref: { readonly file?: string }) => ({
      newest: new Secret(order.secrets[ref.file ?? ''] ?? ''),
      previous: undefined,
    }),
  },
};

async function sinkOf(name: string, settings: SinkSettings): Promise<Sink> {
  const sink = await createSink(name, settings, environment as never);
  const send = async (delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> => {
    const { notices, isPossibleDuplicate } = delivery;
    const noticeIds = notices.map(({ id }) => id);
    await say({ kind: 'sending', nowMs: clock.nowMs(), sink: name, noticeIds, isPossibleDuplicate });
    const outcome = await sink.send(delivery, signal);
    // The message of the crash before is told once more already.
    if (name === 'ding' && !isPossibleDuplicate) endAt('answered');
    return outcome;
  };
  return { name, quota: sink.quota, send: (delivery, signal) => underWay(send(delivery, signal)) };
}

const names = Object.keys(order.sinks);
const sinks = await Promise.all(Object.entries(order.sinks).map(([name, settings]) => sinkOf(name, settings)));
const deliveries = new Deliveries({
  store: watched,
  ioClock: clock,
  log: SILENT_LOG,
  random: Math.random,
  render: createRenderer(() => ({ clusterName: 'prod', isSeedForm: () => false })),
  routing: {
    cluster: 'prod',
    sinks: new Map(sinks.map((sink) => [sink.name, sink])),
    routes: [routeOf({ sinks: names, language: 'zh-CN' })],
    mustAsk: false,
    expireAfterMs: 86_400_000,
    onDoubt: 'resend',
  },
});

/** Nothing is under way, and nothing follows at this instant. */
async function idle(): Promise<void> {
  do {
    if (pendingCount > 0) await realTimeout(1);
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  } while (pendingCount > 0);
}

async function runTo(atMs: number): Promise<void> {
  for (;;) {
    await idle();
    const nextMs = clock.nextAtMs();
    if (nextMs === undefined || nextMs > atMs) break;
    clock.runNext();
  }
  if (atMs > clock.nowMs()) clock.advanceTo(atMs);
}

const states = await deliveries.begin(NEVER);
const stages = order.startsAtMs.flatMap((startsAtMs, index) => [
  { atMs: startsAtMs, index, type: 'scale.up.started' as const },
  { atMs: startsAtMs + COMPLETES_AFTER_MS, index, type: 'scale.up.completed' as const },
]);
const happenings = [...stages, { atMs: order.recoversAtMs, index: -1, type: undefined }];
for (const { atMs, index, type } of happenings.toSorted((left, right) => left.atMs - right.atMs)) {
  const place = `uid-web-${index}`;
  const stored = states.get(`${place}.state`);
  // What was stored was told of, or will be: whoever watches goes on behind it.
  if (stored === 'scale.up.completed' || stored === type) {
    if (type !== undefined) continue;
  }
  if (type === undefined && atMs < order.nowMs) continue;
  await runTo(atMs);
  if (type === undefined) {
    await underWay(say({ kind: 'recovered', nowMs: clock.nowMs() }));
    continue;
  }
  const entries = new Map([[`${place}.state`, type]]);
  await deliveries.record({ place, entries, notices: [stageOf(index, type)] }, NEVER);
}
while (deliveries.statuses().some(({ openCount }) => openCount > 0)) await runTo(clock.nowMs() + 1_000);
const ended = deliveries.end(5_000);
while (clock.runNext());
await ended;
await close();
process.disconnect();

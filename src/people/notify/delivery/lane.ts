import { orAborted } from '../../../base/cancellation.ts';
import { type IoClock, type Release, sleep } from '../../../base/clock.ts';
import { errorText, Failure } from '../../../base/failure.ts';
import type { Log } from '../../../base/log.ts';
import { DELIVERY_MS_MAX } from '../../../base/notifier-limits.ts';
import type { GuardedStore } from '../../../platform/store/store.ts';
import type { DeliveryOutcome, Sink, SinkQuota } from '../../sink/sink.ts';
import type { Batch, Choice } from './batch.ts';
import { CredentialMemory } from './credential-memory.ts';
import type { DeliveryListener, Renderer, RenderRequest, Routing, SinkStatus } from './delivery-port.ts';
import { LaneQueue } from './lane-queue.ts';
import { type InFlight, type LaneRecord, laneKeyOf, writeLaneRecord } from './lane-record.ts';
import type { Outbox } from './outbox.ts';
import { type OutboxRow, shortHash } from './outbox-row.ts';
import { judgeOutcome, outcomeDetail } from './outcome.ts';
import { plainMessage } from './plain-message.ts';

/** What a lane shares with the others. */
export interface LanePorts {
  readonly store: GuardedStore;
  readonly outbox: Outbox;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly random: () => number;
  readonly render: Renderer;
  readonly listener: DeliveryListener;
  /** Asked before each request: false when this process may no longer act. */
  readonly maySend: () => boolean;
  readonly routing: () => Routing;
  /** Another process has taken the store over. */
  readonly onLost: (failure: Failure) => void;
  /** Told after each attempt, and now and then while a sink is not well. */
  readonly onHealth: (sink: string, isDown: boolean, failingForMs: number, detail: string) => void;
  /** Rows were moved to another sink. */
  readonly onMoved: () => void;
  /** A sink goes by another credential than it did. */
  readonly onCredentialChanged: () => void;
}

/** After something of our own stood in the way: the store, the Lease. */
const OWN_WAIT_MS = 1_000;
/** After a bug of ours. */
const QUARANTINE_MS = 10_000;
/** What is stored of a credential beside its marks is in no hurry. */
const RECORD_WITHIN_MS = 1_000;
/** A sink that does not hear its signal is left alone after this. */
const ABORT_MS = 1_000;

/**
 * Delivers what is to go out with one credential, one message after the other. Before each request the store holds that
 * it is about to begin, and before the next the store holds what came of it, so that a crash can make one message of a
 * credential arrive twice, and none be lost.
 */
export class Lane {
  readonly #ports: LanePorts;
  readonly #key: string;
  readonly #memory: CredentialMemory;
  readonly #queue: LaneQueue;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  /** Whether something has come since what waits was last looked at. */
  #mustLook = false;
  #cancelTimer: Release = () => {};
  #inFlight: InFlight | null = null;
  /** Not before this instant, for reasons of our own. */
  #gateAtMs = 0;

  constructor(ports: LanePorts, quota: SinkQuota, record: LaneRecord) {
    this.#ports = ports;
    this.#key = laneKeyOf(quota.key);
    this.#memory = new CredentialMemory(quota, record, ports.ioClock);
    this.#queue = new LaneQueue(ports, quota.key, this.#memory);
  }

  /** What would be stored now: what a lane with another quota of the same credential goes on with. */
  record(): LaneRecord {
    return this.#memory.record(this.#inFlight);
  }

  /** The sinks that are to be served; those that stay keep their health unless they may be well again. */
  serve(sinks: readonly string[], mayBeWell: boolean): void {
    this.#queue.serve(sinks, mayBeWell);
    this.wake();
  }

  statuses(): readonly SinkStatus[] {
    return this.#queue.statuses();
  }

  /** Looks for something to send, soon. */
  wake(): void {
    this.#mustLook = true;
    if (this.#running !== null || this.#stopping.signal.aborted) return;
    this.#cancelTimer();
    this.#running = this.#run().finally(() => {
      this.#running = null;
      if (this.#mustLook) this.wake();
    });
  }

  /** Begins nothing any more, and waits for what is under way as long as it takes up to the deadline. */
  async end(deadlineMs: number): Promise<void> {
    this.#cancelTimer();
    this.#queue.close();
    const cancel = this.#ports.ioClock.after(deadlineMs, () => {
      this.#stopping.abort(new Failure('unavailable', 'the process is stopping'));
    });
    if (deadlineMs === 0) this.#stopping.abort(new Failure('unavailable', 'the process is stopping'));
    await this.#running;
    cancel();
    this.#stopping.abort(new Failure('unavailable', 'the process is stopping'));
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { ioClock, log } = this.#ports;
    for (;;) {
      try {
        this.#mustLook = false;
        const choice = await this.#step();
        if (choice === 'over') return;
        if (choice === 'again' || this.#mustLook) continue;
        if (choice.waitMs < Number.POSITIVE_INFINITY) this.#wakeAfter(choice.waitMs);
        return;
      } catch (thrown) {
        log.error('a delivery met a bug; the sink rests for a while', { error: errorText(thrown) });
        this.#gateAtMs = ioClock.monotonicMs() + QUARANTINE_MS;
      }
    }
  }

  #wakeAfter(waitMs: number): void {
    // A fraction could be too small to bring the clock forward at all.
    this.#cancelTimer = this.#ports.ioClock.after(Math.max(1, Math.ceil(waitMs)), () => this.wake());
  }

  async #step(): Promise<'again' | 'over' | Extract<Choice, { kind: 'wait' }>> {
    if (this.#stopping.signal.aborted) return 'over';
    const nowMs = this.#ports.ioClock.monotonicMs();
    // Before anything else: what met a bug is not to be met at once again.
    if (this.#gateAtMs > nowMs) return { kind: 'wait', waitMs: this.#gateAtMs - nowMs };
    const swept = this.#queue.sweep();
    if (swept.length > 0) await this.#keep(swept);
    const banMs = this.#memory.banMs();
    if (banMs > 0) return { kind: 'wait', waitMs: Math.min(banMs, this.#queue.sweepMs()) };
    const choice = this.#queue.choose();
    if (choice.kind === 'wait') return choice;
    if (!this.#ports.maySend()) {
      this.#gateAtMs = nowMs + OWN_WAIT_MS;
      return 'again';
    }
    await this.#deliver(choice.batch);
    return 'again';
  }

  async #deliver(batch: Batch): Promise<void> {
    const { ioClock, outbox, routing, store } = this.#ports;
    const sink = routing().sinks.get(batch.sink);
    if (sink === undefined) return;
    const id = batch.rows[0]?.doubt ?? deliveryId(batch);
    this.#inFlight = { id, sink: batch.sink, entryKeys: batch.rows.map(({ entryKey }) => entryKey) };
    this.#memory.log.use(ioClock.monotonicMs());
    outbox.update(
      batch.rows.map((row) => ({ ...row, state: 'inflight' })),
      ioClock.wallMs(),
    );
    const mayBegin = (await this.#mark()) && this.#ports.maySend() && !this.#stopping.signal.aborted;
    if (!mayBegin) {
      this.#inFlight = null;
      outbox.update(batch.rows, ioClock.wallMs());
      // Whoever goes on is not to take it for one that may have arrived.
      store.put(this.#key, writeLaneRecord(this.record()), RECORD_WITHIN_MS);
      this.#gateAtMs = ioClock.monotonicMs() + OWN_WAIT_MS;
      return;
    }
    const outcome = await this.#send(sink, batch, id);
    this.#memory.log.answered(ioClock.monotonicMs());
    this.#inFlight = null;
    try {
      await this.#conclude(batch, id, outcome);
    } catch (thrown) {
      this.#takeBack(batch, id);
      throw thrown;
    }
  }

  /** After a bug of ours: what became of the message is not known any more. */
  #takeBack({ sink, rows }: Batch, id: string): void {
    const { outbox, ioClock } = this.#ports;
    const left = rows.flatMap(({ entryKey }) => outbox.rowsOf(entryKey)).filter((row) => row.sink === sink);
    const unsettled = left.filter(({ state }) => state === 'inflight');
    outbox.update(
      unsettled.map((row) => ({ ...row, state: 'pending', doubt: row.doubt ?? id })),
      ioClock.wallMs(),
    );
  }

  /** Stores that a request is about to begin; false when that cannot be stored, so that it must not. */
  async #mark(): Promise<boolean> {
    const { store, onLost, log } = this.#ports;
    try {
      await store.commit(this.#key, writeLaneRecord(this.record()), this.#stopping.signal);
      return true;
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      if (thrown.kind === 'conflict') {
        this.#stopping.abort(thrown);
        onLost(thrown);
      } else log.warn('nothing is sent while the store cannot be written', { error: thrown.message });
      return false;
    }
  }

  async #send(sink: Sink, batch: Batch, id: string): Promise<DeliveryOutcome> {
    const { ioClock, listener, log } = this.#ports;
    const isPossibleDuplicate = batch.rows.some(({ doubt }) => doubt !== null);
    const request: RenderRequest = {
      notices: batch.rows.map(({ notice }) => notice),
      route: batch.route,
      sink: sink.name,
      form: batch.form,
      isDigest: batch.isDigest,
      isPossibleDuplicate,
    };
    if (isPossibleDuplicate) listener(sink.name, 'possibleDuplicate', 1);
    const { notices } = request;
    const { mention } = batch.route;
    const delivery = { id, message: this.#render(request), notices, isPossibleDuplicate, mention };
    const late = new AbortController();
    const given = AbortSignal.any([late.signal, this.#stopping.signal]);
    const deaf = new AbortController();
    const cancelLate = ioClock.after(DELIVERY_MS_MAX, () =>
      late.abort(new Failure('unavailable', 'no answer in time')),
    );
    let cancelDeaf = (): void => {};
    const giveUpSoon = (): void => {
      cancelDeaf = ioClock.after(ABORT_MS, () => deaf.abort(given.reason));
    };
    given.addEventListener('abort', giveUpSoon);
    try {
      return await orAborted(sink.send(delivery, given), deaf.signal);
    } catch (thrown) {
      if (!deaf.signal.aborted)
        log.error('a sink threw instead of saying what came of it', { sink: sink.name, error: errorText(thrown) });
      return { kind: 'unknown', detail: errorText(thrown) };
    } finally {
      // A signal made of others lives for as long as somebody listens to it.
      given.removeEventListener('abort', giveUpSoon);
      cancelLate();
      cancelDeaf();
    }
  }

  #render(request: RenderRequest) {
    try {
      return this.#ports.render(request);
    } catch (thrown) {
      this.#ports.log.error('a message could not be made and goes out plain', {
        sink: request.sink,
        error: errorText(thrown),
      });
      return plainMessage(request);
    }
  }

  async #conclude(batch: Batch, id: string, outcome: DeliveryOutcome): Promise<void> {
    const { listener, store, log } = this.#ports;
    listener(batch.sink, outcome.kind, 1);
    const judgement = judgeOutcome(outcome, batch.form, batch.rows.length);
    const detail = outcomeDetail(outcome);
    if (judgement.kind !== 'taken')
      log.warn('a message was not taken', { sink: batch.sink, outcome: outcome.kind, detail });
    if (outcome.kind === 'sent' && outcome.remark !== undefined)
      log.warn('a message was taken, but not by everybody', { sink: batch.sink, detail: outcome.remark });
    if (judgement.kind === 'rest') this.#memory.ban(judgement.pauseMs);
    const changed = this.#queue.conclude(batch, id, judgement, detail);
    if (judgement.kind === 'rest') await this.#mark();
    await this.#keep(changed);
    store.put(this.#key, writeLaneRecord(this.record()), RECORD_WITHIN_MS);
  }

  /** Stores what has become of rows, however long that takes: until then nothing else goes out. */
  async #keep(rows: readonly OutboxRow[]): Promise<void> {
    const { outbox, ioClock, log, onLost } = this.#ports;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await outbox.keep(
          rows.map(({ entryKey }) => entryKey),
          signal,
        );
        return;
      } catch (thrown) {
        if (signal.aborted) return;
        if (!(thrown instanceof Failure)) throw thrown;
        if (thrown.kind === 'conflict') {
          this.#stopping.abort(thrown);
          onLost(thrown);
          return;
        }
        log.warn('what came of a message could not be stored yet', { error: thrown.message });
        await sleep(ioClock, OWN_WAIT_MS, signal).catch(() => undefined);
      }
    }
  }
}

/** The same for the same notices, so that a receiver can know a message that comes again. */
function deliveryId({ sink, rows }: Batch): string {
  return shortHash([sink, ...rows.map(({ entryKey }) => entryKey).sort()].join('\n'));
}

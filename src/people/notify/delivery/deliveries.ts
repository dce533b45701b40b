import type { IoClock } from '../../../base/clock.ts';
import { errorText, Failure } from '../../../base/failure.ts';
import type { Log } from '../../../base/log.ts';
import { DELIVERY_MS_MAX } from '../../../base/notifier-limits.ts';
import type { Notice } from '../../../core/episode/notice.ts';
import { watcherNotice } from '../../../core/episode/watcher-notice.ts';
import type { GuardedStore, StoreChanges } from '../../../platform/store/store.ts';
import type { SinkQuota } from '../../sink/sink.ts';
import { admit, newRow } from './admission.ts';
import type { DeliveryListener, Renderer, Routing, SinkStatus } from './delivery-port.ts';
import { EXPLAINED_BY_PROVIDER, type Inhibitors } from './inhibition.ts';
import { Lane, type LanePorts } from './lane.ts';
import { EMPTY_LANE_RECORD, isLaneKey, type LaneRecord, laneKeyOf, readLaneRecord } from './lane-record.ts';
import { Outbox } from './outbox.ts';
import { isEntryKey, isOpen, type OutboxRow } from './outbox-row.ts';
import { destinationsOf } from './route.ts';
import type { Silence } from './silence.ts';
import { SILENCE_PREFIX, SilenceBook } from './silence-book.ts';
import { SinkWatch } from './sink-watch.ts';

/** What deliveries are made with. */
export interface DeliveriesOptions {
  /** Claimed by `begin`; keys `PLACE.notice.…`, `lane-…`, `silence-…`, `inhibitors` and `told` belong to the deliveries. */
  readonly store: GuardedStore;
  readonly ioClock: IoClock;
  readonly log: Log;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly render: Renderer;
  readonly routing: Routing;
  readonly listener?: DeliveryListener;
  /** Asked before each request, for example of the Lease; always yes when absent. */
  readonly maySend?: () => boolean;
  /** Told when another process has taken the store over: nothing goes out any more. */
  readonly onLost?: (failure: Failure) => void;
}

/** One change of what is known, with what is to be told of it. */
export interface RecordedChange {
  /** Names what is stored together; letters, digits, dashes. The uid of the HPA, or `cluster`. */
  readonly place: string;
  /** Entries of the caller's own, whose keys begin with the place and a dot. */
  readonly entries: StoreChanges;
  readonly notices: readonly Notice[];
}

const INHIBITORS_KEY = 'inhibitors';
const TOLD_KEY = 'told';
/** The place of notices about this program itself. */
const WATCHER_PLACE = 'watcher';
/** What is only there to avoid a needless message is in no hurry. */
const ASIDE_WITHIN_MS = 1_000;

/**
 * Tells people: takes notices, together with the change that they tell of, into a durable outbox, and sees them through
 * to the sinks. At least once, and at most twice where a crash or a lost answer leaves no other way; the second is
 * marked. Each credential has a lane of its own, so that one that is slow, limited or broken holds up no other.
 */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #outbox: Outbox;
  readonly #silences: SilenceBook;
  readonly #watch = new SinkWatch();
  #routing: Routing;
  #inhibitors: Inhibitors = new Set();
  /** Of credentials that no lane uses now. */
  #records = new Map<string, LaneRecord>();
  #lanes = new Map<string, { readonly lane: Lane; readonly quota: SinkQuota }>();
  #term = new AbortController();
  /** Changes of the lanes, one after the other. */
  #changing: Promise<void> = Promise.resolve();
  #isFollowing = false;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#routing = options.routing;
    this.#outbox = new Outbox(options.store);
    this.#silences = new SilenceBook(options.store);
  }

  /**
   * Takes the store over, goes on with what was left, and returns the entries that are not the deliveries' own. Throws
   * Failure when the store cannot be claimed.
   */
  async begin(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    this.#term = new AbortController();
    const entries = await this.#options.store.claim(signal);
    const left = Map.groupBy(entries, ([key]) => ownerOf(key));
    const unreadableCount = this.#outbox.restore(left.get('outbox') ?? []);
    this.#silences.restore(left.get('silences') ?? []);
    for (const [key, text] of left.get('deliveries') ?? []) this.#restoreOwn(key, text);
    await this.#doubtInFlight(signal);
    await this.#reroute(signal);
    if (unreadableCount > 0) await this.#tellUnreadable(unreadableCount);
    // Last: whoever begins again after a failure begins with lanes of its own.
    this.#formLanes(false);
    return new Map(left.get('others') ?? []);
  }

  /**
   * Stores a change and what is to be told of it as one; resolves when both are stored. A notice that is known already
   * is not told again, so that a change can be recorded once more when it is not known whether it was. Throws Failure as
   * the store does.
   */
  async record(change: RecordedChange, signal: AbortSignal): Promise<void> {
    const { listener = NOBODY, store } = this.#options;
    const rows: OutboxRow[] = [];
    const inhibitors = this.#inhibitors;
    for (const notice of change.notices) {
      const state = { ...this.#admissionState(), inhibitors: this.#inhibitors };
      const admission = admit(change.place, notice, state);
      this.#inhibitors = admission.inhibitors;
      if (admission.rows.some(({ entryKey }) => this.#outbox.knows(entryKey))) continue;
      for (const { sink, event } of admission.events) listener(sink, event, 1);
      rows.push(...admission.rows);
    }
    if (this.#inhibitors !== inhibitors) {
      store.put(INHIBITORS_KEY, JSON.stringify([...this.#inhibitors]), ASIDE_WITHIN_MS);
    }
    await this.#makeRoom(new Set(rows.map(({ entryKey }) => entryKey)).size, signal);
    await this.#outbox.add(rows, change.entries, signal);
    const explaining = rows.filter(({ notice }) => notice.type === 'metrics.provider_down');
    if (explaining.length > 0) await this.#coalesceExplained(new Set(explaining.map(({ sink }) => sink)), signal);
    this.#outbox.forgetOld(this.#options.ioClock.wallMs());
    this.#wakeAll();
  }

  /** Goes by another configuration from now on; resolves when what its change moves is stored. */
  reconfigure(routing: Routing): Promise<void> {
    this.#routing = routing;
    const changed = this.#changing.then(async () => {
      await this.#endLanesThatChange();
      await this.#reroute(this.#term.signal);
      if (!this.#term.signal.aborted) this.#formLanes(true);
    });
    // The next change follows whatever becomes of this one.
    this.#changing = changed.catch(() => undefined);
    return changed;
  }

  /** The silences that have not ended. */
  silences(): readonly Silence[] {
    return this.#silences.current(this.#options.ioClock.wallMs());
  }

  /** Throws Failure when it cannot be stored, or when there are too many. */
  silence(silence: Silence, signal: AbortSignal): Promise<void> {
    return this.#silences.add(silence, this.#options.ioClock.wallMs(), signal);
  }

  /** Ends a silence now; false when there is none of that id. */
  unsilence(id: string, signal: AbortSignal): Promise<boolean> {
    return this.#silences.end(id, signal);
  }

  statuses(): readonly SinkStatus[] {
    return [...this.#lanes.values()].flatMap(({ lane }) => lane.statuses());
  }

  /** Lets requests under way end within the deadline, stores what waits, and lets the store go. */
  async end(deadlineMs: number): Promise<void> {
    this.#term.abort(new Failure('unavailable', 'the deliveries have ended'));
    await this.#changing;
    await Promise.all([...this.#lanes.values()].map(({ lane }) => lane.end(deadlineMs)));
    this.#lanes.clear();
    this.#records.clear();
    this.#outbox.clear();
    await this.#options.store.release(deadlineMs);
  }

  #admissionState() {
    const nowMs = this.#options.ioClock.wallMs();
    return { routing: this.#routing, silences: this.#silences.current(nowMs), nowMs };
  }

  #restoreOwn(key: string, text: string): void {
    if (key === TOLD_KEY) this.#watch.restore(text);
    else if (key === INHIBITORS_KEY) this.#inhibitors = readInhibitors(text);
    else this.#records.set(key, readLaneRecord(text) ?? EMPTY_LANE_RECORD);
  }

  /** What was under way when the process before ended may have arrived: it goes out once more, and says so. */
  async #doubtInFlight(signal: AbortSignal): Promise<void> {
    const doubted: OutboxRow[] = [];
    for (const { inFlight } of this.#records.values()) {
      for (const key of inFlight?.entryKeys ?? []) {
        const row = this.#outbox.rowsOf(key).find(({ sink }) => sink === inFlight?.sink);
        if (row === undefined || !isOpen(row) || inFlight === null) continue;
        const isDropped = this.#routing.onDoubt === 'drop';
        if (isDropped) (this.#options.listener ?? NOBODY)(row.sink, 'dead', 1);
        doubted.push({
          ...row,
          state: isDropped ? 'dead' : 'pending',
          doubt: row.doubt ?? inFlight.id,
          doubtfulCount: row.doubtfulCount + 1,
          lastOutcome: 'the process ended while it was under way',
        });
      }
    }
    await this.#change(doubted, signal);
  }

  /** Rows of sinks that are no longer there go where the routes lead now. */
  async #reroute(signal: AbortSignal): Promise<void> {
    const { sinks, routes } = this.#routing;
    const { listener = NOBODY } = this.#options;
    const changed = this.#outbox
      .sinks()
      .filter((sink) => !sinks.has(sink))
      .flatMap((sink) => [...this.#outbox.openRowsOf(sink)])
      .flatMap((row): readonly OutboxRow[] => {
        const taken = new Set(this.#outbox.rowsOf(row.entryKey).map(({ sink }) => sink));
        const others = destinationsOf(row.notice, routes).filter(({ sink }) => sinks.has(sink) && !taken.has(sink));
        const lastOutcome = 'its sink is no longer configured';
        if (others.length === 0) listener(row.sink, 'dead', 1);
        return [
          ...others.map(({ sink }) => ({ ...row, sink, state: 'pending' as const })),
          { ...row, state: others.length === 0 ? 'dead' : 'coalesced', lastOutcome },
        ];
      });
    await this.#change(changed, signal);
  }

  async #endLanesThatChange(): Promise<void> {
    const quotas = this.#quotas();
    const ending = [...this.#lanes].filter(([key, { quota }]) => !isSameQuota(quotas.get(key)?.quota, quota));
    await Promise.all(
      ending.map(async ([key, { lane }]) => {
        await lane.end(DELIVERY_MS_MAX);
        this.#records.set(laneKeyOf(key), lane.record());
        this.#lanes.delete(key);
      }),
    );
  }

  #formLanes(mayBeWell: boolean): void {
    for (const [key, { quota, sinks }] of this.#quotas()) {
      const known = this.#lanes.get(key);
      const record = this.#records.get(laneKeyOf(key)) ?? EMPTY_LANE_RECORD;
      const lane = known?.lane ?? new Lane(this.#lanePorts(), quota, record);
      this.#records.delete(laneKeyOf(key));
      this.#lanes.set(key, { lane, quota });
      lane.serve(sinks, mayBeWell);
    }
  }

  #quotas(): ReadonlyMap<string, { readonly quota: SinkQuota; readonly sinks: readonly string[] }> {
    const bySink = [...this.#routing.sinks.values()];
    const groups = Map.groupBy(bySink, ({ quota }) => quota.key);
    return new Map(
      [...groups].flatMap(([key, [first, ...others]]) =>
        first === undefined ? [] : [[key, { quota: first.quota, sinks: [first, ...others].map(({ name }) => name) }]],
      ),
    );
  }

  #lanePorts(): LanePorts {
    const { store, ioClock, log, random, render, listener = NOBODY } = this.#options;
    return {
      store,
      ioClock,
      log,
      random,
      render,
      listener,
      outbox: this.#outbox,
      maySend: this.#options.maySend ?? (() => true),
      routing: () => this.#routing,
      onLost: this.#options.onLost ?? (() => {}),
      onMoved: () => this.#wakeAll(),
      onCredentialChanged: () => this.#followCredentials(),
      onHealth: (sink, isDown, failingForMs, detail) => this.#lookAt(sink, isDown, failingForMs, detail),
    };
  }

  /** A sink that goes by another credential now gets the lane of that one. */
  #followCredentials(): void {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    this.reconfigure(this.#routing)
      .finally(() => {
        this.#isFollowing = false;
      })
      .catch((thrown: unknown) => {
        this.#options.log.warn('a changed credential is not in use yet', { error: errorText(thrown) });
      });
  }

  #lookAt(sink: string, isDown: boolean, failingForMs: number, detail: string): void {
    const { ioClock, store, log } = this.#options;
    const nowMs = ioClock.wallMs();
    const notice = this.#watch.look(this.#routing.cluster, sink, isDown, nowMs - failingForMs, detail, nowMs);
    if (notice === undefined) return;
    store.put(TOLD_KEY, this.#watch.text(), ASIDE_WITHIN_MS);
    log[isDown ? 'error' : 'info'](isDown ? 'a sink is down' : 'a sink takes messages again', { sink, detail });
    this.#tellOthers(notice, sink).catch((thrown: unknown) =>
      log.warn('others could not be told of a sink', { sink, error: errorText(thrown) }),
    );
  }

  /** Tells by the routes, but never through the sink that it is about; where no route leads, through any other. */
  async #tellOthers(notice: Notice, about: string): Promise<void> {
    const state = this.#admissionState();
    const { sinks, routes } = this.#routing;
    const routed = destinationsOf(notice, routes).map(({ sink }) => sink);
    const isUsable = (sink: string): boolean => sink !== about && sinks.has(sink);
    const others = routed.filter(isUsable);
    const spare = [...sinks.keys()].find(isUsable);
    const told = others.length === 0 && spare !== undefined ? [spare] : others;
    const rows = told.map((sink) => newRow(WATCHER_PLACE, notice, sink, state));
    if (rows.length > 0) await this.#outbox.add(rows, new Map(), this.#term.signal);
    this.#wakeAll();
  }

  #tellUnreadable(count: number): Promise<void> {
    const { ioClock, log } = this.#options;
    const message = `${count} stored notices could not be read and are lost`;
    log.error(message);
    const atMs = ioClock.wallMs();
    const { cluster } = this.#routing;
    const news = { type: 'watcher.gap', cluster, about: 'outbox', atMs, sinceMs: atMs, message } as const;
    return this.#tellOthers(watcherNotice(news), '');
  }

  /** What waits of single HPAs is explained by the loss of the provider, which the same sinks are told of. */
  async #coalesceExplained(sinks: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const { listener = NOBODY } = this.#options;
    const explained = [...sinks]
      .flatMap((sink) => [...this.#outbox.openRowsOf(sink)])
      .filter(({ state, notice }) => state === 'pending' && EXPLAINED_BY_PROVIDER.includes(notice.type));
    for (const { sink } of explained) listener(sink, 'coalesced', 1);
    const lastOutcome = 'the provider is down';
    await this.#change(
      explained.map((row): OutboxRow => ({ ...row, state: 'coalesced', lastOutcome })),
      signal,
    );
  }

  async #makeRoom(count: number, signal: AbortSignal): Promise<void> {
    const { listener = NOBODY, log, ioClock } = this.#options;
    const givenUp: OutboxRow[] = [];
    while (!this.#outbox.hasRoom(count)) {
      const least = this.#outbox.leastImportant();
      if (least.length === 0) break;
      for (const { sink } of least) listener(sink, 'overflowed', 1);
      const rows = least.map((row): OutboxRow => ({ ...row, state: 'dead', lastOutcome: 'too many waited' }));
      this.#outbox.update(rows, ioClock.wallMs());
      givenUp.push(...rows);
    }
    if (givenUp.length === 0) return;
    log.error('too many notices wait; the oldest of the least important are given up', { rowCount: givenUp.length });
    await this.#change(givenUp, signal);
  }

  async #change(rows: readonly OutboxRow[], signal: AbortSignal): Promise<void> {
    if (rows.length === 0) return;
    this.#outbox.update(rows, this.#options.ioClock.wallMs());
    await this.#outbox.keep(
      rows.map(({ entryKey }) => entryKey),
      signal,
    );
  }

  #wakeAll(): void {
    for (const { lane } of this.#lanes.values()) lane.wake();
  }
}

const NOBODY: DeliveryListener = () => {};

function ownerOf(key: string): 'outbox' | 'silences' | 'deliveries' | 'others' {
  if (isEntryKey(key)) return 'outbox';
  if (key.startsWith(SILENCE_PREFIX)) return 'silences';
  return isLaneKey(key) || key === INHIBITORS_KEY || key === TOLD_KEY ? 'deliveries' : 'others';
}

function isSameQuota(left: SinkQuota | undefined, right: SinkQuota): boolean {
  return (
    left !== undefined &&
    left.countMax === right.countMax &&
    left.periodMs === right.periodMs &&
    left.burstCount === right.burstCount
  );
}

function readInhibitors(text: string): Inhibitors {
  try {
    const value: unknown = JSON.parse(text);
    return new Set(Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []);
  } catch {
    return new Set();
  }
}

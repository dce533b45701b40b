import type { IoClock } from '../../../base/clock.ts';
import { MESSAGE_NOTICES_COUNT_MAX } from '../../../base/notifier-limits.ts';
import { type Batch, type Candidate, type Choice, chooseBatch, familyOf } from './batch.ts';
import type { CredentialMemory } from './credential-memory.ts';
import type { DeliveryListener, Routing, SinkStatus } from './delivery-port.ts';
import { GroupTimes } from './group-times.ts';
import { jitteredWaitMs } from './jitter.ts';
import type { Outbox } from './outbox.ts';
import { isOpen, type OutboxRow } from './outbox-row.ts';
import type { Judgement } from './outcome.ts';
import { groupKeyOf, type Route, routeTo } from './route.ts';
import { SinkHealth } from './sink-health.ts';

/** What a queue looks at. */
export interface LaneQueuePorts {
  readonly outbox: Outbox;
  readonly ioClock: IoClock;
  readonly random: () => number;
  readonly listener: DeliveryListener;
  readonly routing: () => Routing;
  readonly onHealth: (sink: string, isDown: boolean, failingForMs: number, detail: string) => void;
  readonly onMoved: () => void;
  readonly onCredentialChanged: () => void;
}

/** Between two digests, while more comes than the quota has room for. */
const DIGEST_GAP_MS = 15_000;
/** How often what waits is looked through for what has expired, and sinks that are not well for a fallback. */
const SWEEP_MS = 10_000;

/**
 * What waits for the sinks of one credential: what goes out next, and what becomes of it afterwards. It changes rows in
 * process; storing them is its owner's.
 */
export class LaneQueue {
  readonly #ports: LaneQueuePorts;
  readonly #quotaKey: string;
  readonly #memory: CredentialMemory;
  readonly #health = new Map<string, SinkHealth>();
  readonly #groups = new GroupTimes();
  /** When a row is tried again, monotonic ms, by sink and entry; forgotten with the row. */
  readonly #retryAtMs = new Map<string, number>();
  /** Rows that one message to a sink may stand for, where it said that as many as usual are too much. */
  readonly #rowsCountMax = new Map<string, number>();
  #digestAtMs = 0;
  #sweepAtMs = 0;
  #isClosed = false;

  constructor(ports: LaneQueuePorts, quotaKey: string, memory: CredentialMemory) {
    this.#ports = ports;
    this.#quotaKey = quotaKey;
    this.#memory = memory;
  }

  serve(sinks: readonly string[], mayBeWell: boolean): void {
    for (const sink of this.#health.keys()) {
      if (!sinks.includes(sink)) this.#health.delete(sink);
    }
    for (const sink of sinks) {
      const health = this.#health.get(sink);
      if (health === undefined) this.#health.set(sink, new SinkHealth());
      else if (mayBeWell) health.changed();
    }
    this.#rowsCountMax.clear();
    this.#sweepAtMs = 0;
  }

  /** Nothing is chosen any more. */
  close(): void {
    this.#isClosed = true;
  }

  choose(): Choice {
    if (this.#isClosed) return { kind: 'wait', waitMs: Number.POSITIVE_INFINITY };
    const nowMs = this.#ports.ioClock.monotonicMs();
    const waiting = [...this.#health].filter(([sink]) => this.#ports.outbox.hasOpenRows(sink));
    if (waiting.length === 0) {
      this.#memory.caughtUp();
      return { kind: 'wait', waitMs: Number.POSITIVE_INFINITY };
    }
    // What waits is looked at only when something may go out at all.
    const quotaMs = this.#memory.log.waitMs(nowMs, true);
    if (quotaMs > 0) return { kind: 'wait', waitMs: Math.min(quotaMs, this.sweepMs()) };
    const open = waiting.filter(([, health]) => health.retryAtMs <= nowMs);
    const choice = chooseBatch(
      open.flatMap(([sink]) => this.#candidatesOf(sink, nowMs)),
      {
        nowMs,
        log: this.#memory.log,
        isAfterBan: this.#memory.isAfterBan,
        digestAtMs: this.#digestAtMs,
        rowsCountMax: (sink) => this.#rowsCountMax.get(sink) ?? MESSAGE_NOTICES_COUNT_MAX,
      },
    );
    if (choice.kind === 'send') return choice;
    const reopenMs = waiting.map(([, { retryAtMs }]) => retryAtMs - nowMs).filter((waitMs) => waitMs > 0);
    return { kind: 'wait', waitMs: Math.min(choice.waitMs, this.sweepMs(), ...reopenMs) };
  }

  /** How long until what waits is looked through again. */
  sweepMs(): number {
    return Math.max(1, this.#sweepAtMs - this.#ports.ioClock.monotonicMs());
  }

  /** Gives up what has expired, and hands over to fallbacks; the rows that changed. */
  sweep(): readonly OutboxRow[] {
    const nowMs = this.#ports.ioClock.monotonicMs();
    if (nowMs < this.#sweepAtMs || this.#isClosed) return [];
    this.#sweepAtMs = nowMs + SWEEP_MS;
    this.#groups.forgetOld(nowMs);
    const changed = [...this.#health].flatMap(([sink, health]) => {
      this.#tellHealth(sink, health, nowMs);
      const key = this.#ports.routing().sinks.get(sink)?.quota.key;
      if (key !== undefined && key !== this.#quotaKey) this.#ports.onCredentialChanged();
      const expired = this.#expire(this.#waitingRowsOf(sink));
      // When it is due for another try, a message is what it is tried with.
      const isLeft = health.isDown(nowMs) && health.retryAtMs > nowMs;
      const moved = isLeft ? this.#moveAll(this.#waitingRowsOf(sink), health.detail) : [];
      return [...expired, ...moved];
    });
    this.#forgetRetries();
    return changed;
  }

  /** What an attempt leads to; the rows that changed. */
  conclude(batch: Batch, id: string, judgement: Judgement, detail: string): readonly OutboxRow[] {
    const nowMs = this.#ports.ioClock.monotonicMs();
    const health = this.#health.get(batch.sink) ?? new SinkHealth();
    const tried = batch.rows.map(
      (row): OutboxRow => ({ ...row, state: 'pending', attemptCount: row.attemptCount + 1, lastOutcome: detail }),
    );
    const changed = this.#changedRows({ ...batch, rows: tried }, id, judgement, health, nowMs);
    this.#tellHealth(batch.sink, health, nowMs);
    return changed;
  }

  statuses(): readonly SinkStatus[] {
    const { ioClock, outbox } = this.#ports;
    const nowMs = ioClock.monotonicMs();
    return [...this.#health].map(([sink, health]) => {
      const rows = [...outbox.openRowsOf(sink)];
      const [oldest] = rows;
      return {
        sink,
        openCount: rows.length,
        oldestAgeMs: oldest === undefined ? 0 : Math.max(0, ioClock.wallMs() - oldest.createdAtMs),
        isDown: health.isDown(nowMs),
        banMs: this.#memory.banMs(),
        freeCount: this.#memory.log.freeCount(nowMs, true),
        detail: health.detail,
      };
    });
  }

  #changedRows(
    batch: Batch,
    id: string,
    judgement: Judgement,
    health: SinkHealth,
    nowMs: number,
  ): readonly OutboxRow[] {
    const { rows, sink } = batch;
    const { random, listener } = this.#ports;
    const detail = rows[0]?.lastOutcome ?? '';
    switch (judgement.kind) {
      case 'taken':
        health.succeeded();
        return this.#take(batch, nowMs);
      case 'later':
        health.failed(nowMs, detail, random, judgement.retryAfterMs);
        if (health.isDown(nowMs)) this.#sweepAtMs = 0;
        return judgement.mayHaveArrived
          ? this.#doubt(rows, id, nowMs)
          : this.#retry(rows, nowMs, judgement.retryAfterMs);
      case 'rest':
        if (judgement.isLong) health.refused(nowMs, detail);
        this.#sweepAtMs = 0;
        return this.#update(rows);
      case 'wait':
        health.refused(nowMs, detail);
        this.#sweepAtMs = 0;
        return this.#update(rows);
      case 'again':
        return this.#update(rows.map((row) => ({ ...row, form: judgement.form })));
      case 'split':
        this.#rowsCountMax.set(sink, Math.ceil(rows.length / 2));
        return this.#update(rows);
      case 'give up': {
        if (judgement.isDestinationGone) health.refused(nowMs, detail);
        this.#sweepAtMs = 0;
        const moved = this.#moveAll(rows, detail);
        const left = rows.filter(({ entryKey }) => !moved.some((row) => row.entryKey === entryKey));
        if (left.length > 0) listener(sink, 'dead', left.length);
        return [...moved, ...this.#update(left.map((row) => ({ ...row, state: 'dead' })))];
      }
    }
  }

  /** The last of a family was told, those before it are told in it. */
  #take(batch: Batch, nowMs: number): readonly OutboxRow[] {
    const { rows, route, sink } = batch;
    const last = new Map(rows.map((row) => [familyOf(row.notice), row.entryKey]));
    const isLast = (row: OutboxRow): boolean => last.get(familyOf(row.notice)) === row.entryKey;
    const coalescedCount = rows.filter((row) => !isLast(row)).length;
    if (coalescedCount > 0) this.#ports.listener(sink, 'coalesced', coalescedCount);
    if (batch.isDigest) this.#digestAtMs = nowMs + DIGEST_GAP_MS;
    else if (rows[0]?.doubt === null) this.#memory.caughtUp();
    if (route.group !== null) {
      for (const row of rows) this.#groups.sent(this.#groupKey(row, route), nowMs);
    }
    return this.#update(rows.map((row) => ({ ...row, state: isLast(row) ? 'sent' : 'coalesced', lastOutcome: '' })));
  }

  #retry(rows: readonly OutboxRow[], nowMs: number, retryAfterMs: number): readonly OutboxRow[] {
    for (const row of rows) {
      const waitMs = jitteredWaitMs(row.attemptCount, row.doubtfulCount, this.#ports.random);
      this.#retryAtMs.set(retryKey(row), nowMs + Math.max(retryAfterMs, waitMs));
    }
    return this.#update(rows);
  }

  /** All rows of a delivery that may have arrived wait for the same instant, because they go out together. */
  #doubt(rows: readonly OutboxRow[], id: string, nowMs: number): readonly OutboxRow[] {
    const { listener, random, routing } = this.#ports;
    const doubted = rows.map((row): OutboxRow => ({ ...row, doubt: id, doubtfulCount: row.doubtfulCount + 1 }));
    const [first] = doubted;
    if (first === undefined) return [];
    if (routing().onDoubt === 'drop') {
      listener(first.sink, 'dead', doubted.length);
      return this.#update(doubted.map((row) => ({ ...row, state: 'dead' })));
    }
    const atMs = nowMs + jitteredWaitMs(first.attemptCount, first.doubtfulCount, random);
    for (const row of doubted) this.#retryAtMs.set(retryKey(row), atMs);
    return this.#update(doubted);
  }

  #expire(rows: readonly OutboxRow[]): readonly OutboxRow[] {
    const { ioClock, listener } = this.#ports;
    const wallMs = ioClock.wallMs();
    const latest = new Map(rows.map((row) => [familyOf(row.notice), row.entryKey]));
    // What a later stage is still to be told of is told in it.
    const expired = rows.filter(
      (row) => row.expiresAtMs <= wallMs && latest.get(familyOf(row.notice)) === row.entryKey,
    );
    const [first] = expired;
    if (first !== undefined) listener(first.sink, 'expired', expired.length);
    return this.#update(expired.map((row) => ({ ...row, state: 'dead', lastOutcome: row.lastOutcome || 'expired' })));
  }

  /**
   * Hands rows over to the fallback of their route where there is one; the rows that changed, and those that are new. What
   * was given up there, or handed over from there, stays: two that stand in for each other would lose it between them.
   */
  #moveAll(rows: readonly OutboxRow[], detail: string): readonly OutboxRow[] {
    const { outbox, routing, listener, onMoved } = this.#ports;
    const { sinks, routes } = routing();
    const changed = rows.flatMap((row): readonly OutboxRow[] => {
      const fallback = routeTo(row.sink, row.notice, routes).fallback;
      if (fallback === null || fallback === row.sink || !sinks.has(fallback)) return [];
      const there = outbox.rowsOf(row.entryKey).find(({ sink }) => sink === fallback);
      const left: OutboxRow = { ...row, state: 'coalesced', lastOutcome: `moved to ${fallback}: ${detail}` };
      if (there === undefined) return [{ ...row, ...FRESH, sink: fallback }, left];
      return isOpen(there) || there.state === 'sent' ? [left] : [];
    });
    const [first] = rows;
    if (first === undefined || changed.length === 0) return [];
    listener(first.sink, 'movedToFallback', new Set(changed.map(({ entryKey }) => entryKey)).size);
    const updated = this.#update(changed);
    onMoved();
    return updated;
  }

  #update(rows: readonly OutboxRow[]): readonly OutboxRow[] {
    for (const row of rows) {
      if (row.state !== 'pending') this.#retryAtMs.delete(retryKey(row));
    }
    this.#ports.outbox.update(rows, this.#ports.ioClock.wallMs());
    return rows;
  }

  #forgetRetries(): void {
    const waiting = new Set([...this.#health.keys()].flatMap((sink) => this.#waitingRowsOf(sink).map(retryKey)));
    for (const key of this.#retryAtMs.keys()) {
      if (!waiting.has(key)) this.#retryAtMs.delete(key);
    }
  }

  #waitingRowsOf(sink: string): readonly OutboxRow[] {
    return [...this.#ports.outbox.openRowsOf(sink)].filter(({ state }) => state === 'pending');
  }

  #candidatesOf(sink: string, nowMs: number): readonly Candidate[] {
    const { ioClock, routing } = this.#ports;
    const { routes, sinks } = routing();
    // It is on its way to another lane, or to none.
    if (sinks.get(sink)?.quota.key !== this.#quotaKey) return [];
    const wallMs = ioClock.wallMs();
    return this.#waitingRowsOf(sink).map((row) => {
      const route = routeTo(sink, row.notice, routes);
      const heldMs = Math.max(0, row.heldUntilMs - wallMs);
      const retryAtMs = this.#retryAtMs.get(retryKey(row)) ?? 0;
      const { unitKey, groupDueAtMs } = this.#unitOf(row, route, heldMs, nowMs);
      return { row, route, unitKey, dueAtMs: Math.max(retryAtMs, nowMs + heldMs, groupDueAtMs) };
    });
  }

  #unitOf(row: OutboxRow, route: Route, heldMs: number, nowMs: number) {
    if (row.doubt !== null) return { unitKey: `doubt ${row.doubt}`, groupDueAtMs: 0 };
    if (row.isDigested) return { unitKey: `quiet ${route.name}`, groupDueAtMs: 0 };
    if (route.group === null) return { unitKey: familyOf(row.notice), groupDueAtMs: 0 };
    const key = this.#groupKey(row, route);
    const groupDueAtMs = heldMs > 0 ? 0 : this.#groups.dueAtMs(key, route.group, nowMs);
    return { unitKey: key, groupDueAtMs };
  }

  #groupKey({ sink, notice }: OutboxRow, route: Route): string {
    return `group ${sink} ${route.name} ${groupKeyOf(notice, route.group?.by ?? [])}`;
  }

  #tellHealth(sink: string, health: SinkHealth, nowMs: number): void {
    if (!health.isTried) return;
    const failingForMs = health.failingSinceMs === null ? 0 : nowMs - health.failingSinceMs;
    this.#ports.onHealth(sink, health.isDown(nowMs), failingForMs, health.detail);
  }
}

/** What a row starts with at another sink. */
const FRESH = { state: 'pending', attemptCount: 0, form: 'full', lastOutcome: '' } as const;

function retryKey({ sink, entryKey }: OutboxRow): string {
  return `${sink} ${entryKey}`;
}

import type { IoClock } from '../../../base/clock.ts';
import { DELIVERY_MS_MAX } from '../../../base/notifier-limits.ts';
import type { SinkQuota } from '../../sink/sink.ts';
import type { InFlight, LaneRecord } from './lane-record.ts';
import { SlidingLog } from './sliding-log.ts';

/** The longest rest that a receiver's word is taken for. */
const BAN_MS_MAX = 86_400_000;
const BAN_MS_MIN = 1_000;

/**
 * What is known of the use of a credential. In process it follows the monotonic clock, so that a step of the wall clock
 * neither frees nor blocks anything; what is stored is of the wall clock, and a clock that stands before what was stored
 * counts all of it as of now.
 */
export class CredentialMemory {
  readonly log: SlidingLog;
  readonly #ioClock: IoClock;
  #bannedUntilMs: number;
  #banPauseMs: number;
  #isAfterBan: boolean;

  constructor(quota: SinkQuota, record: LaneRecord, ioClock: IoClock) {
    this.#ioClock = ioClock;
    const { usedAtMs, ban, inFlight } = record;
    const nowMs = ioClock.monotonicMs();
    const wallMs = ioClock.wallMs();
    // A request that was under way may have been counted as late as it could be.
    const lateMs = inFlight === null ? 0 : DELIVERY_MS_MAX;
    const lastAtMs = Math.max(...usedAtMs);
    const ages = usedAtMs.map((atMs) => Math.max(0, wallMs - atMs - (atMs === lastAtMs ? lateMs : 0)));
    this.log = new SlidingLog(
      quota,
      ages.map((ageMs) => nowMs - ageMs),
    );
    this.#banPauseMs = ban?.pauseMs ?? 0;
    const leftMs = ban === null ? 0 : Math.min(Math.max(0, ban.untilMs - wallMs), ban.pauseMs);
    this.#bannedUntilMs = nowMs + leftMs;
    this.#isAfterBan = ban !== null;
  }

  /** How long the credential is to rest still. */
  banMs(): number {
    return Math.max(0, this.#bannedUntilMs - this.#ioClock.monotonicMs());
  }

  /** Whether what waited during a ban has not been told yet. */
  get isAfterBan(): boolean {
    return this.#isAfterBan;
  }

  ban(pauseMs: number): void {
    const nowMs = this.#ioClock.monotonicMs();
    this.#banPauseMs = Math.min(BAN_MS_MAX, Math.max(BAN_MS_MIN, pauseMs));
    this.#bannedUntilMs = nowMs + this.#banPauseMs;
    this.#isAfterBan = true;
  }

  /** What waited during a ban has been told. */
  caughtUp(): void {
    this.#isAfterBan = false;
  }

  record(inFlight: InFlight | null): LaneRecord {
    const nowMs = this.#ioClock.monotonicMs();
    const wallMs = this.#ioClock.wallMs();
    const usedAtMs = this.log.uses(nowMs).map((atMs) => Math.round(wallMs - (nowMs - atMs)));
    const untilMs = Math.ceil(wallMs + this.banMs());
    const ban = this.#isAfterBan || this.banMs() > 0 ? { untilMs, pauseMs: this.#banPauseMs } : null;
    return { usedAtMs, ban, inFlight };
  }
}

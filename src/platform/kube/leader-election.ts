import { type IoClock, sleep } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { type Log, SILENT_LOG } from '../../base/log.ts';
import { formatMicroTime } from '../../base/rfc3339.ts';
import type { ObjectMeta } from '../../core/autoscaling/types.ts';
import { isApiFailure } from './api-failure.ts';
import type { CallOptions, KubeClient, ObjectRef, ResourceType } from './client.ts';

/** `coordination.k8s.io/v1 Lease`, as far as an election looks at it. */
export interface Lease {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly spec: LeaseSpec;
}

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/** Who leads, by a Lease. */
export interface LeaderElector {
  /** Begins to strive for the Lease, for ever. */
  start(): void;
  /** Whether this process may act now: turns false by itself when the Lease could not be renewed in time. */
  isLeader(): boolean;
  /** The holder last seen; empty when nobody, undefined before the first look. */
  readonly holder: string | undefined;
  /** Called after each change of `isLeader`. */
  onChange(listener: (isLeader: boolean) => void): () => void;
  /** Stops; a leader gives the Lease up, so that the next one need not wait. */
  stop(): Promise<void>;
}

/** Durations are client-go's, with its defaults. */
export interface LeaderElectionOptions {
  /** Best over a transport of its own, so that no other request can hold a renewal up. */
  readonly client: KubeClient;
  readonly ioClock: IoClock;
  readonly random: () => number;
  readonly log?: Log;
  readonly lease: Required<ObjectRef>;
  /** Differs from process to process. */
  readonly identity: string;
  /** How long others wait after the last renewal they have seen; 15 s when absent. */
  readonly leaseDurationMs?: number;
  /** How long the leader tries to renew before it stops acting; 10 s when absent. */
  readonly renewDeadlineMs?: number;
  /** Between two attempts; 2 s when absent. */
  readonly retryPeriodMs?: number;
  /** Put on the Lease while leading, for example where the leader's decisions are served. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Asked before each attempt; a no lets leadership lapse. Always yes when absent. */
  readonly mayStrive?: () => boolean;
  /** Told after each attempt until when `isLeader` holds without another one; undefined while it does not. */
  readonly onAttempt?: (leadsUntilMs: number | undefined) => void;
}

const LEASES: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  resource: 'leases',
  isNamespaced: true,
};

/** client-go's bound: a leader must be able to try twice before its deadline. */
const RETRIES_RATIO_MIN = 1.2;

/**
 * Those who wait look at the Lease after 1 to 1.2 retry periods. client-go's 1 to 2.2 would make a hand-over up to five
 * seconds longer; that two strive at once costs one of them a conflict.
 */
const JITTER_RATIO = 0.2;

/**
 * Makes an elector by client-go's rules, with three differences. Time is monotonic and local: a Lease has expired when this
 * process has not seen it change for the duration *that it states*; nobody's wall clock is compared. And `isLeader` counts
 * from before the last successful renewal was sent and looks at the clock itself, so that it turns false in time even when
 * the renewal hangs. And whoever waits looks at the Lease more often, and at the moment at which it runs out. Throws Failure('invalid') for durations that cannot work.
 */
export function createLeaderElector(options: LeaderElectionOptions): LeaderElector {
  return new Elector(options);
}

class Elector implements LeaderElector {
  readonly #options: LeaderElectionOptions;
  readonly #log: Log;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<(isLeader: boolean) => void>();
  #running: Promise<void> | undefined;
  #observed: Lease | undefined;
  #observedAtMs = 0;
  #isAbsent = false;
  /** Before the last successful renewal was sent; undefined while not leading. */
  #renewedAtMs: number | undefined;
  #reportedText = '';
  #wasLeader = false;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#log = options.log ?? SILENT_LOG;
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryPeriodMs = options.retryPeriodMs ?? 2_000;
    if (this.#leaseDurationMs <= this.#renewDeadlineMs)
      throw new Failure('invalid', 'leaseDuration must be greater than renewDeadline');
    if (this.#renewDeadlineMs <= RETRIES_RATIO_MIN * this.#retryPeriodMs) {
      throw new Failure('invalid', `renewDeadline must be greater than retryPeriod*${RETRIES_RATIO_MIN}`);
    }
  }

  get holder(): string | undefined {
    return this.#isAbsent ? '' : this.#observed?.spec.holderIdentity;
  }

  isLeader(): boolean {
    if (this.#renewedAtMs === undefined || this.#stopping.signal.aborted) return false;
    return this.#options.ioClock.monotonicMs() - this.#renewedAtMs < this.#renewDeadlineMs;
  }

  onChange(listener: (isLeader: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    const wasLeader = this.isLeader();
    this.#stopping.abort(new Failure('unavailable', 'the election was stopped'));
    this.#tell();
    await this.#running;
    if (wasLeader) await this.#release();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { ioClock, random } = this.#options;
    while (!signal.aborted) {
      if (this.#options.mayStrive?.() ?? true) await this.#attempt();
      if (signal.aborted) return;
      const leftMs = this.#leadershipLeftMs();
      // A leader that cannot renew is told at the very moment at which it stops being one.
      const waitMs =
        leftMs > 0
          ? Math.min(leftMs, this.#retryPeriodMs)
          : Math.min(this.#expiryLeftMs(), this.#retryPeriodMs * (1 + JITTER_RATIO * random()));
      await sleep(ioClock, waitMs, signal).catch(() => undefined);
      this.#tell();
    }
  }

  /** One look at the Lease and, when it is free or ours, one write of it. Failures are reported and change nothing. */
  async #attempt(): Promise<void> {
    const startedAtMs = this.#options.ioClock.monotonicMs();
    const leftMs = this.#leadershipLeftMs();
    const call = { signal: this.#stopping.signal, deadlineMs: leftMs > 0 ? leftMs : this.#renewDeadlineMs };
    try {
      const isHeld = await this.#acquireOrRenew(call, leftMs > 0);
      if (isHeld) this.#renewedAtMs = startedAtMs;
      else this.#renewedAtMs = undefined;
      this.#reportedText = '';
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      if (thrown.message !== this.#reportedText && !this.#stopping.signal.aborted) {
        this.#reportedText = thrown.message;
        this.#log.warn('the lease could not be acquired or renewed', {
          lease: this.#leaseText(),
          error: thrown.message,
        });
      }
    }
    this.#options.onAttempt?.(this.#renewedAtMs === undefined ? undefined : this.#renewedAtMs + this.#renewDeadlineMs);
    this.#tell();
  }

  async #acquireOrRenew(call: CallOptions, isLeading: boolean): Promise<boolean> {
    // A leader knows the Lease as it left it, and need not read it first.
    if (isLeading && this.#observed !== undefined && !this.#isAbsent) {
      try {
        this.#observe(await this.#write(this.#observed, call));
        return true;
      } catch (thrown) {
        if (!isApiFailure(thrown, 409) && !isApiFailure(thrown, 404)) throw thrown;
      }
    }
    const lease = await this.#read(call);
    if (lease === undefined) {
      this.#observe(await this.#options.client.create<Lease>(LEASES, this.#leaseOver(undefined), call));
      return true;
    }
    this.#observe(lease);
    if (!this.#isFree(lease)) return false;
    this.#observe(await this.#write(lease, call));
    return true;
  }

  async #read(call: CallOptions): Promise<Lease | undefined> {
    try {
      return await this.#options.client.get<Lease>(LEASES, this.#options.lease, call);
    } catch (thrown) {
      if (!isApiFailure(thrown, 404)) throw thrown;
      this.#isAbsent = true;
      return undefined;
    }
  }

  #write(before: Lease, call: CallOptions): Promise<Lease> {
    return this.#options.client.replace<Lease>(LEASES, this.#leaseOver(before), call);
  }

  /** Starts the wait anew whenever the Lease has changed, whatever changed in it. */
  #observe(lease: Lease): void {
    this.#isAbsent = false;
    if (this.#observed !== undefined && isSameSpec(this.#observed.spec, lease.spec)) {
      this.#observed = lease;
      return;
    }
    const before = this.#observed?.spec.holderIdentity;
    this.#observed = lease;
    this.#observedAtMs = this.#options.ioClock.monotonicMs();
    const holder = lease.spec.holderIdentity ?? '';
    if (before !== holder) this.#log.info('the lease has a new holder', { lease: this.#leaseText(), holder });
  }

  #isFree(lease: Lease): boolean {
    const holder = lease.spec.holderIdentity ?? '';
    if (holder === '' || holder === this.#options.identity) return true;
    return this.#options.ioClock.monotonicMs() - this.#observedAtMs >= durationMsOf(lease);
  }

  /** Until another's Lease expires unless it is renewed: a look at that moment spares a hand-over the wait for the next. */
  #expiryLeftMs(): number {
    if (this.#observed === undefined || this.#isAbsent) return Number.POSITIVE_INFINITY;
    const leftMs = this.#observedAtMs + durationMsOf(this.#observed) - this.#options.ioClock.monotonicMs();
    return leftMs > 0 ? leftMs : Number.POSITIVE_INFINITY;
  }

  #leaseOver(before: Lease | undefined): Lease {
    const { lease, identity, ioClock, annotations } = this.#options;
    const now = formatMicroTime(ioClock.wallMs());
    const isOurs = before?.spec.holderIdentity === identity;
    const transitions = before?.spec.leaseTransitions ?? 0;
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        ...(before?.metadata ?? lease),
        ...(annotations === undefined ? {} : { annotations: { ...before?.metadata.annotations, ...annotations } }),
      },
      spec: {
        ...before?.spec,
        holderIdentity: identity,
        leaseDurationSeconds: Math.round(this.#leaseDurationMs / 1000),
        acquireTime: isOurs ? (before.spec.acquireTime ?? now) : now,
        renewTime: now,
        leaseTransitions: before === undefined || isOurs ? transitions : transitions + 1,
      },
    };
  }

  /** As client-go: an empty holder, a duration of one second. */
  async #release(): Promise<void> {
    const call = { deadlineMs: this.#retryPeriodMs };
    try {
      // Read first: a renewal that was broken off by the stop may have gone through.
      const before = await this.#read(call);
      if (before?.spec.holderIdentity !== this.#options.identity) return;
      const now = formatMicroTime(this.#options.ioClock.wallMs());
      const spec = { ...before.spec, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now };
      await this.#options.client.replace<Lease>(LEASES, { ...before, spec }, call);
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      this.#log.warn('the lease could not be released', { lease: this.#leaseText(), error: thrown.message });
    }
  }

  #leadershipLeftMs(): number {
    if (this.#renewedAtMs === undefined) return 0;
    return this.#renewedAtMs + this.#renewDeadlineMs - this.#options.ioClock.monotonicMs();
  }

  #tell(): void {
    const isLeader = this.isLeader();
    if (isLeader === this.#wasLeader) return;
    this.#wasLeader = isLeader;
    this.#log.info(isLeader ? 'leading' : 'no longer leading', { lease: this.#leaseText() });
    for (const listener of this.#listeners) listener(isLeader);
  }

  #leaseText(): string {
    return `${this.#options.lease.namespace}/${this.#options.lease.name}`;
  }
}

function durationMsOf({ spec }: Lease): number {
  return (spec.leaseDurationSeconds ?? 0) * 1000;
}

function isSameSpec(left: LeaseSpec, right: LeaseSpec): boolean {
  return (
    left.holderIdentity === right.holderIdentity &&
    left.leaseDurationSeconds === right.leaseDurationSeconds &&
    left.acquireTime === right.acquireTime &&
    left.renewTime === right.renewTime &&
    left.leaseTransitions === right.leaseTransitions
  );
}

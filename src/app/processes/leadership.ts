import { type IoClock, sleep } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { KubeClient } from '../../platform/kube/client.ts';
import {
  createLeaderElector,
  type LeaderElectionOptions,
  type LeaderElector,
} from '../../platform/kube/leader-election.ts';
import type { LeaderElectionConfig } from '../config/leader-election-flags.ts';

/** What an election is about: whose Lease, for how long, in whose name. */
export type ElectionTerms = Pick<
  LeaderElectionOptions,
  'lease' | 'identity' | 'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs' | 'annotations'
>;

/** What a process has at hand for an election. */
export interface ElectionHost {
  /** Differs from process to process: the Lease's holder. */
  readonly identity: string;
  readonly ioClock: IoClock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly log: Log;
  /** Who strives for the Lease; over the same client, on this thread, when absent. */
  readonly createElector?: (terms: ElectionTerms) => LeaderElector;
  /** Put on the Lease, so that others find what this process knows. */
  readonly leaseAnnotations?: Readonly<Record<string, string>>;
}

/** Who strives for the Lease of a configuration; null without an election: then this process leads from the start. */
export function electorFor(
  election: LeaderElectionConfig | null,
  host: ElectionHost,
  client: KubeClient,
): LeaderElector | null {
  if (election === null) return null;
  const { identity, leaseAnnotations: annotations = {}, ioClock, random, log } = host;
  const { namespace, name, leaseDurationMs, renewDeadlineMs, retryPeriodMs } = election;
  const lease = { namespace, name };
  const terms: ElectionTerms = { lease, identity, annotations, leaseDurationMs, renewDeadlineMs, retryPeriodMs };
  return host.createElector?.(terms) ?? createLeaderElector({ ...terms, client, ioClock, random, log });
}

/** What turns a Lease into a process that acts. */
export interface LeadershipOptions {
  /** Null without an election: then this process leads from the start. */
  readonly elector: LeaderElector | null;
  readonly ioClock: IoClock;
  readonly log: Log;
  /**
   * Proves that nobody else acts, and takes over what the leader before left; rejects with Failure `conflict` when somebody
   * else acts.
   */
  readonly prepare: (signal: AbortSignal) => Promise<void>;
  readonly begin: () => void;
  readonly end: () => Promise<void>;
  /** Told when the process must not go on. */
  readonly fail: (failure: unknown) => void;
}

/** Between two attempts at preparations that could not be made, for example because the API server was away; real ms. */
const PREPARE_RETRY_MS = 5_000;

/**
 * Leads, prepares, acts; stands by again when the Lease is lost. Changes are carried out one after the other, so that an
 * end is over before the next beginning.
 */
export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #elector: LeaderElector | null;
  readonly #stopping = new AbortController();
  #term = new AbortController();
  #isReady = false;
  #changes: Promise<void> = Promise.resolve();

  constructor(options: LeadershipOptions) {
    this.#options = options;
    this.#elector = options.elector;
    this.#elector?.onChange((isLeader) => this.#onChange(isLeader));
  }

  /** Strives for the Lease; without one, leads from here on. */
  start(): void {
    if (this.#elector === null) this.#onChange(true);
    else this.#elector.start();
  }

  /** Whether writes may go out at this very moment. */
  isActing(): boolean {
    return this.#isReady && !this.#stopping.signal.aborted && (this.#elector?.isLeader() ?? true);
  }

  /** Gives the Lease up. The syncs must have ended. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Failure('unavailable', 'the process is stopping'));
    this.#term.abort(this.#stopping.signal.reason);
    await this.#elector?.stop();
    await this.#changes;
  }

  #onChange(isLeader: boolean): void {
    this.#isReady = false;
    this.#term.abort(new Failure('unavailable', 'leadership has changed'));
    if (this.#stopping.signal.aborted) return;
    const term = new AbortController();
    this.#term = term;
    this.#changes = this.#changes
      .then(() => (isLeader ? this.#take(term.signal) : this.#options.end()))
      .catch((thrown: unknown) => this.#options.fail(thrown));
  }

  async #take(term: AbortSignal): Promise<void> {
    while (!term.aborted) {
      try {
        await this.#options.prepare(term);
        if (term.aborted) return;
        this.#isReady = true;
        this.#options.begin();
        return;
      } catch (thrown) {
        if (term.aborted) return;
        if (!(thrown instanceof Failure) || thrown.kind === 'conflict' || thrown.kind === 'denied') {
          this.#options.fail(thrown);
          return;
        }
        this.#options.log.warn('a leader could not begin to act yet', { error: errorText(thrown) });
        await sleep(this.#options.ioClock, PREPARE_RETRY_MS, term).catch(() => undefined);
      }
    }
  }
}

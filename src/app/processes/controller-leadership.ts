import { type IoClock, sleep } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { LeaderElector } from '../../platform/kube/leader-election.ts';

/** What turns a Lease into a controller that acts. */
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

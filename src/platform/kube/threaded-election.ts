import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { IoClock, Release } from '../../base/clock.ts';
import { errorText } from '../../base/failure.ts';
import { type Log, type LogFields, SILENT_LOG } from '../../base/log.ts';
import type { ProxySettings } from '../http/proxy-settings.ts';
import type { AccessRecipe } from './access-recipe.ts';
import type { LeaderElectionOptions, LeaderElector } from './leader-election.ts';

/** An election as plain data, for a thread. */
export interface ElectionSettings
  extends Pick<
    LeaderElectionOptions,
    'lease' | 'identity' | 'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs' | 'annotations'
  > {
  readonly access: AccessRecipe;
  readonly proxies?: ProxySettings;
  readonly userAgent: string;
}

export interface ThreadedElectionOptions extends ElectionSettings {
  readonly ioClock: IoClock;
  readonly log?: Log;
}

/** What the thread is given. */
export interface ElectionThreadData {
  readonly settings: ElectionSettings;
  /** Two instants of the process's monotonic clock in nanoseconds, at LEADS_UNTIL and BEAT. */
  readonly instants: BigInt64Array<SharedArrayBuffer>;
}

/** What the thread tells. */
export type ElectionThreadMessage =
  | { readonly kind: 'attempt'; readonly holder: string | undefined }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly message: string;
      readonly fields: LogFields;
    };

/** Until when the thread leads; written by the thread. */
export const LEADS_UNTIL = 0;
/** The last sign of life of the thread that acts; written by that one. */
export const BEAT = 1;

/** Far below the shortest stall that matters. */
const BEAT_MS = 500;
const RESTART_MS = 5_000;
/** A request every two seconds; the default would let 48 MB of garbage gather first. */
const THREAD_YOUNG_GENERATION_MB = 2;
/** Beyond the time that a release of the Lease may take. */
const STOP_MS = 5_000;

/**
 * An election whose renewals have a thread and a connection of their own, so that neither a long collection of garbage nor a
 * large body loses the Lease. The thread in turn stops renewing when the one that acts has stood still for long, so that a
 * hung process loses it. Follows real time only.
 */
export function createThreadedElector(options: ThreadedElectionOptions): LeaderElector {
  return new ThreadedElector(options);
}

class ThreadedElector implements LeaderElector {
  readonly #options: ThreadedElectionOptions;
  readonly #log: Log;
  readonly #instants = new BigInt64Array(new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT));
  readonly #listeners = new Set<(isLeader: boolean) => void>();
  #worker: Worker | undefined;
  #cancelBeat: Release = () => {};
  #cancelRestart: Release = () => {};
  #isStopped = false;
  #wasLeader = false;
  #holder: string | undefined;

  constructor(options: ThreadedElectionOptions) {
    this.#options = options;
    this.#log = options.log ?? SILENT_LOG;
  }

  get holder(): string | undefined {
    return this.#holder;
  }

  isLeader(): boolean {
    return !this.#isStopped && process.hrtime.bigint() < Atomics.load(this.#instants, LEADS_UNTIL);
  }

  onChange(listener: (isLeader: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    if (this.#worker !== undefined || this.#isStopped) return;
    this.#beat();
    this.#startThread();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#tell();
    this.#cancelBeat();
    this.#cancelRestart();
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    const cancel = this.#options.ioClock.after(STOP_MS, () => worker.terminate());
    worker.postMessage('stop');
    await ended;
    cancel();
  }

  #startThread(): void {
    const data: ElectionThreadData = { settings: settingsOf(this.#options), instants: this.#instants };
    // The file stands beside this one, in whichever of the two languages the program runs.
    const worker = new Worker(new URL(`./lease-thread${extname(import.meta.url)}`, import.meta.url), {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: THREAD_YOUNG_GENERATION_MB },
    });
    this.#worker = worker;
    worker.on('message', (message: ElectionThreadMessage) => this.#hear(message));
    worker.on('error', (error) => this.#log.error('the election thread failed', { error: errorText(error) }));
    worker.on('exit', () => {
      this.#worker = undefined;
      Atomics.store(this.#instants, LEADS_UNTIL, 0n);
      this.#tell();
      if (!this.#isStopped) this.#cancelRestart = this.#options.ioClock.after(RESTART_MS, () => this.#startThread());
    });
  }

  #hear(message: ElectionThreadMessage): void {
    if (message.kind === 'log') this.#log[message.level](message.message, message.fields);
    else {
      this.#holder = message.holder;
      this.#tell();
    }
  }

  #beat(): void {
    Atomics.store(this.#instants, BEAT, process.hrtime.bigint());
    this.#tell();
    this.#cancelBeat = this.#options.ioClock.after(BEAT_MS, () => this.#beat());
  }

  #tell(): void {
    const isLeader = this.isLeader();
    if (isLeader === this.#wasLeader) return;
    this.#wasLeader = isLeader;
    for (const listener of this.#listeners) listener(isLeader);
  }
}

/** Without what cannot cross to a thread. */
function settingsOf(options: ThreadedElectionOptions): ElectionSettings {
  const { ioClock: _ioClock, log: _log, ...settings } = options;
  return settings;
}

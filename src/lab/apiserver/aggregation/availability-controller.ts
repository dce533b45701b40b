import type { IoClock, Release } from '../../../base/clock.ts';
import { errorText, Failure } from '../../../base/failure.ts';
import type { Log } from '../../../base/log.ts';
import type { ApiState } from '../api-state.ts';
import { writeContext } from '../api-state.ts';
import type { ApiObject } from '../object.ts';
import { checkBackend } from './backend-check.ts';
import type { Backends } from './backends.ts';
import { withAvailability } from './conditions.ts';
import { API_SERVICES, type RemoteApiService, readRemote } from './remote-api-service.ts';
import { type Availability, checkService, PASSED } from './service-check.ts';

export interface AvailabilityOptions {
  readonly state: ApiState;
  readonly backends: Backends;
  readonly ioClock: IoClock;
  readonly log: Log;
  /** After each check of an APIService that is there, with the condition that it left. */
  onChecked(remote: RemoteApiService, signal: AbortSignal): Promise<void>;
  onGone(name: string): void;
}

/** How one APIService's checks go on. */
interface Rounds {
  isRunning: boolean;
  /** Something changed while a check ran: another follows at once. */
  isStale: boolean;
  failedCount: number;
  cancel: Release;
}

/** Between two checks of a backend that answers. */
const RECHECK_MS = 30_000;
const FIRST_RETRY_MS = 5;
const RETRY_MS_MAX = 30_000;

/**
 * Keeps the condition `Available` of every APIService with a Service true: checked when it, its Service or its endpoints
 * change, every 30 s while all is well, and again after 5 ms, 10 ms, … up to 30 s while the backend does not answer.
 */
export class AvailabilityController {
  readonly #options: AvailabilityOptions;
  readonly #stopping = new AbortController();
  readonly #rounds = new Map<string, Rounds>();
  readonly #releases: readonly Release[];

  constructor(options: AvailabilityOptions) {
    this.#options = options;
    const { store } = options.state;
    const ofService = (object: ApiObject, name: string): void => this.#noteService(object, name);
    this.#releases = [
      store.subscribe(API_SERVICES, ({ type, object, before }) => {
        if (type === 'DELETED' || readRemote(object) === undefined) this.#forget(object.metadata.name);
        else if (before === null || before['spec'] !== object['spec']) this.#note(object.metadata.name);
      }),
      store.subscribe('/services', ({ object }) => ofService(object, object.metadata.name)),
      store.subscribe('discovery.k8s.io/endpointslices', ({ object }) =>
        ofService(object, object.metadata.labels?.['kubernetes.io/service-name'] ?? ''),
      ),
    ];
  }

  /** Ends all checks. */
  stop(): void {
    this.#stopping.abort(new Failure('unavailable', 'the API server stops'));
    for (const release of this.#releases) release();
    for (const { cancel } of this.#rounds.values()) cancel();
    this.#rounds.clear();
  }

  #noteService({ metadata }: ApiObject, name: string): void {
    for (const key of this.#rounds.keys()) {
      const service = this.#find(key)?.service;
      if (service?.name === name && service.namespace === metadata.namespace) this.#note(key);
    }
  }

  /** Checks in a turn of its own, when everything that changes together has changed. */
  #note(name: string): void {
    const rounds = this.#rounds.get(name) ?? { isRunning: false, isStale: false, failedCount: 0, cancel: () => {} };
    this.#rounds.set(name, rounds);
    rounds.cancel();
    if (rounds.isStale) return;
    rounds.isStale = true;
    if (!rounds.isRunning) queueMicrotask(() => this.#start(name, rounds));
  }

  #forget(name: string): void {
    this.#rounds.get(name)?.cancel();
    this.#rounds.delete(name);
    this.#options.onGone(name);
  }

  #find(name: string): RemoteApiService | undefined {
    const object = this.#options.state.store.get(API_SERVICES, '', name);
    return object === undefined ? undefined : readRemote(object);
  }

  #start(name: string, rounds: Rounds): void {
    this.#run(name, rounds).catch((thrown: unknown) => {
      rounds.isRunning = false;
      if (!this.#stopping.signal.aborted) {
        this.#options.log.error('an APIService is checked no more', { apiService: name, error: errorText(thrown) });
      }
    });
  }

  async #run(name: string, rounds: Rounds): Promise<void> {
    rounds.isRunning = true;
    while (rounds.isStale) {
      rounds.isStale = false;
      await this.#check(name, rounds);
    }
    rounds.isRunning = false;
    if (this.#rounds.get(name) !== rounds || this.#stopping.signal.aborted) return;
    const retryMs = Math.min(RETRY_MS_MAX, FIRST_RETRY_MS * 2 ** (rounds.failedCount - 1));
    const delayMs = rounds.failedCount === 0 ? RECHECK_MS : retryMs;
    rounds.cancel = this.#options.ioClock.after(delayMs, () => this.#note(name));
  }

  async #check(name: string, rounds: Rounds): Promise<void> {
    const remote = this.#find(name);
    if (remote === undefined) return;
    const { backends, state } = this.#options;
    const { signal } = this.#stopping;
    const refusal = checkService(state.store, remote);
    const availability = refusal ?? (await checkBackend(backends, remote, signal));
    if (signal.aborted || this.#rounds.get(name) !== rounds) return;
    rounds.failedCount = refusal === null && availability !== PASSED ? rounds.failedCount + 1 : 0;
    if (!rounds.isStale) this.#write(name, availability);
    const checked = this.#find(name);
    if (checked !== undefined) await this.#options.onChecked(checked, signal);
  }

  #write(name: string, availability: Availability): void {
    const { state, log } = this.#options;
    const before = state.store.get(API_SERVICES, '', name);
    if (before === undefined) return;
    const after = withAvailability(before, availability, writeContext(state, 'system:apiserver').nowText);
    if (after === before) return;
    const { status, reason, message } = availability;
    log.info('APIService availability changed', { apiService: name, status, reason, message });
    state.store.put(API_SERVICES, after);
  }
}

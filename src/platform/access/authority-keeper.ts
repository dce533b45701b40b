import { type IoClock, type Release, sleep } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { isApiFailure } from '../kube/api-failure.ts';
import { Backoff } from '../kube/backoff.ts';
import type { KubeClient, KubeObject, ResourceType } from '../kube/client.ts';
import type { KubeClientOptions } from '../kube/kube-client.ts';
import type { Reflector } from '../kube/reflector.ts';
import { createReflector } from '../kube/watch-cache.ts';
import { apiServiceRules, ruleText } from './access-rules.ts';

/** Keeps the authority of our serving certificate in our own APIServices. */
export interface AuthorityKeeper {
  /** Whether every APIService that is ours has exactly these authorities; true when none is. */
  isPublished(caBundle: string): boolean;
  /** Has other authorities put there from now on. */
  publish(caBundle: string): void;
  /** Keeps them in these APIServices too, from now on; those that are kept already stay so. */
  add(apiServices: readonly string[]): void;
  stop(): Promise<void>;
}

/** What the keeper needs. */
export interface AuthorityKeeperOptions {
  readonly client: Pick<KubeClient, 'get' | 'patch'>;
  /** For the watches. */
  readonly kube: KubeClientOptions;
  readonly ioClock: IoClock;
  readonly log: Log;
  /** Names of the APIServices, `v1beta1.metrics.k8s.io` for example. */
  readonly apiServices: readonly string[];
  /** The Service that an APIService must name to be ours; those of others are left alone. */
  readonly service: { readonly namespace: string; readonly name: string };
  /** 0 ≤ x < 1, for jitter. */
  readonly random?: () => number;
}

const API_SERVICES: ResourceType = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  resource: 'apiservices',
  isNamespaced: false,
};

interface ApiService extends KubeObject {
  readonly spec?: {
    readonly service?: { readonly namespace?: string; readonly name?: string } | null;
    readonly caBundle?: string;
    readonly insecureSkipTLSVerify?: boolean;
  };
}

/** What the keeper looks at of an APIService. */
interface ApiServiceState {
  readonly resourceVersion: string;
  readonly isOurs: boolean;
  /** Base64, as it stands there. */
  readonly caBundle: string;
  readonly isVerificationSkipped: boolean;
}

const PATCH_MS_MAX = 10_000;
/** Between two attempts; a right may be granted, and somebody who writes the same field may give up. */
const RETRY_INITIAL_MS = 1_000;
const RETRY_MS_MAX = 60_000;
/** After so long without another's change, the next one is put right at once again. */
const QUIET_MS = 60_000;

/** Begins to keep them; nothing is written before the first `publish`. */
export function keepAuthorities(options: AuthorityKeeperOptions): AuthorityKeeper {
  const keepers = new Map<string, ApiServiceKeeper>();
  let published: string | null = null;
  let isStopped = false;
  const add = (names: readonly string[]): void => {
    const added = names.filter((name) => !isStopped && !keepers.has(name));
    for (const name of added) keepers.set(name, new ApiServiceKeeper(options, name, () => [...keepers.keys()]));
    for (const name of added) {
      keepers.get(name)?.start();
      if (published !== null) keepers.get(name)?.publish(published);
    }
  };
  add(options.apiServices);
  return {
    isPublished: (caBundle) => [...keepers.values()].every((keeper) => keeper.has(caBundle)),
    publish: (caBundle) => {
      published = caBundle;
      for (const keeper of keepers.values()) keeper.publish(caBundle);
    },
    add,
    stop: async () => {
      isStopped = true;
      await Promise.all([...keepers.values()].map((keeper) => keeper.stop()));
    },
  };
}

class ApiServiceKeeper {
  readonly #options: AuthorityKeeperOptions;
  readonly #name: string;
  /** Of all that are kept, for the rule that grants them. */
  readonly #allNames: () => readonly string[];
  readonly #cache: Reflector<ApiService, ApiServiceState>;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  #wanted = '';
  #working: Promise<void> | null = null;
  #patchedAtMs = Number.NEGATIVE_INFINITY;
  #reportedText = '';
  #unsubscribe: Release;

  constructor(options: AuthorityKeeperOptions, name: string, allNames: () => readonly string[]) {
    const { kube, service, random = Math.random } = options;
    this.#options = options;
    this.#name = name;
    this.#allNames = allNames;
    this.#backoff = new Backoff({ initialMs: RETRY_INITIAL_MS, maxMs: RETRY_MS_MAX, random });
    this.#cache = createReflector<ApiService, ApiServiceState>(kube, {
      type: API_SERVICES,
      fieldSelector: `metadata.name=${name}`,
      project: (apiService) => stateOf(apiService, service),
    });
    this.#unsubscribe = this.#cache.subscribe({
      added: () => this.#look(),
      updated: () => this.#look(),
    });
  }

  /** A watch that is refused only says that it is; asking once by name tells which right is missing. */
  start(): void {
    this.#cache.start().catch(() => {
      // Rejects only when it is stopped.
    });
    const { signal } = this.#stopping;
    this.#options.client
      .get(API_SERVICES, { name: this.#name }, { deadlineMs: PATCH_MS_MAX, signal })
      .catch((thrown) => {
        if (isApiFailure(thrown, 403)) this.#report(thrown);
      });
  }

  has(caBundle: string): boolean {
    const state = this.#cache.get(this.#name);
    if (state === undefined) return this.#cache.isSynced;
    return !state.isOurs || isRight(state, encode(caBundle));
  }

  publish(caBundle: string): void {
    this.#wanted = encode(caBundle);
    this.#look();
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#stopping.abort(new Failure('unavailable', 'the keeper of authorities was stopped'));
    await this.#working;
    await this.#cache.stop();
  }

  #look(): void {
    const state = this.#cache.get(this.#name);
    if (state?.isOurs === false) {
      const { namespace, name } = this.#options.service;
      this.#say('the APIService is not ours and is left as it is', { service: `${namespace}/${name}` });
    }
    if (this.#working !== null || this.#stopping.signal.aborted || !this.#isWrong()) return;
    this.#working = this.#putRight().finally(() => {
      this.#working = null;
      this.#look();
    });
  }

  #isWrong(): boolean {
    const state = this.#cache.get(this.#name);
    return state?.isOurs === true && this.#wanted !== '' && !isRight(state, this.#wanted);
  }

  /** Until it is right. Never rejects. */
  async #putRight(): Promise<void> {
    const { ioClock } = this.#options;
    while (this.#isWrong() && !this.#stopping.signal.aborted) {
      const sinceMs = ioClock.monotonicMs() - this.#patchedAtMs;
      if (sinceMs >= QUIET_MS) this.#backoff.succeeded();
      // Somebody who keeps writing something else must not be answered write for write.
      else if (!(await this.#pause(this.#backoff.nextMs()))) return;
      this.#patchedAtMs = ioClock.monotonicMs();
      await this.#patch();
    }
  }

  async #patch(): Promise<void> {
    const state = this.#cache.get(this.#name);
    if (state === undefined || !state.isOurs || isRight(state, this.#wanted)) return;
    const body = {
      // Refused when somebody has changed it meanwhile: it may be somebody else's by then.
      metadata: { resourceVersion: state.resourceVersion },
      spec: { caBundle: this.#wanted, insecureSkipTLSVerify: null },
    };
    try {
      const call = { deadlineMs: PATCH_MS_MAX, signal: this.#stopping.signal };
      const ref = { name: this.#name };
      this.#cache.absorb(
        await this.#options.client.patch<ApiService>(API_SERVICES, ref, { kind: 'merge', body }, call),
      );
      this.#reportedText = '';
      this.#options.log.info('the authority in the APIService was put right', { apiService: this.#name });
    } catch (thrown) {
      if (!this.#stopping.signal.aborted && !isApiFailure(thrown, 409)) this.#report(thrown);
    }
  }

  async #pause(durationMs: number): Promise<boolean> {
    try {
      await sleep(this.#options.ioClock, durationMs, this.#stopping.signal);
      return true;
    } catch {
      // Stopped while asleep.
      return false;
    }
  }

  #report(thrown: unknown): void {
    const isDenied = thrown instanceof Failure && thrown.kind === 'denied';
    const rules = ruleText(apiServiceRules(this.#allNames()));
    this.#say('the authority in the APIService cannot be kept right', {
      error: errorText(thrown),
      ...(isDenied ? { hint: `a ClusterRole must grant ${rules}; or put the authority there yourself` } : {}),
    });
  }

  /** Says the same once, however often it repeats. */
  #say(message: string, fields: Readonly<Record<string, unknown>>): void {
    const text = JSON.stringify([message, fields]);
    if (text === this.#reportedText) return;
    this.#reportedText = text;
    this.#options.log.warn(message, { apiService: this.#name, ...fields });
  }
}

function stateOf({ metadata, spec }: ApiService, service: AuthorityKeeperOptions['service']): ApiServiceState {
  return {
    resourceVersion: metadata.resourceVersion ?? '',
    isOurs: spec?.service?.namespace === service.namespace && spec.service.name === service.name,
    caBundle: spec?.caBundle ?? '',
    isVerificationSkipped: spec?.insecureSkipTLSVerify === true,
  };
}

function isRight(state: ApiServiceState, wanted: string): boolean {
  return state.caBundle === wanted && !state.isVerificationSkipped;
}

function encode(pem: string): string {
  return Buffer.from(pem).toString('base64');
}

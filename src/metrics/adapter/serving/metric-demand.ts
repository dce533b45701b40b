import type { Clock, Release } from '../../../base/clock.ts';
import { errorText } from '../../../base/failure.ts';
import { type Log, SILENT_LOG } from '../../../base/log.ts';
import type { KubeObject } from '../../../platform/kube/client.ts';
import type { HpaApi } from '../../../platform/kube/hpa-api.ts';
import type { KubeClientOptions } from '../../../platform/kube/kube-client.ts';
import type { Reflector } from '../../../platform/kube/reflector.ts';
import { createReflector } from '../../../platform/kube/watch-cache.ts';

/** Names of the metrics that are asked for, by API. */
export interface WantedMetrics {
  readonly custom: ReadonlySet<string>;
  readonly external: ReadonlySet<string>;
}

/** Knows which metrics are asked for. */
export interface MetricDemand {
  /** Undefined until it is known for the first time. */
  readonly wanted: WantedMetrics | undefined;
  /** Called after that has changed. */
  subscribe(listener: () => void): Release;
}

/** The same, as the HPAs of a cluster have it. */
export interface FollowedDemand extends MetricDemand {
  /** Resolves when all HPAs are known for the first time; rejects only when stopped before. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** HPAs that come together, as those of a list, are looked at together. */
const SETTLE_MS = 100;

/** What is kept of an HPA: the names of its metrics. */
interface HpaMetrics {
  readonly custom: readonly string[];
  readonly external: readonly string[];
}

/** Follows HPAs, of which the names of metrics of pods, objects and things outside are kept. */
export function followHpaDemand(client: KubeClientOptions, api: HpaApi, clock: Clock): FollowedDemand {
  return new HpaDemand(client, api, clock);
}

class HpaDemand implements FollowedDemand {
  readonly #cache: Reflector<KubeObject, HpaMetrics>;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #wanted: WantedMetrics | undefined;
  #cancel: Release | null = null;

  constructor(client: KubeClientOptions, api: HpaApi, clock: Clock) {
    const log = client.log ?? SILENT_LOG;
    this.#clock = clock;
    this.#cache = createReflector<KubeObject, HpaMetrics>(client, {
      type: api.type,
      project: (object) => metricsOf(object, api, log),
    });
    this.#cache.subscribe({
      added: (_key, hpa) => this.#look(hpa.custom.length + hpa.external.length > 0),
      updated: (_key, before, hpa) => this.#look(JSON.stringify(before) !== JSON.stringify(hpa)),
      deleted: (_key, hpa) => this.#look(hpa.custom.length + hpa.external.length > 0),
    });
  }

  get wanted(): WantedMetrics | undefined {
    return this.#wanted;
  }

  subscribe(listener: () => void): Release {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async start(): Promise<void> {
    await this.#cache.start();
    this.#tell();
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#listeners.clear();
    await this.#cache.stop();
  }

  #look(isConcerned: boolean): void {
    if (!isConcerned || this.#cancel !== null || this.#wanted === undefined) return;
    this.#cancel = this.#clock.after(SETTLE_MS, () => this.#tell());
  }

  #tell(): void {
    this.#cancel = null;
    const hpas = [...this.#cache.values()];
    const wanted = {
      custom: new Set(hpas.flatMap(({ custom }) => custom)),
      external: new Set(hpas.flatMap(({ external }) => external)),
    };
    if (this.#wanted !== undefined && isSame(this.#wanted, wanted)) return;
    this.#wanted = wanted;
    for (const listener of this.#listeners) listener();
  }
}

/** An HPA that cannot be read asks for nothing; the others must not suffer by it. */
function metricsOf(object: KubeObject, api: HpaApi, log: Log): HpaMetrics {
  try {
    const metrics = api.decode(object).spec?.metrics ?? [];
    return {
      custom: metrics.flatMap(({ pods, object: of }) => pods?.metric?.name ?? of?.metric?.name ?? []),
      external: metrics.flatMap(({ external }) => external?.metric?.name ?? []),
    };
  } catch (thrown) {
    const { namespace, name } = object.metadata;
    log.warn('an HPA cannot be read; series are not listed for it', {
      hpa: `${namespace ?? ''}/${name}`,
      error: errorText(thrown),
    });
    return { custom: [], external: [] };
  }
}

function isSame(one: WantedMetrics, other: WantedMetrics): boolean {
  return isSameSet(one.custom, other.custom) && isSameSet(one.external, other.external);
}

function isSameSet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((name) => other.has(name));
}

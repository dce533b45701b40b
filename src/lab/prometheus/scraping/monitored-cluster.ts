import type { Clock, DeliveryLedger, Release } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { KubeObject, ResourceType } from '../../../platform/kube/client.ts';
import type { KubeClientOptions } from '../../../platform/kube/kube-client.ts';
import type { Reflector } from '../../../platform/kube/reflector.ts';
import { createReflector } from '../../../platform/kube/watch-cache.ts';
import { PODS, type Pod, SERVICES, type Service } from '../../world/objects.ts';
import { targetsOf } from './monitor-targets.ts';
import { POD_MONITORS, type PodMonitor, SERVICE_MONITORS, type ServiceMonitor } from './monitors.ts';
import type { ScrapeTarget } from './scrape-target.ts';

export interface MonitoredClusterOptions {
  /** Of whoever follows, its own within the process. */
  readonly name: string;
  readonly kube: KubeClientOptions;
  readonly ledger: DeliveryLedger;
  readonly clock: Pick<Clock, 'after'>;
  readonly log: Log;
  /** Told after something has changed. */
  onTargets(targets: readonly ScrapeTarget[]): void;
}

/**
 * Follows the monitors of a cluster and what they select. The definitions of monitors must be there.
 */
export class MonitoredCluster {
  readonly #options: MonitoredClusterOptions;
  readonly #serviceMonitors: Reflector<ServiceMonitor, ServiceMonitor>;
  readonly #podMonitors: Reflector<PodMonitor, PodMonitor>;
  readonly #services: Reflector<Service, Service>;
  readonly #pods: Reflector<Pod, Pod>;
  #cancelLook: Release | undefined;
  #toldProblems = '';
  #isStopped = false;

  constructor(options: MonitoredClusterOptions) {
    this.#options = options;
    this.#serviceMonitors = this.#follow<ServiceMonitor>(SERVICE_MONITORS);
    this.#podMonitors = this.#follow<PodMonitor>(POD_MONITORS);
    this.#services = this.#follow<Service>(SERVICES);
    this.#pods = this.#follow<Pod>(PODS);
  }

  /** Resolves when everything that there is has been looked at. */
  async start(): Promise<void> {
    await Promise.all(this.#caches().map((cache) => cache.start()));
    if (!this.#isStopped) this.#look();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelLook?.();
    await Promise.all(this.#caches().map((cache) => cache.stop()));
  }

  #follow<T extends KubeObject>(type: ResourceType): Reflector<T, T> {
    const { name, kube, ledger } = this.#options;
    const cache = createReflector<T, T>(kube, {
      type,
      project: (object) => object,
      delivery: { ledger, name: `${name}-${type.resource}` },
    });
    const note = (): void => this.#note();
    cache.subscribe({ added: note, updated: note, deleted: note });
    return cache;
  }

  #caches() {
    return [this.#serviceMonitors, this.#podMonitors, this.#services, this.#pods];
  }

  /** Many changes of one moment are looked at once. */
  #note(): void {
    const isComplete = this.#caches().every(({ isSynced }) => isSynced);
    if (this.#isStopped || !isComplete) return;
    this.#cancelLook ??= this.#options.clock.after(0, () => this.#look());
  }

  #look(): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    const { targets, problems } = targetsOf({
      serviceMonitors: [...this.#serviceMonitors.values()],
      podMonitors: [...this.#podMonitors.values()],
      services: [...this.#services.values()],
      pods: [...this.#pods.values()],
    });
    const text = problems.join('\n');
    if (text !== this.#toldProblems && text !== '')
      this.#options.log.warn('not everything that monitors ask for is scraped', { problems });
    this.#toldProblems = text;
    this.#options.onTargets(targets);
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../../scripts/cluster/cluster.ts';
import { formatRfc3339 } from '../../src/base/rfc3339.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../src/platform/kube/client.ts';
import { kubeconfigAccess } from '../../src/platform/kube/cluster-access.ts';
import { createKubeClient } from '../../src/platform/kube/kube-client.ts';
import { createSocketTransport } from '../../src/platform/kube/socket-transport.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { inParallel } from '../../test/e2e/support/parallel.ts';
import { HPAS, NAMESPACES } from '../scale/fleet-objects.ts';

const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', resource: 'deployments', isNamespaced: true };
const NAMESPACE = 'shop';
const LANE_COUNT = 32;
/** As often as an HPA controller syncs. */
const SYNC_MS = 15_000;
const REPLICAS_AT_FIRST = 2;
const CONDITIONS = [
  { type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale', message: 'recommended size matches current size' },
  { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', message: 'the HPA was able to calculate' },
  { type: 'ScalingLimited', status: 'False', reason: 'DesiredWithinRange', message: 'within the acceptable range' },
];

/** The counts that an HPA's status has, and whether it has just scaled. */
interface Counts {
  readonly current: number;
  readonly desired: number;
  readonly scaledAtMs?: number;
}

/**
 * HPAs with a Deployment each on an API server that has no controllers: what those would write, the bench writes, so that
 * it knows when.
 */
export class WatchedFleet {
  readonly #client: KubeClient;
  readonly #close: () => Promise<void>;
  readonly #counts: number[];
  readonly #busy = new Set<number>();

  private constructor(client: KubeClient, close: () => Promise<void>, hpaCount: number) {
    this.#client = client;
    this.#close = close;
    this.#counts = Array.from({ length: hpaCount }, () => REPLICAS_AT_FIRST);
  }

  static async create(cluster: Cluster, hpaCount: number): Promise<WatchedFleet> {
    const ioClock = createSystemClock();
    const access = await kubeconfigAccess({ paths: [cluster.kubeconfig], ioClock });
    const transport = createSocketTransport({ access, ioClock });
    const client = createKubeClient({ transport, ioClock, userAgent: 'kube-controller-manager' });
    const fleet = new WatchedFleet(client, () => transport.close(), hpaCount);
    await client.create(NAMESPACES, { metadata: { name: NAMESPACE } });
    await inParallel(fleet.#indices(), (index) => fleet.#createMember(index), LANE_COUNT);
    return fleet;
  }

  nameOf(index: number): string {
    return `web-${String(index).padStart(5, '0')}`;
  }

  /** Every status is written once in a sync period, evenly spread and with other numbers each time, until stopped. */
  moveStatuses(): { stop(): Promise<void> } {
    let isStopped = false;
    const startedAtMs = performance.now();
    const run = async (): Promise<void> => {
      for (let turn = 0; !isStopped; turn += 1) {
        const dueInMs = startedAtMs + (turn * SYNC_MS) / this.#counts.length - performance.now();
        if (dueInMs > 0) await delay(dueInMs);
        const index = turn % this.#counts.length;
        // One that is being scaled is its own writer's.
        if (this.#busy.has(index)) continue;
        const count = this.#counts[index] ?? 0;
        await this.#writeStatus(index, { current: count, desired: count });
      }
    };
    const ended = run();
    return {
      stop: async () => {
        isStopped = true;
        await ended;
      },
    };
  }

  /**
   * Scales up by one as an HPA controller does: the scale, then the status.
   *
   * @returns before which writes the instants were: of the scale, and of the status; epoch ms
   */
  async scaleUp(index: number): Promise<{ readonly scaledAtMs: number; readonly toldAtMs: number }> {
    this.#busy.add(index);
    const count = this.#counts[index] ?? 0;
    this.#counts[index] = count + 1;
    const ref = { namespace: NAMESPACE, name: this.nameOf(index) };
    const scale = await this.#client.getScale(DEPLOYMENTS, ref);
    const scaledAtMs = Date.now();
    await this.#client.replaceScale(DEPLOYMENTS, { ...scale, spec: { replicas: count + 1 } });
    const toldAtMs = Date.now();
    await this.#writeStatus(index, { current: count, desired: count + 1, scaledAtMs });
    return { scaledAtMs, toldAtMs };
  }

  /** The pods of a Deployment that was scaled are available, and the HPA's next sync says so. */
  async complete(index: number): Promise<void> {
    const count = this.#counts[index] ?? 0;
    await this.#writeAvailable(index, count);
    await this.#writeStatus(index, { current: count, desired: count });
    this.#busy.delete(index);
  }

  close(): Promise<void> {
    return this.#close();
  }

  #indices(): readonly number[] {
    return this.#counts.map((_, index) => index);
  }

  async #createMember(index: number): Promise<void> {
    const name = this.nameOf(index);
    const metadata = { namespace: NAMESPACE, name };
    const labels = { app: name };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'registry.example/app:1' }] } };
    const deployment = { metadata, spec: { replicas: REPLICAS_AT_FIRST, selector: { matchLabels: labels }, template } };
    await this.#client.create(DEPLOYMENTS, deployment as KubeObject);
    await this.#writeAvailable(index, REPLICAS_AT_FIRST);
    const target = { type: 'Utilization', averageUtilization: 80 };
    const hpa = {
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: 1,
        maxReplicas: 100,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
      },
    };
    await this.#client.create(HPAS, hpa as KubeObject);
    await this.#writeStatus(index, { current: REPLICAS_AT_FIRST, desired: REPLICAS_AT_FIRST });
  }

  async #writeAvailable(index: number, count: number): Promise<void> {
    const ref = { namespace: NAMESPACE, name: this.nameOf(index) };
    const { metadata } = await this.#client.get<KubeObject>(DEPLOYMENTS, ref);
    const { generation } = metadata;
    const status = {
      replicas: count,
      updatedReplicas: count,
      readyReplicas: count,
      availableReplicas: count,
      observedGeneration: generation,
    };
    await this.#client.patch(DEPLOYMENTS, ref, { kind: 'merge', body: { status } }, { subresource: 'status' });
  }

  async #writeStatus(index: number, { current, desired, scaledAtMs }: Counts): Promise<void> {
    const ref = { namespace: NAMESPACE, name: this.nameOf(index) };
    const averageUtilization = 20 + Math.floor(Math.random() * 40);
    const value = { averageUtilization, averageValue: `${averageUtilization}m` };
    const status = {
      currentReplicas: current,
      desiredReplicas: desired,
      currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: value } }],
      conditions: CONDITIONS.map((condition) => ({ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' })),
      ...(scaledAtMs === undefined ? {} : { lastScaleTime: formatRfc3339(scaledAtMs) }),
    };
    await this.#client.patch(HPAS, ref, { kind: 'merge', body: { status } }, { subresource: 'status' });
  }
}

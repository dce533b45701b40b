/**
 * The metrics server of a scale measurement, a process of its own so that its CPU is nobody else's: answers
 * `metrics.k8s.io` for the whole fleet out of the fleet's load. Forked by `metrics-child.ts`; told its orders by messages.
 */
import { Failure } from '../../src/base/failure.ts';
import type { PodMetrics, ResourceMetricsSource } from '../../src/metrics/source/port.ts';
import { listenForMetrics } from '../../test/e2e/support/metrics-api.ts';
import { FleetLoad, fleetOf, type Member, POD_COUNT } from './fleet.ts';
import { labelsOf, podName } from './fleet-objects.ts';
import type { MetricsOrder } from './metrics-child.ts';

const WINDOW_MS = 15_000;
const NANO_PER_MILLI = 1e6;

process.on('message', (order: MetricsOrder) => void obey(order));
process.once('disconnect', () => process.exit());

let fleet: FleetSource | undefined;

async function obey(order: MetricsOrder): Promise<void> {
  switch (order.kind) {
    case 'serve': {
      fleet = new FleetSource(order);
      const { port, caCertificate, groups } = await listenForMetrics(fleet, order.frontProxyAuthorityFile);
      process.send?.({ port, caCertificate, groups });
      return;
    }
    case 'beginRound':
      fleet?.beginRound(order.startAtMs);
      return;
    case 'podCount':
      fleet?.setPodCount(order.index, order.podCount);
      return;
  }
}

class FleetSource implements ResourceMetricsSource {
  readonly resource = this;
  readonly #load: FleetLoad;
  readonly #members: readonly Member[];
  readonly #byNamespace: ReadonlyMap<string, readonly Member[]>;
  readonly #bySelector: ReadonlyMap<string, Member>;
  readonly #podCounts = new Map<number, number>();
  #startAtMs = Number.POSITIVE_INFINITY;

  constructor({ size, seed }: Extract<MetricsOrder, { kind: 'serve' }>) {
    this.#load = new FleetLoad(seed, size.hpaCount);
    this.#members = fleetOf(size);
    this.#byNamespace = Map.groupBy(this.#members, ({ namespace }) => namespace);
    this.#bySelector = new Map(this.#members.map((member) => [`app=${member.name}`, member]));
  }

  beginRound(startAtMs: number): void {
    this.#startAtMs = startAtMs;
    this.#podCounts.clear();
  }

  setPodCount(index: number, podCount: number): void {
    this.#podCounts.set(index, podCount);
  }

  async listPods({ namespace, labelSelector }: { readonly namespace: string | null; readonly labelSelector: string }) {
    const nowMs = Date.now();
    return this.#asked(namespace, labelSelector).flatMap((member) => this.#podsOf(member, nowMs));
  }

  async listNodes() {
    return [];
  }

  #asked(namespace: string | null, labelSelector: string): readonly Member[] {
    if (labelSelector === '') return namespace === null ? this.#members : (this.#byNamespace.get(namespace) ?? []);
    const member = this.#bySelector.get(labelSelector);
    if (member === undefined) throw new Failure('invalid', `no member has the selector ${labelSelector}`);
    return member.namespace === namespace ? [member] : [];
  }

  #podsOf(member: Member, nowMs: number): PodMetrics[] {
    const podCount = this.#podCounts.get(member.index) ?? POD_COUNT;
    const elapsedMs = Math.max(0, nowMs - this.#startAtMs);
    const nanoPerPod = Math.round((this.#load.totalMilli(member.index, elapsedMs) * NANO_PER_MILLI) / podCount);
    return Array.from({ length: podCount }, (_, place) => ({
      namespace: member.namespace,
      name: podName(member, place),
      labels: labelsOf(member),
      atMs: nowMs,
      windowMs: WINDOW_MS,
      containers: [{ name: 'app', usage: { cpu: `${nanoPerPod}n`, memory: '64Mi' } }],
    }));
  }
}

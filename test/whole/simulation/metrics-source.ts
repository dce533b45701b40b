import { Failure } from '../../../src/base/failure.ts';
import type { MetricsSource } from '../../../src/metrics/source/port.ts';
import { type Cluster, NAMESPACE } from './cluster.ts';
import type { FaultBoard, MetricEffect } from './faults.ts';
import type { NodeClock } from './node-clock.ts';
import type { Observer } from './observer.ts';
import type { Story } from './story.ts';

/** What a process's numbers come from. */
export interface SourcePorts {
  readonly story: Story;
  readonly cluster: Cluster;
  readonly faults: FaultBoard;
  readonly observer: Observer;
  readonly process: string;
  readonly node: NodeClock;
  /** Called before each reading; the process may die there. */
  readonly passing: () => void;
}

/** A promise of its own each time: one that stands for ever would remember everyone who waits for it. */
const never = (): Promise<never> => new Promise<never>(() => {});

/** The true loads as a process reads them, with what can go wrong on the way. Never a wrong finite number. */
export function createSimulatedSource(ports: SourcePorts): MetricsSource {
  return {
    external: {
      listMetrics: async () => [],
      getValues: async ({ metric }) => {
        const atMs = ports.node.nowMs();
        const value = await readTotal(ports, metric);
        return value === null ? [] : [{ metric, labels: {}, atMs, windowMs: null, value }];
      },
    },
    custom: {
      listMetrics: async () => [],
      getValues: async ({ name, metric }) => {
        const atMs = ports.node.nowMs();
        const value = await readTotal(ports, metric);
        const describedObject = { apiVersion: 'v1', kind: 'Service', namespace: NAMESPACE, name };
        return value === null ? [] : [{ describedObject, metric, atMs, windowMs: null, value }];
      },
    },
    resource: { listNodes: async () => [], listPods: ({ labelSelector }) => listPods(ports, labelSelector) },
  };
}

/** The total of an HPA's metric as a quantity; null for an answer without values. */
async function readTotal(ports: SourcePorts, metric: string): Promise<string | null> {
  const { cluster, observer, process, node, story } = ports;
  const hpa = story.hpas.find(({ metrics }) => metrics.some(({ name }) => name === metric))?.name ?? '';
  // Until it is read it is not.
  observer.metricRead(process, hpa, metric, null, node.nowMs());
  const effect = await pass(ports);
  if (effect === 'empty') return null;
  if (effect === 'garbage') return GARBAGE;
  const total = cluster.totals(hpa).get(metric) ?? 0;
  observer.metricRead(process, hpa, metric, total, node.nowMs());
  return String(total);
}

const GARBAGE = 'NaN';

async function listPods(ports: SourcePorts, labelSelector: string) {
  const { cluster, observer, process, node, story } = ports;
  const hpas = story.hpas
    .filter(({ name }) => labelSelector === '' || labelSelector === `app=${name}`)
    .filter(({ metrics }) => metrics.some(({ kind }) => kind === 'cpu'))
    .map(({ name }) => name);
  const cpuCame = observer.cpuAsked(process, hpas, node.nowMs());
  const effect = await pass(ports);
  if (effect === 'empty') return [];
  const pods = cluster.podMetrics(labelSelector);
  if (effect === 'garbage') {
    return pods.map((pod) => ({ ...pod, containers: [{ name: 'app', usage: { cpu: GARBAGE } }] }));
  }
  const isPartial = effect === 'partial';
  cpuCame(isPartial, node.nowMs());
  return isPartial ? pods.filter((_, index) => index % 2 === 0) : pods;
}

/** What befalls a reading, for those effects that leave an answer. */
async function pass(ports: SourcePorts): Promise<MetricEffect | undefined> {
  ports.passing();
  if (ports.node.isDead) return never();
  const effect = ports.faults.ofMetric();
  if (effect === 'hang') return never();
  await ports.node.awake();
  if (effect === 'failed') throw new Failure('unavailable', 'the metrics backend is down');
  return effect;
}

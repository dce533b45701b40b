import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import { Failure } from '../../../src/base/failure.ts';
import type { SharedLoad } from './shared-load.ts';

/** CPU of the walkthrough's one load generator, as recorded on the real controller. */
const LOAD_MILLI = 610;
const POLL_MS = 200;
const HPA_PATH = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/php-apache';
const EVENTS_PATH = '/api/v1/namespaces/default/events?fieldSelector=involvedObject.kind%3DHorizontalPodAutoscaler';

/** The two times that the walkthrough's instants follow from. */
export interface WalkthroughTiming {
  readonly syncPeriodMs: number;
  readonly downscaleStabilizationMs: number;
}

/** Everything that the walkthrough showed, as kubectl printed it. */
export interface WalkthroughRecord {
  readonly snapshots: readonly Snapshot[];
  /** The lines of `kubectl get hpa php-apache -w`. */
  readonly watchLines: readonly string[];
  /** Each change of the Deployment's `spec.replicas`. */
  readonly scalings: readonly { readonly specReplicas: number; readonly atMs: number }[];
  readonly loadStoppedAtMs: number;
}

interface Snapshot {
  readonly name: SnapshotName;
  readonly describe: string;
  /** `kubectl get hpa php-apache`. */
  readonly table: string;
  /** `kubectl get hpa php-apache -o yaml`. */
  readonly yaml: string;
}

export const SNAPSHOTS = ['0-created', '1-idle', '2-scaled-up', '3-steady', '4-load-stopped', '5-back-to-min'] as const;

export type SnapshotName = (typeof SNAPSHOTS)[number];

interface Hpa {
  readonly status: {
    readonly currentReplicas?: number;
    readonly desiredReplicas?: number;
    readonly currentMetrics?:
      | readonly { readonly resource?: { readonly current: { readonly averageUtilization?: number } } }[]
      | null;
    readonly conditions?: readonly { readonly type: string; readonly reason: string }[];
  };
}

/** When a snapshot is due: the status and the number of events that it shows. */
const DUE: Readonly<Record<SnapshotName, (shown: Shown) => boolean>> = {
  '0-created': () => true,
  '1-idle': ({ utilization }) => utilization === 0,
  '2-scaled-up': ({ hpa, eventCount }) =>
    hpa.status.currentReplicas === 4 && hpa.status.desiredReplicas === 7 && eventCount === 2,
  '3-steady': ({ hpa, ableToScale }) => hpa.status.currentReplicas === 7 && ableToScale === 'ReadyForNewScale',
  '4-load-stopped': ({ hpa, utilization }) => hpa.status.currentReplicas === 7 && utilization === 0,
  '5-back-to-min': ({ hpa, ableToScale, eventCount }) =>
    hpa.status.currentReplicas === 1 && ableToScale === 'ReadyForNewScale' && eventCount === 3,
};

/**
 * Plays the official walkthrough on the cluster: Deployment, Service and `kubectl autoscale`, then the controller,
 * the load, and its end; takes the reference's six snapshots on the way. `startController` is called once the HPA is
 * there. Throws Failure `unavailable` when a snapshot does not come due.
 */
export async function playWalkthrough(
  cluster: Cluster,
  load: SharedLoad,
  options: WalkthroughTiming & { readonly startController: () => Promise<void> },
): Promise<WalkthroughRecord> {
  const { syncPeriodMs, downscaleStabilizationMs } = options;
  await cluster.kubectl(['apply', '-f', 'examples/walkthrough/php-apache.yaml']);
  await cluster.kubectl(['rollout', 'status', 'deployment/php-apache', '--timeout=60s']);
  const scalings: { specReplicas: number; atMs: number }[] = [];
  const follow = cluster.watch(
    ['get', 'deployment', 'php-apache', '-w', '-o', 'jsonpath={.spec.replicas}{"\\n"}'],
    (line) => {
      if (Number(line) !== scalings.at(-1)?.specReplicas)
        scalings.push({ specReplicas: Number(line), atMs: Date.now() });
    },
  );
  const autoscale = ['autoscale', 'deployment', 'php-apache', '--cpu=50%', '--min=1', '--max=10'];
  await cluster.kubectl(autoscale);
  const watchLines: string[] = [];
  const watch = cluster.watch(['get', 'hpa', 'php-apache', '-w'], (line) => watchLines.push(line));
  try {
    const take = (name: SnapshotName, timeoutMs: number): Promise<Snapshot> => takeSnapshot(cluster, name, timeoutMs);
    const settleMs = 60_000 + 4 * syncPeriodMs;
    const created = await take('0-created', settleMs);
    await options.startController();
    const idle = await take('1-idle', settleMs);
    load.totalMilli = LOAD_MILLI;
    const scaledUp = await take('2-scaled-up', settleMs);
    const steady = await take('3-steady', settleMs);
    load.totalMilli = 0;
    const loadStoppedAtMs = Date.now();
    const loadStopped = await take('4-load-stopped', settleMs);
    const backToMin = await take('5-back-to-min', downscaleStabilizationMs + settleMs);
    return {
      snapshots: [created, idle, scaledUp, steady, loadStopped, backToMin],
      watchLines,
      scalings,
      loadStoppedAtMs,
    };
  } finally {
    follow.stop();
    watch.stop();
  }
}

interface Shown {
  readonly hpa: Hpa;
  readonly eventCount: number;
  readonly utilization: number | undefined;
  readonly ableToScale: string | undefined;
}

async function takeSnapshot(cluster: Cluster, name: SnapshotName, timeoutMs: number): Promise<Snapshot> {
  const deadlineMs = performance.now() + timeoutMs;
  let shown = await look(cluster);
  while (!DUE[name](shown)) {
    if (performance.now() > deadlineMs) {
      throw new Failure('unavailable', `snapshot ${name} did not come due; the HPA shows ${JSON.stringify(shown)}`);
    }
    await delay(POLL_MS);
    shown = await look(cluster);
  }
  const [describe, table, yaml] = await Promise.all([
    cluster.kubectl(['describe', 'hpa', 'php-apache']),
    cluster.kubectl(['get', 'hpa', 'php-apache']),
    cluster.kubectl(['get', 'hpa', 'php-apache', '-o', 'yaml']),
  ]);
  return { name, describe, table, yaml };
}

async function look(cluster: Cluster): Promise<Shown> {
  const [hpa, events] = (await Promise.all([cluster.api.get(HPA_PATH), cluster.api.get(EVENTS_PATH)])) as [
    Hpa,
    { readonly items: readonly unknown[] },
  ];
  const { currentMetrics, conditions } = hpa.status;
  return {
    hpa,
    eventCount: events.items.length,
    utilization: currentMetrics?.[0]?.resource?.current.averageUtilization,
    ableToScale: conditions?.find(({ type }) => type === 'AbleToScale')?.reason,
  };
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, startCluster } from '../../../scripts/cluster/cluster.ts';
import { Failure } from '../../../src/base/failure.ts';
import type { ExternalMetricsSource } from '../../../src/metrics/source/port.ts';
import { serveMetricsApis } from '../support/metrics-api.ts';
import { readAcceptedWrites, SCALE_AUDIT_POLICY, type ScaleWrite, scaleWritesOf } from '../support/scale-writes.ts';

export const SYNC_PERIOD_MS = 5_000;
/** Two pods a minute. */
export const POLICY = { podCount: 2, periodMs: 60_000 };
export const WINDOW_MS = 60_000;
export const UP_FROM = 2;
export const DOWN_FROM = 6;
const NAMESPACE = 'default';
/** Growing workloads begin one after the other, so that there is always something about to be written. */
const UP_COUNT = 6;
const UP_GAP_MS = 10_000;
const DOWN_COUNT = 3;
/** The load of shrinking workloads drops at these instants. */
const DROP_AT_MS = [15_000, 30_000, 45_000];
const STORY_MS = 170_000;

/** Something that controls HPAs and gets killed. */
export interface KilledController {
  readonly withHpaController: boolean;
  /** Starts it on the cluster, kills it again and again until the signal aborts, and tells of each kill. */
  run(cluster: Cluster, signal: AbortSignal, onKill: (point: string) => void): Promise<void>;
}

/** What a story led to. */
export interface FailoverRecord {
  readonly kills: readonly string[];
  /** Of the growing workloads, each one's writes. */
  readonly up: ReadonlyMap<string, readonly ScaleWrite[]>;
  /** Of the shrinking ones: how long after its load dropped the count fell, ms; null when it never did. */
  readonly downAfterMs: readonly (number | null)[];
}

/** Plays the story: workloads that grow by a policy, others that shrink after a window, under a controller that dies. */
export async function playFailover(controller: KilledController): Promise<FailoverRecord> {
  const folder = await mkdtemp(join(tmpdir(), 'podtide-failover-'));
  const auditLog = join(folder, 'audit.jsonl');
  await writeFile(join(folder, 'policy.json'), JSON.stringify(SCALE_AUDIT_POLICY));
  const cluster = await startCluster({
    withHpaController: controller.withHpaController,
    apiServerFlags: [`--audit-policy-file=${join(folder, 'policy.json')}`, `--audit-log-path=${auditLog}`],
    controllerManagerFlags: [`--horizontal-pod-autoscaler-sync-period=${SYNC_PERIOD_MS / 1000}s`],
  });
  const totals = new Map<string, number>();
  const metricsApi = await serveMetricsApis(cluster, { external: externalTotals(totals) });
  const ends = new AbortController();
  const kills: string[] = [];
  try {
    await cluster.kubectl(
      ['apply', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: deployments() }),
    );
    const running = controller.run(cluster, ends.signal, (point) => kills.push(point));
    const startedAtMs = Date.now();
    const until = (atMs: number): Promise<void> => delay(Math.max(0, startedAtMs + atMs - Date.now()));
    const apply = (hpa: unknown): Promise<string> => cluster.kubectl(['apply', '-f', '-'], JSON.stringify(hpa));
    for (const name of downNames()) {
      totals.set(name, DOWN_FROM * 10);
      await apply(hpaOf(name, DOWN_BEHAVIOR));
    }
    const growing = upNames().map(async (name, index) => {
      totals.set(name, 1_000);
      await until(index * UP_GAP_MS);
      await apply(hpaOf(name, UP_BEHAVIOR));
    });
    const droppedAtMs = new Map<string, number>();
    const dropping = downNames().map(async (name, index) => {
      await until(DROP_AT_MS[index] ?? 0);
      totals.set(name, UP_FROM * 10);
      droppedAtMs.set(name, Date.now());
    });
    await Promise.all([...growing, ...dropping, until(STORY_MS)]);
    ends.abort();
    await running;
    const writes = Map.groupBy(scaleWritesOf(await readAcceptedWrites(auditLog)), ({ target }) => target);
    return {
      kills,
      up: new Map(upNames().map((name) => [name, writes.get(`${NAMESPACE}/${name}`) ?? []])),
      downAfterMs: downNames().map((name) => {
        const [fall] = writes.get(`${NAMESPACE}/${name}`) ?? [];
        return fall === undefined ? null : fall.atMs - (droppedAtMs.get(name) ?? 0);
      }),
    };
  } finally {
    ends.abort();
    await metricsApi.stop();
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function externalTotals(totals: ReadonlyMap<string, number>): ExternalMetricsSource {
  return {
    listMetrics: async () => [...totals.keys()],
    getValues: async ({ metric }) => {
      const total = totals.get(metric);
      if (total === undefined) throw new Failure('notFound', `no metric ${metric}`);
      return [{ metric, labels: {}, atMs: Date.now(), windowMs: null, value: String(total) }];
    },
  };
}

const UP_BEHAVIOR = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    policies: [{ type: 'Pods', value: POLICY.podCount, periodSeconds: POLICY.periodMs / 1000 }],
  },
};

const DOWN_BEHAVIOR = {
  scaleDown: {
    stabilizationWindowSeconds: WINDOW_MS / 1000,
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  },
};

function upNames(): readonly string[] {
  return Array.from({ length: UP_COUNT }, (_, index) => `up-${index}`);
}

function downNames(): readonly string[] {
  return Array.from({ length: DOWN_COUNT }, (_, index) => `down-${index}`);
}

function deployments(): readonly unknown[] {
  const deployment = (name: string, specReplicas: number) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      replicas: specReplicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: 'app:1' }] } },
    },
  });
  return [
    ...upNames().map((name) => deployment(name, UP_FROM)),
    ...downNames().map((name) => deployment(name, DOWN_FROM)),
  ];
}

function hpaOf(name: string, behavior: unknown): unknown {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: 1,
      maxReplicas: 20,
      metrics: [
        { type: 'External', external: { metric: { name }, target: { type: 'AverageValue', averageValue: '10' } } },
      ],
      behavior,
    },
  };
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import { formatRfc3339 } from '../../src/base/rfc3339.ts';
import { readRequests } from './support/audit-log.ts';
import { serveMetricsApi } from './support/metrics-api.ts';
import { PODTIDE_USER, startPodtideController } from './support/podtide-controller.ts';
import { SharedLoad } from './support/shared-load.ts';

/** The common period is long, so that what happens in between is the HPA's own. */
const TIMING = { syncPeriodMs: 5_000, downscaleStabilizationMs: 32_000 };
const PAUSE_MS = 40_000;
const WAIT = { timeout: 90_000, interval: 500 };

interface Hpa {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  };
}

describe('options of a single HPA on a real API server', () => {
  let cluster: Cluster;
  let metricsApi: { stop(): Promise<void> };
  const pausedUntil = (): string => formatRfc3339(Date.now() + PAUSE_MS);

  beforeAll(async () => {
    cluster = await startCluster({ withAuditLog: true });
    const load = new SharedLoad(cluster.api, { windowMs: 1_000 });
    load.totalMilli = 610;
    metricsApi = await serveMetricsApi(cluster, load);
    await cluster.kubectl(['apply', '-f', 'examples/walkthrough/php-apache.yaml']);
    await cluster.kubectl(['rollout', 'status', 'deployment/php-apache', '--timeout=60s']);
    // Under the same labels and without a request: counted, it would fail the metric.
    await cluster.kubectl(['run', 'bare', '--image=busybox', '--labels=run=php-apache', '--restart=Never']);
    await cluster.kubectl(['autoscale', 'deployment', 'php-apache', '--cpu=50%', '--min=1', '--max=10']);
    await startPodtideController(cluster, { ...TIMING, mode: 'control' });
  }, 300_000);

  afterAll(async () => {
    await metricsApi?.stop();
    await cluster?.stop();
  });

  const describeHpa = (): Promise<string> => cluster.kubectl(['describe', 'hpa', 'php-apache']);
  const annotate = (...annotations: readonly string[]): Promise<string> =>
    cluster.kubectl(['annotate', 'hpa', 'php-apache', '--overwrite', ...annotations]);

  async function reasonOf(type: string): Promise<string | undefined> {
    const hpa: Hpa = JSON.parse(await cluster.kubectl(['get', 'hpa', 'php-apache', '-o', 'json']));
    return hpa.status?.conditions?.find((condition) => condition.type === type)?.reason;
  }

  async function specReplicas(): Promise<number> {
    return Number(await cluster.kubectl(['get', 'deployment', 'php-apache', '-o', 'jsonpath={.spec.replicas}']));
  }

  test('a pod of nobody fails the metric, until only pods of the target count', async () => {
    await expect.poll(() => reasonOf('ScalingActive'), WAIT).toBe('FailedGetResourceMetric');
    await annotate(
      'podtide.dev/selection=owner',
      `podtide.dev/paused-until=${pausedUntil()}`,
      'podtide.dev/paused-reason=database move',
      'podtide.dev/warmup=long',
      'podtide.dev/sync-period=1s',
    );
    await expect.poll(() => reasonOf('ScalingActive'), WAIT).toBe('ValidMetricFound');
  });

  test('a pause is shown by kubectl describe, with what would happen, and ends by itself', async () => {
    expect(await describeHpa()).toMatch(
      /AbleToScale\s+False\s+Paused\s+paused until \S+Z: database move; would go from 1 to 4\n/,
    );
    expect(await specReplicas()).toBe(1);
    await expect.poll(specReplicas, WAIT).toBeGreaterThan(1);
    const text = await describeHpa();
    expect(text).toMatch(/Normal\s+Paused\s.*paused until \S+Z: database move\n/);
    expect(text).toMatch(/Normal\s+Resumed\s.*the pause is over, scale writes go out again\n/);
    expect(text).toMatch(
      /Warning\s+InvalidOption\s.*podtide\.dev\/warmup: \\?"long\\?" must be a duration from 0s to 1h0m0s/,
    );
  });

  test('the HPA is synced at its own period, and nothing is asked for that the account may not do', async () => {
    const scaleReads = async (): Promise<number> =>
      (await readRequests(cluster, PODTIDE_USER)).filter(
        ({ verb, subject }) => verb === 'get' && subject === 'deployments.apps/scale',
      ).length;
    const beganWith = await scaleReads();
    const beganAtMs = Date.now();
    await expect.poll(scaleReads, WAIT).toBeGreaterThanOrEqual(beganWith + 8);
    // At the common period eight syncs would take 40 seconds.
    expect(Date.now() - beganAtMs).toBeLessThan(20_000);
    const requests = await readRequests(cluster, PODTIDE_USER);
    expect(requests.filter(({ status }) => status === 401 || status === 403)).toEqual([]);
    expect(requests.filter(({ subject }) => subject === 'replicasets.apps').map(({ verb }) => verb)).toEqual(['get']);
  });
});

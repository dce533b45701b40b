import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import { isRunning, stopProcess } from '../../scripts/cluster/process.ts';
import { readRequests } from './support/audit-log.ts';
import { serveMetricsApi } from './support/metrics-api.ts';
import { PODTIDE_USER, startPodtideController, timingFlags } from './support/podtide-controller.ts';
import { SharedLoad } from './support/shared-load.ts';

const TIMING = { syncPeriodMs: 2_000, downscaleStabilizationMs: 10_000 };
const SYNCS_SEEN_MIN = 3;
const DRAIN_MS = 30_000;

describe('podtide beside upstream’s own HPA controller', () => {
  let cluster: Cluster;
  let metricsApi: { stop(): Promise<void> };

  beforeAll(async () => {
    cluster = await startCluster({
      withHpaController: true,
      withAuditLog: true,
      controllerManagerFlags: timingFlags(TIMING),
    });
    const load = new SharedLoad(cluster.api, { windowMs: TIMING.syncPeriodMs });
    load.totalMilli = 610;
    metricsApi = await serveMetricsApi(cluster, load);
    await cluster.kubectl(['apply', '-f', 'examples/walkthrough/php-apache.yaml']);
    await cluster.kubectl(['autoscale', 'deployment', 'php-apache', '--cpu=50%', '--min=1', '--max=10']);
  });

  afterAll(async () => {
    await metricsApi?.stop();
    await cluster?.stop();
  });

  test('observe reads with an observer’s rights, writes nothing and takes no Lease', async () => {
    const observer = await startPodtideController(cluster, { ...TIMING, mode: 'observe' });
    const usageReads = async (): Promise<number> =>
      (await readRequests(cluster, PODTIDE_USER)).filter(({ subject }) => subject === 'pods.metrics.k8s.io').length;
    await expect.poll(usageReads, { timeout: 60_000 }).toBeGreaterThanOrEqual(SYNCS_SEEN_MIN);
    await stopProcess(observer, DRAIN_MS);
    const requests = await readRequests(cluster, PODTIDE_USER);
    expect(requests.filter(({ status }) => status >= 400)).toEqual([]);
    expect([...new Set(requests.map(({ verb }) => verb))].sort()).toEqual(['get', 'list', 'watch']);
    expect(requests.filter(({ subject }) => subject.startsWith('leases'))).toEqual([]);
  });

  test('control finds the other controller, says so and ends without having acted', async () => {
    const controller = await startPodtideController(cluster, { ...TIMING, mode: 'control' });
    await expect.poll(() => isRunning(controller), { timeout: 60_000 }).toBe(false);
    expect(await readFile(controller.logFile, 'utf8')).toContain(
      'another controller wrote the status of podtide-system/podtide-sentinel: two controllers must not act on the same HPAs',
    );
    const writes = (await readRequests(cluster, PODTIDE_USER)).filter(
      ({ verb }) => !['get', 'list', 'watch'].includes(verb),
    );
    expect(writes.filter(({ namespace }) => namespace !== 'podtide-system')).toEqual([]);
    expect(
      writes.some(({ verb, subject }) => verb === 'create' && subject.startsWith('horizontalpodautoscalers')),
    ).toBe(true);
  });
});

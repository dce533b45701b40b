import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import { configurationText } from '../../test/adapter/recording.ts';
import { type AdapterUnderTest, type RunningAdapter, startAdapter } from '../../test/e2e/adapter/adapter-under-test.ts';
import { Asker, type TimedAnswer } from '../metrics-server/asker.ts';
import { readUsage } from '../scale/process-usage.ts';
import { type Spread, spreadOf } from '../scale/quantiles.ts';
import { apiName, METRICS_COUNT, NAMESPACE, podName } from './measured-series.ts';
import { PrometheusChild } from './prometheus-child.ts';

const API = '/apis/custom.metrics.k8s.io/v1beta1';
const ASKER = { namespace: 'kube-system', name: 'adapter-asker' };
const POLL_MS = 100;
const SAMPLE_MS = 1_000;
const FIRST_LIST_MS_MAX = 120_000;
/** What a cluster asks besides: the aggregation layer looks whether the API is there, five requests at once. */
const DISCOVERY_EVERY_MS = 30_000;
const DISCOVERY_COUNT = 5;

/** Everything measured of one adapter with one number of series. */
export interface AdapterFigures {
  readonly seriesCount: number;
  readonly adapter: string;
  /** From the start of the process until its metrics are listed. */
  readonly firstListSeconds: number;
  readonly cpuSecondsPerMinute: number;
  readonly listsPerMinute: number;
  /** Of one list of series. */
  readonly listBytes: number;
  /** Mean over the window, and the largest ever. */
  readonly rssBytes: number;
  readonly rssBytesMax: number;
  readonly discoveryMs: Spread;
  readonly discoveryBytes: number;
  /** A metric of one pod, each another metric. */
  readonly readMs: Spread;
  readonly queriesPerRead: number;
  /** A metric of the pods of a selector, as an HPA asks, each another metric. */
  readonly syncMs: Spread;
  readonly queriesPerSync: number;
}

export interface MeasurementOptions {
  readonly seriesCounts: readonly number[];
  readonly adapters: readonly AdapterUnderTest[];
  readonly relistSeconds: number;
  readonly windowSeconds: number;
  readonly readCount: number;
  readonly syncCount: number;
  /** Told what happens. */
  readonly report: (text: string) => void;
  /** Called with each size's figures as they come. */
  readonly onFigures: (figures: AdapterFigures) => void;
}

/** Measures one adapter after the other over the same API server, with each number of series. */
export async function measure(options: MeasurementOptions): Promise<void> {
  const cluster = await startCluster({ isApiServerAlone: true });
  try {
    await createObjects(cluster, options.syncCount);
    for (const adapter of options.adapters) await adapter.install(cluster);
    for (const seriesCount of options.seriesCounts) {
      const prometheus = await PrometheusChild.start(seriesCount);
      for (const adapter of options.adapters) {
        options.onFigures(await measureOne(cluster, prometheus, seriesCount, adapter, options));
      }
      prometheus.stop();
    }
  } finally {
    await cluster.stop();
  }
}

async function measureOne(
  cluster: Cluster,
  prometheus: PrometheusChild,
  seriesCount: number,
  adapter: AdapterUnderTest,
  options: MeasurementOptions,
): Promise<AdapterFigures> {
  const { report, relistSeconds, windowSeconds } = options;
  report(`${adapter.name}, ${seriesCount} series: starting`);
  const startedAtMs = performance.now();
  const running = await startAdapter(cluster, adapter, {
    name: `${adapter.name}-${seriesCount}`,
    configuration: configurationText('chart-default'),
    prometheusUrl: prometheus.url,
    flags: [`--metrics-relist-interval=${relistSeconds}s`],
  });
  const asker = new Asker(running.url, await cluster.tokenFor(ASKER));
  try {
    await firstList(asker);
    const firstListSeconds = (performance.now() - startedAtMs) / 1000;
    report(`${adapter.name}: first list after ${firstListSeconds.toFixed(1)} s, window of ${windowSeconds} s`);
    const window = await watchWindow(running, prometheus, asker, windowSeconds);
    report(`${adapter.name}: reads`);
    const reads = await readMany(asker, prometheus, options.readCount, (index) => {
      return `${API}/namespaces/${NAMESPACE}/pods/${podName(0)}/${apiName(index % METRICS_COUNT)}`;
    });
    report(`${adapter.name}: syncs`);
    const syncs = await readMany(asker, prometheus, options.syncCount, (index) => {
      return `${API}/namespaces/${NAMESPACE}/pods/*/${apiName(index % METRICS_COUNT)}?labelSelector=app%3D${index}`;
    });
    const { rssBytesMax } = await readUsage(running.record.pid);
    return {
      seriesCount,
      adapter: adapter.name,
      firstListSeconds,
      ...window,
      rssBytesMax,
      readMs: reads.latencyMs,
      queriesPerRead: reads.queriesPerRead,
      syncMs: syncs.latencyMs,
      queriesPerSync: syncs.queriesPerRead,
    };
  } finally {
    await asker.close();
    await running.stop();
  }
}

async function firstList(asker: Asker): Promise<void> {
  const deadlineMs = performance.now() + FIRST_LIST_MS_MAX;
  while ((await discovery(asker)).resourceCount === 0) {
    if (performance.now() > deadlineMs) throw new Error(`no metric is listed after ${FIRST_LIST_MS_MAX / 1000} s`);
    await delay(POLL_MS);
  }
}

async function discovery(asker: Asker): Promise<TimedAnswer & { readonly resourceCount: number }> {
  const answer = await asker.ask(API);
  if (answer.status !== 200) throw new Error(`discovery was answered with ${answer.status}`);
  const { resources } = JSON.parse(answer.bytes.toString()) as { readonly resources: readonly unknown[] };
  return { ...answer, resourceCount: resources.length };
}

async function watchWindow(
  { record: { pid } }: RunningAdapter,
  prometheus: PrometheusChild,
  asker: Asker,
  windowSeconds: number,
) {
  const [before, countsBefore] = [await readUsage(pid), await prometheus.count()];
  const fromMs = Date.now();
  const samples: number[] = [];
  const discoveriesMs: number[] = [];
  let [askAtMs, discoveryBytes] = [fromMs, 0];
  while (Date.now() < fromMs + windowSeconds * 1000) {
    await delay(SAMPLE_MS);
    samples.push((await readUsage(pid)).rssBytes);
    if (Date.now() < askAtMs) continue;
    askAtMs += DISCOVERY_EVERY_MS;
    for (let count = 0; count < DISCOVERY_COUNT; count += 1) {
      const { tookMs, bytes } = await discovery(asker);
      discoveriesMs.push(tookMs);
      discoveryBytes = bytes.length;
    }
  }
  const [after, countsAfter] = [await readUsage(pid), await prometheus.count()];
  const minutes = (Date.now() - fromMs) / 60_000;
  const listCount = countsAfter.listCount - countsBefore.listCount;
  return {
    cpuSecondsPerMinute: (after.cpuSeconds - before.cpuSeconds) / minutes,
    listsPerMinute: listCount / minutes,
    listBytes: (countsAfter.listBytes - countsBefore.listBytes) / Math.max(1, listCount),
    rssBytes: samples.reduce((sum, rss) => sum + rss, 0) / samples.length,
    discoveryMs: spreadOf(discoveriesMs),
    discoveryBytes,
  };
}

/** Asks one after the other over one connection. */
async function readMany(
  asker: Asker,
  prometheus: PrometheusChild,
  count: number,
  pathOf: (index: number) => string,
): Promise<{ readonly latencyMs: Spread; readonly queriesPerRead: number }> {
  const before = await prometheus.count();
  const latenciesMs: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const { status, bytes, tookMs } = await asker.ask(pathOf(index));
    const { items } = JSON.parse(bytes.toString()) as { readonly items?: readonly unknown[] };
    if (status !== 200 || items?.length !== 1) throw new Error(`${pathOf(index)}: ${status} ${bytes}`);
    latenciesMs.push(tookMs);
  }
  const { queryCount } = await prometheus.count();
  return { latencyMs: spreadOf(latenciesMs), queriesPerRead: (queryCount - before.queryCount) / count };
}

/** A pod for each HPA that will ask, and somebody who may ask. */
async function createObjects(cluster: Cluster, podCount: number): Promise<void> {
  const rbac = 'rbac.authorization.k8s.io';
  const pods = Array.from({ length: podCount }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: NAMESPACE, name: podName(index), labels: { app: String(index) } },
    spec: { containers: [{ name: 'app', image: 'registry.example/app:1' }] },
  }));
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: ASKER },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: ASKER.name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', ...ASKER }],
    },
    ...pods,
  ];
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

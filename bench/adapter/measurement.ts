import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import { configurationText } from '../../test/adapter/recording.ts';
import { type RunningAdapter, startAdapter } from '../../test/e2e/adapter/adapter-under-test.ts';
import { Asker, type TimedAnswer } from '../metrics-server/asker.ts';
import { type ProcessUsage, readUsage } from '../scale/process-usage.ts';
import { type Spread, spreadOf } from '../scale/quantiles.ts';
import { ASKER, createObjects } from './cluster-objects.ts';
import type { Contender } from './contenders.ts';
import { METRICS_COUNT } from './measured-series.ts';
import { PrometheusChild } from './prometheus-child.ts';
import {
  API,
  objectMetricPath,
  podMetricPath,
  podsMetricPath,
  type ReadFigures,
  readInTurn,
  readTogether,
} from './reads.ts';

const POLL_MS = 100;
const SAMPLE_MS = 1_000;
const FIRST_LIST_MS_MAX = 120_000;
/** What a cluster asks besides: the aggregation layer looks whether the API is there, five requests at once. */
const DISCOVERY_EVERY_MS = 30_000;
const DISCOVERY_COUNT = 5;
/** In which the HPAs of a round sync. */
const ROUND_MS = 1_000;
/** From the start of a round to the next, as HPAs sync. */
const SYNC_PERIOD_MS = 15_000;
/** Of the controllers that ask in a round. */
const CONNECTIONS_COUNT = 16;
/** Longer than any answer is shared for, so that nobody has the answers to what was asked before. */
const BETWEEN_READS_MS = 5_000;

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
  /** What of the mean are pages of files, which all processes of the same program share. */
  readonly rssFileBytes: number;
  readonly rssBytesMax: number;
  readonly discoveryMs: Spread;
  readonly discoveryBytes: number;
  /** A metric of one pod, each another metric. */
  readonly reads: ReadFigures;
  /** A metric of the pods of a selector, as an HPA asks, each another metric. */
  readonly syncs: ReadFigures;
  /** How many HPAs ask within a second in the rounds. */
  readonly roundHpaCount: number;
  /** All of them for the same metric, each of pods of its own, when they ask for the second time. */
  readonly ownPods: ReadFigures;
  /** All of them for the same metric of the same object. */
  readonly oneObject: ReadFigures;
}

export interface MeasurementOptions {
  readonly seriesCounts: readonly number[];
  readonly contenders: readonly Contender[];
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
    for (const contender of options.contenders) await contender.install(cluster);
    for (const seriesCount of options.seriesCounts) {
      const prometheus = await PrometheusChild.start(seriesCount);
      for (const contender of options.contenders) {
        options.onFigures(await measureOne(cluster, prometheus, seriesCount, contender, options));
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
  contender: Contender,
  options: MeasurementOptions,
): Promise<AdapterFigures> {
  const { report, relistSeconds } = options;
  report(`${contender.name}, ${seriesCount} series: starting`);
  const startedAtMs = performance.now();
  const running = await startAdapter(cluster, contender, {
    name: `${contender.name.replaceAll(/[^a-z]+/g, '-')}-${seriesCount}`,
    configuration: configurationText('chart-default'),
    prometheusUrl: prometheus.url,
    flags: [`--metrics-relist-interval=${relistSeconds}s`],
  });
  const token = await cluster.tokenFor(ASKER);
  const asker = new Asker(running.url, token);
  const manyAskers = new Asker(running.url, token, CONNECTIONS_COUNT);
  try {
    await firstList(asker);
    const firstListSeconds = (performance.now() - startedAtMs) / 1000;
    report(`${contender.name}: first list after ${firstListSeconds.toFixed(1)} s`);
    const window = await watchWindow(running, prometheus, asker, options);
    const reads = await measureReads(asker, manyAskers, prometheus, options);
    const { rssBytesMax } = await readUsage(running.record.pid);
    return { seriesCount, adapter: contender.name, firstListSeconds, ...window, rssBytesMax, ...reads };
  } finally {
    await Promise.all([asker.close(), manyAskers.close()]);
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

/** From the middle between two lists to the middle between two others, so that whole intervals are measured. */
async function watchWindow(
  { record: { pid } }: RunningAdapter,
  prometheus: PrometheusChild,
  asker: Asker,
  { relistSeconds, windowSeconds, report }: MeasurementOptions,
) {
  const halfIntervalMs = (relistSeconds * 1000) / 2;
  await nextList(prometheus);
  await delay(halfIntervalMs);
  report(`window of ${windowSeconds} s`);
  const [before, countsBefore] = [await readUsage(pid), await prometheus.count()];
  const fromMs = Date.now();
  const samples: ProcessUsage[] = [];
  const discoveriesMs: number[] = [];
  let { listCount } = countsBefore;
  let [askAtMs, discoveryBytes, endAtMs] = [fromMs, 0, Number.POSITIVE_INFINITY];
  while (Date.now() < endAtMs) {
    await delay(SAMPLE_MS);
    samples.push(await readUsage(pid));
    const counts = await prometheus.count();
    const isLast = counts.listCount > listCount && Date.now() >= fromMs + windowSeconds * 1000 - halfIntervalMs;
    if (isLast) endAtMs = Math.min(endAtMs, Date.now() + halfIntervalMs);
    listCount = counts.listCount;
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
  const listsCount = countsAfter.listCount - countsBefore.listCount;
  return {
    cpuSecondsPerMinute: (after.cpuSeconds - before.cpuSeconds) / minutes,
    listsPerMinute: listsCount / minutes,
    listBytes: (countsAfter.listBytes - countsBefore.listBytes) / Math.max(1, listsCount),
    rssBytes: samples.reduce((sum, { rssBytes }) => sum + rssBytes, 0) / samples.length,
    rssFileBytes: samples.reduce((sum, { rssFileBytes }) => sum + rssFileBytes, 0) / samples.length,
    discoveryMs: spreadOf(discoveriesMs),
    discoveryBytes,
  };
}

async function nextList(prometheus: PrometheusChild): Promise<void> {
  const { listCount } = await prometheus.count();
  while ((await prometheus.count()).listCount === listCount) await delay(POLL_MS);
}

async function measureReads(
  asker: Asker,
  manyAskers: Asker,
  prometheus: PrometheusChild,
  { readCount, syncCount, report }: MeasurementOptions,
) {
  report('reads');
  const reads = await readInTurn(asker, prometheus, readCount, podMetricPath);
  report('syncs, one after the other');
  await delay(BETWEEN_READS_MS);
  const syncs = await readInTurn(asker, prometheus, syncCount, (index) => podsMetricPath(index, index));
  report('syncs within a second');
  const together = { count: syncCount, spanMs: ROUND_MS };
  await delay(BETWEEN_READS_MS);
  const roundOfOwnPods = () =>
    readTogether(manyAskers, prometheus, together, (index) => podsMetricPath(index, METRICS_COUNT - 1));
  await Promise.all([roundOfOwnPods(), delay(SYNC_PERIOD_MS)]);
  const ownPods = await roundOfOwnPods();
  await delay(BETWEEN_READS_MS);
  const oneObject = await readTogether(manyAskers, prometheus, together, () => objectMetricPath(METRICS_COUNT - 1));
  return { reads, syncs, roundHpaCount: syncCount, ownPods, oneObject };
}

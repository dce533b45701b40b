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
  figuresOfRounds,
  objectMetricPath,
  podMetricPath,
  podsMetricPath,
  type ReadFigures,
  type ReadRound,
  readByTurns,
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
/** Longer than a verdict of the API server about a reader stands. */
const BETWEEN_ROUNDS_MS = 11_000;
/** Longer than single reads take. */
const RELIST_NEVER_SECONDS = 3_600;

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
  /** A metric of one pod, each another metric: of new processes, by turns with the other adapters. */
  readonly firstReads: ReadFigures;
  /** The same again and again, of the same processes. */
  readonly laterReads: ReadFigures;
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
  /** How many times as many are read of each process, the first included. */
  readonly readRoundsCount: number;
  /** How many times all adapters start anew for reads: the 99th percentile of one thousand is its tenth longest. */
  readonly readStartsCount: number;
  readonly syncCount: number;
  /** Told what happens. */
  readonly report: (text: string) => void;
  /** Called with each size's figures as they come. */
  readonly onFigures: (figures: AdapterFigures) => void;
}

/** What is measured of an adapter by itself. */
type OwnFigures = Omit<AdapterFigures, 'firstReads' | 'laterReads'>;

/**
 * Measures one adapter after the other over the same API server, with each number of series; then single reads of all of them
 * by turns.
 */
export async function measure(options: MeasurementOptions): Promise<void> {
  const cluster = await startCluster({ isApiServerAlone: true });
  try {
    await createObjects(cluster, options.syncCount);
    for (const contender of options.contenders) await contender.install(cluster);
    for (const seriesCount of options.seriesCounts) {
      const prometheus = await PrometheusChild.start(seriesCount);
      const own: OwnFigures[] = [];
      for (const contender of options.contenders)
        own.push(await measureOne(cluster, prometheus, seriesCount, contender, options));
      const reads = await measureReads(cluster, prometheus, seriesCount, options);
      for (const [index, figures] of own.entries())
        options.onFigures({ ...figures, ...(reads[index] as (typeof reads)[number]) });
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
): Promise<OwnFigures> {
  const { report, relistSeconds } = options;
  report(`${contender.name}, ${seriesCount} series: starting`);
  const startedAtMs = performance.now();
  const running = await startOver(cluster, prometheus, seriesCount, contender, relistSeconds);
  const token = await cluster.tokenFor(ASKER);
  const asker = new Asker(running.url, token);
  const manyAskers = new Asker(running.url, token, CONNECTIONS_COUNT);
  try {
    await firstList(asker);
    const firstListSeconds = (performance.now() - startedAtMs) / 1000;
    report(`${contender.name}: first list after ${firstListSeconds.toFixed(1)} s`);
    const window = await watchWindow(running, prometheus, asker, options);
    const syncs = await measureSyncs(asker, manyAskers, prometheus, options);
    const { rssBytesMax } = await readUsage(running.record.pid);
    return { seriesCount, adapter: contender.name, firstListSeconds, ...window, rssBytesMax, ...syncs };
  } finally {
    await Promise.all([asker.close(), manyAskers.close()]);
    await running.stop();
  }
}

/** Single reads of all adapters by turns, none of which makes a list meanwhile. In the order of the contenders. */
async function measureReads(
  cluster: Cluster,
  prometheus: PrometheusChild,
  seriesCount: number,
  options: MeasurementOptions,
): Promise<readonly Pick<AdapterFigures, 'firstReads' | 'laterReads'>[]> {
  const first: (readonly ReadRound[])[] = [];
  const later: (readonly ReadRound[])[] = [];
  for (let start = 0; start < options.readStartsCount; start += 1) {
    options.report(`${seriesCount} series: reads of all adapters by turns, start ${start + 1}`);
    const rounds = await readRounds(cluster, prometheus, seriesCount, options);
    first.push(...rounds.slice(0, 1));
    later.push(...rounds.slice(1));
  }
  const figuresOf = (rounds: readonly (readonly ReadRound[])[], index: number): ReadFigures =>
    figuresOfRounds(rounds.map((round) => round[index] as ReadRound));
  return options.contenders.map((_, index) => ({
    firstReads: figuresOf(first, index),
    laterReads: figuresOf(later, index),
  }));
}

/** Rounds of new processes, each with what every adapter was asked. */
async function readRounds(
  cluster: Cluster,
  prometheus: PrometheusChild,
  seriesCount: number,
  { contenders, readCount, readRoundsCount }: MeasurementOptions,
): Promise<readonly (readonly ReadRound[])[]> {
  const token = await cluster.tokenFor(ASKER);
  const begun: { readonly running: RunningAdapter; readonly asker: Asker }[] = [];
  try {
    for (const contender of contenders) {
      const running = await startOver(cluster, prometheus, seriesCount, contender, RELIST_NEVER_SECONDS);
      const asker = new Asker(running.url, token);
      begun.push({ running, asker });
      await firstList(asker);
    }
    const askers = begun.map(({ asker }) => asker);
    const rounds: (readonly ReadRound[])[] = [];
    for (let round = 0; round < readRoundsCount; round += 1) {
      await delay(BETWEEN_ROUNDS_MS);
      rounds.push(await readByTurns(askers, prometheus, readCount, podMetricPath));
    }
    return rounds;
  } finally {
    for (const { running, asker } of begun) {
      await asker.close();
      await running.stop();
    }
  }
}

function startOver(
  cluster: Cluster,
  prometheus: PrometheusChild,
  seriesCount: number,
  contender: Contender,
  relistSeconds: number,
): Promise<RunningAdapter> {
  return startAdapter(cluster, contender, {
    name: `${contender.name.replaceAll(/[^a-z]+/g, '-')}-${seriesCount}-${relistSeconds}`,
    configuration: configurationText('chart-default'),
    prometheusUrl: prometheus.url,
    flags: [`--metrics-relist-interval=${relistSeconds}s`],
  });
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

async function measureSyncs(
  asker: Asker,
  manyAskers: Asker,
  prometheus: PrometheusChild,
  { syncCount, report }: MeasurementOptions,
) {
  report('syncs, one after the other');
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
  return { syncs, roundHpaCount: syncCount, ownPods, oneObject };
}

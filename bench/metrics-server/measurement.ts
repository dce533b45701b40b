import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, type ProcessRecord, readTail, stopProcess } from '../../scripts/cluster/process.ts';
import { readUsage, readUsages } from '../scale/process-usage.ts';
import { Asker } from './asker.ts';
import { type ListFigures, measureLists } from './list-latencies.ts';
import { type ClusterSize, probedNodes } from './measured-cluster.ts';
import { type RunningServer, type ServerName, type ServerOptions, startServer } from './servers.ts';
import { type MetricsStage, openStage } from './stage.ts';
import { measureSteps, type StepDelays } from './step-delays.ts';

/** Everything measured of one server with one cluster. */
export interface ServerFigures extends StepDelays {
  readonly size: ClusterSize;
  readonly server: ServerName;
  readonly windowSeconds: number;
  /** From the start of the process to the first probe with a number, and to the last. */
  readonly firstValueSeconds: number;
  readonly allValuesSeconds: number;
  readonly cpuSecondsPerMinute: number;
  readonly cpuMsPerScrape: number;
  readonly apiServerCpuSecondsPerMinute: number;
  readonly scrapesPerMinute: number;
  /** Of one scrape, as sent and as text. */
  readonly scrapeSentBytes: number;
  readonly scrapePlainBytes: number;
  /** Mean over the window, and the largest ever, lists included. */
  readonly rssBytes: number;
  readonly rssBytesMax: number;
  readonly lists: readonly ListFigures[];
}

export interface MeasurementOptions extends ServerOptions {
  readonly size: ClusterSize;
  readonly servers: readonly ServerName[];
  readonly windowSeconds: number;
  readonly requestCount: number;
  readonly roundCount: number;
  /** Told what happens. */
  readonly report: (text: string) => void;
  /** Called with each server's figures as they come. */
  readonly onFigures: (figures: ServerFigures) => void;
}

const POLL_MS = 100;
const SAMPLE_MS = 1_000;
/** What a cluster asks besides: probes, and a Prometheus server. */
const READYZ_EVERY_MS = 5_000;
const METRICS_EVERY_MS = 15_000;
/** Between the first numbers of everything and the window, in resolutions: until what the start left behind is collected. */
const SETTLE_RESOLUTIONS_COUNT = 2;
const FIRST_VALUES_MS_MAX = 300_000;
const GRACE_MS = 30_000;

/** Measures one server after the other with the same cluster and kubelets. */
export async function measure(options: MeasurementOptions): Promise<void> {
  const stage = await openStage(options.size, options.report);
  try {
    for (const server of options.servers) options.onFigures(await measureOne(stage, server, options));
  } finally {
    await stage.close();
  }
}

async function measureOne(stage: MetricsStage, name: ServerName, options: MeasurementOptions): Promise<ServerFigures> {
  const { size, report, resolutionSeconds, windowSeconds, requestCount, roundCount } = options;
  const startedAtMs = Date.now();
  report(`${name}: starting`);
  const server = await startServer(stage.cluster, name, options);
  const asker = new Asker(server.url, await stage.token());
  try {
    const first = await firstValues(server, asker, probedNodes(size).length, startedAtMs);
    report(`${name}: first values after ${first.firstValueSeconds.toFixed(1)} s`);
    await delay(SETTLE_RESOLUTIONS_COUNT * resolutionSeconds * 1000);
    report(`${name}: window of ${windowSeconds} s`);
    const window = await watchWindow(stage, server.process, asker, windowSeconds);
    report(`${name}: lists`);
    const lists = await measureLists(asker, requestCount);
    report(`${name}: steps`);
    const { kubelets } = stage;
    const steps = await measureSteps({ size, kubelets, asker, resolutionSeconds, roundCount });
    if (steps.unseenCount > 0) report(`${name}: ${steps.unseenCount} steps were not seen`);
    const { rssBytesMax } = await readUsage(server.process.pid);
    return { size, server: name, windowSeconds, ...first, ...window, rssBytesMax, lists, ...steps };
  } finally {
    await asker.close();
    await stopProcess(server.process, GRACE_MS);
  }
}

async function firstValues(server: RunningServer, asker: Asker, probeCount: number, startedAtMs: number) {
  let firstValueSeconds: number | undefined;
  for (;;) {
    const servedCount = (await asker.probes()).length;
    const elapsedSeconds = (Date.now() - startedAtMs) / 1000;
    if (servedCount > 0) firstValueSeconds ??= elapsedSeconds;
    if (servedCount === probeCount && firstValueSeconds !== undefined) {
      return { firstValueSeconds, allValuesSeconds: elapsedSeconds };
    }
    if (!(await isRunning(server.process))) {
      throw new Error(`${server.process.name} ended: ${await readTail(server.process.logFile)}`);
    }
    if (elapsedSeconds * 1000 > FIRST_VALUES_MS_MAX) {
      throw new Error(`${servedCount} of ${probeCount} probes have numbers after ${FIRST_VALUES_MS_MAX / 1000} s`);
    }
    await delay(POLL_MS);
  }
}

async function watchWindow(stage: MetricsStage, server: ProcessRecord, asker: Asker, windowSeconds: number) {
  const { kubelets, apiServerPid } = stage;
  const pids = { server: server.pid, apiServer: apiServerPid };
  const [before, countsBefore] = [await readUsages(pids), await kubelets.count()];
  const fromMs = Date.now();
  const samples: number[] = [];
  const asked = { readyzAtMs: fromMs, metricsAtMs: fromMs };
  while (Date.now() < fromMs + windowSeconds * 1000) {
    await delay(SAMPLE_MS);
    samples.push((await readUsage(server.pid)).rssBytes);
    if (Date.now() >= asked.readyzAtMs) {
      asked.readyzAtMs += READYZ_EVERY_MS;
      await asker.ask('/readyz');
    }
    if (Date.now() >= asked.metricsAtMs) {
      asked.metricsAtMs += METRICS_EVERY_MS;
      await asker.ask('/metrics', { accept: 'text/plain', 'accept-encoding': 'gzip' });
    }
  }
  const [after, countsAfter] = [await readUsages(pids), await kubelets.count()];
  const minutes = (Date.now() - fromMs) / 60_000;
  const scrapeCount = countsAfter.scrapeCount - countsBefore.scrapeCount;
  const cpuSeconds = after.server.cpuSeconds - before.server.cpuSeconds;
  return {
    cpuSecondsPerMinute: cpuSeconds / minutes,
    cpuMsPerScrape: (cpuSeconds * 1000) / scrapeCount,
    apiServerCpuSecondsPerMinute: (after.apiServer.cpuSeconds - before.apiServer.cpuSeconds) / minutes,
    scrapesPerMinute: scrapeCount / minutes,
    scrapeSentBytes: (countsAfter.sentBytes - countsBefore.sentBytes) / scrapeCount,
    scrapePlainBytes: (countsAfter.plainBytes - countsBefore.plainBytes) / scrapeCount,
    rssBytes: samples.reduce((sum, rss) => sum + rss, 0) / samples.length,
  };
}

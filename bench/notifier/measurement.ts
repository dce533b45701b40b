import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import { stopProcess } from '../../scripts/cluster/process.ts';
import { type BreakableWay, openBreakableWay } from '../../test/e2e/support/breakable-way.ts';
import { readUsage } from '../scale/process-usage.ts';
import { type Spread, spreadOf } from '../scale/quantiles.ts';
import { type ContenderName, type RunningContender, startContender } from './contenders.ts';
import { ToldEvents } from './told-events.ts';
import { WatchedFleet } from './watched-fleet.ts';

const POLL_MS = 50;
const SAMPLE_MS = 1_000;
const READY_MS_MAX = 120_000;
const TOLD_MS_MAX = 60_000;
const RESYNC_MS_MAX = 180_000;
/** As long as a pod is given to end. */
const STOP_MS_MAX = 40_000;
/** Starts and completions together stay below what a webhook is told in a minute. */
const START_SPACING_MS = 500;
/** Behind which pods are available: a start is told before. */
const PODS_COME_AFTER_MS = 1_000;
/** HPAs that scale while the API server is away. */
const MISSED_COUNT = 10;
/** What an outage stirs up at once, such as connections that break, is not the outage. */
const OUTAGE_BEGINS_MS = 2_000;

/** Everything measured of a notifier with so many HPAs. */
export interface NotifierFigures {
  readonly hpaCount: number;
  readonly startCount: number;
  readonly notifier: ContenderName;
  /** From the start of the process until /readyz says so, and the CPU time that it took. */
  readonly readySeconds: number;
  readonly readyCpuSeconds: number;
  /** Told from the cold start to the end of the window, in which nothing scales. */
  readonly calmEventCount: number;
  readonly cpuSecondsPerMinute: number;
  /** Mean over the window, and the largest until the end of everything. */
  readonly rssBytes: number;
  readonly rssBytesMax: number;
  /** From before the first write that the notifier may see to the message about it. */
  readonly startMs: Spread;
  /** Of the scalings: each is to be told of once when it starts, and once when it is complete. */
  readonly startedEventCount: number;
  readonly completedEventCount: number;
  readonly outageSeconds: number;
  /** Of one core, while the API server was away. */
  readonly outageCpuPercent: number;
  /** From the return of the API server until everything that was missed had been told. */
  readonly resyncSeconds: number;
}

export interface MeasurementOptions {
  readonly hpaCounts: readonly number[];
  readonly contenders: readonly ContenderName[];
  readonly startCount: number;
  readonly windowSeconds: number;
  readonly outageSeconds: number;
  readonly nodeFlags: readonly string[];
  /** Told what happens. */
  readonly report: (text: string) => void;
  /** Called with the figures of each as they come. */
  readonly onFigures: (figures: NotifierFigures) => void;
}

/** What a measurement has in hand. */
interface Scene {
  readonly name: ContenderName;
  readonly running: RunningContender;
  readonly fleet: WatchedFleet;
  readonly told: ToldEvents;
  readonly way: BreakableWay;
  readonly options: MeasurementOptions;
}

/** Measures one notifier after the other over a real API server, on a cluster of its own for each number of HPAs. */
export async function measure(options: MeasurementOptions): Promise<void> {
  for (const hpaCount of options.hpaCounts) {
    const cluster = await startCluster({ isApiServerAlone: true });
    try {
      options.report(`creating ${hpaCount} HPAs`);
      const fleet = await WatchedFleet.create(cluster, hpaCount);
      for (const name of options.contenders) {
        options.onFigures(await measureOne(cluster, fleet, { name, hpaCount }, options));
      }
      await fleet.close();
    } finally {
      await cluster.stop();
    }
  }
}

async function measureOne(
  cluster: Cluster,
  fleet: WatchedFleet,
  { name, hpaCount }: { readonly name: ContenderName; readonly hpaCount: number },
  options: MeasurementOptions,
): Promise<NotifierFigures> {
  const { report, startCount, outageSeconds, nodeFlags } = options;
  const told = await ToldEvents.listen();
  const way = await openBreakableWay(Number(new URL(cluster.serverUrl).port));
  report(`${name}, ${hpaCount} HPAs: starting`);
  const startedAtMs = performance.now();
  const running = await startContender(cluster, name, { serverUrl: `https://127.0.0.1:${way.port}`, told, nodeFlags });
  const { pid } = running.record;
  await ready(running);
  const readySeconds = (performance.now() - startedAtMs) / 1000;
  const { cpuSeconds: readyCpuSeconds } = await readUsage(pid);
  report(`${name}: ready after ${readySeconds.toFixed(1)} s`);
  const scene: Scene = { name, running, fleet, told, way, options };
  const statuses = fleet.moveStatuses();
  const window = await watchWindow(scene);
  const starts = await measureStarts(scene);
  const outage = await measureOutage(scene);
  await statuses.stop();
  const { rssBytesMax } = await readUsage(pid);
  await stopProcess(running.record, STOP_MS_MAX);
  await Promise.all([way.close(), told.close()]);
  const ofStart = { hpaCount, startCount, notifier: name, readySeconds, readyCpuSeconds };
  return { ...ofStart, ...window, ...starts, outageSeconds, ...outage, rssBytesMax };
}

async function ready({ readyUrl, record }: RunningContender): Promise<void> {
  const deadlineMs = performance.now() + READY_MS_MAX;
  for (;;) {
    const isReady = await fetch(readyUrl).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return;
    if (performance.now() > deadlineMs) throw new Error(`not ready; ${record.logFile} says why`);
    await delay(POLL_MS);
  }
}

async function watchWindow({ running, told, options: { windowSeconds, report } }: Scene) {
  const { pid } = running.record;
  report(`window of ${windowSeconds} s`);
  const before = await readUsage(pid);
  const samples: number[] = [];
  const fromMs = performance.now();
  while (performance.now() < fromMs + windowSeconds * 1000) {
    await delay(SAMPLE_MS);
    samples.push((await readUsage(pid)).rssBytes);
  }
  const { cpuSeconds } = await readUsage(pid);
  return {
    calmEventCount: told.count,
    cpuSecondsPerMinute: ((cpuSeconds - before.cpuSeconds) / (performance.now() - fromMs)) * 60_000,
    rssBytes: samples.reduce((sum, rss) => sum + rss, 0) / samples.length,
  };
}

/** One scaling after the other, each of another HPA, whose pods are available a moment later. */
async function measureStarts({ name, fleet, told, options: { startCount, report } }: Scene) {
  report(`${startCount} scalings`);
  const fromCount = told.count;
  const latenciesMs: number[] = [];
  const scalings: Promise<void>[] = [];
  for (let index = 0; index < startCount; index += 1) {
    const { scaledAtMs, toldAtMs } = await fleet.scaleUp(index);
    // Whoever does not see Deployments can know it from the status alone.
    const changedAtMs = name === 'notifier-hpas-only' ? toldAtMs : scaledAtMs;
    const scaling = async (): Promise<void> => {
      const atMs = await toldAt(told, fromCount, 'scale.up.started', fleet.nameOf(index));
      latenciesMs.push(atMs - changedAtMs);
      await delay(PODS_COME_AFTER_MS);
      await fleet.complete(index);
      await toldAt(told, fromCount, 'scale.up.completed', fleet.nameOf(index));
    };
    const whole = scaling();
    // Looked at when all have begun.
    whole.catch(() => undefined);
    scalings.push(whole);
    await delay(START_SPACING_MS);
  }
  await Promise.all(scalings);
  const countOf = (wanted: string): number => told.since(fromCount).filter(({ type }) => type === wanted).length;
  return {
    startMs: spreadOf(latenciesMs),
    startedEventCount: countOf('scale.up.started'),
    completedEventCount: countOf('scale.up.completed'),
  };
}

/** The API server is away; meanwhile some HPAs scale, and their pods come. */
async function measureOutage({ running, fleet, told, way, options }: Scene) {
  const { outageSeconds, startCount, report } = options;
  const { pid } = running.record;
  report(`outage of ${outageSeconds} s`);
  const fromCount = told.count;
  await way.break();
  await delay(OUTAGE_BEGINS_MS);
  const before = await readUsage(pid);
  const fromMs = performance.now();
  const missed = Array.from({ length: MISSED_COUNT }, (_, place) => startCount + place);
  for (const index of missed) await fleet.scaleUp(index);
  for (const index of missed) await fleet.complete(index);
  await delay(outageSeconds * 1000 - OUTAGE_BEGINS_MS - (performance.now() - fromMs));
  const { cpuSeconds } = await readUsage(pid);
  const outageCpuPercent = ((cpuSeconds - before.cpuSeconds) / (performance.now() - fromMs)) * 100_000;
  await way.mend();
  const mendedAtMs = Date.now();
  report('the API server is back');
  const arrivals = missed.map((index) => toldAt(told, fromCount, null, fleet.nameOf(index), RESYNC_MS_MAX));
  const resyncSeconds = (Math.max(...(await Promise.all(arrivals))) - mendedAtMs) / 1000;
  await ready(running);
  return { outageCpuPercent, resyncSeconds };
}

/** When the first event of that HPA came, of the type if one is given; epoch ms. */
async function toldAt(
  told: ToldEvents,
  fromCount: number,
  type: string | null,
  hpaName: string,
  waitMs = TOLD_MS_MAX,
): Promise<number> {
  const deadlineMs = performance.now() + waitMs;
  for (;;) {
    const found = told
      .since(fromCount)
      .find((event) => event.hpaName === hpaName && (type === null || event.type === type));
    if (found !== undefined) return found.atMs;
    if (performance.now() > deadlineMs) throw new Error(`nobody was told of ${hpaName}: ${type ?? 'anything'}`);
    await delay(POLL_MS);
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, type ProcessRecord, stopProcess } from '../../scripts/cluster/process.ts';
import { readState } from '../../scripts/cluster/state.ts';
import type { AuditedCall } from './audit-trail.ts';
import { type CallFigures, callFigures, isScaleRead, type Window } from './call-figures.ts';
import { CONTENDER_USERS, type Contender, type ContenderOptions, startContender } from './contenders.ts';
import { FleetLoad, type FleetSize } from './fleet.ts';
import { type ProcessUsage, readStartMs, readUsages } from './process-usage.ts';
import { mebibytes } from './results-table.ts';
import { ScaleStage } from './stage.ts';

/** Everything measured of one controller with one fleet. */
export interface CellFigures extends CallFigures {
  readonly size: FleetSize;
  readonly contender: Contender;
  readonly flags: readonly string[];
  readonly windowSeconds: number;
  /** From the start of the process to the read of the last HPA's scale. */
  readonly firstPassSeconds: number;
  readonly controllerCpuSecondsPerMinute: number;
  /** Beyond what they use without any controller, in the same cluster. */
  readonly apiServerCpuSecondsPerMinute: number;
  readonly etcdCpuSecondsPerMinute: number;
  readonly metricsServerCpuSecondsPerMinute: number;
  /** Mean over the window, and the largest ever. */
  readonly rssBytes: number;
  readonly rssBytesMax: number;
  /** What of the memory are pages of files, at the end of the window. */
  readonly rssFileBytes: number;
}

export interface MeasurementOptions extends ContenderOptions {
  readonly size: FleetSize;
  readonly contenders: readonly Contender[];
  readonly windowSeconds: number;
  /** Between the end of the first pass and the window, besides the pass's own length: until each HPA has found its rhythm. */
  readonly settleSeconds: number;
  readonly seed: number;
  /** Told what happens. */
  readonly report: (text: string) => void;
  /** Called with each controller's figures as they come. */
  readonly onFigures: (figures: CellFigures) => void;
}

const BASELINE_MS = 20_000;
const SAMPLE_MS = 1_000;
const GRACE_MS = 30_000;
const FIRST_PASS_MS_MAX = 600_000;

type Part = 'apiServer' | 'etcd' | 'metricsServer';
type PartUsages = Readonly<Record<Part, ProcessUsage>>;

/** Measures one controller after the other with the same fleet on one cluster. */
export async function measure(options: MeasurementOptions): Promise<void> {
  const { size, report } = options;
  report(`${size.hpaCount} HPAs in ${size.namespaceCount} namespaces: making objects`);
  const stage = await ScaleStage.open(size, options.seed);
  try {
    const pids = await partPids(stage);
    report('idle baseline');
    const before = await readUsages(pids);
    await delay(BASELINE_MS);
    const idle = { before, after: await readUsages(pids), minutes: BASELINE_MS / 60_000 };
    for (const contender of options.contenders) {
      report(`${contender}: making HPAs`);
      options.onFigures(await measureOne(stage, contender, pids, idle, options));
    }
  } finally {
    await stage.close();
  }
}

interface Interval {
  readonly before: PartUsages;
  readonly after: PartUsages;
  readonly minutes: number;
}

async function measureOne(
  stage: ScaleStage,
  contender: Contender,
  pids: Readonly<Record<Part, number>>,
  idle: Interval,
  options: MeasurementOptions,
): Promise<CellFigures> {
  const { size, report, windowSeconds, settleSeconds, seed } = options;
  const { startAtMs: roundStartAtMs } = await stage.beginRound();
  await stage.audit.readOn();
  report(`${contender}: starting`);
  const controller = await startContender(stage.cluster, contender, options);
  try {
    const calls: AuditedCall[] = [];
    const collect = async (): Promise<void> => {
      for (const call of await stage.audit.readOn()) if (call.user === CONTENDER_USERS[contender]) calls.push(call);
    };
    const lastFirstReadAtMs = await firstPass(stage, controller, calls, collect);
    const firstPassSeconds = (lastFirstReadAtMs - (await readStartMs(controller.startTicks))) / 1000;
    report(`${contender}: first pass after ${firstPassSeconds.toFixed(1)} s`);
    await delay((settleSeconds + firstPassSeconds) * 1000);
    const { window, interval, ...usage } = await watchWindow(controller, pids, windowSeconds);
    report(`${contender}: ${mebibytes(usage.rssFileBytes)} MiB of its memory are pages of files`);
    await collect();
    stage.requireFollowed();
    const load = new FleetLoad(seed, size.hpaCount);
    return {
      size,
      contender,
      flags: contender === 'podtide' ? options.flags : [],
      windowSeconds,
      firstPassSeconds,
      controllerCpuSecondsPerMinute: usage.cpuSeconds / interval.minutes,
      apiServerCpuSecondsPerMinute: perMinute(interval, 'apiServer') - perMinute(idle, 'apiServer'),
      etcdCpuSecondsPerMinute: perMinute(interval, 'etcd') - perMinute(idle, 'etcd'),
      metricsServerCpuSecondsPerMinute: perMinute(interval, 'metricsServer') - perMinute(idle, 'metricsServer'),
      rssBytes: usage.rssBytes,
      rssBytesMax: usage.rssBytesMax,
      rssFileBytes: usage.rssFileBytes,
      ...callFigures(calls, window, { members: stage.members, load, roundStartAtMs }),
    };
  } finally {
    await stopProcess(controller, GRACE_MS);
  }
}

function perMinute({ before, after, minutes }: Interval, part: Part): number {
  return (after[part].cpuSeconds - before[part].cpuSeconds) / minutes;
}

async function partPids(stage: ScaleStage): Promise<Readonly<Record<Part, number>>> {
  const state = await readState(stage.cluster.folder);
  const pidOf = (name: string): number => {
    const record = state?.processes.find((process) => process.name === name);
    if (record === undefined) throw new Error(`the cluster runs no ${name}`);
    return record.pid;
  };
  return { apiServer: pidOf('kube-apiserver'), etcd: pidOf('etcd'), metricsServer: stage.metrics.pid };
}

/** Waits until each HPA's scale has been read once; answers when the last one was. */
async function firstPass(
  stage: ScaleStage,
  controller: ProcessRecord,
  calls: readonly AuditedCall[],
  collect: () => Promise<void>,
): Promise<number> {
  const endsAtMs = Date.now() + FIRST_PASS_MS_MAX;
  const waiting = new Set(stage.members.map(({ namespace, name }) => `${namespace}/${name}`));
  for (let seenCount = 0; ; ) {
    await delay(SAMPLE_MS);
    await collect();
    for (; seenCount < calls.length; seenCount += 1) {
      const call = calls[seenCount];
      if (call === undefined || !isScaleRead(call)) continue;
      waiting.delete(`${call.namespace}/${call.name}`);
      if (waiting.size === 0) return call.atMs;
    }
    if (!(await isRunning(controller))) throw new Error(`${controller.name} ended; see ${controller.logFile}`);
    if (Date.now() > endsAtMs) throw new Error(`${waiting.size} HPAs were not read in ${FIRST_PASS_MS_MAX / 1000} s`);
  }
}

async function watchWindow(controller: ProcessRecord, parts: Readonly<Record<Part, number>>, windowSeconds: number) {
  const pids = { ...parts, controller: controller.pid };
  const before = await readUsages(pids);
  const fromMs = Date.now();
  const samples: number[] = [];
  while (Date.now() < fromMs + windowSeconds * 1000) {
    await delay(SAMPLE_MS);
    samples.push((await readUsages({ controller: controller.pid })).controller.rssBytes);
  }
  const after = await readUsages(pids);
  const window: Window = { fromMs, untilMs: Date.now() };
  const interval: Interval = { before, after, minutes: (window.untilMs - fromMs) / 60_000 };
  return {
    window,
    interval,
    cpuSeconds: after.controller.cpuSeconds - before.controller.cpuSeconds,
    rssBytes: samples.reduce((sum, rss) => sum + rss, 0) / samples.length,
    rssBytesMax: after.controller.rssBytesMax,
    rssFileBytes: after.controller.rssFileBytes,
  };
}

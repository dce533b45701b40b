import type { MeterReading } from './meter-record.ts';

/** A running pod that shows the usage of the moment. */
export interface MomentaryPod {
  /** `namespace/name` */
  readonly key: string;
  /** Of its container's cgroup, epoch ms: a pod that was made again begins anew. */
  readonly startedAtMs: number;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

/** A counter at its last sample, and the usage of that moment. */
export interface MomentReading extends MeterReading {
  readonly cpuNanocores: number;
}

/** Between two samples; every rate is over one such stretch when scrapes come as often. */
export const MOMENT_PERIOD_MS = 15_000;
/** From the start to the first sample: who reads every quarter minute since the start reads what is a second old. */
export const FIRST_MOMENT_MS = 14_000;
/** What starting cost: metrics-server takes a container without any for broken. Too little to show in a rate. */
const START_CPU_NS = 10;
const NS_PER_MILLI_MS = 1_000;

/**
 * Counters of pods that show the usage of the moment, as recordings of the official walkthrough do: at each sample the
 * counter has risen as if what is used now had been used since the sample before, or since the container's start. A rate
 * over two samples in a row, and over the first one's age, is then the usage of the later moment.
 */
export class MomentaryMeters {
  #readings = new Map<string, MomentReading & { readonly startedAtMs: number }>();

  /** Takes a sample of every pod; one that is not there is forgotten. `nowMs` is a whole number, later at each call. */
  sample(nowMs: number, pods: readonly MomentaryPod[]): void {
    const before = this.#readings;
    this.#readings = new Map(
      pods.map(({ key, startedAtMs, cpuMilli, memoryBytes }) => {
        const known = before.get(key);
        const from =
          known?.startedAtMs === startedAtMs ? known : { atMs: Math.min(startedAtMs, nowMs), cpuNs: START_CPU_NS };
        const cpuNs = from.cpuNs + Math.round(cpuMilli * NS_PER_MILLI_MS * (nowMs - from.atMs));
        return [key, { atMs: nowMs, startedAtMs, cpuNs, cpuNanocores: Math.round(cpuMilli * 1e6), memoryBytes }];
      }),
    );
  }

  /** Undefined for a pod that has not been sampled. */
  of(podKey: string): MomentReading | undefined {
    return this.#readings.get(podKey);
  }
}

import { isInt64 } from '../../base/int64.ts';
import type { PodFact, PodSample } from './facts.ts';
import type { EngineOptions } from './options.ts';
import type { PodReason } from './trace.ts';

/** The pods of a metric by how they count. Samples of unready and ignored pods are gone from the sums. */
export interface PodGroups {
  /** Pods that count with their sample, `readySamples` beside them. */
  readonly ready: readonly PodFact[];
  readonly readySamples: readonly PodSample[];
  readonly unready: readonly PodReason[];
  readonly unreadyPods: readonly PodFact[];
  readonly missing: readonly PodFact[];
  readonly ignored: readonly PodReason[];
  /** Samples of names that are not in the list; plain averages count them (specification 10, Q12). */
  readonly strangers: readonly PodSample[];
}

/** When a group decision is made: the instant and the two readiness durations. */
export interface ReadinessRules extends Pick<EngineOptions, 'cpuInitializationPeriodMs' | 'initialReadinessDelayMs'> {
  readonly nowMs: number;
  /** Podtide's own: younger pods count as unready for cpu; absent or 0 for none. */
  readonly warmupMs?: number;
}

/**
 * Groups the listed pods by whether their sample counts (specification 2.2; upstream: groupPods). `resource` is empty
 * for Pods metrics; only `cpu` has a readiness test beyond Pending.
 */
export function groupPods(
  pods: readonly PodFact[],
  samples: Readonly<Record<string, PodSample>>,
  resource: string,
  rules: ReadinessRules,
): PodGroups {
  const ready: PodFact[] = [];
  const readySamples: PodSample[] = [];
  const unreadyReasons: PodReason[] = [];
  const unreadyPods: PodFact[] = [];
  const missing: PodFact[] = [];
  const ignored: PodReason[] = [];
  let sampledCount = 0;
  for (const pod of pods) {
    const sample = readSample(samples, pod.name);
    if (sample !== undefined) sampledCount++;
    if (pod.isDeleted) ignored.push({ pod: pod.name, reason: 'Deleted' });
    else if (pod.phase === 'Failed') ignored.push({ pod: pod.name, reason: 'Failed' });
    else if (sample === undefined && pod.phase !== 'Pending') missing.push(pod);
    else {
      const unreadyFor = sample === undefined ? 'Pending' : unreadyReason(pod, sample, resource, rules);
      const left = unreadyFor === null ? warmingUp(pod, resource, rules) : { pod: pod.name, reason: unreadyFor };
      if (left !== null) {
        unreadyReasons.push(left);
        unreadyPods.push(pod);
      } else {
        ready.push(pod);
        readySamples.push(sample as PodSample);
      }
    }
  }
  return {
    ready,
    readySamples,
    unready: unreadyReasons,
    unreadyPods,
    missing,
    ignored,
    strangers: findStrangers(pods, samples, sampledCount),
  };
}

/**
 * Why a pod with a sample does not count yet; null when it does. Only cpu is tested beyond Pending: during the initialization period a sample must lie
 * wholly after the last change of readiness; afterwards only a pod that was never ready is left out.
 */
function unreadyReason(
  pod: PodFact,
  sample: PodSample,
  resource: string,
  rules: ReadinessRules,
): PodReason['reason'] | null {
  if (pod.phase === 'Pending') return 'Pending';
  if (resource !== 'cpu') return null;
  const { ready, startAtMs } = pod;
  if (ready === null || startAtMs === null) return 'NotStarted';
  const isUnready = ready.status === 'False';
  if (startAtMs + rules.cpuInitializationPeriodMs > rules.nowMs) {
    if (isUnready) return 'NotReadyWhileInitializing';
    return sample.atMs < ready.sinceMs + sample.windowMs ? 'SampleBeforeReady' : null;
  }
  return isUnready && startAtMs + rules.initialReadinessDelayMs > ready.sinceMs ? 'NeverReady' : null;
}

/** A pod that would count, were it not younger than the HPA's warm-up; null when it is not. */
function warmingUp(
  { name, startAtMs }: PodFact,
  resource: string,
  { warmupMs = 0, nowMs }: ReadinessRules,
): PodReason | null {
  if (warmupMs === 0 || resource !== 'cpu' || startAtMs === null) return null;
  const untilMs = startAtMs + warmupMs;
  return untilMs > nowMs ? { pod: name, reason: 'WarmingUp', untilMs } : null;
}

/** What is no object with an integer is no sample, be it what a plain object inherits under the pod's name. */
function readSample(samples: Readonly<Record<string, PodSample>>, name: string): PodSample | undefined {
  const sample = samples[name];
  return isInt64(sample?.milli) ? sample : undefined;
}

const NO_STRANGERS: readonly PodSample[] = [];

function findStrangers(
  pods: readonly PodFact[],
  samples: Readonly<Record<string, PodSample>>,
  sampledCount: number,
): readonly PodSample[] {
  const names = Object.keys(samples);
  if (names.length <= sampledCount) return NO_STRANGERS;
  const listed = new Set<string>();
  for (const pod of pods) listed.add(pod.name);
  const strangers: PodSample[] = [];
  for (const name of names) {
    const sample = listed.has(name) ? undefined : readSample(samples, name);
    if (sample !== undefined) strangers.push(sample);
  }
  return strangers;
}

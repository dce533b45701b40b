import { assert } from '../../base/failure.ts';

/** What a request costs and how a pod that serves it behaves: the parameters of a service that can saturate. */
export interface ServiceModel {
  /** CPU time of one request, in milliseconds of one core. */
  readonly cpuMsPerRequest: number;
  /** What a pod uses without any request. */
  readonly idleCpuMilli: number;
  readonly memoryBaseBytes: number;
  /** Memory of each request that is queued or being served. */
  readonly memoryBytesPerRequest: number;
  /** Requests that wait for one ready pod at most; those beyond are dropped. */
  readonly queueCountPerPodMax: number;
}

/** A ready pod that takes a share of the load. */
export interface ServingPod {
  readonly id: string;
  /** Its CPU limit, or what its node leaves it. */
  readonly cpuMilliMax: number;
}

/** What a service carries from one interval to the next. */
export interface ServiceState {
  /** Requests that wait: whole ones. */
  readonly queuedCount: number;
  /** The part of a request that the last interval had time for and could not finish; below 1. */
  readonly carriedCapacityCount: number;
}

export const IDLE_SERVICE: ServiceState = { queuedCount: 0, carriedCapacityCount: 0 };

/** What happened within an interval. `queuedCount` before + `offeredCount` = served + dropped + `queuedCount` after. */
export interface ServiceInterval {
  readonly offeredCount: number;
  readonly servedCount: number;
  readonly droppedCount: number;
  readonly queuedCount: number;
  /** Work done of the work that could have been done, 0 to 1; 1 without a ready pod that is asked for something. */
  readonly utilizationRatio: number;
  /** Estimate of the 95th percentile of the response time; null when nothing was served. */
  readonly latencyP95Ms: number | null;
  readonly pods: readonly PodInterval[];
}

export interface PodInterval {
  readonly id: string;
  /** Its share, not rounded; the shares add up to the served requests. */
  readonly servedCount: number;
  /** Mean over the interval; never above the pod's limit. */
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

/** What arrives at a service in an interval, and what stands ready for it. */
export interface ServiceInput {
  readonly durationMs: number;
  /** Whole requests. */
  readonly offeredCount: number;
  readonly pods: readonly ServingPod[];
}

/**
 * Moves a service over one interval as a fluid: ready pods share the waiting work evenly, none beyond what its CPU
 * allows; what is left waits, up to a limit; what is beyond is dropped. Requests are conserved exactly, because all
 * counts are whole. CPU is hidden demand: it saturates at the limit, however much waits.
 */
export function advanceService(
  model: ServiceModel,
  state: ServiceState,
  input: ServiceInput,
): { readonly state: ServiceState; readonly interval: ServiceInterval } {
  const { durationMs, offeredCount, pods } = input;
  assert(durationMs > 0, `an interval lasts longer than ${durationMs} ms`);
  assert(Number.isInteger(offeredCount) && offeredCount >= 0, `${offeredCount} is no count of requests`);

  const capacities = pods.map((pod) => podCapacityCount(model, pod, durationMs));
  const capacityCount = sum(capacities);
  const waitingCount = state.queuedCount + offeredCount;
  const servedCount = Math.min(waitingCount, Math.floor(capacityCount + state.carriedCapacityCount));
  const restCount = waitingCount - servedCount;
  const queuedCount = Math.min(restCount, model.queueCountPerPodMax * pods.length);

  const shares = fillEvenly(servedCount, capacities);
  const isSaturated = restCount > 0;
  const carried = isSaturated && capacityCount > 0 ? capacityCount + state.carriedCapacityCount - servedCount : 0;
  const utilizationRatio =
    capacityCount > 0 ? (isSaturated ? 1 : Math.min(1, servedCount / capacityCount)) : waitingCount > 0 ? 1 : 0;
  return {
    state: { queuedCount, carriedCapacityCount: carried },
    interval: {
      offeredCount,
      servedCount,
      droppedCount: restCount - queuedCount,
      queuedCount,
      utilizationRatio,
      latencyP95Ms: latencyP95Ms(model, input, { servedCount, queuedCount, capacityCount, utilizationRatio }),
      pods: pods.map((pod, index) =>
        podInterval(model, pod, durationMs, shares[index] ?? 0, queuedCount / pods.length),
      ),
    },
  };
}

/** Requests that one pod can finish in the time, not rounded. */
export function podCapacityCount(model: ServiceModel, pod: ServingPod, durationMs: number): number {
  return (Math.max(0, pod.cpuMilliMax - model.idleCpuMilli) * durationMs) / 1000 / model.cpuMsPerRequest;
}

function podInterval(
  model: ServiceModel,
  pod: ServingPod,
  durationMs: number,
  servedCount: number,
  queuedCount: number,
): PodInterval {
  const busyMilli = (servedCount * model.cpuMsPerRequest * 1000) / durationMs;
  const cpuMilli = Math.min(pod.cpuMilliMax, model.idleCpuMilli + busyMilli);
  // A pod works on as many requests at a time as it keeps cores busy.
  const memoryBytes = model.memoryBaseBytes + model.memoryBytesPerRequest * (queuedCount + busyMilli / 1000);
  return { id: pod.id, servedCount, cpuMilli, memoryBytes: Math.round(memoryBytes) };
}

/** Above this utilization the queue itself says how long requests wait. */
const UTILIZATION_RATIO_MAX = 0.95;

/**
 * A request's time in a queue with one server is exponential with the mean S / (1 − utilization), whose 95th percentile
 * is ln 20 times the mean; on top comes the time that the backlog takes to drain.
 */
function latencyP95Ms(
  model: ServiceModel,
  input: ServiceInput,
  outcome: {
    readonly servedCount: number;
    readonly queuedCount: number;
    readonly capacityCount: number;
    readonly utilizationRatio: number;
  },
): number | null {
  const { servedCount, queuedCount, capacityCount, utilizationRatio } = outcome;
  if (servedCount === 0 || capacityCount === 0) return null;
  const meanCores = sum(input.pods.map((pod) => Math.min(1, pod.cpuMilliMax / 1000))) / input.pods.length;
  const serviceMs = model.cpuMsPerRequest / meanCores;
  const busyRatio = Math.min(utilizationRatio, UTILIZATION_RATIO_MAX);
  return (serviceMs / (1 - busyRatio)) * Math.log(20) + (queuedCount / capacityCount) * input.durationMs;
}

/** Shares `amount` evenly, none above its capacity; what carried capacity leaves over goes to the last. */
function fillEvenly(amount: number, capacities: readonly number[]): readonly number[] {
  const shares = capacities.map(() => 0);
  const ascending = capacities.map((_, index) => index).sort((a, b) => (capacities[a] ?? 0) - (capacities[b] ?? 0));
  let left = amount;
  ascending.forEach((index, position) => {
    const isLast = position === ascending.length - 1;
    const even = left / (ascending.length - position);
    const share = isLast ? left : Math.min(even, capacities[index] ?? 0);
    shares[index] = share;
    left -= share;
  });
  return shares;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

import { addInt64, divideInt64, type Int64, multiplyInt64 } from '../../base/int64.ts';
import type { PodFact, PodRequests, PodSample } from './facts.ts';
import type { PodGroups } from './pod-groups.ts';
import type { Tolerance } from './tolerance.ts';
import {
  type Calculation,
  type FillIn,
  planFillIn,
  proposeFromFilled,
  proposeFromFirst,
  tracePodGroups,
} from './usage-ratio.ts';

/** A Utilization target over grouped pods. */
export interface UtilizationInput {
  readonly groups: PodGroups;
  /** The request of every requests object of the listed pods. */
  readonly requests: ReadonlyMap<PodRequests, Int64>;
  readonly targetPercent: number;
  readonly currentReplicas: number;
  readonly tolerance: Tolerance;
}

/**
 * The proposal of a Utilization target: usage of all pods as a truncated percent of their requests, over the target
 * (specification 2.4; upstream: GetResourceReplicas). Samples of unknown pods have no request and enlarge only the
 * second pass's count.
 */
export function proposeByUtilization(input: UtilizationInput): Calculation {
  const { groups, requests, targetPercent, currentReplicas, tolerance } = input;
  const first = sumReady(groups, requests);
  const percent = percentOf(first);
  if (percent === null) return { kind: 'failed', message: 'no metrics returned matched known pods' };
  const usageRatio = percent / targetPercent;
  const measured = {
    kind: 'calculated',
    current: percent,
    currentRawMilli: divideInt64(first.usageMilli, first.podCount),
    usageRatio,
  } as const;
  const fillIn = planFillIn(groups, usageRatio);
  const pods = tracePodGroups(groups, fillIn, 'requestTimesTarget');
  if (fillIn === null) {
    const proposal = proposeFromFirst(usageRatio, groups.ready.length, currentReplicas, tolerance);
    return { ...measured, pods, filledRatio: null, ...proposal };
  }
  const filledPercent = percentOf(fill(first, input, fillIn));
  // Only sums that wrap around 64 bits can come to 0 here.
  if (filledPercent === null) return { kind: 'failed', message: 'no metrics returned matched known pods' };
  const filled = { usageRatio: filledPercent / targetPercent, sampleCount: countSamples(groups, fillIn) };
  const proposal = proposeFromFilled(usageRatio, filled, currentReplicas, tolerance);
  return { ...measured, pods, filledRatio: filled.usageRatio, ...proposal };
}

interface Sums {
  readonly usageMilli: Int64;
  readonly requestMilli: Int64;
  readonly podCount: number;
}

function sumReady(groups: PodGroups, requests: ReadonlyMap<PodRequests, Int64>): Sums {
  const { ready, readySamples } = groups;
  let usageMilli: Int64 = 0;
  let requestMilli: Int64 = 0;
  for (let index = 0; index < ready.length; index++) {
    const pod = ready[index] as PodFact;
    usageMilli = addInt64(usageMilli, (readySamples[index] as PodSample).milli);
    requestMilli = addInt64(requestMilli, requestOf(requests, pod));
  }
  return { usageMilli, requestMilli, podCount: ready.length };
}

/** The usage as a percent of the requests, truncated, in upstream's 32 bits; null when nothing is requested. */
function percentOf({ usageMilli, requestMilli }: Sums): number | null {
  if (requestMilli === 0) return null;
  const percent = divideInt64(multiplyInt64(usageMilli, 100), requestMilli);
  return typeof percent === 'number' && percent === (percent | 0)
    ? percent
    : Number(BigInt.asIntN(32, BigInt(percent)));
}

/** The sums with missing pods at max(100 %, target) of their request or idle, and unready pods idle. */
function fill(first: Sums, { groups, requests, targetPercent }: UtilizationInput, fillIn: FillIn): Sums {
  let { usageMilli, requestMilli } = first;
  if (fillIn.missing !== null) {
    for (const pod of groups.missing) {
      const request = requestOf(requests, pod);
      requestMilli = addInt64(requestMilli, request);
      if (fillIn.missing === 'full') {
        usageMilli = addInt64(usageMilli, divideInt64(multiplyInt64(request, Math.max(100, targetPercent)), 100));
      }
    }
  }
  if (fillIn.isUnreadyZero) {
    for (const pod of groups.unreadyPods) requestMilli = addInt64(requestMilli, requestOf(requests, pod));
  }
  return { usageMilli, requestMilli, podCount: 0 };
}

/** The size of upstream's sample map after filling in. */
function countSamples(groups: PodGroups, fillIn: FillIn): number {
  return (
    groups.readySamples.length +
    groups.strangers.length +
    (fillIn.missing === null ? 0 : groups.missing.length) +
    (fillIn.isUnreadyZero ? groups.unreadyPods.length : 0)
  );
}

/** The requests were read from every listed pod. */
function requestOf(requests: ReadonlyMap<PodRequests, Int64>, pod: PodFact): Int64 {
  return requests.get(pod.requests) as Int64;
}

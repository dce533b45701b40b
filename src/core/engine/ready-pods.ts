import type { PodFact } from './facts.ts';

/** Upstream's text when the scale's selector matches no pod at all. */
export const NO_PODS = 'no pods returned by selector while calculating replica count';

/**
 * Pods that are Running and have the Ready condition True: what a Value target is multiplied by. Terminating pods count
 * (specification 2.6; upstream: getReadyPodsCount).
 */
export function countReadyPods(pods: readonly PodFact[]): number {
  let count = 0;
  for (const { phase, ready } of pods) if (phase === 'Running' && ready?.status === 'True') count++;
  return count;
}

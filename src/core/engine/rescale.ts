import type { Behavior } from '../autoscaling/types.ts';
import type { ScaleIntent } from './decision.ts';
import type { HpaReading } from './hpa-reading.ts';
import type { Memory } from './memory.ts';
import { storeScaleEvent } from './scale-events.ts';
import { longestPeriodMs, scaleDownRules, scaleUpRules } from './scaling-rules.ts';
import type { PathTrace, Trace } from './trace.ts';

/** The reason text of a forced move. */
export function forcedReason(code: PathTrace['code']): string {
  return code === 'ForcedToMax'
    ? 'Current number of replicas above Spec.MaxReplicas'
    : 'Current number of replicas below Spec.MinReplicas';
}

/**
 * The reason text of a metric-driven move, fixed before stabilization and limits, so that it may be empty or contradict
 * the direction (specification 1.5, step 8c).
 */
export function metricReason(currentReplicas: number, recommendedReplicas: number, winnerName: string): string {
  if (recommendedReplicas > currentReplicas) return `${winnerName} above target`;
  return recommendedReplicas < currentReplicas ? 'All metrics below target' : '';
}

/** A workload that the HPA scaled to zero wakes to at least a minimum that was raised since (step 8e); else null. */
export function wakeFloor(
  currentReplicas: number,
  desiredReplicas: number,
  { minReplicas }: HpaReading,
  wasScaledToZero: boolean,
): Trace['wakeFloor'] {
  const isRaised = currentReplicas === 0 && minReplicas !== 0 && wasScaledToZero && desiredReplicas < minReplicas;
  return isRaised ? { minReplicas } : null;
}

/** The scale write wanted, with the memory that goes with its success; null when the count stays. */
export function planRescale(
  move: Omit<ScaleIntent, 'memoryIfWritten'>,
  behavior: Behavior | undefined,
  memory: Memory,
  nowMs: number,
): ScaleIntent | null {
  if (move.fromReplicas === move.toReplicas) return null;
  return { ...move, memoryIfWritten: behavior === undefined ? memory : noteRescale(move, behavior, memory, nowMs) };
}

/**
 * The memory after a change of the count. Events are kept only with `behavior`, whose policies measure them; a change by
 * nothing, which no reconcile makes, would count as one downwards (specification 4.5; upstream: storeScaleEvent).
 */
export function noteRescale(
  { fromReplicas, toReplicas }: Pick<ScaleIntent, 'fromReplicas' | 'toReplicas'>,
  behavior: Behavior,
  memory: Memory,
  nowMs: number,
): Memory {
  if (toReplicas > fromReplicas) {
    const longestMs = longestPeriodMs(scaleUpRules(behavior));
    const changeCount = (toReplicas - fromReplicas) | 0;
    return { ...memory, scaleUpEvents: storeScaleEvent(memory.scaleUpEvents, changeCount, longestMs, nowMs) };
  }
  const longestMs = longestPeriodMs(scaleDownRules(behavior));
  const changeCount = (fromReplicas - toReplicas) | 0;
  return { ...memory, scaleDownEvents: storeScaleEvent(memory.scaleDownEvents, changeCount, longestMs, nowMs) };
}

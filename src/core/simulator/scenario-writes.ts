import type { ScaleWriteOutcome } from '../engine/decision.ts';
import type { ScenarioStep } from './scenario-format.ts';

/** How a story's scale write ends, with the calls that were made. */
export interface PlayedScaleWrite {
  readonly outcome: ScaleWriteOutcome;
  readonly queries: readonly string[];
}

/** Upstream tries a scale write that often while it meets conflicts. */
const ATTEMPT_COUNT_MAX = 5;

/**
 * Plays the scripted answers to the PUTs of a scale: every failed one is followed by a GET, and only a conflict leads to
 * another attempt (specification 1.7). `target` is `resource.group namespace/name`.
 */
export function playScaleWrite(
  target: string,
  toReplicas: number,
  scaleUpdate: ScenarioStep['scaleUpdate'],
): PlayedScaleWrite {
  const queries: string[] = [];
  for (let attemptCount = 1; ; attemptCount++) {
    queries.push(`PUT scale ${target} replicas=${toReplicas}`);
    const error = scaleUpdate?.errors?.[attemptCount - 1];
    if (!error) return { outcome: { kind: 'written', attemptCount }, queries };
    queries.push(`GET scale ${target}`);
    if (error.conflict !== true || attemptCount === ATTEMPT_COUNT_MAX) {
      return { outcome: { kind: 'failed', attemptCount, message: error.message }, queries };
    }
  }
}

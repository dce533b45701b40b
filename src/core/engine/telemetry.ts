import type { DecisionTelemetry } from './decision.ts';
import type { MetricOutcome } from './metric-evaluation.ts';

/** Labels of one metric computation (specification 8.1). */
export type MetricTelemetry = DecisionTelemetry['metrics'][number];

/** Which way a count goes. */
export type ScaleAction = DecisionTelemetry['action'];

/** The action label of a move from one count to another. */
export function scaleAction(fromReplicas: number, toReplicas: number): ScaleAction {
  return toReplicas > fromReplicas ? 'scale_up' : toReplicas < fromReplicas ? 'scale_down' : 'none';
}

/**
 * The labels of the metric computations. The action compares with the replicas of the stored status, not with those of
 * the scale, and an error of the spec is only an unknown type (specification 8.1, 13.9).
 */
export function metricTelemetry(
  outcomes: readonly MetricOutcome[],
  storedCurrentReplicas: number,
): readonly MetricTelemetry[] {
  return outcomes.map(({ trace, isSpecError }) =>
    trace.code === 'MetricFailed'
      ? { type: trace.sourceType, action: 'none', error: isSpecError ? 'spec' : 'internal' }
      : { type: trace.sourceType, action: scaleAction(storedCurrentReplicas, trace.proposedReplicas), error: 'none' },
  );
}

import type { MetricFailed, MetricTrace, Trace } from '../engine/trace.ts';
import type { ExplainableDecision, ExplainOptions } from './explanation.ts';
import { metricLabel } from './metric-label.ts';
import { holdParams } from './option-sentences.ts';
import { limitParams, metricParams, pathParams, selectorParams, stabilizationParams } from './parameters.ts';
import type { Sentences, VerdictCode, VerdictParams } from './sentences.ts';

/** The two halves of the first sentence. */
export interface Headline {
  /** How the count came out: `1 → 4`, `stays at 7`. */
  readonly verdict: string;
  /** Why. */
  readonly reason: string;
}

/** How the count came out, and why. */
export function headlineOf(decision: ExplainableDecision, sentences: Sentences, options: ExplainOptions): Headline {
  const { code, params } = verdictOf(decision);
  const clauses = [...holdClauses(decision, sentences, options), ...reasonClauses(decision, sentences, options)];
  if (code === 'ScaleFailed') clauses.push(sentences.clauses.writeFailed(decision.error ?? ''));
  return { verdict: sentences.verdicts[code](params), reason: clauses.join(sentences.clauseSeparator) };
}

/** How the count came out. */
export function verdictOf(decision: ExplainableDecision): {
  readonly code: VerdictCode;
  readonly params: VerdictParams;
} {
  const { currentReplicas, desiredReplicas, scaledTo, scaleWriteAttempts } = decision;
  const params = { fromReplicas: currentReplicas, toReplicas: scaledTo ?? desiredReplicas };
  if (decision.isDeleted) return { code: 'Gone', params };
  if (currentReplicas === null) return { code: 'Unknown', params };
  if (scaledTo !== null) return { code: 'Scaled', params };
  if (scaleWriteAttempts.length > 0) {
    return {
      code: 'ScaleFailed',
      params: { fromReplicas: currentReplicas, toReplicas: scaleWriteAttempts.at(-1) ?? desiredReplicas },
    };
  }
  return { code: desiredReplicas !== null && desiredReplicas !== currentReplicas ? 'Proposed' : 'Stayed', params };
}

/** A hold decides, whatever the metrics say: it comes first. */
function holdClauses(decision: ExplainableDecision, sentences: Sentences, options: ExplainOptions): string[] {
  const { hold } = decision.trace;
  if (hold === null) return [];
  return [
    sentences.options.holdClauses[hold.code](holdParams(hold, decision.currentReplicas ?? 0, sentences, options)),
  ];
}

function reasonClauses(decision: ExplainableDecision, sentences: Sentences, options: ExplainOptions): string[] {
  const { path, selector, combination } = decision.trace;
  const { clauses } = sentences;
  if (path.code === 'SelectorFailed') {
    return selector === null || selector.code === 'Unambiguous'
      ? [decision.error ?? '']
      : [clauses.selector[selector.code](selectorParams(selector, sentences))];
  }
  if (path.code !== 'MetricDriven') return [clauses.path[path.code](pathParams(decision))];
  if (combination === null) return [decision.error ?? ''];
  if (combination.code !== 'Combined') {
    const params = {
      ...combination,
      winner: '',
      recommendedReplicas: bestProposal(decision.trace.metrics),
      failure: firstFailure(decision.trace, sentences),
    };
    return [clauses.combination[combination.code](params)];
  }
  return metricDrivenClauses(decision, sentences, options);
}

function metricDrivenClauses(
  { trace, currentReplicas }: ExplainableDecision,
  sentences: Sentences,
  options: ExplainOptions,
): string[] {
  const { clauses } = sentences;
  const reasons: string[] = [];
  const winner = trace.metrics.find((metric) => metric.index === trace.combination?.winnerIndex);
  if (winner?.code === 'MetricProposed') reasons.push(clauses.rules[winner.rule](metricParams(winner, sentences)));
  const { stabilization, limit, wakeFloor } = trace;
  if (stabilization !== null) {
    const params = stabilizationParams(stabilization, currentReplicas ?? 0, sentences, options);
    const isShrinking = (limit?.limitedReplicas ?? stabilization.stabilizedReplicas) < (currentReplicas ?? 0);
    if (stabilization.code !== 'Unchanged' || (isShrinking && params.hasDownWindow))
      reasons.push(clauses.stabilization[stabilization.code](params));
  }
  if (limit !== null && limit.code !== 'DesiredWithinRange') {
    reasons.push(clauses.limit[limit.code](limitParams(limit, trace)));
  }
  if (wakeFloor !== null) reasons.push(clauses.wakeFloor(wakeFloor));
  return reasons;
}

function firstFailure({ metrics }: Trace, sentences: Sentences): string {
  const failed = metrics.find((metric): metric is MetricFailed => metric.code === 'MetricFailed');
  return failed === undefined
    ? ''
    : sentences.metric.failed({ ...failed, label: metricLabel(failed) }).replace(/[.。]$/, '');
}

/** What the metrics that work ask for: a trace names no recommendation when partial data forbids one. */
export function bestProposal(metrics: readonly MetricTrace[]): number {
  return Math.max(0, ...metrics.map((metric) => (metric.code === 'MetricProposed' ? metric.proposedReplicas : 0)));
}

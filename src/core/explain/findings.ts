import type { Facts } from '../engine/facts.ts';
import { queryAnnotation } from '../engine/hpa-options.ts';
import type { MetricFailed, MetricProposed, MetricTrace } from '../engine/trace.ts';
import { type AmountUnit, amountText, isMeasured } from './amount.ts';
import type { ExplainableDecision } from './explanation.ts';
import { metricLabel, metricUnit } from './metric-label.ts';
import type { FindingParams } from './sentences.ts';

/** Long-standing surprises of horizontal autoscaling that a decision can show (specification 10, by its numbers). */
export type FindingCode =
  /** Q1, Q3: more pods match than the target has. */
  | 'MorePodsThanReplicas'
  /** Q2: grew although under target. */
  | 'GrowsUnderTarget'
  /** Q5: no sample of a pod that counts. */
  | 'NoCountedPods'
  /** Q6: under target, but rounding up keeps every pod. */
  | 'RoundingKeepsPods'
  /** Q8: unready pods left the base of a scale-down. */
  | 'UnreadyShrinkBase'
  /** Q9: pods without metrics were filled in. */
  | 'MissingPodsDampen'
  /** Q10: one request missing stops the metric. */
  | 'MissingRequest'
  /** Q11: CPU samples set aside while pods start. */
  | 'CpuStartUpWindow'
  /** Q13: finished pods count as missing. */
  | 'SucceededPodsCounted'
  /** Q19: several HPAs on the same pods. */
  | 'SeveralAutoscalers'
  /** Q20: a negative metric. */
  | 'NegativeMetric'
  /** Q22: forced to a bound, everything else ignored. */
  | 'ForcedIgnoresPolicies'
  /** Q23, Q26: at zero, and nothing will wake it. */
  | 'ZeroIsPaused'
  /** Q26: only Percent policies, which cannot leave zero. */
  | 'PercentCannotLeaveZero'
  /** Q27: a broken metric beside a healthy condition. */
  | 'HiddenMetricFailure'
  /** Q27: a broken metric keeps the workload from shrinking. */
  | 'PartialFailureBlocksScaleDown'
  /** Q29: the ratio lies on the edge of the tolerance, which belonged to it only from 1.33 on. */
  | 'OnToleranceEdge'
  /** Q36: the event's reason is empty. */
  | 'EventReasonEmpty'
  /** Q36: the event's reason contradicts the move. */
  | 'EventReasonContradicts'
  /** More is wanted than maxReplicas allows. */
  | 'MaxReached'
  /** The metrics API did not answer. */
  | 'MetricsUnavailable'
  /** PromQL that the HPA brings along came to nothing. */
  | 'QueryFailed'
  /** Samples were too old to count. */
  | 'StaleSamples'
  /** An annotation that means an option is ignored. */
  | 'InvalidOption'
  /** Selection by owner could not tell whose the pods are. */
  | 'OwnershipUnknown'
  /** Paused by annotation. */
  | 'Paused'
  /** The scale-down breaker holds. */
  | 'CorrelatedScaleDown';

export type FindingSeverity = 'note' | 'warning' | 'problem';

/** A finding as data; `explain` renders it. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: FindingSeverity;
  /** What of the decision it is about; absent fields do not apply. */
  readonly label?: string;
  readonly pods?: readonly string[];
  readonly message?: string;
  readonly sourceType?: string;
  readonly threshold?: { readonly value: number; readonly unit: AmountUnit };
}

/** The reconcile's error without the words that name the HPA's target. */
function withoutReference(error: string): string {
  return error.replace(/^failed to compute desired number of replicas based on listed metrics for \S+: /, '');
}

/** Who answers for a metric source; what is not here is answered by the resource metrics API. */
const API_SERVICES: Readonly<Record<string, string>> = {
  Pods: 'v1beta1.custom.metrics.k8s.io',
  Object: 'v1beta1.custom.metrics.k8s.io',
  External: 'v1beta1.external.metrics.k8s.io',
};

/**
 * What a decision shows beyond its result, most severe first. With the facts it was made from, findings that need pod
 * phases are found too.
 */
export function findingsOf(decision: ExplainableDecision, facts?: Pick<Facts, 'pods'>): readonly Finding[] {
  const found = [
    ...optionFindings(decision),
    ...pathFindings(decision),
    ...selectorFindings(decision),
    ...decision.trace.metrics.flatMap((metric) => metricFindings(metric, decision, facts)),
    ...combinationFindings(decision),
    ...moveFindings(decision),
  ];
  const rank: Readonly<Record<FindingSeverity, number>> = { problem: 0, warning: 1, note: 2 };
  return found.sort((left, right) => rank[left.severity] - rank[right.severity]);
}

/** The parameters of a finding's sentences, with the amounts written as the language writes them. */
export function findingParams(
  finding: Finding,
  decision: ExplainableDecision,
  write: { readonly percent: (digits: string) => string; readonly podList: (pods: readonly string[]) => string },
): FindingParams {
  return {
    hpa: decision.hpa.name,
    namespace: decision.hpa.namespace,
    label: finding.label ?? '',
    pods: write.podList(finding.pods ?? []),
    podCount: finding.pods?.length ?? decision.trace.selector?.podCount ?? 0,
    message: finding.message ?? '',
    apiService: API_SERVICES[finding.sourceType ?? ''] ?? 'v1beta1.metrics.k8s.io',
    fromReplicas: decision.currentReplicas ?? 0,
    toReplicas: decision.desiredReplicas ?? decision.currentReplicas ?? 0,
    threshold:
      finding.threshold === undefined ? '' : amountText(finding.threshold.value, finding.threshold.unit, write.percent),
  };
}

function optionFindings({ trace }: ExplainableDecision): Finding[] {
  const findings: Finding[] = [];
  const ignored = trace.options?.ignored ?? [];
  if (ignored.length > 0) {
    const names = ignored.map(({ annotation }) => annotation);
    findings.push({ code: 'InvalidOption', severity: 'warning', pods: names });
  }
  if (trace.hold?.code === 'Paused') findings.push({ code: 'Paused', severity: 'note' });
  if (trace.hold?.code === 'CorrelatedScaleDown') {
    findings.push({ code: 'CorrelatedScaleDown', severity: 'problem', message: trace.hold.api });
  }
  return findings;
}

function pathFindings({ trace }: ExplainableDecision): Finding[] {
  const { code } = trace.path;
  if (code === 'ForcedToMax' || code === 'ForcedToMin') return [{ code: 'ForcedIgnoresPolicies', severity: 'note' }];
  return code === 'Disabled' ? [{ code: 'ZeroIsPaused', severity: 'note' }] : [];
}

function selectorFindings({ trace, currentReplicas, error }: ExplainableDecision): Finding[] {
  const { selector } = trace;
  if (selector?.code === 'OwnershipUnknown') {
    return [{ code: 'OwnershipUnknown', severity: 'problem', message: withoutReference(error ?? '') }];
  }
  if (selector?.code === 'Ambiguous')
    return [{ code: 'SeveralAutoscalers', severity: 'problem', pods: selector.rivals }];
  const isCrowded = selector?.code === 'Unambiguous' && currentReplicas !== null && selector.podCount > currentReplicas;
  return isCrowded ? [{ code: 'MorePodsThanReplicas', severity: 'note' }] : [];
}

function metricFindings(
  metric: MetricTrace,
  decision: ExplainableDecision,
  facts: Pick<Facts, 'pods'> | undefined,
): Finding[] {
  return metric.code === 'MetricFailed'
    ? [failureFinding(metric)]
    : proposalFindings(metric, decision.currentReplicas ?? 0, facts);
}

function failureFinding({ name, sourceType, message, stale }: MetricFailed): Finding {
  const about = { label: metricLabel({ name, sourceType }), message, sourceType };
  if (stale !== undefined) return { code: 'StaleSamples', severity: 'problem', ...about, pods: stale.pods };
  if (/missing (pod-level )?request for/.test(message))
    return { code: 'MissingRequest', severity: 'problem', ...about };
  if (/did not receive metrics for targeted pods/.test(message))
    return { code: 'NoCountedPods', severity: 'warning', ...about };
  if (message.includes(`: ${queryAnnotation('')}`)) return { code: 'QueryFailed', severity: 'problem', ...about };
  return { code: 'MetricsUnavailable', severity: 'problem', ...about };
}

function proposalFindings(
  metric: MetricProposed,
  currentReplicas: number,
  facts: Pick<Facts, 'pods'> | undefined,
): Finding[] {
  const label = metricLabel(metric);
  const findings: Finding[] = [...podFindings(metric, label, currentReplicas, facts)];
  if (metric.stale !== undefined) {
    const { sourceType } = metric;
    findings.push({ code: 'StaleSamples', severity: 'warning', label, sourceType, pods: metric.stale.pods });
  }
  if (isMeasured(metric.current) && Number(metric.current) < 0)
    findings.push({ code: 'NegativeMetric', severity: 'warning', label });
  if (isOnToleranceEdge(metric)) findings.push({ code: 'OnToleranceEdge', severity: 'note', label });
  const ratio = metric.usageRatio ?? 1;
  if (ratio < 1 && metric.proposedReplicas > currentReplicas && metric.rule === 'RatioApplied') {
    findings.push({ code: 'GrowsUnderTarget', severity: 'warning', label });
  }
  if (
    ratio < 1 &&
    metric.rule === 'RatioApplied' &&
    metric.proposedReplicas === currentReplicas &&
    currentReplicas > 1
  ) {
    const value = (Number(metric.target) * (currentReplicas - 1)) / (metric.multiplier ?? currentReplicas);
    findings.push({
      code: 'RoundingKeepsPods',
      severity: 'note',
      label,
      threshold: { value, unit: metricUnit(metric) },
    });
  }
  return findings;
}

/**
 * Whether the ratio is within tolerance now and was outside by the older comparison, |1 − ratio| ≤ tolerance: for 1.1
 * and 0.1 that difference is a little more than 0.1 in binary fractions.
 */
function isOnToleranceEdge({ rule, usageRatio, filledRatio, tolerance }: MetricProposed): boolean {
  const ratio = rule === 'WithinToleranceAfterFill' ? filledRatio : rule === 'WithinTolerance' ? usageRatio : null;
  return ratio !== null && Math.abs(1 - ratio) > (ratio > 1 ? tolerance.up : tolerance.down);
}

function podFindings(
  metric: MetricProposed,
  label: string,
  currentReplicas: number,
  facts: Pick<Facts, 'pods'> | undefined,
): Finding[] {
  const { pods } = metric;
  if (pods === null) return [];
  const findings: Finding[] = [];
  const starting = pods.unready.filter(
    ({ reason }) => reason === 'NotReadyWhileInitializing' || reason === 'SampleBeforeReady',
  );
  if (starting.length > 0)
    findings.push({ code: 'CpuStartUpWindow', severity: 'note', label, pods: starting.map(({ pod }) => pod) });
  if (pods.unready.length > 0 && !pods.isUnreadyFilledWithZero && metric.proposedReplicas < currentReplicas) {
    findings.push({ code: 'UnreadyShrinkBase', severity: 'warning', label, pods: pods.unready.map(({ pod }) => pod) });
  }
  const succeeded =
    facts?.pods.kind === 'listed'
      ? new Set(facts.pods.pods.filter(({ phase }) => phase === 'Succeeded').map(({ name }) => name))
      : new Set();
  const finished = pods.missing.filter((pod) => succeeded.has(pod));
  if (finished.length > 0) findings.push({ code: 'SucceededPodsCounted', severity: 'warning', label, pods: finished });
  const stale = new Set(metric.stale?.pods);
  const silent = pods.missing.filter((pod) => !succeeded.has(pod) && !stale.has(pod));
  if (silent.length > 0) findings.push({ code: 'MissingPodsDampen', severity: 'warning', label, pods: silent });
  return findings;
}

function combinationFindings({ trace, currentReplicas }: ExplainableDecision): Finding[] {
  const { combination } = trace;
  if (combination === null) return [];
  if (combination.code === 'PartlyFailedNoScaleDown')
    return [{ code: 'PartialFailureBlocksScaleDown', severity: 'problem' }];
  const isHidden =
    combination.code === 'Combined' &&
    combination.failedCount > 0 &&
    combination.recommendedReplicas === currentReplicas;
  return isHidden ? [{ code: 'HiddenMetricFailure', severity: 'warning' }] : [];
}

function moveFindings(decision: ExplainableDecision): Finding[] {
  const { currentReplicas, scaledTo, rescaleReason, trace } = decision;
  const findings: Finding[] = [];
  if (trace.limit?.code === 'TooManyReplicas') findings.push({ code: 'MaxReached', severity: 'warning' });
  if (currentReplicas === 0 && trace.limit?.code === 'ScaleUpLimit' && trace.limit.policy?.type === 'Percent') {
    findings.push({ code: 'PercentCannotLeaveZero', severity: 'problem' });
  }
  if (scaledTo === null || currentReplicas === null) return findings;
  if (rescaleReason === '') findings.push({ code: 'EventReasonEmpty', severity: 'note' });
  const isContradiction =
    scaledTo > currentReplicas
      ? rescaleReason === 'All metrics below target'
      : / above target$/.test(rescaleReason ?? '');
  if (isContradiction) findings.push({ code: 'EventReasonContradicts', severity: 'note' });
  return findings;
}

import type { HpaCondition } from '../../core/autoscaling/types.ts';
import type { Decision } from '../../core/engine/decision.ts';
import type { MetricTrace } from '../../core/engine/trace.ts';
import type { DecisionReport } from '../facts/report.ts';
import {
  type DecisionIdentity,
  type DecisionRecord,
  type DecisionSummary,
  decisionId,
  type MetricPoint,
} from './feed.ts';

/** The rules that this version decides by. */
export const RULES_VERSION = 'kubernetes-1.36';

/** Makes the record of a report; the summary and decision before it tell whether something changed. */
export function recordOf(
  cluster: string,
  report: DecisionReport,
  previous: DecisionSummary | undefined,
  previousDecision: Decision | undefined,
): DecisionRecord {
  const { decision } = report;
  const identity: DecisionIdentity = {
    cluster,
    uid: decision.hpa.uid ?? `${decision.hpa.namespace}/${decision.hpa.name}`,
    atMs: decision.atMs,
    version: RULES_VERSION,
  };
  const id = decisionId(identity);
  const draft = summaryOf(id, report);
  const isChange = previous === undefined || isChanged(previous, draft, previousDecision, decision);
  return { id, identity, ...report, summary: { ...draft, isChange } };
}

function summaryOf(id: string, report: DecisionReport): DecisionSummary {
  const { decision, delivery } = report;
  const { path } = decision.trace;
  return {
    id,
    hpa: decision.hpa,
    atMs: decision.atMs,
    path: path.code,
    currentReplicas: decision.currentReplicas,
    desiredReplicas: decision.desiredReplicas,
    scaledTo: decision.scaledTo,
    minReplicas: path.minReplicas,
    maxReplicas: path.maxReplicas,
    isChange: false,
    hasRecord: true,
    metrics: decision.trace.metrics.map(pointOf),
    winnerIndex: decision.trace.combination?.winnerIndex ?? null,
    error: decision.error,
    differenceCount: delivery.differences.length,
  };
}

function pointOf(metric: MetricTrace): MetricPoint {
  const { name, sourceType } = metric;
  if (metric.code === 'MetricFailed') return { kind: 'failed', name, sourceType, reason: metric.reason };
  const { targetKind, target, current, tolerance, proposedReplicas } = metric;
  return { kind: 'proposed', name, sourceType, targetKind, target, current, tolerance, proposedReplicas };
}

function isChanged(
  before: DecisionSummary,
  after: DecisionSummary,
  decisionBefore: Decision | undefined,
  decision: Decision,
): boolean {
  return (
    after.scaledTo !== null ||
    decision.isDeleted ||
    before.hpa.uid !== after.hpa.uid ||
    before.path !== after.path ||
    before.error !== after.error ||
    before.minReplicas !== after.minReplicas ||
    before.maxReplicas !== after.maxReplicas ||
    before.currentReplicas !== after.currentReplicas ||
    (before.differenceCount === 0) !== (after.differenceCount === 0) ||
    conditionsText(decisionBefore?.status?.conditions) !== conditionsText(decision.status?.conditions)
  );
}

function conditionsText(conditions: readonly HpaCondition[] | undefined): string {
  return (conditions ?? []).map(({ type, status, reason }) => `${type}=${status}/${reason ?? ''}`).join(' ');
}

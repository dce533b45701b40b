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

/** What the next record of the same HPA is compared with. */
export interface Precedent {
  readonly summary: DecisionSummary;
  /** Each condition with its status and reason. */
  readonly conditionsText: string;
}

/** Makes the record of a report; whether something changed, its precedent tells, and a first one is a change. */
export function recordOf(cluster: string, report: DecisionReport, precedent: Precedent | undefined): DecisionRecord {
  const draft = recordWith(cluster, report, false);
  if (precedent !== undefined && !isChanged(precedent, draft.summary, report.decision)) return draft;
  return { ...draft, summary: { ...draft.summary, isChange: true } };
}

/** The record of a report of which it is known whether it changed something. */
export function recordWith(cluster: string, report: DecisionReport, isChange: boolean): DecisionRecord {
  const { hpa, atMs } = report.decision;
  const identity = identityOf(cluster, hpa, atMs);
  const id = decisionId(identity);
  return { id, identity, ...report, summary: { ...summaryOf(id, report), isChange } };
}

/** Who a decision is; its HPA goes by its name when it has no uid. */
export function identityOf(cluster: string, hpa: Decision['hpa'], atMs: number): DecisionIdentity {
  return { cluster, uid: hpa.uid ?? `${hpa.namespace}/${hpa.name}`, atMs, version: RULES_VERSION };
}

/** What the record is to the next one. A text that stayed the same is the same text, so that it is kept once. */
export function precedentOf({ summary, decision }: DecisionRecord, before: Precedent | undefined): Precedent {
  const conditionsText = textOfConditions(decision.status?.conditions);
  return {
    summary,
    conditionsText: before?.conditionsText === conditionsText ? before.conditionsText : conditionsText,
  };
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
  { summary: before, conditionsText }: Precedent,
  after: DecisionSummary,
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
    conditionsText !== textOfConditions(decision.status?.conditions)
  );
}

function textOfConditions(conditions: readonly HpaCondition[] | undefined): string {
  return (conditions ?? []).map(({ type, status, reason }) => `${type}=${status}/${reason ?? ''}`).join(' ');
}

import type { HpaStatus } from '../../core/autoscaling/types.ts';
import type { HpaFact } from '../../core/engine/facts.ts';
import type { ObservedDifference } from '../facts/report.ts';

/**
 * Where the status that others wrote differs from the one decided here. Numbers of metrics, times and messages are left
 * out: two controllers that look a moment apart see other numbers and still agree.
 */
export function compareWithObserved(hpa: HpaFact, decided: HpaStatus | null): readonly ObservedDifference[] {
  if (hpa.kind !== 'found' || decided === null) return [];
  const observed = hpa.object.status;
  const differences: ObservedDifference[] = [];
  const compare = (field: string, left: string | null, right: string | null): void => {
    if (left !== right) differences.push({ field, decided: left, observed: right });
  };
  compare('currentReplicas', jsonOf(decided.currentReplicas ?? 0), jsonOf(observed?.currentReplicas ?? 0));
  compare('desiredReplicas', jsonOf(decided.desiredReplicas), jsonOf(observed?.desiredReplicas ?? 0));
  const types = [...(decided.conditions ?? []), ...(observed?.conditions ?? [])].map(({ type }) => type);
  for (const type of new Set(types)) {
    compare(`conditions.${type}`, conditionJson(decided, type), conditionJson(observed, type));
  }
  return differences;
}

function conditionJson(status: HpaStatus | undefined, type: string): string | null {
  const condition = status?.conditions?.find((candidate) => candidate.type === type);
  return condition === undefined ? null : jsonOf({ status: condition.status, reason: condition.reason ?? '' });
}

function jsonOf(value: unknown): string {
  return JSON.stringify(value);
}

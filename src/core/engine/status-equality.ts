import { compareQuantities, parseQuantity } from '../../base/quantity.ts';
import { parseRfc3339 } from '../../base/rfc3339.ts';
import type { HpaCondition, HpaStatus, MetricStatus } from '../autoscaling/types.ts';

/**
 * Upstream's semantic equality of statuses, which decides whether one is written: absent and empty lists are equal,
 * quantities compare by value, times as instants (specification 1.8; upstream: apiequality.Semantic.DeepEqual).
 */
export function areStatusesEqual(a: HpaStatus, b: HpaStatus): boolean {
  return (
    a.observedGeneration === b.observedGeneration &&
    (a.currentReplicas ?? 0) === (b.currentReplicas ?? 0) &&
    (a.desiredReplicas ?? 0) === (b.desiredReplicas ?? 0) &&
    areTimesEqual(a.lastScaleTime, b.lastScaleTime) &&
    areListsEqual(a.conditions, b.conditions, areConditionsEqual) &&
    areListsEqual(a.currentMetrics, b.currentMetrics, areMetricsEqual)
  );
}

function areConditionsEqual(a: HpaCondition, b: HpaCondition): boolean {
  if (a === b) return true;
  return (
    a.type === b.type &&
    a.status === b.status &&
    (a.reason ?? '') === (b.reason ?? '') &&
    (a.message ?? '') === (b.message ?? '') &&
    areTimesEqual(a.lastTransitionTime ?? undefined, b.lastTransitionTime ?? undefined)
  );
}

function areMetricsEqual(a: MetricStatus, b: MetricStatus): boolean {
  return areFieldsEqual(a, b, '');
}

function areTimesEqual(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  const instant = parseRfc3339(a);
  return instant !== undefined && instant === parseRfc3339(b);
}

/** The fields of a metric status that hold quantities. */
const QUANTITY_FIELDS: ReadonlySet<string> = new Set(['value', 'averageValue']);

/** Equality of plain data where empty maps and lists equal absent ones, except that a selector may be there and empty. */
function areFieldsEqual(a: unknown, b: unknown, field: string): boolean {
  if (a === b) return true;
  if (typeof a === 'string' && typeof b === 'string') return QUANTITY_FIELDS.has(field) && areQuantitiesEqual(a, b);
  if (isEmpty(a, field) && isEmpty(b, field)) return true;
  if (Array.isArray(a) && Array.isArray(b)) return areListsEqual(a, b, (x, y) => areFieldsEqual(x, y, ''));
  if (!isRecord(a) || !isRecord(b)) return false;
  const isMapOfLabels = field === 'matchLabels';
  for (const key of Object.keys(a)) if (!areFieldsEqual(a[key], b[key], isMapOfLabels ? '' : key)) return false;
  for (const key of Object.keys(b)) if (!Object.hasOwn(a, key) && !isEmpty(b[key], key)) return false;
  return true;
}

function areQuantitiesEqual(a: string, b: string): boolean {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  return left !== undefined && right !== undefined && compareQuantities(left, right) === 0;
}

function areListsEqual<T>(
  a: readonly T[] | null | undefined,
  b: readonly T[] | null | undefined,
  areEqual: (x: T, y: T) => boolean,
): boolean {
  const left = a ?? [];
  const right = b ?? [];
  return left.length === right.length && left.every((item, index) => areEqual(item, right[index] as T));
}

function isEmpty(value: unknown, field: string): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return field === 'matchLabels' && isRecord(value) && Object.keys(value).length === 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { labelsKey, METRIC_NAME, omitLabels, pickLabels } from '../series-labels.ts';
import { compensatedSum, maximumOf, meanOf, minimumOf } from './sums.ts';
import type { VectorElement, VectorValue } from './value.ts';

/** What many values become one by. */
export const AGGREGATION_OPERATORS = ['sum', 'avg', 'min', 'max', 'count', 'group'] as const;

export type AggregationOperator = (typeof AGGREGATION_OPERATORS)[number];

/** Which series are aggregated together: those that agree in these labels, or in all labels but these. */
export interface Grouping {
  readonly kind: 'by' | 'without';
  readonly labels: readonly string[];
}

const REDUCERS: Readonly<Record<AggregationOperator, (values: readonly number[]) => number>> = {
  sum: compensatedSum,
  avg: meanOf,
  min: minimumOf,
  max: maximumOf,
  count: (values) => values.length,
  group: () => 1,
};

/** One value for each group, with the labels that the group shares. */
export function aggregate(
  operator: AggregationOperator,
  { kind, labels: names }: Grouping,
  elements: readonly VectorElement[],
): VectorValue {
  const labelsOf = ({ labels }: VectorElement) =>
    kind === 'by' ? pickLabels(labels, names) : omitLabels(labels, [METRIC_NAME, ...names]);
  const groups = Map.groupBy(
    elements.map((element) => ({ labels: labelsOf(element), value: element.value })),
    ({ labels }) => labelsKey(labels),
  );
  return {
    kind: 'vector',
    elements: [...groups.values()].map((members) => ({
      labels: members[0]?.labels ?? {},
      value: REDUCERS[operator](members.map(({ value }) => value)),
    })),
  };
}

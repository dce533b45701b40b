import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { LAB_PROMETHEUS_INSTANTS_COUNT_MAX } from '../../base/limits.ts';
import type { SeriesLabels } from '../../metrics/prometheus/answers.ts';
import { readInstant, readStep, requireParameter } from './api-parameters.ts';
import { evaluate, SampleBudget } from './promql/evaluation.ts';
import { type Expression, typeOf } from './promql/expression.ts';
import { readExpression } from './promql/expression-reader.ts';
import type { PromqlValue } from './promql/value.ts';
import { labelsKey } from './series-labels.ts';
import type { SeriesStore } from './series-store.ts';
import { valueText } from './value-text.ts';

/** What queries are answered from. */
export interface QueryPlace {
  readonly store: Pick<SeriesStore, 'select'>;
  /** Now, for those that name no instant. */
  readonly clock: Pick<Clock, 'nowMs'>;
}

/**
 * `data` of an answer to `/api/v1/query`.
 *
 * @throws Failure('invalid'), ExecutionRefusal.
 */
export function answerQuery(parameters: URLSearchParams, { store, clock }: QueryPlace): unknown {
  const expression = readExpression(requireParameter(parameters, 'query'));
  const atMs = readInstant(parameters, 'time') ?? clock.nowMs();
  const value = evaluate(expression, { store, budget: new SampleBudget(), atMs });
  return { resultType: RESULT_TYPES[value.kind], result: resultOf(value, atMs) };
}

/**
 * `data` of an answer to `/api/v1/query_range`.
 *
 * @throws Failure('invalid'), ExecutionRefusal.
 */
export function answerRangeQuery(parameters: URLSearchParams, { store }: QueryPlace): unknown {
  const expression = readExpression(requireParameter(parameters, 'query'));
  const instantsMs = readInstants(parameters);
  requireInstantType(expression);
  const budget = new SampleBudget();
  const series = new Map<string, { readonly metric: SeriesLabels; readonly values: (readonly [number, string])[] }>();
  for (const atMs of instantsMs) {
    const value = evaluate(expression, { store, budget, atMs });
    for (const { labels, value: number } of elementsOf(value)) {
      const key = labelsKey(labels);
      const known = series.get(key) ?? { metric: labels, values: [] };
      known.values.push([atMs / 1000, valueText(number)]);
      series.set(key, known);
    }
  }
  return { resultType: 'matrix', result: sorted([...series.values()]) };
}

const RESULT_TYPES: Readonly<Record<PromqlValue['kind'], string>> = {
  scalar: 'scalar',
  vector: 'vector',
  range: 'matrix',
  text: 'string',
};

function resultOf(value: PromqlValue, atMs: number): unknown {
  switch (value.kind) {
    case 'scalar':
      return [atMs / 1000, valueText(value.value)];
    case 'text':
      return [atMs / 1000, value.text];
    case 'vector':
      return sorted(
        value.elements.map(({ labels, value: number }) => ({
          metric: labels,
          value: [atMs / 1000, valueText(number)],
        })),
      );
    case 'range':
      return sorted(
        value.elements.map(({ labels, points }) => ({
          metric: labels,
          values: points.map((point) => [point.atMs / 1000, valueText(point.value)]),
        })),
      );
  }
}

/** By labels, so that the same question has the same answer. */
function sorted<Series extends { readonly metric: SeriesLabels }>(series: readonly Series[]): readonly Series[] {
  return series
    .map((each) => ({ key: labelsKey(each.metric), each }))
    .toSorted((left, right) => (left.key < right.key ? -1 : 1))
    .map(({ each }) => each);
}

function readInstants(parameters: URLSearchParams): readonly number[] {
  requireParameter(parameters, 'start');
  requireParameter(parameters, 'end');
  const startMs = readInstant(parameters, 'start') ?? 0;
  const endMs = readInstant(parameters, 'end') ?? 0;
  const stepMs = readStep(parameters, 'step');
  if (endMs < startMs)
    throw new Failure('invalid', 'invalid parameter "end": end timestamp must not be before start time');
  const count = Math.floor((endMs - startMs) / stepMs) + 1;
  if (count > LAB_PROMETHEUS_INSTANTS_COUNT_MAX)
    throw new Failure(
      'invalid',
      `exceeded maximum resolution of ${LAB_PROMETHEUS_INSTANTS_COUNT_MAX} points per timeseries. Try decreasing the query resolution (?step=XX)`,
    );
  return Array.from({ length: count }, (_, index) => startMs + index * stepMs);
}

function requireInstantType(expression: Expression): void {
  const type = typeOf(expression);
  if (type === 'scalar' || type === 'vector') return;
  throw new Failure(
    'invalid',
    `invalid parameter "query": invalid expression type ${JSON.stringify(type === 'range' ? 'range vector' : 'string')} for range query, must be Scalar or instant Vector`,
  );
}

function elementsOf(value: PromqlValue) {
  if (value.kind === 'vector') return value.elements;
  return value.kind === 'scalar' ? [{ labels: {}, value: value.value }] : [];
}

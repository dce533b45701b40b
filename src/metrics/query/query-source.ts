import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { matchesSelector, parseSelector, type Selector } from '../../base/label-selector.ts';
import { HPA_QUERY_VALUES_COUNT_MAX } from '../../base/limits.ts';
import { quantityOf } from '../adapter/result-rows.ts';
import type { QueryResult, Sample, SeriesLabels } from '../prometheus/answers.ts';
import type { PrometheusClient } from '../prometheus/client.ts';
import type { ExternalMetricValue, HpaQuery, QuerySource } from '../source/port.ts';
import { permittedQuery, type QueryAccess } from './query-access.ts';

/** What queries are answered with. */
export interface QuerySourcePorts {
  readonly prometheus: Pick<PrometheusClient, 'query'>;
  /** Domain time: which instant is asked for. */
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly access: QueryAccess;
  /** Told of each answer with several values, which an HPA adds up; must not throw. */
  readonly onSeveral?: (query: HpaQuery, valueCount: number) => void;
}

/**
 * Puts queries of HPAs to Prometheus. Quantities are made as those of external rules; NaN, an infinite value and one that no
 * quantity holds are no values at all, so that nothing is scaled by them.
 */
export function createQuerySource(ports: QuerySourcePorts): QuerySource {
  const { prometheus, clock, access, onSeveral } = ports;
  return {
    getValues: async (query, signal) => {
      const { namespace, metricSelector } = query;
      const promql = permittedQuery(query.promql, namespace, access);
      if (promql === undefined)
        throw new Failure('denied', `HPAs of the namespace ${namespace} must not bring queries`);
      const parsed = parseSelector(metricSelector);
      if (parsed.kind === 'invalid') throw new Failure('invalid', `selector ${metricSelector}: ${parsed.message}`);
      const { value } = await prometheus.query({ query: promql, atMs: clock.nowMs() }, signal);
      const values = valuesOf(query, value, parsed.selector);
      if (values.length > 1) onSeveral?.(query, values.length);
      return values;
    },
  };
}

function valuesOf({ metric }: HpaQuery, result: QueryResult, selector: Selector): readonly ExternalMetricValue[] {
  const made: ExternalMetricValue[] = [];
  for (const { labels, sample } of samplesOf(result)) {
    const value = quantityOf(sample.value, { nan: 'missing' });
    if (value === undefined || !matchesSelector(selector, labels ?? undefined)) continue;
    made.push({ metric, labels, atMs: sample.atMs, windowMs: null, value });
  }
  return made;
}

/** The numbers of a result; a scalar is of no series. */
function samplesOf(result: QueryResult): readonly { readonly labels: SeriesLabels | null; readonly sample: Sample }[] {
  switch (result.kind) {
    case 'scalar':
      return [{ labels: null, sample: result.sample }];
    case 'vector': {
      const { samples } = result;
      if (samples.length <= HPA_QUERY_VALUES_COUNT_MAX)
        return samples.map((sample) => ({ labels: sample.labels, sample }));
      const rule = `must not make more than ${HPA_QUERY_VALUES_COUNT_MAX} values, and makes ${samples.length}`;
      throw new Failure('invalid', `the query ${rule}`, { hint: 'add them up in the query, as in sum(…)' });
    }
    case 'matrix':
      throw new Failure('invalid', 'the query makes a range of values, and must make one of an instant', {
        hint: 'put a function over the range, as in rate(…[2m])',
      });
    case 'string':
      throw new Failure('invalid', 'the query makes a text, and must make a number');
  }
}

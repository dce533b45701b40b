import { BoundedMap } from '../../base/bounded-map.ts';
import { HPA_QUERIES_TOLD_COUNT_MAX } from '../../base/limits.ts';
import type { Log } from '../../base/log.ts';
import { queryAnnotation } from '../../core/engine/hpa-options.ts';
import { shownQuery } from '../../core/engine/query-annotations.ts';
import type { HpaQuery } from '../source/port.ts';

/**
 * Tells of queries that make several values, once until they change: an HPA adds them up, as it does with every external
 * metric, and whoever forgot an aggregation wonders at the sum.
 */
export function tellSeveralOnce(log: Log): (query: HpaQuery, valueCount: number) => void {
  const told = new BoundedMap<string, string>(HPA_QUERIES_TOLD_COUNT_MAX);
  return ({ namespace, metric, promql }, valueCount) => {
    const key = `${namespace}/${metric}`;
    if (told.get(key) === promql) return;
    told.set(key, promql);
    log.info('a query of an HPA makes several values, and the HPA adds them up', {
      namespace,
      annotation: queryAnnotation(metric),
      query: shownQuery(promql),
      valueCount,
    });
  };
}

import type { Clock } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import type { QueryResult } from '../../prometheus/answers.ts';
import type { PrometheusClient } from '../../prometheus/client.ts';
import type { QueriedObjects } from '../../prometheus/joint-query.ts';
import { MetricFailure } from '../../source/metric-failure.ts';
import type { ResultRow } from '../result-rows.ts';

/** Whom queries are put to, and as of when: now. */
export interface QueryPorts {
  readonly prometheus: { get(backend: string | null): Pick<PrometheusClient, 'query'> };
  /** Domain time: which instant is asked for, and when values were had. */
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Told of each answer what Prometheus says about it; of most nothing. */
  readonly onWarnings?: (query: string, warnings: readonly string[]) => void;
}

/** A query, and the backend that answers it; null is the one that is meant where none is named. */
export interface BackendQuery {
  readonly backend: string | null;
  readonly query: string;
  /** Whose rows alone are read. */
  readonly objects?: QueriedObjects;
}

/** What a query comes to now. Throws MetricFailure `unfetched` when Prometheus does not answer it, and the signal's reason. */
export async function askNow(
  { prometheus, clock, onWarnings }: QueryPorts,
  { backend, ...asked }: BackendQuery,
  signal: AbortSignal,
) {
  try {
    const { value, warnings } = await prometheus.get(backend).query({ ...asked, atMs: clock.nowMs() }, signal);
    onWarnings?.(asked.query, warnings);
    return value;
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof Failure)) throw thrown;
    throw new MetricFailure('unfetched', thrown.message, {
      cause: thrown,
      ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
    });
  }
}

/** The rows of an instant vector. Throws MetricFailure `unfetched` for every other result, as upstream. */
export function vectorRows(result: QueryResult, query: string): readonly ResultRow[] {
  if (result.kind === 'vector') return result.samples;
  throw new MetricFailure(
    'unfetched',
    `the query ${query} makes a ${result.kind}, and not one number for each object`,
    {
      hint: 'the metricsQuery of the rule must make an instant vector',
    },
  );
}

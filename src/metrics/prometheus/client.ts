import {
  PROMETHEUS_KEPT_ANSWERS_COUNT_MAX,
  PROMETHEUS_KEPT_SERIES_COUNT_MAX,
  PROMETHEUS_LISTS_COUNT_MAX,
  PROMETHEUS_URL_LENGTH_MAX,
  PROMETHEUS_WAITING_REQUESTS_COUNT_MAX,
  PROMQL_EXPRESSION_LENGTH_MAX,
} from '../../base/limits.ts';
import {
  type BuildInfo,
  type MetricMetadata,
  type PrometheusAnswer,
  type QueryResult,
  type SeriesFold,
  seriesCountOf,
} from './answers.ts';
import { type ApiCall, ApiCaller, type ApiCallerOptions } from './api-caller.ts';
import {
  BUILD_INFO_CALL,
  type InstantQuery,
  instantCall,
  labelValuesCall,
  metadataCall,
  type RangeQuery,
  rangeCall,
  type SeriesRequest,
  seriesCall,
} from './api-calls.ts';
import type { PrometheusBackend } from './backend.ts';
import { JointQueries } from './joint-queries.ts';
import { PrometheusFailure } from './prometheus-failure.ts';
import { RequestQueue } from './request-queue.ts';
import { SharedAnswers } from './shared-answers.ts';

/**
 * One Prometheus server. All of its methods throw PrometheusFailure, which names the backend, what was asked and what to do,
 * or the signal's own reason. Those who ask the same at the same instant share one request, and those who ask the same of objects
 * of their own, and say so, may.
 */
export interface PrometheusClient {
  readonly name: string;
  query(query: InstantQuery, signal: AbortSignal): Promise<PrometheusAnswer<QueryResult>>;
  /** The result is a matrix. */
  queryRange(query: RangeQuery, signal: AbortSignal): Promise<PrometheusAnswer<QueryResult>>;
  /** Series folded into (name, label names), in the order of the last series of each. */
  series(request: SeriesRequest, signal: AbortSignal): Promise<PrometheusAnswer<readonly SeriesFold[]>>;
  /** Values of a label in the series meant; all series when there is no selector. */
  labelValues(label: string, request: SeriesRequest, signal: AbortSignal): Promise<PrometheusAnswer<readonly string[]>>;
  /** What targets said of a metric; of every metric when none is named. Targets may disagree. */
  metadata(
    metric: string | null,
    signal: AbortSignal,
  ): Promise<PrometheusAnswer<ReadonlyMap<string, readonly MetricMetadata[]>>>;
  buildInfo(signal: AbortSignal): Promise<PrometheusAnswer<BuildInfo>>;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

/** A client of one backend; no connection is opened before the first request. */
export function createPrometheusClient(backend: PrometheusBackend, options: ApiCallerOptions): PrometheusClient {
  const waitingCountMax = PROMETHEUS_WAITING_REQUESTS_COUNT_MAX;
  const queries = new RequestQueue({ underWayCountMax: backend.queriesCountMax, waitingCountMax });
  // A long list of series must not hold up what HPAs wait for.
  const lists = new RequestQueue({ underWayCountMax: PROMETHEUS_LISTS_COUNT_MAX, waitingCountMax });
  const caller = new ApiCaller(backend, options);
  const results = new SharedAnswers<PrometheusAnswer<QueryResult>>({
    freshnessMs: backend.freshnessMs,
    keptCountMax: PROMETHEUS_KEPT_ANSWERS_COUNT_MAX,
    keptWeightMax: PROMETHEUS_KEPT_SERIES_COUNT_MAX,
    weightOf: ({ value }) => seriesCountOf(value),
  });
  const joint = new JointQueries({
    freshnessMs: backend.freshnessMs,
    lengthMax: backend.verb === 'GET' ? PROMETHEUS_URL_LENGTH_MAX : PROMQL_EXPRESSION_LENGTH_MAX,
  });
  const others = new SharedAnswers<unknown>({ freshnessMs: 0, keptCountMax: 0, keptWeightMax: 0, weightOf: () => 0 });

  /** Shares a request with whoever asks for the very same while it is under way. */
  const askOnce = async <Value>(queue: RequestQueue, call: ApiCall<Value>, signal: AbortSignal, reading = '') => {
    const key = JSON.stringify([call.endpoint, call.parameters, reading]);
    const answer = await others.get(key, 0, signal, (shared) => caller.call(call, queue, shared));
    return answer as PrometheusAnswer<Value>;
  };

  const ask = (query: InstantQuery, signal: AbortSignal) =>
    results.get(query.query, query.atMs, signal, (shared) => caller.call(instantCall(query, backend), queries, shared));

  /** What goes wrong for several need not for each of them: then each is asked for by itself. */
  const askJointly = async (query: InstantQuery, signal: AbortSignal) => {
    const text = joint.textFor(query);
    if (text === query.query) return await ask(query, signal);
    try {
      return await ask({ ...query, query: text }, signal);
    } catch (thrown) {
      if (!(thrown instanceof PrometheusFailure)) throw thrown;
      joint.separate(query);
      return await ask(query, signal);
    }
  };

  return {
    name: backend.name,
    query: backend.freshnessMs === 0 ? ask : askJointly,
    queryRange: (query, signal) => askOnce(queries, rangeCall(query, backend), signal),
    series: (request, signal) =>
      askOnce(lists, seriesCall(request, backend), signal, request.hasExamples ? 'examples' : ''),
    labelValues: (label, request, signal) => askOnce(lists, labelValuesCall(label, request, backend), signal),
    metadata: (metric, signal) => askOnce(lists, metadataCall(metric, backend), signal),
    buildInfo: (signal) => askOnce(lists, BUILD_INFO_CALL, signal),
    close: () => caller.close(),
  };
}

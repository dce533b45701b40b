import { PROMETHEUS_ANSWER_BYTES_MAX, PROMETHEUS_SERIES_LIST_MS_MAX } from '../../base/limits.ts';
import { malformed } from './answer-problem.ts';
import type { BuildInfo, MetricMetadata, QueryResult, SeriesFold } from './answers.ts';
import type { ApiCall } from './api-caller.ts';
import type { NamedText, PrometheusBackend } from './backend.ts';
import type { QueriedObjects } from './joint-query.ts';
import { shownQuery } from './prometheus-failure.ts';
import { ResultReader } from './result-reader.ts';
import { formatInstant } from './sample-value.ts';
import { SeriesFolder } from './series-folder.ts';

/** A query of one instant. */
export interface InstantQuery {
  readonly query: string;
  readonly atMs: number;
  /** Whose rows alone are read of the answer, which may have others' too. */
  readonly objects?: QueriedObjects;
}

/** A query of many instants: from the first to the last, both included where the step meets them. */
export interface RangeQuery {
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** Which series, by selectors such as `{job="web"}` of which each adds its own, and of which time. */
export interface SeriesRequest {
  readonly selectors: readonly string[];
  readonly startMs?: number;
  readonly endMs?: number;
  /** Whether each fold comes with one of its series: for people, who want to see real names. */
  readonly hasExamples?: boolean;
}

type AnswerLimits = Pick<PrometheusBackend, 'answerBytesMax' | 'seriesCountMax' | 'deadlineMs'>;

/** `/api/v1/query`. */
export function instantCall({ query, atMs }: InstantQuery, limits: AnswerLimits): ApiCall<QueryResult> {
  return {
    endpoint: '/api/v1/query',
    subject: `query ${JSON.stringify(shownQuery(query))}`,
    parameters: [
      { name: 'query', value: query },
      { name: 'time', value: formatInstant(atMs) },
      timeoutParameter(limits),
    ],
    isPostable: true,
    reader: () => resultReader(limits),
  };
}

/** `/api/v1/query_range`. */
export function rangeCall({ query, startMs, endMs, stepMs }: RangeQuery, limits: AnswerLimits): ApiCall<QueryResult> {
  return {
    endpoint: '/api/v1/query_range',
    subject: `range query ${JSON.stringify(shownQuery(query))}`,
    parameters: [
      { name: 'query', value: query },
      { name: 'start', value: formatInstant(startMs) },
      { name: 'end', value: formatInstant(endMs) },
      { name: 'step', value: formatInstant(stepMs) },
      timeoutParameter(limits),
    ],
    isPostable: true,
    reader: () => resultReader(limits),
  };
}

/** `/api/v1/series`, folded while it arrives: its length is bounded by time alone. */
export function seriesCall(request: SeriesRequest, { deadlineMs }: AnswerLimits): ApiCall<readonly SeriesFold[]> {
  return {
    deadlineMs: Math.max(deadlineMs, PROMETHEUS_SERIES_LIST_MS_MAX),
    endpoint: '/api/v1/series',
    subject: `series of ${JSON.stringify(shownQuery(request.selectors.join(' or ')))}`,
    parameters: selectionParameters(request),
    isPostable: true,
    reader: () => {
      const folder = new SeriesFolder({ hasExamples: request.hasExamples ?? false });
      return {
        path: ['data'],
        onElements: (series) => folder.add(series),
        finish: (data) => {
          requireList(data);
          return folder.folds();
        },
        bytesMax: Number.POSITIVE_INFINITY,
      };
    },
  };
}

/** `/api/v1/label/<name>/values`, which no server takes as a POST. */
export function labelValuesCall(
  label: string,
  request: SeriesRequest,
  { answerBytesMax }: AnswerLimits,
): ApiCall<readonly string[]> {
  return {
    endpoint: `/api/v1/label/${encodeURIComponent(label)}/values`,
    subject: `values of the label ${JSON.stringify(label)}`,
    parameters: selectionParameters(request),
    isPostable: false,
    reader: () => {
      const values: string[] = [];
      return {
        path: ['data'],
        onElements: (some) => {
          for (const value of some) {
            if (typeof value !== 'string') throw malformed('the value of a label is no text');
            values.push(value);
          }
        },
        finish: (data) => {
          requireList(data);
          return values;
        },
        bytesMax: answerBytesMax,
      };
    },
  };
}

/** `/api/v1/metadata`. */
export function metadataCall(
  metric: string | null,
  { answerBytesMax }: AnswerLimits,
): ApiCall<ReadonlyMap<string, readonly MetricMetadata[]>> {
  return {
    endpoint: '/api/v1/metadata',
    subject: metric === null ? 'metadata of all metrics' : `metadata of ${metric}`,
    parameters: metric === null ? [] : [{ name: 'metric', value: metric }],
    isPostable: false,
    reader: () => ({ path: [], onElements: () => {}, finish: readMetadata, bytesMax: answerBytesMax }),
  };
}

/** `/api/v1/status/buildinfo`: whether a Prometheus answers, and which. */
export const BUILD_INFO_CALL: ApiCall<BuildInfo> = {
  endpoint: '/api/v1/status/buildinfo',
  subject: 'build info',
  parameters: [],
  isPostable: false,
  reader: () => ({
    path: [],
    onElements: () => {},
    finish: readBuildInfo,
    bytesMax: PROMETHEUS_ANSWER_BYTES_MAX,
  }),
};

function resultReader({ answerBytesMax, seriesCountMax }: AnswerLimits) {
  const reader = new ResultReader(seriesCountMax);
  return {
    path: ['data', 'result'],
    onElements: (elements: readonly unknown[]) => reader.add(elements),
    finish: (data: unknown) => {
      const { resultType, result } = requireObject(data, 'data');
      requireList(result);
      return reader.result(resultType);
    },
    bytesMax: answerBytesMax,
  };
}

/** The server need not work on for longer than we wait. */
function timeoutParameter({ deadlineMs }: AnswerLimits): NamedText {
  return { name: 'timeout', value: `${Math.max(1, Math.round(deadlineMs))}ms` };
}

function selectionParameters({ selectors, startMs, endMs }: SeriesRequest): readonly NamedText[] {
  return [
    ...selectors.map((value) => ({ name: 'match[]', value })),
    ...(startMs === undefined ? [] : [{ name: 'start', value: formatInstant(startMs) }]),
    ...(endMs === undefined ? [] : [{ name: 'end', value: formatInstant(endMs) }]),
  ];
}

/** What was read while it arrived has left an empty list behind; anything else was not read. */
function requireList(value: unknown): void {
  if (!Array.isArray(value) || value.length > 0) throw malformed('data has no list');
}

function requireObject(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(`${name} is no object`);
  return value as Readonly<Record<string, unknown>>;
}

function readMetadata(data: unknown): ReadonlyMap<string, readonly MetricMetadata[]> {
  return new Map(
    Object.entries(requireObject(data, 'data')).map(([metric, entries]) => {
      if (!Array.isArray(entries)) throw malformed(`the metadata of ${metric} is no list`);
      return [metric, entries.map((entry) => readEntry(entry, metric))];
    }),
  );
}

function readEntry(entry: unknown, metric: string): MetricMetadata {
  const { type, help, unit } = requireObject(entry, `the metadata of ${metric}`);
  return { type: textOf(type), help: textOf(help), unit: textOf(unit) };
}

function readBuildInfo(data: unknown): BuildInfo {
  const { version, revision, goVersion } = requireObject(data, 'data');
  return { version: textOf(version), revision: textOf(revision), goVersion: textOf(goVersion) };
}

/** Servers that only speak Prometheus' API leave out what they do not have. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

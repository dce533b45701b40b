import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { formatMicroTime } from '../../base/rfc3339.ts';
import { readInstant, readParameters, readSelectors } from './api-parameters.ts';
import { ExecutionRefusal } from './execution-refusal.ts';
import type { MetricCatalogue } from './metric-catalogue.ts';
import { answerQuery, answerRangeQuery } from './query-api.ts';
import type { TargetStanding } from './scraping/scraper.ts';
import type { SeriesMatchers } from './series-matchers.ts';
import type { SeriesStore, StoredSeries } from './series-store.ts';

export interface PrometheusApiOptions {
  readonly store: SeriesStore;
  readonly catalogue: MetricCatalogue;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** The program's own: `0.1.0`. */
  readonly programVersion: string;
  /** How what it scrapes fares. */
  standings(): readonly TargetStanding[];
}

/** Whose API it is, and whose language. */
const PROMETHEUS_VERSION = '2.42.0';

/** The HTTP API of the lab's Prometheus: what an adapter, a client or a person with curl asks of a real one. */
export function createPrometheusApi(options: PrometheusApiOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname } = new URL(request.url);
    const page = PAGES.get(pathname);
    if (page !== undefined) return new Response(page, { headers: TEXT_HEADERS });
    const endpoint = endpointOf(pathname);
    if (endpoint === undefined) return new Response('404 page not found\n', { status: 404, headers: TEXT_HEADERS });
    if (!endpoint.methods.includes(request.method))
      return new Response('Method Not Allowed\n', {
        status: 405,
        headers: { ...TEXT_HEADERS, allow: endpoint.methods.join(', ') },
      });
    return answerOf(async () => endpoint.answer(await readParameters(request), options));
  };
}

const TEXT_HEADERS = { 'content-type': 'text/plain; charset=utf-8' } as const;

const PAGES: ReadonlyMap<string, string> = new Map([
  ['/-/healthy', 'Prometheus Server is Healthy.\n'],
  ['/-/ready', 'Prometheus Server is Ready.\n'],
]);

/** Something of the API that can be asked for. */
interface Endpoint {
  readonly methods: readonly string[];
  readonly answer: (parameters: URLSearchParams, options: PrometheusApiOptions) => unknown;
}

const EITHER_WAY: readonly string[] = ['GET', 'POST'];
const BY_URL: readonly string[] = ['GET'];

const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ['/api/v1/query', { methods: EITHER_WAY, answer: answerQuery }],
  ['/api/v1/query_range', { methods: EITHER_WAY, answer: answerRangeQuery }],
  ['/api/v1/series', { methods: EITHER_WAY, answer: answerSeries }],
  ['/api/v1/labels', { methods: EITHER_WAY, answer: answerLabelNames }],
  ['/api/v1/targets', { methods: BY_URL, answer: answerTargets }],
  ['/api/v1/metadata', { methods: BY_URL, answer: answerMetadata }],
  ['/api/v1/status/buildinfo', { methods: BY_URL, answer: answerBuildInfo }],
]);

function endpointOf(pathname: string): Endpoint | undefined {
  const label = /^\/api\/v1\/label\/([^/]+)\/values$/.exec(pathname)?.[1];
  if (label === undefined) return ENDPOINTS.get(pathname);
  return { methods: BY_URL, answer: (parameters, options) => answerLabelValues(label, parameters, options) };
}

async function answerOf(answer: () => Promise<unknown>): Promise<Response> {
  try {
    return Response.json({ status: 'success', data: await answer() });
  } catch (thrown) {
    if (thrown instanceof ExecutionRefusal) return refusal(422, 'execution', thrown.message);
    if (thrown instanceof Failure && thrown.kind === 'invalid') return refusal(400, 'bad_data', thrown.message);
    throw thrown;
  }
}

function refusal(status: number, errorType: string, error: string): Response {
  return Response.json({ status: 'error', errorType, error }, { status });
}

function answerSeries(parameters: URLSearchParams, options: PrometheusApiOptions): unknown {
  if (!parameters.has('match[]')) throw new Failure('invalid', 'no match[] parameter provided');
  return seriesOf(parameters, options).map(({ labels }) => labels);
}

function answerLabelNames(parameters: URLSearchParams, options: PrometheusApiOptions): unknown {
  return sortedOnce(seriesOf(parameters, options).flatMap(({ labels }) => Object.keys(labels)));
}

function answerLabelValues(label: string, parameters: URLSearchParams, options: PrometheusApiOptions): unknown {
  if (!LABEL_NAME.test(label)) throw new Failure('invalid', `invalid label name: ${JSON.stringify(label)}`);
  return sortedOnce(
    seriesOf(parameters, options).flatMap(({ labels }) => (Object.hasOwn(labels, label) ? [labels[label] ?? ''] : [])),
  );
}

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The series of `match[]`, all where there is none, that have a sample in the time that is asked for. */
function seriesOf(parameters: URLSearchParams, { store }: PrometheusApiOptions): readonly StoredSeries[] {
  const selectors = readSelectors(parameters);
  const startMs = readInstant(parameters, 'start') ?? Number.NEGATIVE_INFINITY;
  const endMs = readInstant(parameters, 'end') ?? Number.POSITIVE_INFINITY;
  const selected = selectors.length === 0 ? store.all() : union(selectors, store);
  return selected.filter(({ history }) => history.between(startMs, endMs).length > 0);
}

function union(selectors: readonly SeriesMatchers[], store: SeriesStore): readonly StoredSeries[] {
  return [...new Set(selectors.flatMap((matchers) => store.select(matchers)))];
}

function sortedOnce(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].toSorted();
}

function answerMetadata(parameters: URLSearchParams, { catalogue }: PrometheusApiOptions): unknown {
  const entries = catalogue.entries(parameters.get('metric') || undefined);
  return Object.fromEntries([...entries].map(([name, entry]) => [name, [entry]]));
}

function answerTargets(_parameters: URLSearchParams, { standings }: PrometheusApiOptions): unknown {
  return { activeTargets: standings().map(activeTarget), droppedTargets: [] };
}

/** What Go writes for an instant that there was none of. */
const NEVER = '0001-01-01T00:00:00Z';

function activeTarget({ target, lastScrapeAtMs, lastDurationMs, lastProblem }: TargetStanding): unknown {
  const { pool, address, port, path, intervalMs, timeoutMs, labels } = target;
  const scrapeUrl = `http://${address}:${port}${path}`;
  return {
    discoveredLabels: {},
    labels,
    scrapePool: pool,
    scrapeUrl,
    globalUrl: scrapeUrl,
    lastError: lastProblem ?? '',
    lastScrape: lastScrapeAtMs === undefined ? NEVER : formatMicroTime(lastScrapeAtMs),
    lastScrapeDuration: lastDurationMs / 1000,
    health: lastScrapeAtMs === undefined ? 'unknown' : lastProblem === undefined ? 'up' : 'down',
    scrapeInterval: `${intervalMs / 1000}s`,
    scrapeTimeout: `${timeoutMs / 1000}s`,
  };
}

function answerBuildInfo(_parameters: URLSearchParams, { programVersion }: PrometheusApiOptions): unknown {
  return {
    version: PROMETHEUS_VERSION,
    revision: `podtide-${programVersion}`,
    branch: 'lab',
    buildUser: '',
    buildDate: '',
    goVersion: '',
  };
}

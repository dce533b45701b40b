import type { PrometheusExchange } from './recording.ts';

/** What a request to Prometheus asks for: the query, or the selector of a list of series. */
export function questionOf(parameters: URLSearchParams): string {
  return parameters.get('query') ?? parameters.getAll('match[]').join(' ');
}

/**
 * The key of an exchange: upstream writes the names of pods and nodes into queries of resource metrics in the order of
 * a Go map, so alternatives count in whatever order.
 */
export function exchangeKey({ path, question }: Pick<PrometheusExchange, 'path' | 'question'>): string {
  return `${path} ${steadyQuery(question)}`;
}

/** A query with the alternatives of its matchers in order. */
export function steadyQuery(query: string): string {
  return query.replaceAll(/=~"([^"]*)"/g, (_, names: string) => `=~"${names.split('|').toSorted().join('|')}"`);
}

/** An answer of Prometheus with null for each sample's time, and rows in the order of their labels. */
export function withoutTimes(body: string): unknown {
  const answer = parseJson(body);
  if (typeof answer !== 'object' || answer === null) return body;
  return JSON.parse(JSON.stringify(orderedRows(answer)), (_, value) =>
    isSample(value) ? [null, steadyValue(value[1])] : value,
  );
}

/** The last digits of a rate depend on when it was asked for. */
const SIGNIFICANT_DIGITS_COUNT = 12;

function steadyValue(text: string): string {
  const rounded = String(Number(Number(text).toPrecision(SIGNIFICANT_DIGITS_COUNT)));
  return Number.isFinite(Number(text)) && text.length > rounded.length ? rounded : text;
}

/** The answer as text, with the time that was asked for. */
export function withTimes(body: unknown, time: string): string {
  if (typeof body === 'string') return body;
  return JSON.stringify(body, (_, value) => (isTimelessSample(value) ? [Number(time), value[1]] : value));
}

/** Prometheus aggregates in the order of a Go map: rows are put in order, so that the last of several is always the same. */
export function orderedRows(answer: object): object {
  const { data } = answer as { readonly data?: { readonly resultType?: string; readonly result?: unknown } };
  if (data?.resultType !== 'vector' || !Array.isArray(data.result)) return answer;
  const key = (row: { readonly metric: object }): string => JSON.stringify(row.metric);
  const result = data.result.toSorted((left, right) => (key(left) < key(right) ? -1 : 1));
  return { ...answer, data: { ...data, result } };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isSample(value: unknown): value is [number, string] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'number' && typeof value[1] === 'string';
}

function isTimelessSample(value: unknown): value is [null, string] {
  return Array.isArray(value) && value.length === 2 && value[0] === null && typeof value[1] === 'string';
}

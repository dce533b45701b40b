import { Failure } from '../../base/failure.ts';
import { LAB_PROMETHEUS_FORM_BYTES_MAX } from '../../base/limits.ts';
import { parseRfc3339 } from '../../base/rfc3339.ts';
import { parsePromql } from '../../metrics/prometheus/promql-expression.ts';
import { selectorsOf } from '../../metrics/prometheus/promql-selectors.ts';
import { readPrometheusDuration } from './promql/literals.ts';
import { compileMatchers, type SeriesMatchers } from './series-matchers.ts';

/**
 * What a request asks for: the parameters of its URL, and of a form behind them.
 *
 * @throws Failure('invalid') for a form that is too large.
 */
export async function readParameters(request: Request): Promise<URLSearchParams> {
  const parameters = new URL(request.url).searchParams;
  if (request.body === null) return parameters;
  const isForm = request.headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') === true;
  for (const [name, value] of isForm ? new URLSearchParams(await readForm(request.body)) : [])
    parameters.append(name, value);
  return parameters;
}

async function readForm(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let lengthBytes = 0;
  for await (const chunk of body) {
    lengthBytes += chunk.byteLength;
    if (lengthBytes > LAB_PROMETHEUS_FORM_BYTES_MAX)
      throw new Failure('invalid', `form: must not exceed ${LAB_PROMETHEUS_FORM_BYTES_MAX} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** A parameter that must be there. Throws Failure('invalid'). */
export function requireParameter(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name);
  if (value === null || value === '') throw invalidParameter(name, value ?? '', 'must not be empty');
  return value;
}

/** Epoch milliseconds of an instant: seconds or RFC 3339; undefined when it is not given. Throws Failure('invalid'). */
export function readInstant(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === null || text === '') return undefined;
  const atMs = isDecimal(text) ? Math.round(Number(text) * 1000) : parseRfc3339(text);
  if (atMs === undefined || !Number.isSafeInteger(Math.round(atMs)))
    throw invalidParameter(name, text, 'must be seconds since 1970 or an instant of RFC 3339');
  return Math.round(atMs);
}

/** Milliseconds of a step: seconds or a duration, more than none. Throws Failure('invalid'). */
export function readStep(parameters: URLSearchParams, name: string): number {
  const text = requireParameter(parameters, name);
  const stepMs = isDecimal(text) ? Math.round(Number(text) * 1000) : readPrometheusDuration(text);
  if (stepMs === undefined) throw invalidParameter(name, text, 'must be seconds or a duration such as 30s');
  if (stepMs <= 0) throw invalidParameter(name, text, 'must be greater than 0');
  return stepMs;
}

/** The selectors of `match[]`, each of which adds its own; none when there is none. Throws Failure('invalid'). */
export function readSelectors(parameters: URLSearchParams): readonly SeriesMatchers[] {
  return parameters.getAll('match[]').map((text) => {
    const expression = parsePromql(text);
    const [selector] = selectorsOf(expression);
    if (selector === undefined || expression.root.firstChild?.name !== 'VectorSelector')
      throw invalidParameter('match[]', text, 'must be a series selector');
    return compileMatchers(selector.matchers);
  });
}

/** What is wrong with a parameter, in the form of Prometheus' own messages. */
export function invalidParameter(name: string, value: string, rule: string): Failure {
  return new Failure('invalid', `invalid parameter ${JSON.stringify(name)}: ${JSON.stringify(value)} ${rule}`);
}

function isDecimal(text: string): boolean {
  return /^-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text);
}

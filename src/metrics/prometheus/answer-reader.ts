import {
  PROMETHEUS_ELEMENT_BYTES_MAX,
  PROMETHEUS_ENVELOPE_BYTES_MAX,
  PROMETHEUS_REFUSAL_TEXT_LENGTH_MAX,
} from '../../base/limits.ts';
import type { PrometheusProblem } from '../../core/explain/prometheus-problem.ts';
import type { OutboundAnswer } from '../../platform/http/outbound.ts';
import { AnswerProblem, malformed } from './answer-problem.ts';
import type { PrometheusAnswer } from './answers.ts';
import { JsonElements, JsonElementsError } from './json-elements.ts';

/** How the data of one answer becomes a value. */
export interface DataReader<Value> {
  /** Where the list is that is read while it arrives; none: the data is small and read whole. */
  readonly path: readonly string[];
  readonly onElements: (elements: readonly unknown[]) => void;
  /** Takes `data` without its list. Throws AnswerProblem when it is not what it should be. */
  readonly finish: (data: unknown) => Value;
  readonly bytesMax: number;
}

/** What every answer of Prometheus' API is wrapped in. */
interface Envelope {
  readonly status?: unknown;
  readonly data?: unknown;
  readonly errorType?: unknown;
  readonly error?: unknown;
  readonly warnings?: unknown;
  readonly infos?: unknown;
}

/**
 * Reads an answer of Prometheus' HTTP API to its end.
 *
 * @throws AnswerProblem for a refusal, for what is no answer of Prometheus and for one beyond a bound; what reading the body
 * throws.
 */
export async function readPrometheusAnswer<Value>(
  answer: OutboundAnswer,
  reader: DataReader<Value>,
): Promise<PrometheusAnswer<Value>> {
  if (answer.status < 200 || answer.status > 299) throw new AnswerProblem(await refusalProblem(answer));
  const envelope = await readEnvelope(answer, reader);
  if (envelope.status === 'error') throw new AnswerProblem(reportedProblem(answer.status, envelope));
  return {
    value: reader.finish(envelope.data),
    warnings: readTexts(envelope.warnings),
    infos: readTexts(envelope.infos),
  };
}

async function readEnvelope<Value>(answer: OutboundAnswer, reader: DataReader<Value>): Promise<Envelope> {
  const elements = new JsonElements({
    path: reader.path,
    onElements: reader.onElements,
    elementBytesMax: PROMETHEUS_ELEMENT_BYTES_MAX,
    // What has no list to be read in pieces is all rest.
    restBytesMax: reader.path.length === 0 ? reader.bytesMax : PROMETHEUS_ENVELOPE_BYTES_MAX,
  });
  let lengthBytes = 0;
  try {
    for await (const chunk of answer.body) {
      if (lengthBytes === 0) refuseForeignBody(chunk, answer);
      lengthBytes += chunk.byteLength;
      if (lengthBytes > reader.bytesMax) throw new AnswerProblem({ code: 'AnswerTooLarge', bytesMax: reader.bytesMax });
      elements.push(chunk);
    }
    const envelope = elements.end();
    if (typeof envelope !== 'object' || envelope === null) throw malformed('it is no object');
    return envelope;
  } catch (thrown) {
    if (!(thrown instanceof JsonElementsError)) throw thrown;
    throw new AnswerProblem({ code: 'Malformed', detail: thrown.message }, thrown);
  }
}

/** A login page or the like is known by its first character. */
function refuseForeignBody(chunk: Uint8Array, answer: OutboundAnswer): void {
  const text = new TextDecoder().decode(chunk.subarray(0, FOREIGN_BYTES_MAX));
  if (text.trimStart().startsWith('{') || text.trim() === '') return;
  throw new AnswerProblem({
    code: 'NotPrometheus',
    contentType: answer.headers['content-type'] ?? '',
    answer: plainBeginning(text),
  });
}

/** Most of a page's head is nothing that a person reads. */
const FOREIGN_BYTES_MAX = 4 * 1024;

async function refusalProblem(answer: OutboundAnswer): Promise<PrometheusProblem> {
  const text = await readBeginning(answer.body);
  const envelope = parseEnvelope(text);
  if (envelope !== undefined) return reportedProblem(answer.status, envelope);
  return statusProblem(answer.status, plainBeginning(text), '');
}

/** What a server reports as Prometheus does: by its kind of error, and by the status where that says more. */
function reportedProblem(status: number, { errorType, error }: Envelope): PrometheusProblem {
  const detail = typeof error === 'string' && error !== '' ? error : 'no reason given';
  const type = typeof errorType === 'string' ? errorType : '';
  if (status === 401 || status === 403 || status === 429) return statusProblem(status, detail, '');
  if (type === 'bad_data' || status === 400) return { code: 'BadQuery', detail };
  if (type === 'execution' || status === 422) return { code: 'NotExecuted', detail };
  if (type === 'timeout' || type === 'canceled') return { code: 'GaveUp', detail };
  return { code: 'ServerError', errorType: type === '' ? String(status) : type, detail };
}

/** What a status means that comes without a report; `path` is filled in by whoever knows the URL. */
function statusProblem(status: number, answer: string, path: string): PrometheusProblem {
  if (status === 401) return { code: 'Unauthorized' };
  if (status === 403) return { code: 'Forbidden', answer };
  if (status === 404) return { code: 'PathNotFound', path };
  if (status === 429) return { code: 'TooManyRequests', answer };
  return { code: 'HttpStatus', status, answer };
}

function parseEnvelope(text: string): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && (value as Envelope).status === 'error' ? value : undefined;
  } catch {
    // Not JSON, or more of it than is read: whatever it is, its beginning is shown.
    return undefined;
  }
}

/** The beginning of a body, as text; what follows is not waited for. */
async function readBeginning(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= REFUSAL_TEXT_LENGTH_MAX) break;
  }
  return text;
}

/** An error's report with a long query in it is read whole. */
const REFUSAL_TEXT_LENGTH_MAX = 64 * 1024;

/** A page without its markup, on one line. */
function plainBeginning(text: string): string {
  return text
    .slice(0, FOREIGN_BYTES_MAX)
    .replaceAll(/<(script|style)\b[\s\S]*?(?:<\/\1>|$)/gi, ' ')
    .replaceAll(/<[^>]*(?:>|$)/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, PROMETHEUS_REFUSAL_TEXT_LENGTH_MAX);
}

function readTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

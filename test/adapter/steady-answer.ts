import { Buffer } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { parse as parseYaml } from 'yaml';
import { readProtobuf } from '../fixtures/metrics-protobuf.ts';
import type { AdapterAnswer, AdapterQuestion } from './recording.ts';

/** Headers that clients act upon. */
export const COMPARED_HEADERS: readonly string[] = [
  'content-type',
  'content-encoding',
  'cache-control',
  'location',
  'retry-after',
  'www-authenticate',
  'x-content-type-options',
];

const DEADLINE_MS = 30_000;

/** Asks a server as the bearer of a token; an empty one is nobody. The path goes out as it is written. */
export async function askAdapter(
  server: { readonly url: string; readonly dispatcher: Dispatcher },
  token: string,
  { path, method = 'GET', headers = {} }: AdapterQuestion,
): Promise<AdapterAnswer> {
  const answer = await server.dispatcher.request({
    origin: server.url,
    path,
    method: method as 'GET',
    headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...headers },
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  const kept = COMPARED_HEADERS.flatMap((name) => {
    const value = answer.headers[name];
    return value === undefined ? [] : [[name, [...new Set([value].flat().join(', ').split(', '))].join(', ')] as const];
  });
  const isCompressed = answer.headers['content-encoding'] === 'gzip';
  return {
    status: answer.statusCode,
    headers: Object.fromEntries(kept),
    body: steadyBody(String(answer.headers['content-type'] ?? ''), isCompressed ? gunzipSync(bytes) : bytes),
  };
}

/**
 * A body without what differs from run to run of the same program: the times of requests read TIME; lists that upstream
 * writes in the order of a Go map (metrics of a discovery document, containers of a pod) are in the order of their names.
 */
export function steadyBody(contentType: string, bytes: Buffer): unknown {
  if (bytes.length === 0) return '';
  if (contentType === 'application/vnd.kubernetes.protobuf') return steady(readProtobuf(bytes));
  const text = bytes.toString();
  if (contentType === 'application/yaml') return steady(parseYaml(text));
  if (!contentType.startsWith('application/json')) return text;
  // Word for word: the order of fields, whether it is indented, and what it ends with are kept.
  const isPretty = text.startsWith('{\n');
  const ending = text.endsWith('\n') ? '\n' : '';
  return JSON.stringify(steady(JSON.parse(text)), null, isPretty ? 2 : 0) + ending;
}

const TIME_FIELDS: readonly string[] = ['timestamp', 'creationTimestamp'];
const UNORDERED_LISTS: readonly string[] = ['resources', 'containers'];

function steady(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(steady);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      if (TIME_FIELDS.includes(name) && field !== null) return [name, 'TIME'];
      if (name === 'serverAddress') return [name, 'HOST:PORT'];
      if (!UNORDERED_LISTS.includes(name) || !Array.isArray(field)) return [name, steady(field)];
      return [name, field.toSorted(byName).map(steady)];
    }),
  );
}

function byName(left: { readonly name: string }, right: { readonly name: string }): number {
  if (left.name === right.name) return 0;
  return left.name < right.name ? -1 : 1;
}

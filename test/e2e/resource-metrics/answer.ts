import { Buffer } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import type { Agent } from 'undici';
import { request } from 'undici';
import { parse as parseYaml } from 'yaml';
import { readProtobuf } from '../../fixtures/metrics-protobuf.ts';

/** What is asked. */
export interface Question {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer as it is compared. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The text without what depends on the time of the request; of protobuf and YAML what they hold. */
  readonly body: unknown;
}

/** Headers that clients act upon. */
const COMPARED_HEADERS = ['content-type', 'content-encoding', 'cache-control', 'location', 'retry-after'];

/** Asks a server as the bearer of a token; an empty one is nobody. */
export async function ask(
  server: { readonly url: string; readonly dispatcher: Agent },
  token: string,
  { path, method = 'GET', headers = {} }: Question,
): Promise<Answer> {
  const answer = await request(server.url + path, {
    dispatcher: server.dispatcher,
    method: method as 'GET',
    headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...headers },
    signal: AbortSignal.timeout(30_000),
  });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  const kept = COMPARED_HEADERS.flatMap((name) => {
    const value = answer.headers[name];
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  const isCompressed = answer.headers['content-encoding'] === 'gzip';
  const body = isCompressed ? gunzipSync(bytes) : bytes;
  return {
    status: answer.statusCode,
    headers: Object.fromEntries(kept),
    body: comparable(String(answer.headers['content-type'] ?? ''), body),
  };
}

function comparable(contentType: string, bytes: Buffer): unknown {
  if (bytes.length === 0) return '';
  if (contentType === 'application/vnd.kubernetes.protobuf') return timeless(readProtobuf(bytes));
  const text = bytes.toString();
  if (contentType === 'application/yaml') return timeless(parseYaml(text));
  if (!contentType.startsWith('application/json')) return text;
  // Word for word: the order of fields, whether it is indented, and what it ends with are kept.
  const isPretty = text.startsWith('{\n');
  const ending = text.endsWith('\n') ? '\n' : '';
  return JSON.stringify(timeless(JSON.parse(text)), null, isPretty ? 2 : 0) + ending;
}

/** Without the time of the request, and with containers by name: upstream's come in another order every time. */
function timeless(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(timeless);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      if (name === 'creationTimestamp') return [name, 'now'];
      if (name !== 'containers' || !Array.isArray(field)) return [name, timeless(field)];
      return [name, field.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(timeless)];
    }),
  );
}

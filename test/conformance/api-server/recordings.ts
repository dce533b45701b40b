import { readFileSync } from 'node:fs';
import type { ApiObject } from '../../../src/lab/apiserver/object.ts';
import type { Answer, TestedApiServer } from '../../fixtures/api-server.ts';

/** A request and what the real server answered. */
export interface Exchange {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly accept: string;
    readonly contentType?: string;
    readonly body?: unknown;
    readonly bodyBase64?: string;
  };
  readonly response: {
    readonly status: number;
    readonly contentType: string;
    readonly headers: Readonly<Record<string, string>>;
    // biome-ignore lint/suspicious/noExplicitAny: recorded bodies are compared as a whole.
    readonly body: any;
  };
}

/** All recordings by name; a sequence has several steps. */
export const RECORDED = new Map<string, readonly Exchange[]>(
  readFileSync('test/vectors/wire/exchanges.jsonl', 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(({ name, steps }) => [name, steps]),
);

/** The only, or first, exchange of a name. */
export function recorded(name: string): Exchange {
  const [exchange] = RECORDED.get(name) ?? [];
  if (exchange === undefined) throw new Error(`no recording ${name}`);
  return exchange;
}

/** Sends a recorded request, with another body when one is given. */
export function replay(server: TestedApiServer, { request }: Exchange, body?: unknown): Promise<Answer> {
  const sent = body ?? (request.bodyBase64 === undefined ? request.body : Buffer.from(request.bodyBase64, 'base64'));
  return server.send(request.method, request.path, {
    accept: request.accept,
    contentType: request.contentType ?? '',
    ...(sent === undefined ? {} : { body: sent }),
  });
}

/** Puts a recorded object into the store as it is, uid included. */
export function given(server: TestedApiServer, ...objects: readonly ApiObject[]): void {
  for (const object of objects) server.apiServer.store.put(resourceOf(object), object);
}

const PLURALS: Readonly<Record<string, string>> = {
  Deployment: 'apps/deployments',
  HorizontalPodAutoscaler: 'autoscaling/horizontalpodautoscalers',
  Pod: '/pods',
  Namespace: '/namespaces',
  Widget: 'example.com/widgets',
};

/** Where the store has an object. */
export function resourceOf(object: ApiObject): string {
  return PLURALS[object.kind] ?? object.kind;
}

/** What differs from run to run: versions, uids, times, and how often the object was changed before. */
export function stable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([name]) => !['resourceVersion', 'uid', 'creationTimestamp', 'deletionTimestamp', 'generation'].includes(name),
      )
      .map(([name, child]) => [name, stable(child)]),
  );
}

/** The HPA of the recordings of errors. */
export const WEB_HPA = {
  ...recorded('watch/timeout1s').response.body[0].object,
  metadata: {
    ...recorded('watch/timeout1s').response.body[0].object.metadata,
    uid: 'c60480b9-55df-4283-acc3-1f34f316dc95',
  },
} as ApiObject;
/** The Deployment of the recordings. */
export const WEB_DEPLOYMENT = recorded('patch/smp-rollout-restart').response.body as ApiObject;

/** Recordings whose answers depend on versions that this server counts differently: texts are made alike first. */
const NUMBERS_OF_VERSIONS: readonly [RegExp, string][] = [
  [/current: \d+/, 'current: N'],
  [/too old resource version: 1 \(\d+\)/, 'too old resource version: 1 (N)'],
];

/** A body with these numbers made alike. */
export function sameVersions(body: unknown): unknown {
  if (typeof body === 'string' && !body.startsWith('{')) return body;
  let text = JSON.stringify(body);
  for (const [pattern, replacement] of NUMBERS_OF_VERSIONS)
    text = text.replaceAll(new RegExp(pattern, 'g'), replacement);
  return JSON.parse(text);
}

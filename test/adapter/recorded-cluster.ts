import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { matchesSelector, parseSelector } from '../../src/base/label-selector.ts';
import { createHandleTransport } from '../../src/platform/kube/handle-transport.ts';
import type { KubeTransport } from '../../src/platform/kube/transport.ts';
import { RECORDING_FOLDER } from './recording.ts';

/** An object as it was recorded. */
interface RecordedObject {
  readonly namespace?: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly phase?: string;
}

/** What the account of the recorded adapter may list: the rights that the chart grants. */
const LISTABLE = ['namespaces', 'pods', 'services', 'configmaps', 'nodes'];

/** A way to an API server that knows nothing but the recorded cluster: its discovery, and lists of its objects. */
export function recordedClusterTransport(): KubeTransport {
  const documents = new Map<string, unknown>(
    readFileSync(join(RECORDING_FOLDER, 'cluster.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
      .map(({ path, document }) => [path, document]),
  );
  documents.set('/api', { kind: 'APIVersions', versions: ['v1'] });
  return createHandleTransport((request) => answer(documents, request));
}

const FORBIDDEN = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'Forbidden',
  code: 403,
  message: 'no',
};

async function answer(documents: ReadonlyMap<string, unknown>, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const found = documents.get(url.pathname);
  if (found !== undefined && !Array.isArray(found)) return Response.json(found);
  const [, root = '', namespace, plural] = /^(.*)\/namespaces\/([^/]+)\/([^/]+)$/.exec(url.pathname) ?? [];
  const path = namespace === undefined ? url.pathname : `${root}/${plural}`;
  const objects = documents.get(path) as readonly RecordedObject[] | undefined;
  const isNamespaced = isNamespacedAt(documents, path);
  if (objects === undefined || (namespace !== undefined && !isNamespaced))
    return new Response('404 page not found', { status: 404 });
  if (!LISTABLE.some((resource) => path === `/api/v1/${resource}`)) return Response.json(FORBIDDEN, { status: 403 });
  if (url.searchParams.has('watch')) return idleWatch(request);
  return Response.json({
    kind: 'List',
    apiVersion: 'v1',
    metadata: { resourceVersion: '1' },
    items: objects
      .filter((object) => isChosen(object, namespace, url.searchParams))
      .map((object) => asObject(object, path === '/api/v1/pods')),
  });
}

function isNamespacedAt(documents: ReadonlyMap<string, unknown>, path: string): boolean {
  const slashAt = path.lastIndexOf('/');
  const { resources = [] } = (documents.get(path.slice(0, slashAt)) ?? {}) as {
    readonly resources?: readonly { readonly name: string; readonly namespaced: boolean }[];
  };
  return resources.find(({ name }) => name === path.slice(slashAt + 1))?.namespaced ?? false;
}

function isChosen(object: RecordedObject, namespace: string | undefined, parameters: URLSearchParams): boolean {
  const parsed = parseSelector(parameters.get('labelSelector') ?? '');
  const isRunning = parameters.get('fieldSelector') !== 'status.phase=Running' || object.phase === 'Running';
  return (
    isRunning &&
    parsed.kind === 'selector' &&
    matchesSelector(parsed.selector, object.labels) &&
    (namespace === undefined || object.namespace === namespace)
  );
}

function asObject({ phase, ...metadata }: RecordedObject, isPod: boolean): object {
  return {
    metadata: { ...metadata, resourceVersion: '1' },
    // `recorded-objects.ts` puts all pods there.
    ...(isPod ? { spec: { nodeName: 'node-a' } } : {}),
    ...(phase === undefined ? {} : { status: { phase } }),
  };
}

/** Nothing changes in the recorded cluster; a watch ends when whoever watches goes. */
async function idleWatch(request: Request): Promise<Response> {
  const stream = new ReadableStream({
    start: async (controller) => {
      await setTimeout(WATCH_MS_MAX, undefined, { signal: request.signal, ref: false }).catch(() => undefined);
      controller.close();
    },
  });
  return new Response(stream, { headers: { 'content-type': 'application/json' } });
}

const WATCH_MS_MAX = 600_000;

import { listAt, textAt } from './kinds/field-path.ts';
import type { ApiObject } from './object.ts';
import type { ContainerRef, PodConsole } from './pod-console.ts';
import { answerLog } from './pod-console.ts';
import type { ResourceTarget } from './request-path.ts';
import { badRequest, methodNotAllowed, notFound, StatusError, unknownResource } from './status.ts';
import type { Store } from './store.ts';

const STREAMING: readonly string[] = ['attach', 'exec', 'portforward'];

/** Answers a subresource of a pod over plain HTTP: logs; streams need an upgrade. Throws Statuses. */
export function answerPodSubresource(
  store: Store,
  console: PodConsole | undefined,
  target: ResourceTarget,
  query: URLSearchParams,
  signal: AbortSignal,
): Response {
  if (target.subresource === 'log') {
    if (target.verb !== 'get') throw methodNotAllowed();
    return answerLog(console, findContainer(store, target, query), query, signal);
  }
  if (!STREAMING.includes(target.subresource ?? '')) throw unknownResource();
  throw new StatusError(
    501,
    'NotImplemented',
    `${target.subresource} needs a WebSocket with the protocol v5.channel.k8s.io`,
  );
}

/** The container that a request names, or the pod's only one. Throws upstream's 400 and 404 Statuses. */
export function findContainer(store: Store, target: ResourceTarget, query: URLSearchParams): ContainerRef {
  const namespace = target.namespace ?? '';
  const pod = target.name ?? '';
  const object = store.get('/pods', namespace, pod);
  if (object === undefined) throw notFound({ group: '', plural: 'pods' }, pod);
  const names = containerNames(object);
  const asked = query.get('container') ?? '';
  if (asked !== '') {
    if (!names.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${pod}`);
    return { namespace, pod, container: asked };
  }
  const [only] = names;
  if (names.length !== 1 || only === undefined) {
    throw badRequest(`a container name must be specified for pod ${pod}, choose one of: [${names.join(' ')}]`);
  }
  return { namespace, pod, container: only };
}

function containerNames(pod: ApiObject): readonly string[] {
  return ['initContainers', 'containers'].flatMap((field) =>
    listAt(pod, 'spec', field).map((each) => textAt(each, 'name')),
  );
}

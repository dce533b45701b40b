import { forwardedHeaders } from './aggregation/backend-request.ts';
import { listAt, numberAt, textAt } from './kinds/field-path.ts';
import type { ApiObject } from './object.ts';
import type { ResourceTarget } from './request-path.ts';
import { notFound, StatusError } from './status.ts';
import type { Store } from './store.ts';

/** A request to a node through the API server: `nodes/[SCHEME:]NAME[:PORT]/proxy/PATH`. */
export interface NodeCall {
  readonly node: string;
  /** Empty for the kubelet's. */
  readonly port: string;
  /** With its query; starts with a slash. */
  readonly path: string;
}

/** Whoever answers for the kubelets of nodes: undefined for a node or a port that nothing stands behind. */
export type NodeProxy = (call: NodeCall, request: Request) => Promise<Response> | undefined;

/**
 * Passes a request on to a node's kubelet, to which the API server speaks as itself: who may use `nodes/proxy` may do with
 * the kubelet what the API server may. Throws upstream's 404 without the node, and 503 when nothing answers there.
 */
export async function answerNodeProxy(
  store: Store,
  proxy: NodeProxy | undefined,
  target: ResourceTarget,
  request: Request,
): Promise<Response> {
  const parts = (target.name ?? '').split(':');
  const [node = '', port = ''] = /^https?$/.test(parts[0] ?? '') && parts.length > 1 ? parts.slice(1) : parts;
  const object = store.get('/nodes', '', node);
  if (object === undefined) throw notFound({ group: '', plural: 'nodes' }, node);
  const url = new URL(request.url);
  const rest = /^\/api\/v1\/nodes\/[^/]+\/proxy(.+)$/.exec(url.pathname)?.[1] ?? '/';
  const { method, signal } = request;
  // What the user sent, without the user's credentials: to the kubelet it is the API server who asks.
  const forwarded = new Request(url, { method, headers: forwardedHeaders(request.headers), signal });
  const answer = proxy?.({ node, port, path: `${rest}${url.search}` }, forwarded);
  if (answer === undefined) {
    const reason = `dial tcp ${addressOf(object, port)}: connect: connection refused`;
    throw new StatusError(503, 'ServiceUnavailable', `error trying to reach service: ${reason}`);
  }
  return answer;
}

function addressOf(node: ApiObject, port: string): string {
  const addresses = listAt(node, 'status', 'addresses');
  const internal = addresses.find((address) => textAt(address, 'type') === 'InternalIP') ?? addresses[0];
  const kubeletPort = numberAt(node, 'status', 'daemonEndpoints', 'kubeletEndpoint', 'Port');
  return `${textAt(internal, 'address') || node.metadata.name}:${port || kubeletPort}`;
}

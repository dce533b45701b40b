import type { ResourceTarget } from './request-path.ts';
import { notFound, StatusError } from './status.ts';
import type { Store } from './store.ts';

/** A request to a Service through the API server: `services/[SCHEME:]NAME[:PORT]/proxy/PATH`. */
export interface ServiceCall {
  readonly namespace: string;
  readonly service: string;
  /** Name or number; empty for the Service's only one. */
  readonly port: string;
  /** With its query; starts with a slash. */
  readonly path: string;
}

/** Whoever answers for Services of the lab: undefined for a Service that nothing stands behind. */
export type ServiceProxy = (call: ServiceCall, request: Request) => Promise<Response> | undefined;

/** Passes a request on to a Service. Throws upstream's 404 without the Service, and 503 when nothing stands behind it. */
export async function answerServiceProxy(
  store: Store,
  proxy: ServiceProxy | undefined,
  target: ResourceTarget,
  request: Request,
): Promise<Response> {
  const parts = (target.name ?? '').split(':');
  const [service = '', port = ''] = parts.length === 3 ? parts.slice(1) : parts;
  const namespace = target.namespace ?? '';
  if (store.get('/services', namespace, service) === undefined)
    throw notFound({ group: '', plural: 'services' }, service);
  const url = new URL(request.url);
  const rest = /^\/api\/v1\/namespaces\/[^/]+\/services\/[^/]+\/proxy(.+)$/.exec(url.pathname)?.[1] ?? '/';
  const answer = proxy?.({ namespace, service, port, path: `${rest}${url.search}` }, request);
  if (answer === undefined) {
    throw new StatusError(
      503,
      'ServiceUnavailable',
      `no endpoints available for service ${JSON.stringify(target.name)}`,
    );
  }
  return answer;
}

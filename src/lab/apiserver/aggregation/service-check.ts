import { listAt, numberAt, textAt, valueAt } from '../kinds/field-path.ts';
import type { Store } from '../store.ts';
import type { RemoteApiService } from './remote-api-service.ts';

/** What the condition `Available` of an APIService says, in upstream's words. */
export interface Availability {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** Every check has passed. */
export const PASSED: Availability = { status: 'True', reason: 'Passed', message: 'all checks passed' };

/**
 * The checks that need no connection, in upstream's order: the Service exists, listens on the port, and has a ready
 * endpoint with a port of the same *name*. Services of another type than ClusterIP are only looked for. Null when all pass.
 */
export function checkService(store: Pick<Store, 'get' | 'list'>, { service }: RemoteApiService): Availability | null {
  const { namespace, name, port } = service;
  const subject = `service/${name} in ${JSON.stringify(namespace)}`;
  const found = store.get('/services', namespace, name);
  if (found === undefined) return refused('ServiceNotFound', `${subject} is not present`);
  if (textAt(found, 'spec', 'type') !== 'ClusterIP') return null;
  const listening = listAt(found, 'spec', 'ports').find((each) => numberAt(each, 'port') === port);
  if (listening === undefined) return refused('ServicePortError', `${subject} is not listening on port ${port}`);
  const slices = store
    .list('discovery.k8s.io/endpointslices', namespace)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);
  if (slices.length === 0) return refused('EndpointsNotFound', `cannot find endpointslices for ${subject}`);
  const portName = textAt(listening, 'name');
  if (slices.some((slice) => isReady(slice, portName))) return null;
  return refused(
    'MissingEndpoints',
    `endpointslices for ${subject} have no addresses with port name ${JSON.stringify(portName)}`,
  );
}

/** The check of the backend has failed, for example with `bad status from https://…: 404`. */
export function failedDiscovery(message: string): Availability {
  return refused('FailedDiscoveryCheck', message);
}

function refused(reason: string, message: string): Availability {
  return { status: 'False', reason, message };
}

/** An endpoint that does not say whether it is ready counts as ready. */
function isReady(slice: unknown, portName: string): boolean {
  const hasEndpoint = listAt(slice, 'endpoints').some((endpoint) => valueAt(endpoint, 'conditions', 'ready') !== false);
  const hasPort = listAt(slice, 'ports').some(
    (port) => textAt(port, 'name') === portName && valueAt(port, 'port') !== undefined,
  );
  return hasEndpoint && hasPort;
}

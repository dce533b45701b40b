import { listAt, numberAt, textAt, valueAt } from '../kinds/field-path.ts';
import type { ApiObject } from '../object.ts';
import type { Store } from '../store.ts';
import type { ServicePort } from './service-network.ts';

const LOOPBACK_NAME = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Where a port of a pod's address is reached on this machine; undefined where nothing stands behind it. */
export type PodNetwork = (podIp: string, port: number) => string | undefined;

/**
 * Where a Service leads that somebody made for a program on this machine: of type ExternalName with `localhost` or a
 * loopback address for its name, or with such an address in an EndpointSlice, or with that of a pod that the network knows.
 * Undefined for any other, so that the API server asks nobody beyond this machine.
 */
export function loopbackUrlOf(
  store: Pick<Store, 'get' | 'list'>,
  service: ServicePort,
  podNetwork: PodNetwork = () => undefined,
): string | undefined {
  const object = store.get('/services', service.namespace, service.name);
  if (object === undefined) return undefined;
  if (textAt(object, 'spec', 'type') === 'ExternalName') {
    const name = textAt(object, 'spec', 'externalName');
    return LOOPBACK_NAME.test(name) ? urlOf(name, service.port) : undefined;
  }
  return endpointUrl(store, object, service, podNetwork);
}

function endpointUrl(
  store: Pick<Store, 'list'>,
  object: ApiObject,
  { namespace, name, port }: ServicePort,
  podNetwork: PodNetwork,
): string | undefined {
  const listening = listAt(object, 'spec', 'ports').find((each) => numberAt(each, 'port') === port);
  if (listening === undefined) return undefined;
  for (const slice of store.list('discovery.k8s.io/endpointslices', namespace)) {
    if (slice.metadata.labels?.['kubernetes.io/service-name'] !== name) continue;
    const target = listAt(slice, 'ports').find((each) => textAt(each, 'name') === textAt(listening, 'name'));
    if (target === undefined) continue;
    const addresses = listAt(slice, 'endpoints')
      .filter((endpoint) => valueAt(endpoint, 'conditions', 'ready') !== false)
      .flatMap((endpoint) => listAt(endpoint, 'addresses').map(String));
    for (const address of addresses) {
      const targetPort = numberAt(target, 'port');
      const url = podNetwork(address, targetPort) ?? (LOOPBACK_NAME.test(address) ? urlOf(address, targetPort) : null);
      if (url !== null) return url;
    }
  }
  return undefined;
}

function urlOf(host: string, port: number): string {
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

import type { Kind, WriteContext } from '../kind.ts';
import type { ApiObject } from '../object.ts';
import { AGE_COLUMN, column, mapSelectorText, NAME_COLUMN, wideColumn } from './columns.ts';
import { listAt, numberAt, recordAt, textAt, valueAt, withDefaults } from './field-path.ts';
import { required } from './workload-validation.ts';

/** The first two numbers of every cluster address that the server gives out: 10.96.0.0/16, upstream's default range. */
const CLUSTER_IP_PREFIX = '10.96';

/** The kind Service of a server that gives out addresses of another range, by its first two numbers: `127.96`. */
export function serviceKindIn(clusterIpPrefix: string): Kind {
  return {
    ...SERVICE,
    prepareForCreate: (object, context) => createdService(object, context, clusterIpPrefix),
    prepareForUpdate: (object, before, context) => updatedService(object, before, context, clusterIpPrefix),
  };
}

const NODE_PORT_FIRST = 30_000;

/** Services. The server gives out cluster addresses and node ports in order, so that stories repeat. */
export const SERVICE: Kind = {
  group: '',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  isNamespaced: true,
  nameRule: 'dns1035label',
  storedVersion: 'v1',
  hasStatus: true,
  bumpsGeneration: null,
  otherSubresources: [
    {
      name: 'proxy',
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
      responseKind: { group: '', version: '', kind: 'ServiceProxyOptions' },
    },
  ],
  selectableFields: {
    'spec.clusterIP': (object) => textAt(object, 'spec', 'clusterIP'),
    'spec.type': (object) => textAt(object, 'spec', 'type'),
  },
  versions: [
    {
      name: 'v1',
      schema: 'core.v1.Service',
      columns: [
        NAME_COLUMN,
        column('Type', 'How the service is reached.', (object) => textAt(object, 'spec', 'type')),
        column(
          'Cluster-IP',
          'Address inside the cluster.',
          (object) => textAt(object, 'spec', 'clusterIP') || '<none>',
        ),
        column('External-IP', 'Addresses outside the cluster.', externalAddressText),
        column('Port(s)', 'Ports of the service.', portsText),
        AGE_COLUMN,
        wideColumn('Selector', 'Pods that it reaches.', (object) =>
          mapSelectorText(recordAt(object, 'spec', 'selector')),
        ),
      ],
    },
  ],
  setDefaults: defaultService,
  prepareForCreate: (object, context) => createdService(object, context, CLUSTER_IP_PREFIX),
  prepareForUpdate: (object, before, context) => updatedService(object, before, context, CLUSTER_IP_PREFIX),
  validateCreate: (object) =>
    listAt(object, 'spec', 'ports').length > 0 || hasNoPorts(object) ? [] : [required('spec.ports')],
};

function hasNoPorts(object: ApiObject): boolean {
  return textAt(object, 'spec', 'type') === 'ExternalName' || textAt(object, 'spec', 'clusterIP') === 'None';
}

function defaultService(object: ApiObject): ApiObject {
  const spec = recordAt(object, 'spec');
  const type = textAt(spec, 'type') || 'ClusterIP';
  const ports = listAt(spec, 'ports').map((port) =>
    withDefaults(port as object, { protocol: 'TCP', targetPort: numberAt(port, 'port') }),
  );
  const common = { type, sessionAffinity: 'None', ...(ports.length === 0 ? {} : { ports }) };
  if (type === 'ExternalName') return { ...object, spec: { ...spec, ...common } };
  const outside = type === 'ClusterIP' ? {} : { externalTrafficPolicy: 'Cluster' };
  return {
    ...object,
    spec: withDefaults(
      { ...spec, ...common },
      { internalTrafficPolicy: 'Cluster', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', ...outside },
    ),
  };
}

function addressesOf(object: ApiObject): Readonly<Record<string, unknown>> {
  const spec = recordAt(object, 'spec');
  return { clusterIP: spec['clusterIP'], clusterIPs: spec['clusterIPs'] };
}

function createdService(object: ApiObject, context: WriteContext, prefix: string): ApiObject {
  return withAddresses({ ...object, status: { loadBalancer: {} } }, context, prefix);
}

function updatedService(object: ApiObject, before: ApiObject, context: WriteContext, prefix: string): ApiObject {
  const spec = withDefaults(recordAt(object, 'spec'), addressesOf(before));
  return withAddresses({ ...object, spec }, context, prefix);
}

function withAddresses(object: ApiObject, context: WriteContext, prefix: string): ApiObject {
  const spec = recordAt(object, 'spec');
  if (textAt(spec, 'type') === 'ExternalName') return object;
  const clusterIP = textAt(spec, 'clusterIP') || nextClusterIp(context, prefix);
  const isOutside = textAt(spec, 'type') === 'NodePort' || textAt(spec, 'type') === 'LoadBalancer';
  const ports = isOutside ? { ports: withNodePorts(listAt(spec, 'ports'), context) } : {};
  return { ...object, spec: { ...spec, clusterIP, clusterIPs: [clusterIP], ...ports } };
}

/** The lowest address that no Service has; .1 belongs to `kubernetes`. */
function nextClusterIp(context: WriteContext, prefix: string): string {
  const taken = new Set(context.list('', 'services', null).map((service) => textAt(service, 'spec', 'clusterIP')));
  for (let index = 1; ; index += 1) {
    const address = `${prefix}.${Math.floor(index / 256)}.${index % 256}`;
    if (!taken.has(address)) return address;
  }
}

function withNodePorts(ports: readonly unknown[], context: WriteContext): readonly unknown[] {
  const services = context.list('', 'services', null);
  const taken = new Set(
    services.flatMap((service) => listAt(service, 'spec', 'ports').map((port) => numberAt(port, 'nodePort'))),
  );
  let next = NODE_PORT_FIRST;
  return ports.map((port) => {
    if (valueAt(port, 'nodePort') !== undefined) return port;
    while (taken.has(next)) next += 1;
    taken.add(next);
    return { ...(port as object), nodePort: next };
  });
}

function externalAddressText(object: ApiObject): string {
  const named = textAt(object, 'spec', 'externalName');
  const addresses = [
    ...listAt(object, 'spec', 'externalIPs').map(String),
    ...listAt(object, 'status', 'loadBalancer', 'ingress').map(
      (entry) => textAt(entry, 'ip') || textAt(entry, 'hostname'),
    ),
  ];
  if (named !== '') return named;
  if (addresses.length > 0) return addresses.join(',');
  return textAt(object, 'spec', 'type') === 'LoadBalancer' ? '<pending>' : '<none>';
}

function portsText(object: ApiObject): string {
  const ports = listAt(object, 'spec', 'ports').map((port) => {
    const nodePort = numberAt(port, 'nodePort');
    return `${numberAt(port, 'port')}${nodePort === 0 ? '' : `:${nodePort}`}/${textAt(port, 'protocol')}`;
  });
  return ports.length === 0 ? '<none>' : ports.join(',');
}

/** Endpoints: the addresses behind a Service, in the old form. */
export const ENDPOINTS: Kind = {
  group: '',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  isNamespaced: true,
  storedVersion: 'v1',
  bumpsGeneration: null,
  versions: [
    {
      name: 'v1',
      schema: 'core.v1.Endpoints',
      columns: [NAME_COLUMN, column('Endpoints', 'Addresses and ports.', endpointsText), AGE_COLUMN],
    },
  ],
};

const ADDRESSES_SHOWN_MAX = 3;

function endpointsText(object: ApiObject): string {
  const all = listAt(object, 'subsets').flatMap((subset) =>
    listAt(subset, 'addresses').flatMap((address) =>
      listAt(subset, 'ports').map((port) => `${textAt(address, 'ip')}:${numberAt(port, 'port')}`),
    ),
  );
  if (all.length === 0) return '<none>';
  const rest = all.length - ADDRESSES_SHOWN_MAX;
  return `${all.slice(0, ADDRESSES_SHOWN_MAX).join(',')}${rest > 0 ? ` + ${rest} more...` : ''}`;
}

/** EndpointSlices: the addresses behind a Service. */
export const ENDPOINT_SLICE: Kind = {
  group: 'discovery.k8s.io',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  singular: 'endpointslice',
  isNamespaced: true,
  storedVersion: 'v1',
  versions: [
    {
      name: 'v1',
      schema: 'discovery.v1.EndpointSlice',
      columns: [
        NAME_COLUMN,
        column('AddressType', 'Kind of the addresses.', (object) => textAt(object, 'addressType')),
        column('Ports', 'Ports of the endpoints.', (object) =>
          joined(
            listAt(object, 'ports').map((port) => String(numberAt(port, 'port'))),
            '<unset>',
          ),
        ),
        column('Endpoints', 'Addresses.', (object) =>
          joined(
            listAt(object, 'endpoints').flatMap((endpoint) => listAt(endpoint, 'addresses').map(String)),
            '<unset>',
          ),
        ),
        AGE_COLUMN,
      ],
    },
  ],
};

function joined(texts: readonly string[], none: string): string {
  if (texts.length === 0) return none;
  const rest = texts.length - ADDRESSES_SHOWN_MAX;
  return `${texts.slice(0, ADDRESSES_SHOWN_MAX).join(',')}${rest > 0 ? ` + ${rest} more...` : ''}`;
}

/** Ingresses are stored and shown, so that Object metrics can describe them. */
export const INGRESS: Kind = {
  group: 'networking.k8s.io',
  kind: 'Ingress',
  plural: 'ingresses',
  singular: 'ingress',
  shortNames: ['ing'],
  isNamespaced: true,
  storedVersion: 'v1',
  hasStatus: true,
  versions: [
    {
      name: 'v1',
      schema: 'networking.v1.Ingress',
      columns: [
        NAME_COLUMN,
        column('Class', 'Class of the ingress.', (object) => textAt(object, 'spec', 'ingressClassName') || '<none>'),
        column('Hosts', 'Hosts that it answers for.', (object) =>
          joined(
            listAt(object, 'spec', 'rules').map((rule) => textAt(rule, 'host') || '*'),
            '*',
          ),
        ),
        column('Address', 'Where it is reached.', (object) =>
          listAt(object, 'status', 'loadBalancer', 'ingress')
            .map((entry) => textAt(entry, 'ip') || textAt(entry, 'hostname'))
            .join(','),
        ),
        column('Ports', 'Ports that it listens on.', (object) =>
          listAt(object, 'spec', 'tls').length > 0 ? '80, 443' : '80',
        ),
        AGE_COLUMN,
      ],
    },
  ],
  prepareForCreate: (object) => ({ ...object, status: { loadBalancer: {} } }),
  validateCreate: (object) =>
    listAt(object, 'spec', 'rules').length > 0 || valueAt(object, 'spec', 'defaultBackend') !== undefined
      ? []
      : [
          {
            reason: 'FieldValueInvalid',
            field: 'spec',
            message: 'Invalid value: {}: either `defaultBackend` or `rules` must be specified',
          },
        ],
};

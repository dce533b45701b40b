import type { Kind } from '../kind.ts';
import type { ApiObject } from '../object.ts';
import { AGE_COLUMN, column, NAME_COLUMN, wideColumn } from './columns.ts';
import { listAt, recordAt, textAt, valueAt } from './field-path.ts';

const ROLE_LABEL_PREFIX = 'node-role.kubernetes.io/';

/** Nodes. */
export const NODE: Kind = {
  group: '',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  isNamespaced: false,
  storedVersion: 'v1',
  hasStatus: true,
  bumpsGeneration: null,
  otherSubresources: [
    {
      name: 'proxy',
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
      responseKind: { group: '', version: '', kind: 'NodeProxyOptions' },
    },
  ],
  selectableFields: {
    'spec.unschedulable': (object) => String(valueAt(object, 'spec', 'unschedulable') === true),
  },
  versions: [
    {
      name: 'v1',
      schema: 'core.v1.Node',
      columns: [
        NAME_COLUMN,
        column('Status', 'Whether the node takes and runs pods.', nodeStatusText),
        column('Roles', 'Roles, from the node’s labels.', rolesText),
        AGE_COLUMN,
        column('Version', 'Version of the kubelet.', (object) =>
          textAt(object, 'status', 'nodeInfo', 'kubeletVersion'),
        ),
        wideColumn('Internal-IP', 'Address inside the cluster.', (object) => addressText(object, 'InternalIP')),
        wideColumn('External-IP', 'Address outside the cluster.', (object) => addressText(object, 'ExternalIP')),
        wideColumn(
          'OS-Image',
          'Operating system.',
          (object) => textAt(object, 'status', 'nodeInfo', 'osImage') || '<unknown>',
        ),
        wideColumn(
          'Kernel-Version',
          'Kernel.',
          (object) => textAt(object, 'status', 'nodeInfo', 'kernelVersion') || '<unknown>',
        ),
        wideColumn(
          'Container-Runtime',
          'What runs the containers.',
          (object) => textAt(object, 'status', 'nodeInfo', 'containerRuntimeVersion') || '<unknown>',
        ),
      ],
    },
  ],
};

function nodeStatusText(object: ApiObject): string {
  const ready = listAt(object, 'status', 'conditions').find((condition) => textAt(condition, 'type') === 'Ready');
  const status = textAt(ready, 'status') === 'True' ? 'Ready' : ready === undefined ? 'Unknown' : 'NotReady';
  return valueAt(object, 'spec', 'unschedulable') === true ? `${status},SchedulingDisabled` : status;
}

function rolesText(object: ApiObject): string {
  const roles = Object.keys(recordAt(object, 'metadata', 'labels'))
    .filter((label) => label.startsWith(ROLE_LABEL_PREFIX))
    .map((label) => label.slice(ROLE_LABEL_PREFIX.length))
    .sort();
  return roles.length === 0 ? '<none>' : roles.join(',');
}

function addressText(object: ApiObject, type: string): string {
  const address = listAt(object, 'status', 'addresses').find((entry) => textAt(entry, 'type') === type);
  return textAt(address, 'address') || '<none>';
}

/** Namespaces. Each carries its own name as a label, as upstream's admission adds it. */
export const NAMESPACE: Kind = {
  group: '',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  isNamespaced: false,
  nameRule: 'label',
  storedVersion: 'v1',
  hasStatus: true,
  bumpsGeneration: null,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  selectableFields: { 'status.phase': (object) => textAt(object, 'status', 'phase') },
  versions: [
    {
      name: 'v1',
      schema: 'core.v1.Namespace',
      columns: [
        NAME_COLUMN,
        column('Status', 'Active or Terminating.', (object) => textAt(object, 'status', 'phase')),
        AGE_COLUMN,
      ],
    },
  ],
  setDefaults: (object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name },
    },
  }),
  prepareForCreate: (object) => ({ ...object, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }),
};

/** Leases: leadership and node heartbeats. */
export const LEASE: Kind = {
  group: 'coordination.k8s.io',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  isNamespaced: true,
  storedVersion: 'v1',
  bumpsGeneration: null,
  versions: [
    {
      name: 'v1',
      schema: 'coordination.v1.Lease',
      columns: [
        NAME_COLUMN,
        column('Holder', 'Who holds the lease.', (object) => textAt(object, 'spec', 'holderIdentity')),
        AGE_COLUMN,
      ],
    },
  ],
};

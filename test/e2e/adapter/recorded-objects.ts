import type { Cluster } from '../../../scripts/cluster/cluster.ts';

const CRDS_TIMEOUT = '--timeout=60s';

interface PlacedPod {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly phase?: 'Running' | 'Pending';
}

/** The pods whose values are what conversion is tried with, all with one label. */
const VALUE_PODS = [
  ...['zero', 'below-milli', 'milli', 'cut', 'binary', '1005', '2675', 'half', 'one', 'nearly-100', '1000', '1500'],
  ...['12345', '123456-789', 'million', '1500k', 'giga', 'large', 'too-large', 'huge', 'negative'],
  ...['negative-below-milli', 'negative-1500', 'nan', 'inf', 'negative-inf'],
].map((name) => `v-${name}`);

const PODS: readonly PlacedPod[] = [
  { namespace: 'shop', name: 'web-1', labels: { app: 'web', tier: 'front' } },
  { namespace: 'shop', name: 'web-2', labels: { app: 'web', tier: 'front', canary: 'true' } },
  { namespace: 'shop', name: 'waiting', labels: { app: 'web' }, phase: 'Pending' },
  { namespace: 'shop', name: 'db-0', labels: { app: 'db' } },
  { namespace: 'shop', name: 'dot.name', labels: { app: 'dots' } },
  { namespace: 'shop', name: 'bare' },
  { namespace: 'shop', name: 'cpu-alone', labels: { app: 'odd' } },
  { namespace: 'shop', name: 'no-number', labels: { app: 'odd' } },
  { namespace: 'other', name: 'web-1', labels: { app: 'web' } },
  { namespace: 'growing', name: 'grow-1', labels: { app: 'grow' } },
  { namespace: 'growing', name: 'grow-2', labels: { app: 'grow', canary: 'true' } },
  ...VALUE_PODS.map((name) => ({ namespace: 'values', name, labels: { app: 'values' } })),
];

/** The last two are where adapters have their accounts: a question about all namespaces names each. */
const NAMESPACES = ['shop', 'other', 'growing', 'values', 'empty', 'prometheus', 'podtide-system'];

/** Everything that the recorded cluster holds beside what each has. */
export function recordedObjects(): readonly object[] {
  const named = (apiVersion: string, kind: string, namespace: string, name: string, more: object = {}): object => ({
    apiVersion,
    kind,
    metadata: { ...(namespace === '' ? {} : { namespace }), name, labels: { app: name } },
    ...more,
  });
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [CONTAINER] } };
  const selector = { matchLabels: { app: 'web' } };
  return [
    ...NAMESPACES.map((name) => named('v1', 'Namespace', '', name)),
    ...['node-a', 'node-b'].map((name) => named('v1', 'Node', '', name)),
    ...PODS.map(podOf),
    named('v1', 'Service', 'shop', 'web', { spec: { ports: [{ port: 80 }] } }),
    named('v1', 'Service', 'shop', 'db', { spec: { ports: [{ port: 80 }] } }),
    named('apps/v1', 'Deployment', 'shop', 'web', { spec: { selector, template } }),
    named('batch/v1', 'Job', 'shop', 'nightly', {
      spec: { template: { spec: { containers: [CONTAINER], restartPolicy: 'Never' } } },
    }),
    named('storage.k8s.io/v1', 'StorageClass', '', 'fast', { provisioner: 'disk.example' }),
    named('v1', 'PersistentVolume', '', 'disk-1', {
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/disk' } },
    }),
  ];
}

/** Kinds that are not Kubernetes' own. */
const KINDS: readonly object[] = [crd('brands', 'Brand', 'Namespaced'), crd('dairies', 'Dairy', 'Cluster')];

const OWN_OBJECTS: readonly object[] = [
  { apiVersion: 'cheese.example/v1', kind: 'Brand', metadata: { namespace: 'shop', name: 'brie' } },
  { apiVersion: 'cheese.example/v1', kind: 'Dairy', metadata: { name: 'north' } },
];

const CONTAINER = { name: 'app', image: 'registry.example/app:1' };

/** Writes the objects to a cluster that has none but its own. */
export async function createRecordedObjects(cluster: Cluster): Promise<void> {
  const apply = async (items: readonly object[]): Promise<void> => {
    await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  };
  await apply([...KINDS, ...recordedObjects()]);
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', CRDS_TIMEOUT]);
  await apply(OWN_OBJECTS);
  const items = PODS.map((pod) => ({ ...podOf(pod), status: { phase: pod.phase ?? 'Running' } }));
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await cluster.kubectl(['replace', '--subresource=status', '-f', '-'], list);
}

function podOf({ namespace, name, labels = {} }: PlacedPod): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels },
    spec: { nodeName: 'node-a', containers: [CONTAINER] },
  };
}

function crd(plural: string, kind: string, scope: 'Namespaced' | 'Cluster'): object {
  const schema = { openAPIV3Schema: { type: 'object' } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.cheese.example` },
    spec: {
      group: 'cheese.example',
      scope,
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { parseMetricsServerWords } from '../../src/app/config/metrics-server-config.ts';
import { readManifest } from '../fixtures/manifest-objects.ts';
import { expectRestrictedPods, expectRights, type Wish } from '../fixtures/manifests.ts';
import { METRICS_SERVER_ARGUMENTS } from '../fixtures/metrics-server-arguments.ts';

const MANIFEST = readManifest('deploy/metrics-server.yaml');
const { text: TEXT, objects: OBJECTS, only } = MANIFEST;
const DEPLOYMENT = only('Deployment');
const POD = DEPLOYMENT.spec.template.spec;
const CONTAINER = POD.containers[0];
const WORDS: readonly string[] = CONTAINER.args.slice(1);

function configOfManifest() {
  const start = parseMetricsServerWords(WORDS);
  if (start.kind !== 'serve') throw new Error('the manifest starts no server');
  expect(start.warnings).toEqual([]);
  return start.config;
}

describe('deploy/metrics-server.yaml', () => {
  test('stands in the place of metrics-server: the same names, and the same words but for its folder', () => {
    expect(OBJECTS.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`)).toEqual([
      'ServiceAccount kube-system/metrics-server',
      'ClusterRole /system:aggregated-metrics-reader',
      'ClusterRole /system:metrics-server',
      'ClusterRoleBinding /system:metrics-server',
      'ClusterRoleBinding /metrics-server:system:auth-delegator',
      'RoleBinding kube-system/metrics-server-auth-reader',
      'Role kube-system/metrics-server-serving-certificate',
      'RoleBinding kube-system/metrics-server-serving-certificate',
      'Service kube-system/metrics-server',
      'Deployment kube-system/metrics-server',
      'APIService /v1.metrics.k8s.io',
      'APIService /v1beta1.metrics.k8s.io',
    ]);
    for (const { metadata } of OBJECTS) expect(metadata.labels).toMatchObject({ 'k8s-app': 'metrics-server' });
    const upstream = METRICS_SERVER_ARGUMENTS.find(({ source }) => source === 'v0.9.0 manifests/base/deployment.yaml');
    expect(WORDS).toEqual(upstream?.words.filter((word) => !word.startsWith('--cert-dir')));
    expect(CONTAINER.args[0]).toBe('metrics-server');
  });

  test('what the program is told, what its pod opens and what the Service finds are the same', () => {
    const { serving } = configOfManifest();
    const service = only('Service');
    expect(CONTAINER.ports).toEqual([{ name: 'https', containerPort: serving.port, protocol: 'TCP' }]);
    expect(service.spec.ports).toEqual([expect.objectContaining({ name: 'https', port: 443, targetPort: 'https' })]);
    expect(DEPLOYMENT.spec.template.metadata.labels).toEqual(service.spec.selector);
    expect(DEPLOYMENT.spec.selector.matchLabels).toEqual(service.spec.selector);
    expect({ namespace: service.metadata.namespace, name: service.metadata.name }).toEqual(serving.service);
    expect(POD.serviceAccountName).toBe(only('ServiceAccount').metadata.name);
  });

  test('the API server verifies it, by both versions of the API', () => {
    const { serving } = configOfManifest();
    const services = OBJECTS.filter(({ kind }) => kind === 'APIService').map(({ spec }) => spec);
    const shared = { group: 'metrics.k8s.io', groupPriorityMinimum: 100, service: serving.service };
    expect(services).toEqual([
      { ...shared, version: 'v1', versionPriority: 110 },
      { ...shared, version: 'v1beta1', versionPriority: 100 },
    ]);
  });

  test('its pods meet the restricted standard, write nothing, and are probed', () => {
    expectRestrictedPods(MANIFEST);
    expect(POD).not.toHaveProperty('volumes');
    expect(configOfManifest().authorization.alwaysAllowedPaths).toEqual(expect.arrayContaining(['/readyz', '/livez']));
  });
});

describe('what the manifest offers for two replicas', () => {
  /** A block of comments, without the signs of comment. */
  function uncommented(first: string, last: string) {
    const lines = TEXT.split('\n').map((line) => line.trim());
    const block = lines
      .slice(lines.indexOf(first), lines.lastIndexOf(last) + 1)
      .map((line) => line.replace(/^# ?/, ''));
    return parseDocument(block.join('\n')).toJS();
  }

  test('a budget for its own pods', () => {
    const { kind, metadata, spec } = uncommented('# apiVersion: policy/v1', '#       k8s-app: metrics-server');
    expect({ kind, metadata, spec }).toEqual({
      kind: 'PodDisruptionBudget',
      metadata: { name: 'metrics-server', namespace: 'kube-system', labels: { 'k8s-app': 'metrics-server' } },
      spec: { minAvailable: 1, selector: DEPLOYMENT.spec.selector },
    });
  });

  test('two nodes for its own pods', () => {
    const { affinity } = uncommented('# affinity:', '#             k8s-app: metrics-server');
    expect(affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution).toEqual([
      { topologyKey: 'kubernetes.io/hostname', labelSelector: DEPLOYMENT.spec.selector },
    ]);
  });
});

const SECRET = 'metrics-server-serving-certificate';

describe('the rights of deploy/metrics-server.yaml', () => {
  const granted: readonly Wish[] = [
    { why: 'which nodes there are', verb: 'list', resource: 'nodes' },
    { why: 'and which come and go', verb: 'watch', resource: 'nodes' },
    { why: 'which pods run', verb: 'list', resource: 'pods' },
    { why: 'and which start and end', verb: 'watch', resource: 'pods' },
    { why: 'what a kubelet measures', verb: 'get', resource: 'nodes', subresource: 'metrics', name: 'n1' },
    { why: 'whose a token is', verb: 'create', group: 'authentication.k8s.io', resource: 'tokenreviews' },
    { why: 'whether they may', verb: 'create', group: 'authorization.k8s.io', resource: 'subjectaccessreviews' },
    {
      why: 'which proxy is believed',
      verb: 'watch',
      resource: 'configmaps',
      namespace: 'kube-system',
      name: 'extension-apiserver-authentication',
    },
    { why: 'the certificate, made', verb: 'create', resource: 'secrets', namespace: 'kube-system' },
    { why: 'shared', verb: 'get', resource: 'secrets', namespace: 'kube-system', name: SECRET },
    { why: 'and renewed', verb: 'update', resource: 'secrets', namespace: 'kube-system', name: SECRET },
    ...['get', 'list', 'watch', 'patch'].flatMap((verb) =>
      ['v1.metrics.k8s.io', 'v1beta1.metrics.k8s.io'].map((name) => ({
        why: `its authority in ${name}`,
        verb,
        group: 'apiregistration.k8s.io',
        resource: 'apiservices',
        name,
      })),
    ),
  ];
  const withheld: readonly Wish[] = [
    { why: 'root on every node', verb: 'get', resource: 'nodes', subresource: 'proxy', name: 'n1' },
    { why: 'the kubelets’ logs', verb: 'get', resource: 'nodes', subresource: 'log', name: 'n1' },
    { why: 'changing a node', verb: 'patch', resource: 'nodes', name: 'n1' },
    { why: 'other Secrets', verb: 'get', resource: 'secrets', namespace: 'kube-system', name: 'admin' },
    { why: 'all Secrets', verb: 'list', resource: 'secrets', namespace: 'kube-system' },
    { why: 'its own name elsewhere', verb: 'get', resource: 'secrets', namespace: 'default', name: SECRET },
    { why: 'deleting its own', verb: 'delete', resource: 'secrets', namespace: 'kube-system', name: SECRET },
    { why: 'other APIs', verb: 'patch', group: 'apiregistration.k8s.io', resource: 'apiservices', name: 'v1.apps' },
    { why: 'new APIs', verb: 'create', group: 'apiregistration.k8s.io', resource: 'apiservices' },
    { why: 'other ConfigMaps', verb: 'get', resource: 'configmaps', namespace: 'kube-system', name: 'kubeadm-config' },
    { why: 'commands in pods', verb: 'create', resource: 'pods', subresource: 'exec', namespace: 'default', name: 'p' },
    {
      why: 'tokens of others',
      verb: 'create',
      resource: 'serviceaccounts',
      subresource: 'token',
      namespace: 'default',
      name: 'a',
    },
  ];

  test('are what measuring and serving need, and no more', async () => {
    await expectRights(MANIFEST, { granted, withheld });
  });

  test('the Secret is the one that the program keeps its certificate in', () => {
    expect(configOfManifest().serving.certificate).toMatchObject({
      kind: 'selfMade',
      secret: { namespace: 'kube-system', name: SECRET },
    });
  });
});

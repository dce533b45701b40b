import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments, parseDocument } from 'yaml';
import { parseMetricsServerWords } from '../../src/app/config/metrics-server-config.ts';
import { startApiServer } from '../fixtures/api-server.ts';
import { METRICS_SERVER_ARGUMENTS } from '../fixtures/metrics-server-arguments.ts';

/** As much of an object as is looked at. */
interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has its own form, and the test names what it reads.
  readonly spec: any;
}

const TEXT = readFileSync('deploy/metrics-server.yaml', 'utf8');
const OBJECTS: readonly ManifestObject[] = parseAllDocuments(TEXT).map((document) => document.toJS());

const DEPLOYMENT = only('Deployment');
const POD = DEPLOYMENT.spec.template.spec;
const CONTAINER = POD.containers[0];
const WORDS: readonly string[] = CONTAINER.args.slice(1);
const ACCOUNT = 'system:serviceaccount:kube-system:metrics-server';

function only(kind: string): ManifestObject {
  const [found, ...others] = OBJECTS.filter((object) => object.kind === kind);
  if (found === undefined || others.length > 0) throw new Error(`not one ${kind}`);
  return found;
}

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
    expect(POD.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(POD.securityContext.runAsUser).toBeGreaterThan(0);
    expect(CONTAINER.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(POD.containers).toHaveLength(1);
    for (const risk of ['hostNetwork', 'hostPID', 'hostIPC', 'volumes', 'initContainers'])
      expect(POD).not.toHaveProperty(risk);
    expect(CONTAINER.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'https', scheme: 'HTTPS' });
    expect(CONTAINER.livenessProbe.httpGet).toEqual({ path: '/livez', port: 'https', scheme: 'HTTPS' });
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

const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** What somebody wants to do, as a SubjectAccessReview has it. */
interface Wish {
  readonly verb: string;
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

const SECRET = 'metrics-server-serving-certificate';

describe('the rights of deploy/metrics-server.yaml', () => {
  const granted: readonly (Wish & { why: string })[] = [
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
  const withheld: readonly (Wish & { why: string })[] = [
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
    const server = startApiServer();
    for (const object of OBJECTS.filter(({ apiVersion }) => apiVersion === 'rbac.authorization.k8s.io/v1')) {
      const { kind, metadata } = object;
      const scope = metadata.namespace === undefined ? '' : `namespaces/${metadata.namespace}/`;
      const made = await server.send('POST', `${RBAC}/${scope}${kind.toLowerCase()}s`, { body: object });
      expect([metadata.name, made.status]).toEqual([metadata.name, 201]);
    }
    const verdicts = await Promise.all(
      [...granted, ...withheld].map(async ({ why, ...resourceAttributes }) => {
        const groups = ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'];
        const answer = await server.send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
          body: { spec: { user: ACCOUNT, groups, resourceAttributes } },
        });
        return { why, isAllowed: (answer.body as { status: { allowed: boolean } }).status.allowed };
      }),
    );
    expect(verdicts).toEqual([
      ...granted.map(({ why }) => ({ why, isAllowed: true })),
      ...withheld.map(({ why }) => ({ why, isAllowed: false })),
    ]);
  });

  test('the Secret is the one that the program keeps its certificate in', () => {
    expect(configOfManifest().serving.certificate).toMatchObject({
      kind: 'selfMade',
      secret: { namespace: 'kube-system', name: SECRET },
    });
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { parseAdapterWords } from '../../src/app/config/adapter-config.ts';
import { readEnvironment } from '../../src/app/config/environment.ts';
import { HPA_RIGHTS } from '../../src/app/processes/ruled-apis.ts';
import { builtInKinds } from '../../src/metrics/adapter/check/built-in-kinds.ts';
import { checkAdapterConfig } from '../../src/metrics/adapter/check/check-config.ts';
import { startApiServer } from '../fixtures/api-server.ts';

/** As much of an object as is looked at. */
interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels: Record<string, string> };
  readonly data: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: each kind has its own form, and the test names what it reads.
  readonly spec: any;
}

const MANIFEST = 'deploy/adapter.yaml';
const OBJECTS: readonly ManifestObject[] = parseAllDocuments(readFileSync(MANIFEST, 'utf8')).map((document) =>
  document.toJS(),
);
const DEPLOYMENT = only('Deployment');
const POD = DEPLOYMENT.spec.template.spec;
const CONTAINER = POD.containers[0];
const ACCOUNT = 'system:serviceaccount:monitoring:prometheus-adapter';

function only(kind: string): ManifestObject {
  const [found, ...others] = OBJECTS.filter((object) => object.kind === kind);
  if (found === undefined || others.length > 0) throw new Error(`not one ${kind}`);
  return found;
}

function configOfManifest() {
  const start = parseAdapterWords(CONTAINER.args.slice(1), readEnvironment({}));
  if (start.kind !== 'serve') throw new Error('the manifest starts no server');
  expect(start.warnings).toEqual([]);
  return start.config;
}

describe('deploy/adapter.yaml', () => {
  test('what the program is told, what its pod opens and mounts and what the Service finds are the same', () => {
    const { serving, rulesPath } = configOfManifest();
    const service = only('Service');
    expect(CONTAINER.args[0]).toBe('adapter');
    expect(CONTAINER.ports).toEqual([{ name: 'https', containerPort: serving.port, protocol: 'TCP' }]);
    expect(service.spec.ports).toEqual([expect.objectContaining({ name: 'https', port: 443, targetPort: 'https' })]);
    expect(DEPLOYMENT.spec.template.metadata.labels).toEqual(service.spec.selector);
    expect(DEPLOYMENT.spec.selector.matchLabels).toEqual(service.spec.selector);
    expect(only('PodDisruptionBudget').spec.selector.matchLabels).toEqual(service.spec.selector);
    expect({ namespace: service.metadata.namespace, name: service.metadata.name }).toEqual(serving.service);
    expect(POD.serviceAccountName).toBe(only('ServiceAccount').metadata.name);
    expect(CONTAINER.volumeMounts).toEqual([{ name: 'config', mountPath: rulesPath, readOnly: true }]);
    expect(POD.volumes).toEqual([{ name: 'config', configMap: { name: only('ConfigMap').metadata.name } }]);
  });

  test('the API server verifies it, by both versions of the API', () => {
    const { service } = configOfManifest().serving;
    const shared = { group: 'custom.metrics.k8s.io', groupPriorityMinimum: 100, service };
    expect(OBJECTS.filter(({ kind }) => kind === 'APIService').map(({ spec }) => spec)).toEqual([
      { ...shared, version: 'v1beta2', versionPriority: 200 },
      { ...shared, version: 'v1beta1', versionPriority: 100 },
    ]);
  });

  test('its rules are rules that nothing is to be said about', () => {
    const reports = Object.entries(only('ConfigMap').data).map(([name, text]) => [
      name,
      checkAdapterConfig(text, builtInKinds()),
    ]);
    expect(reports).toEqual([['config.yaml', { isLoadable: true, findings: [] }]]);
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
    for (const risk of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers']) expect(POD).not.toHaveProperty(risk);
    expect(CONTAINER.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'https', scheme: 'HTTPS' });
    expect(CONTAINER.livenessProbe.httpGet).toEqual({ path: '/livez', port: 'https', scheme: 'HTTPS' });
    expect(configOfManifest().authorization.alwaysAllowedPaths).toEqual(expect.arrayContaining(['/readyz', '/livez']));
  });
});

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const SECRET = 'prometheus-adapter-serving-certificate';

/** What somebody wants to do, as a SubjectAccessReview has it, and why they may or may not. */
interface Wish {
  readonly why: string;
  readonly verb: string;
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

describe('the rights of deploy/adapter.yaml', () => {
  const granted: readonly Wish[] = [
    { why: 'which pods an HPA means', verb: 'list', resource: 'pods', namespace: 'shop' },
    { why: 'whose a token is', verb: 'create', group: 'authentication.k8s.io', resource: 'tokenreviews' },
    { why: 'whether they may', verb: 'create', group: 'authorization.k8s.io', resource: 'subjectaccessreviews' },
    {
      why: 'which proxy is believed',
      verb: 'watch',
      resource: 'configmaps',
      namespace: 'kube-system',
      name: 'extension-apiserver-authentication',
    },
    { why: 'the certificate, made', verb: 'create', resource: 'secrets', namespace: 'monitoring' },
    { why: 'shared', verb: 'get', resource: 'secrets', namespace: 'monitoring', name: SECRET },
    { why: 'and renewed', verb: 'update', resource: 'secrets', namespace: 'monitoring', name: SECRET },
    ...['get', 'list', 'watch', 'patch'].flatMap((verb) =>
      ['v1beta1.custom.metrics.k8s.io', 'v1beta2.custom.metrics.k8s.io', 'v1beta1.external.metrics.k8s.io'].map(
        (name) => ({
          why: `its authority in ${name}`,
          verb,
          group: 'apiregistration.k8s.io',
          resource: 'apiservices',
          name,
        }),
      ),
    ),
  ];
  const withheld: readonly Wish[] = [
    { why: 'changing pods', verb: 'patch', resource: 'pods', namespace: 'shop', name: 'p' },
    { why: 'commands in pods', verb: 'create', resource: 'pods', subresource: 'exec', namespace: 'shop', name: 'p' },
    { why: 'other Secrets', verb: 'get', resource: 'secrets', namespace: 'monitoring', name: 'admin' },
    { why: 'all Secrets', verb: 'list', resource: 'secrets', namespace: 'monitoring' },
    { why: 'its own name elsewhere', verb: 'get', resource: 'secrets', namespace: 'default', name: SECRET },
    { why: 'deleting its own', verb: 'delete', resource: 'secrets', namespace: 'monitoring', name: SECRET },
    { why: 'everybody’s ConfigMaps, as the chart', verb: 'list', resource: 'configmaps', namespace: 'shop' },
    {
      why: 'changing its own rules',
      verb: 'update',
      resource: 'configmaps',
      namespace: 'monitoring',
      name: 'adapter-config',
    },
    {
      why: 'the API of usage',
      verb: 'patch',
      group: 'apiregistration.k8s.io',
      resource: 'apiservices',
      name: 'v1beta1.metrics.k8s.io',
    },
    { why: 'new APIs', verb: 'create', group: 'apiregistration.k8s.io', resource: 'apiservices' },
    { why: 'nodes', verb: 'list', resource: 'nodes' },
    { why: 'HPAs', verb: 'list', group: 'autoscaling', resource: 'horizontalpodautoscalers' },
  ];

  test('are what answering needs, and no more', async () => {
    const server = startApiServer();
    for (const object of OBJECTS.filter(({ apiVersion }) => apiVersion === 'rbac.authorization.k8s.io/v1')) {
      const { kind, metadata } = object;
      const scope = metadata.namespace === undefined ? '' : `namespaces/${metadata.namespace}/`;
      if (metadata.namespace === 'monitoring')
        await server.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'monitoring' } } });
      const made = await server.send('POST', `${RBAC}/${scope}${kind.toLowerCase()}s`, { body: object });
      expect([metadata.name, made.status]).toEqual([metadata.name, 201]);
    }
    const verdicts = await Promise.all(
      [...granted, ...withheld].map(async ({ why, ...resourceAttributes }) => {
        const groups = ['system:serviceaccounts', 'system:serviceaccounts:monitoring', 'system:authenticated'];
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

  test('the rule that stands there as a comment is what --discovery=minimal takes', () => {
    const [, comment = ''] =
      /--discovery=minimal.*\n((?: {2}# (?:- | {2}).*\n)+)/.exec(readFileSync(MANIFEST, 'utf8')) ?? [];
    const granted = parse(comment.replace(/^ {2}# /gm, ''));
    const [{ group, resource } = { group: '', resource: '' }] = HPA_RIGHTS;
    expect(granted).toEqual([{ apiGroups: [group], resources: [resource], verbs: HPA_RIGHTS.map(({ verb }) => verb) }]);
  });

  test('the Secret is the one that the program keeps its certificate in', () => {
    expect(configOfManifest().serving.certificate).toMatchObject({
      kind: 'selfMade',
      secret: { namespace: 'monitoring', name: SECRET },
    });
  });
});

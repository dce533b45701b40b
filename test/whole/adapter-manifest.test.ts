import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseAdapterWords } from '../../src/app/config/adapter-config.ts';
import { readEnvironment } from '../../src/app/config/environment.ts';
import { DEMAND_RIGHTS } from '../../src/app/processes/ruled-apis.ts';
import { builtInKinds } from '../../src/metrics/adapter/check/built-in-kinds.ts';
import { checkAdapterConfig } from '../../src/metrics/adapter/check/check-config.ts';
import { readManifest } from '../fixtures/manifest-objects.ts';
import { expectRestrictedPods, expectRights, type Wish } from '../fixtures/manifests.ts';

const MANIFEST = readManifest('deploy/adapter.yaml');
const { objects: OBJECTS, only } = MANIFEST;
/** Beside it, for queries that HPAs bring along. */
const QUERY_OBJECTS = readManifest('deploy/adapter-queries.yaml').objects;
const DEPLOYMENT = only('Deployment');
const POD = DEPLOYMENT.spec.template.spec;
const CONTAINER = POD.containers[0];

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
    expectRestrictedPods(MANIFEST);
    expect(configOfManifest().authorization.alwaysAllowedPaths).toEqual(expect.arrayContaining(['/readyz', '/livez']));
  });
});

const SECRET = 'prometheus-adapter-serving-certificate';

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
    { why: 'changing HPAs', verb: 'patch', group: 'autoscaling', resource: 'horizontalpodautoscalers', name: 'web' },
  ];
  const forQueries = ['list', 'watch'].map((verb): Wish => {
    return { why: `${verb} queries`, verb, group: 'autoscaling', resource: 'horizontalpodautoscalers' };
  });

  test.each([
    { why: 'without queries of HPAs', objects: OBJECTS, more: [], fewer: forQueries },
    { why: 'with them', objects: [...OBJECTS, ...QUERY_OBJECTS], more: forQueries, fewer: [] },
  ])('are what answering needs, and no more: $why', async ({ objects, more, fewer }) => {
    await expectRights({ ...MANIFEST, objects }, { granted: [...granted, ...more], withheld: [...withheld, ...fewer] });
  });

  test('the rule that stands there as a comment is what --discovery=minimal takes', () => {
    const [, comment = ''] = /--discovery=minimal.*\n((?: {2}# (?:- | {2}).*\n)+)/.exec(MANIFEST.text) ?? [];
    const granted = parse(comment.replace(/^ {2}# /gm, ''));
    const [{ group, resource } = { group: '', resource: '' }] = DEMAND_RIGHTS;
    expect(granted).toEqual([
      { apiGroups: [group], resources: [resource], verbs: DEMAND_RIGHTS.map(({ verb }) => verb) },
    ]);
  });

  test('external metrics are served by the same Service, once HPAs bring queries along', () => {
    const service = only('Service').metadata;
    const served = QUERY_OBJECTS.filter(({ kind }) => kind === 'APIService').map(({ metadata, spec }) => [
      metadata.name,
      spec.service,
    ]);
    expect(served).toEqual([['v1beta1.external.metrics.k8s.io', { namespace: service.namespace, name: service.name }]]);
  });

  test('the Secret is the one that the program keeps its certificate in', () => {
    expect(configOfManifest().serving.certificate).toMatchObject({
      kind: 'selfMade',
      secret: { namespace: 'monitoring', name: SECRET },
    });
  });
});

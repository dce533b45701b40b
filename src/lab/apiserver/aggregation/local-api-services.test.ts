import { describe, expect, test } from 'vitest';
import { STARTS_AT_MS, startApiServer, type TestedApiServer } from '../../../../test/fixtures/api-server.ts';
import { createMetricsApis } from '../../../metrics/serve/metrics-apis.ts';

const API_SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const METRICS = createMetricsApis(
  { resource: { listPods: async () => [], listNodes: async () => [] } },
  { nowMs: () => STARTS_AT_MS },
);

const WIDGETS = {
  metadata: { name: 'widgets.example.org' },
  spec: {
    group: 'example.org',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};

async function rows(server: TestedApiServer): Promise<readonly (readonly string[])[]> {
  const { body } = await server.send('GET', API_SERVICES, { accept: TABLE });
  return body.rows.map(({ cells }: { cells: readonly string[] }) => cells);
}

async function names(server: TestedApiServer): Promise<readonly string[]> {
  return (await rows(server)).map(([name = '']) => name);
}

test('what the server serves itself is registered, as kubectl shows it', async () => {
  const server = startApiServer({ metricsApis: METRICS });
  const shown = await rows(server);
  expect(shown).toContainEqual(['v1.', 'Local', 'True', '0s']);
  expect(shown).toContainEqual(['v1beta1.metrics.k8s.io', 'Local', 'True', '0s']);
  expect(shown.map(([name]) => name)).toEqual(expect.arrayContaining(['v1.apps', 'v2.autoscaling', 'v1.batch']));
  expect(await names(server)).not.toContain('v1.apiregistration.k8s.io');
  const { body } = await server.send('GET', `${API_SERVICES}/v2.autoscaling`);
  expect([body.spec, body.metadata.labels, body.status.conditions]).toEqual([
    { group: 'autoscaling', version: 'v2', groupPriorityMinimum: 17_500, versionPriority: 30 },
    { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' },
    [
      {
        type: 'Available',
        status: 'True',
        lastTransitionTime: '2026-11-22T05:49:00Z',
        reason: 'Local',
        message: 'Local APIServices are always available',
      },
    ],
  ]);
});

test('one of the metrics APIs is as kubectl would have applied it, so that another can be applied over it', async () => {
  const server = startApiServer({ metricsApis: METRICS });
  const { body } = await server.send('GET', `${API_SERVICES}/v1beta1.metrics.k8s.io`);
  const { metadata, spec, apiVersion, kind } = body;
  const text = metadata.annotations['kubectl.kubernetes.io/last-applied-configuration'];
  const { name, labels } = metadata;
  expect(JSON.parse(text)).toEqual({ apiVersion, kind, metadata: { name, labels }, spec });
  const others = await server.send('GET', `${API_SERVICES}/v1.apps`);
  expect(others.body.metadata.annotations).toBeUndefined();
});

test('one that is deleted comes back', async () => {
  const server = startApiServer();
  const before = await names(server);
  await server.send('DELETE', `${API_SERVICES}/v1.apps`);
  expect(await names(server)).toEqual(before);
});

test('those of custom resources come and go with them', async () => {
  const server = startApiServer();
  await server.send('POST', CRDS, { body: WIDGETS });
  expect((await server.send('GET', `${API_SERVICES}/v1.example.org`)).body).toMatchObject({
    metadata: { labels: { 'kube-aggregator.kubernetes.io/automanaged': 'true' } },
    spec: { groupPriorityMinimum: 1000, versionPriority: 100 },
  });
  await server.send('DELETE', `${CRDS}/widgets.example.org`);
  expect(await names(server)).not.toContain('v1.example.org');
});

describe('a refused APIService', () => {
  const SERVICE = { namespace: 'kube-system', name: 'metrics-server' };
  const SPEC = { group: 'a.io', version: 'v1', groupPriorityMinimum: 100, versionPriority: 100, service: SERVICE };

  test.each<readonly [why: string, name: string, spec: object, field: string, message: string]>([
    [
      'a name that says something else',
      'v1.b.io',
      SPEC,
      'metadata.name',
      'Invalid value: "v1.b.io": must be `spec.version+"."+spec.group`: "v1.a.io"',
    ],
    [
      'no group priority',
      'v1.a.io',
      { ...SPEC, groupPriorityMinimum: 0 },
      'spec.groupPriorityMinimum',
      'Invalid value: 0: must be positive and less than 20000',
    ],
    [
      'a version priority beyond the bound',
      'v1.a.io',
      { ...SPEC, versionPriority: 1001 },
      'spec.versionPriority',
      'Invalid value: 1001: must be positive and less than 1000',
    ],
    [
      'a bundle that is not to be looked at',
      'v1.a.io',
      { ...SPEC, caBundle: 'YQ==', insecureSkipTLSVerify: true },
      'spec.insecureSkipTLSVerify',
      'Invalid value: true: may not be true if caBundle is present',
    ],
    [
      'a bundle without a Service',
      'v1.a.io',
      { ...SPEC, service: undefined, caBundle: 'YQ==' },
      'spec.caBundle',
      'Invalid value: "1 bytes": local APIServices may not have a caBundle',
    ],
    [
      'a Service without a name',
      'v1.a.io',
      { ...SPEC, service: { namespace: 'kube-system' } },
      'spec.service.name',
      'Required value',
    ],
    [
      'a port that is none',
      'v1.a.io',
      { ...SPEC, service: { ...SERVICE, port: 70_000 } },
      'spec.service.port',
      'Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive',
    ],
  ])('has %s', async (_why, name, spec, field, message) => {
    const server = startApiServer();
    const { status, body } = await server.send('POST', API_SERVICES, { body: { metadata: { name }, spec } });
    expect([status, body.details?.causes]).toEqual([
      422,
      [{ reason: message.startsWith('Required') ? 'FieldValueRequired' : 'FieldValueInvalid', field, message }],
    ]);
  });

  test('a status of no known kind is refused', async () => {
    const server = startApiServer();
    const conditions = [{ type: 'Available', status: 'Maybe' }];
    const { status, body } = await server.send('PATCH', `${API_SERVICES}/v1.apps/status`, {
      body: { status: { conditions } },
    });
    expect([status, body.details.causes[0].message]).toEqual([
      422,
      'Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
    ]);
  });
});

test('a Service’s port is 443 when none is named, and an unchecked one is Unknown', async () => {
  const server = startApiServer();
  const { body } = await server.send('POST', API_SERVICES, {
    body: {
      metadata: { name: 'v1.a.io' },
      spec: {
        group: 'a.io',
        version: 'v1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { namespace: 'x', name: 'y' },
      },
    },
  });
  expect(body.spec.service).toEqual({ namespace: 'x', name: 'y', port: 443 });
  expect((await rows(server)).find(([name]) => name === 'v1.a.io')).toEqual([
    'v1.a.io',
    'x/y',
    'False (ServiceNotFound)',
    '0s',
  ]);
  await server.apiServer.close();
});

test('backends learn from a ConfigMap whom to trust, and a role lets them read it', async () => {
  const server = startApiServer({
    aggregation: {
      network: () => undefined,
      clientIdentity: { certificate: '', privateKey: '' },
      frontProxyAuthority: 'front-proxy-ca',
      clientAuthority: 'client-ca',
    },
  });
  const namespace = 'namespaces/kube-system';
  const { body } = await server.send('GET', `/api/v1/${namespace}/configmaps/extension-apiserver-authentication`);
  expect(body.data).toEqual({
    'client-ca-file': 'client-ca',
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-client-ca-file': 'front-proxy-ca',
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-username-headers': '["X-Remote-User"]',
  });
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const role = await server.send('GET', `${rbac}/${namespace}/roles/extension-apiserver-authentication-reader`);
  expect(role.body.rules[0].resourceNames).toEqual(['extension-apiserver-authentication']);
  expect((await server.send('GET', `${rbac}/clusterroles/system:auth-delegator`)).status).toBe(200);
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { json } from '../../../../test/fixtures/aggregated-backend.ts';
import {
  type AggregatingServer,
  API_SERVICES,
  GROUP_PATH,
  RESOURCE_LIST,
  SLICES,
  startAggregatingServer,
} from '../../../../test/fixtures/aggregating-server.ts';

let cluster: AggregatingServer;

beforeAll(async () => {
  cluster = await startAggregatingServer();
});
afterAll(() => cluster.close());
beforeEach(() => cluster.restart());

describe('discovery', () => {
  const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

  async function aggregatedGroup(name: string): Promise<unknown> {
    const { body } = await cluster.server.send('GET', '/apis', { accept: AGGREGATED });
    return body.items.find((item: { metadata: { name: string } }) => item.metadata.name === name);
  }

  test('the older form names the group where its priority puts it, available or not', async () => {
    await cluster.post(API_SERVICES, cluster.apiService({ groupPriorityMinimum: 17_300 }));
    await cluster.post(
      API_SERVICES,
      cluster.apiService({ groupPriorityMinimum: 200, versionPriority: 200 }, 'metrics.k8s.io', 'v1'),
    );
    const { body } = await cluster.server.send('GET', '/apis');
    const names = body.groups.map((group: { name: string }) => group.name);
    const at = names.indexOf('metrics.k8s.io');
    expect(names.slice(at - 1, at + 2)).toEqual(['batch', 'metrics.k8s.io', 'networking.k8s.io']);
    const versions = [
      { groupVersion: 'metrics.k8s.io/v1', version: 'v1' },
      { groupVersion: 'metrics.k8s.io/v1beta1', version: 'v1beta1' },
    ];
    const group = { name: 'metrics.k8s.io', versions, preferredVersion: versions[0] };
    expect(body.groups[at]).toEqual(group);
    expect((await cluster.server.send('GET', '/apis/metrics.k8s.io')).body).toEqual({
      kind: 'APIGroup',
      apiVersion: 'v1',
      ...group,
    });
  });

  test('the newer form has what the backend lists, made of the older form where that is all there is', async () => {
    cluster.backend.answer = ({ url }) => (url === GROUP_PATH ? json(RESOURCE_LIST) : { status: 404 });
    await cluster.makeAvailable();
    await expect
      .poll(() => aggregatedGroup('metrics.k8s.io'))
      .toEqual({
        metadata: { name: 'metrics.k8s.io' },
        versions: [
          {
            version: 'v1beta1',
            resources: [
              {
                resource: 'nodes',
                responseKind: { group: 'metrics.k8s.io', version: 'v1beta1', kind: 'NodeMetrics' },
                scope: 'Cluster',
                singularResource: '',
                verbs: ['get', 'list'],
              },
            ],
            freshness: 'Current',
          },
        ],
      });
    expect((await cluster.server.send('GET', GROUP_PATH)).body).toEqual(RESOURCE_LIST);
  });

  test('a backend’s own newer form is taken, and stays, marked stale, when the backend goes', async () => {
    const resources = [
      {
        resource: 'nodes',
        responseKind: { group: '', version: '', kind: 'NodeMetrics' },
        scope: 'Cluster',
        singularResource: '',
        verbs: ['get'],
      },
    ];
    const document = {
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      items: [{ metadata: { name: 'metrics.k8s.io' }, versions: [{ version: 'v1beta1', resources }] }],
    };
    cluster.backend.answer = ({ url }) => (url === '/apis' ? json(document, { 'content-type': AGGREGATED }) : json({}));
    await cluster.makeAvailable();
    const version = { version: 'v1beta1', resources };
    await expect
      .poll(() => aggregatedGroup('metrics.k8s.io'))
      .toMatchObject({ versions: [{ ...version, freshness: 'Current' }] });
    await cluster.server.send('DELETE', `${SLICES}/one`);
    await expect
      .poll(() => aggregatedGroup('metrics.k8s.io'))
      .toMatchObject({ versions: [{ ...version, freshness: 'Stale' }] });
  });

  test('the OpenAPI index has the backend’s document, which is the backend’s to answer', async () => {
    const entry = { serverRelativeURL: `/openapi/v3${GROUP_PATH}?hash=AB` };
    const index = { paths: { [GROUP_PATH.slice(1)]: entry, 'apis/other/v1': entry } };
    cluster.backend.answer = ({ url }) =>
      url === '/openapi/v3' ? json(index) : url.startsWith('/openapi/v3/') ? json({ openapi: '3.0.0' }) : json({});
    await cluster.makeAvailable();
    const paths = async () => (await cluster.server.send('GET', '/openapi/v3')).body.paths;
    await expect.poll(async () => (await paths())[GROUP_PATH.slice(1)], { timeout: 10_000 }).toEqual(entry);
    expect(Object.keys(await paths())).not.toContain('apis/other/v1');
    expect((await cluster.server.send('GET', `/openapi/v3${GROUP_PATH}?hash=AB`)).body).toEqual({ openapi: '3.0.0' });
  });

  test('for a backend that knows OpenAPI v2 only, the newer document is made of it', async () => {
    const kind = { group: 'metrics.k8s.io', version: 'v1beta1', kind: 'NodeMetrics' };
    const operation = { 'x-kubernetes-group-version-kind': kind, operationId: 'read', parameters: [{ name: 'a' }] };
    const usage = { $ref: '#/definitions/Quantity' };
    const v2 = {
      swagger: '2.0',
      info: { title: 'old', version: 'v1' },
      paths: { [`${GROUP_PATH}/nodes/{name}`]: { get: operation }, '/apis/other/v1/things': { get: operation } },
      definitions: {
        NodeMetrics: { 'x-kubernetes-group-version-kind': [kind], properties: { usage } },
        Quantity: { type: 'string' },
      },
    };
    cluster.backend.answer = ({ url }) =>
      url === GROUP_PATH ? json(RESOURCE_LIST) : url === '/openapi/v2' ? json(v2) : undefined;
    await cluster.makeAvailable();
    const entry = async () => (await cluster.server.send('GET', '/openapi/v3')).body.paths[GROUP_PATH.slice(1)];
    await expect.poll(entry, { timeout: 10_000 }).toBeDefined();
    const { serverRelativeURL } = await entry();
    expect(serverRelativeURL).toMatch(/^\/openapi\/v3\/apis\/metrics\.k8s\.io\/v1beta1\?hash=[0-9A-F]{64}$/);
    expect((await cluster.server.send('GET', serverRelativeURL)).body).toEqual({
      openapi: '3.0.0',
      info: v2.info,
      paths: {
        [`${GROUP_PATH}/nodes/{name}`]: {
          get: { 'x-kubernetes-group-version-kind': kind, operationId: 'read', responses: {} },
        },
      },
      components: {
        schemas: {
          NodeMetrics: {
            'x-kubernetes-group-version-kind': [kind],
            properties: { usage: { $ref: '#/components/schemas/Quantity' } },
          },
          Quantity: { type: 'string' },
        },
      },
    });
  });
});

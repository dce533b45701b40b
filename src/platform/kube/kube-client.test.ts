import { describe, expect, test } from 'vitest';
import { type Answer, json, scriptedServer, status } from '../../../test/kube/scripted-server.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { createTelemetry } from '../telemetry/registry.ts';
import type { KubeClient, KubeObject, ResourceType } from './client.ts';
import { createClientTelemetry } from './client-telemetry.ts';
import { createKubeClient } from './kube-client.ts';

const HPAS: ResourceType = {
  group: 'autoscaling',
  version: 'v2',
  resource: 'horizontalpodautoscalers',
  isNamespaced: true,
};
const NODES: ResourceType = { group: '', version: 'v1', resource: 'nodes', isNamespaced: false };
const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', resource: 'deployments', isNamespaced: true };
const HPA: KubeObject = { metadata: { name: 'web', namespace: 'shop', resourceVersion: '7' } };
const REF = { namespace: 'shop', name: 'web' };

function clientOver(script: readonly Answer[]) {
  const server = scriptedServer(script);
  const client = createKubeClient({
    transport: server.transport,
    ioClock: new VirtualClock(),
    userAgent: 'podtide/0.1.0',
    random: () => 0,
  });
  return { server, client };
}

describe('a call on the wire', () => {
  const rows: readonly {
    why: string;
    call: (client: KubeClient) => Promise<unknown>;
    request: string;
    body?: unknown;
    contentType?: string;
  }[] = [
    {
      why: 'an object of a group',
      call: (client) => client.get(HPAS, REF),
      request: 'GET /apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web',
    },
    {
      why: 'a cluster-scoped core object',
      call: (client) => client.get(NODES, { name: 'a:b' }),
      request: 'GET /api/v1/nodes/a%3Ab',
    },
    {
      why: 'a list of one namespace, selected',
      call: (client) => client.list(HPAS, { namespace: 'shop', labelSelector: 'app in (a,b)', resourceVersion: '0' }),
      request:
        'GET /apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers?labelSelector=app%20in%20(a%2Cb)&limit=500&resourceVersion=0',
    },
    {
      why: 'a list of all namespaces',
      call: (client) => client.list(HPAS),
      request: 'GET /apis/autoscaling/v2/horizontalpodautoscalers?limit=500',
    },
    {
      why: 'a create goes to the object’s namespace',
      call: (client) => client.create(HPAS, HPA),
      request: 'POST /apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers',
      body: HPA,
      contentType: 'application/json',
    },
    {
      why: 'a status write',
      call: (client) => client.replace(HPAS, HPA, { subresource: 'status' }),
      request: 'PUT /apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web/status',
      body: HPA,
      contentType: 'application/json',
    },
    {
      why: 'a merge patch',
      call: (client) => client.patch(HPAS, REF, { kind: 'merge', body: { spec: { maxReplicas: 3 } } }),
      request: 'PATCH /apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web',
      body: { spec: { maxReplicas: 3 } },
      contentType: 'application/merge-patch+json',
    },
    {
      why: 'a JSON patch',
      call: (client) => client.patch(HPAS, REF, { kind: 'json', body: [{ op: 'remove', path: '/spec/behavior' }] }),
      request: 'PATCH /apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web',
      body: [{ op: 'remove', path: '/spec/behavior' }],
      contentType: 'application/json-patch+json',
    },
    {
      why: 'server-side apply names its manager',
      call: (client) =>
        client.patch(
          HPAS,
          REF,
          { kind: 'apply', body: HPA, fieldManager: 'podtide', isForced: true },
          { subresource: 'status' },
        ),
      request:
        'PATCH /apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web/status?fieldManager=podtide&force=true',
      body: HPA,
      contentType: 'application/apply-patch+yaml',
    },
    {
      why: 'a delete of exactly this object',
      call: (client) => client.delete(HPAS, REF, { propagationPolicy: 'Background', gracePeriodSeconds: 0, uid: 'u1' }),
      request: 'DELETE /apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web',
      body: {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        propagationPolicy: 'Background',
        gracePeriodSeconds: 0,
        preconditions: { uid: 'u1' },
      },
      contentType: 'application/json',
    },
    {
      why: 'the scale of any kind',
      call: (client) => client.getScale(DEPLOYMENTS, REF),
      request: 'GET /apis/apps/v1/namespaces/shop/deployments/web/scale',
    },
    {
      why: 'a scale write',
      call: (client) => client.replaceScale(DEPLOYMENTS, { ...HPA, spec: { replicas: 4 } }),
      request: 'PUT /apis/apps/v1/namespaces/shop/deployments/web/scale',
      body: { ...HPA, spec: { replicas: 4 } },
      contentType: 'application/json',
    },
    { why: 'any path', call: (client) => client.getJson('/version?timeout=5s'), request: 'GET /version?timeout=5s' },
  ];
  for (const row of rows) {
    test(row.why, async () => {
      const { server, client } = clientOver([json({ metadata: {}, items: [] })]);
      await row.call(client);
      expect(server.requests).toEqual([row.request]);
      expect([server.bodies[0], server.headers[0]?.get('content-type') ?? undefined]).toEqual([
        row.body,
        row.contentType,
      ]);
      expect([server.headers[0]?.get('user-agent'), server.headers[0]?.get('accept')]).toEqual([
        'podtide/0.1.0',
        'application/json',
      ]);
    });
  }

  test('a scale’s selector is converted, and one that cannot be is a failure even of a write', async () => {
    const scale = { ...HPA, spec: { replicas: 4 }, status: { replicas: 4, selector: 'tier=web,app==shop' } };
    const odd = { ...scale, status: { replicas: 4, selector: 'app!=none' } };
    const { client } = clientOver([json(scale), json(odd)]);
    expect((await client.getScale(DEPLOYMENTS, REF)).status?.selector).toBe('app=shop,tier=web');
    await expect(client.replaceScale(DEPLOYMENTS, scale)).rejects.toThrow(
      '"!=" is not a valid label selector operator',
    );
  });

  test('a scale error names the resource without its group, as upstream’s scale client does', async () => {
    const { client } = clientOver([
      () => new Response('404 page not found', { status: 404, headers: { 'content-type': 'text/plain' } }),
    ]);
    await expect(client.getScale(DEPLOYMENTS, REF)).rejects.toThrow(
      'the server could not find the requested resource (get deployments web)',
    );
    await expect(client.get(DEPLOYMENTS, REF)).rejects.toThrow(
      'the server could not find the requested resource (get deployments.apps web)',
    );
  });
});

describe('a list', () => {
  const page = (version: string, names: readonly string[], token = ''): Answer =>
    json({
      metadata: { resourceVersion: version, continue: token },
      items: names.map((name) => ({ metadata: { name } })),
    });
  const gone = status(410, 'Expired', 'The provided continue parameter is too old');
  const rows: readonly {
    why: string;
    script: readonly Answer[];
    names: readonly string[];
    version: string;
    queries: readonly string[];
  }[] = [
    { why: 'of one page', script: [page('5', ['a'])], names: ['a'], version: '5', queries: ['limit=500'] },
    {
      why: 'of several pages is one list of the first page’s version',
      script: [page('5', ['a'], 't/1'), page('5', ['b'], 't2'), page('5', ['c'])],
      names: ['a', 'b', 'c'],
      version: '5',
      queries: ['limit=500', 'limit=500&continue=t%2F1', 'limit=500&continue=t2'],
    },
    {
      why: 'whose token expires begins again without pages',
      script: [page('5', ['a'], 't1'), gone, page('9', ['b', 'c'])],
      names: ['b', 'c'],
      version: '9',
      queries: ['limit=500', 'limit=500&continue=t1', ''],
    },
    {
      why: 'that is null',
      script: [json({ metadata: { resourceVersion: '1' }, items: null })],
      names: [],
      version: '1',
      queries: ['limit=500'],
    },
  ];
  for (const row of rows) {
    test(row.why, async () => {
      const { server, client } = clientOver(row.script);
      const found = await client.list(NODES);
      expect([found.items.map(({ metadata }) => metadata.name), found.resourceVersion]).toEqual([
        row.names,
        row.version,
      ]);
      expect(server.requests.map((request) => request.split('?')[1] ?? '')).toEqual(row.queries);
    });
  }

  test('a first page that is too old fails: nothing would come of asking again', async () => {
    const { client, server } = clientOver([gone]);
    await expect(client.list(NODES, { resourceVersion: '3' })).rejects.toMatchObject({
      status: 410,
      reason: 'Expired',
    });
    expect(server.requests.length).toBe(1);
  });
});

test('requests are counted by method and code', async () => {
  const telemetry = createTelemetry();
  const server = scriptedServer([
    json(HPA),
    status(404, 'NotFound', 'no'),
    () => Promise.reject(new Error('connect ECONNREFUSED')),
  ]);
  const client = createKubeClient({
    transport: server.transport,
    ioClock: new VirtualClock(),
    userAgent: 'test',
    onAnswer: createClientTelemetry(telemetry),
  });
  for (let index = 0; index < 3; index += 1) await client.get(HPAS, REF).catch(() => undefined);
  const { text } = await telemetry.expose();
  expect(text.split('\n').filter((line) => line.startsWith('rest_client_requests_total'))).toEqual([
    'rest_client_requests_total{method="GET",code="200"} 1',
    'rest_client_requests_total{method="GET",code="404"} 1',
    'rest_client_requests_total{method="GET",code="<error>"} 1',
  ]);
});

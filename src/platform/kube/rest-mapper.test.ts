import { describe, expect, test } from 'vitest';
import { type Answer, json, scriptedServer, status } from '../../../test/kube/scripted-server.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { createDiscovery } from './discovery.ts';
import { createRestMapper } from './rest-mapper.ts';

const AGGREGATED_CORE = {
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      metadata: {},
      versions: [
        { version: 'v1', resources: [resource('pods', 'Pod', ['po']), resource('services', 'Service', ['svc'])] },
      ],
    },
  ],
};
const AGGREGATED_GROUPS = {
  kind: 'APIGroupDiscoveryList',
  items: [
    {
      metadata: { name: 'apps' },
      versions: [
        { version: 'v1', resources: [resource('deployments', 'Deployment', ['deploy'], ['scale', 'status'])] },
      ],
    },
    {
      metadata: { name: 'example.com' },
      versions: [
        { version: 'v1', resources: [resource('widgets', 'Widget', [])] },
        { version: 'v1alpha1', resources: [resource('widgets', 'Widget', [])] },
      ],
    },
    { metadata: { name: 'metrics.k8s.io' }, versions: [{ version: 'v1beta1', freshness: 'Stale' }] },
  ],
};

function resource(name: string, kind: string, shortNames: string[], subresources: string[] = []): unknown {
  return {
    resource: name,
    responseKind: { group: '', version: '', kind },
    scope: 'Namespaced',
    singularResource: kind.toLowerCase(),
    verbs: ['get', 'list'],
    shortNames,
    subresources: subresources.map((subresource) => ({ subresource })),
  };
}

/** Answers by path instead of by order. */
function byPath(documents: Readonly<Record<string, Answer>>): Answer {
  return (request) => (documents[new URL(request.url).pathname] ?? status(404, 'NotFound', 'no such path'))(request);
}

const AGGREGATED = byPath({ '/api': json(AGGREGATED_CORE), '/apis': json(AGGREGATED_GROUPS) });
const LEGACY = byPath({
  '/api': json({ kind: 'APIVersions', versions: ['v1'] }),
  '/apis': json({
    kind: 'APIGroupList',
    groups: [
      { name: 'apps', versions: [{ version: 'v1beta1' }, { version: 'v1' }], preferredVersion: { version: 'v1' } },
      { name: 'down.io', versions: [{ version: 'v1' }], preferredVersion: { version: 'v1' } },
    ],
  }),
  '/api/v1': json({ resources: [{ name: 'pods', kind: 'Pod', namespaced: true, verbs: ['get'] }] }),
  '/apis/apps/v1': json({
    resources: [
      {
        name: 'deployments',
        kind: 'Deployment',
        namespaced: true,
        shortNames: ['deploy'],
        verbs: ['get'],
        singularName: 'deployment',
      },
      { name: 'deployments/scale', kind: 'Scale', namespaced: true, verbs: ['get'] },
    ],
  }),
  '/apis/apps/v1beta1': json({
    resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true, verbs: ['get'] }],
  }),
  '/apis/down.io/v1': status(503, 'ServiceUnavailable', 'the server is currently unable to handle the request'),
});

function mapperOver(answer: Answer) {
  const clock = new VirtualClock();
  const server = scriptedServer([answer]);
  const discovery = createDiscovery({ transport: server.transport, ioClock: clock, userAgent: 'test' });
  return { clock, server, discovery, mapper: createRestMapper({ discovery, ioClock: clock }) };
}

describe('a REST mapper', () => {
  const rows: readonly {
    why: string;
    answer: Answer;
    group: string;
    kind: string;
    found: readonly string[] | string;
  }[] = [
    { why: 'a kind of a group', answer: AGGREGATED, group: 'apps', kind: 'Deployment', found: ['apps/v1 deployments'] },
    {
      why: 'lower case is a kind too, upstream',
      answer: AGGREGATED,
      group: 'apps',
      kind: 'deployment',
      found: ['apps/v1 deployments'],
    },
    {
      why: 'any other case is not',
      answer: AGGREGATED,
      group: 'apps',
      kind: 'DEPLOYMENT',
      found: 'no matches for kind "DEPLOYMENT" in group "apps"',
    },
    {
      why: 'every version, preferred first',
      answer: AGGREGATED,
      group: 'example.com',
      kind: 'Widget',
      found: ['example.com/v1 widgets', 'example.com/v1alpha1 widgets'],
    },
    { why: 'the core group has no name', answer: AGGREGATED, group: '', kind: 'Pod', found: ['/v1 pods'] },
    {
      why: 'a kind of another group',
      answer: AGGREGATED,
      group: '',
      kind: 'Deployment',
      found: 'no matches for kind "Deployment" in group ""',
    },
    {
      why: 'an unknown group',
      answer: AGGREGATED,
      group: 'nope.io',
      kind: 'X',
      found: 'no matches for kind "X" in group "nope.io"',
    },
    {
      why: 'old documents: the preferred version first',
      answer: LEGACY,
      group: 'apps',
      kind: 'Deployment',
      found: ['apps/v1 deployments', 'apps/v1beta1 deployments'],
    },
    {
      why: 'a subresource is no mapping',
      answer: LEGACY,
      group: 'apps',
      kind: 'Scale',
      found: 'no matches for kind "Scale" in group "apps"',
    },
    {
      why: 'a group that is down does not hide the others',
      answer: LEGACY,
      group: 'down.io',
      kind: 'X',
      found: 'no matches for kind "X" in group "down.io"',
    },
  ];
  for (const row of rows) {
    test(row.why, async () => {
      const { mapper } = mapperOver(row.answer);
      const found = await mapper.mappings(row.group, row.kind).then(
        (types) => types.map((type) => `${type.group}/${type.version} ${type.resource}`),
        (thrown: Error) => thrown.message,
      );
      expect(found).toEqual(row.found);
    });
  }

  test('asks once for all who ask together, and again for what is missing only after a while', async () => {
    const { mapper, server, clock } = mapperOver(AGGREGATED);
    await Promise.all([mapper.mappings('apps', 'Deployment'), mapper.mappings('', 'Pod'), mapper.group('apps')]);
    expect(server.requests).toEqual(['GET /api', 'GET /apis']);
    await expect(mapper.mappings('apps', 'Nope')).rejects.toThrow();
    expect(server.requests.length).toBe(2);
    clock.advanceBy(10_000);
    await expect(mapper.mappings('apps', 'Nope')).rejects.toThrow();
    expect(server.requests.length).toBe(4);
    await mapper.mappings('apps', 'Deployment');
    expect(server.requests.length).toBe(4);
    clock.advanceBy(600_000);
    await mapper.mappings('apps', 'Deployment');
    expect(server.requests.length).toBe(6);
  });

  test('names a resource as kubectl’s arguments do, with its subresources', async () => {
    const { mapper } = mapperOver(LEGACY);
    const named = await Promise.all(
      ['deployments', 'deploy', 'deployment', 'Deployment', 'deployments.apps'].map((name) => mapper.resource(name)),
    );
    expect(named.map(({ type, subresources }) => [type.group, type.version, ...subresources])).toEqual(
      Array(5).fill(['apps', 'v1', 'scale']),
    );
    await expect(mapper.resource('nope')).rejects.toThrow('the server doesn\'t have a resource type "nope"');
  });

  test('a version that cannot be read says why', async () => {
    const { discovery } = mapperOver(LEGACY);
    const group = (await discovery.read()).find(({ name }) => name === 'down.io');
    expect(group?.versions).toEqual([
      { version: 'v1', resources: [], problem: 'the server is currently unable to handle the request' },
    ]);
  });
});

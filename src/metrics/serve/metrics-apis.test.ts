import { describe, expect, test } from 'vitest';
import { statusAnswer } from '../../../test/fixtures/status-answer.ts';
import { Failure } from '../../base/failure.ts';
import type { MetricsSource } from '../source/port.ts';
import { createMetricsApis } from './metrics-apis.ts';

const AT_MS = Date.parse('2026-03-01T10:00:00.900Z');

const SOURCE: MetricsSource = {
  resource: { listPods: async () => [], listNodes: async () => [] },
  custom: {
    listMetrics: async () => [
      { resource: 'services', isNamespaced: true, metric: 'orders' },
      { resource: 'pods', isNamespaced: true, metric: 'orders' },
      { resource: 'pods', isNamespaced: true, metric: 'lag' },
    ],
    async getValues({ namespace, resource, name, metric }) {
      if (metric !== 'orders') throw new Failure('notFound', 'no such metric');
      if (name === 'nobody') return [];
      const described = { apiVersion: resource.endsWith('.apps') ? 'apps/v1' : 'v1', kind: 'Pod', name };
      return [
        {
          describedObject: namespace === null ? described : { ...described, namespace },
          metric,
          atMs: AT_MS,
          windowMs: name === '*' ? 60_000 : null,
          value: '12500m',
        },
      ];
    },
  },
  external: {
    listMetrics: async () => ['queue_depth', 'backlog', 'queue_depth'],
    async getValues({ metric, metricSelector }) {
      if (metric === 'unknown') throw new Failure('notFound', 'no such metric');
      if (metric === 'down') throw new Failure('unavailable', 'broker shop:5672: connection refused');
      if (metric === 'bug') throw new Error('undefined is not a function');
      return [{ metric, labels: { queue: metricSelector }, atMs: AT_MS, windowMs: null, value: '42' }];
    },
  },
};

const APIS = createMetricsApis(SOURCE, { nowMs: () => AT_MS });

async function get(path: string) {
  const response = await APIS.handle(new Request(`http://lab${path}`));
  return { code: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('custom.metrics.k8s.io', () => {
  const CUSTOM = '/apis/custom.metrics.k8s.io';
  const answered = (version: string, item: object) => ({
    code: 200,
    body: { kind: 'MetricValueList', apiVersion: `custom.metrics.k8s.io/${version}`, metadata: {}, items: [item] },
  });
  const cases: readonly [why: string, path: string, expected: object][] = [
    [
      'v1beta1, one object',
      `${CUSTOM}/v1beta1/namespaces/shop/pods/cart/orders`,
      answered('v1beta1', {
        describedObject: { apiVersion: '/v1', kind: 'Pod', namespace: 'shop', name: 'cart' },
        metricName: 'orders',
        timestamp: '2026-03-01T10:00:00Z',
        value: '12500m',
        selector: null,
      }),
    ],
    [
      'v1beta2, all objects, with a metric selector echoed and the star escaped',
      `${CUSTOM}/v1beta2/namespaces/shop/deployments.apps/%2A/orders?metricLabelSelector=a%3Db,c%20in%20(d),e,!f`,
      answered('v1beta2', {
        describedObject: { apiVersion: 'apps/v1', kind: 'Pod', namespace: 'shop', name: '*' },
        metric: {
          name: 'orders',
          selector: {
            matchLabels: { a: 'b' },
            matchExpressions: [
              { key: 'c', operator: 'In', values: ['d'] },
              { key: 'e', operator: 'Exists' },
              { key: 'f', operator: 'DoesNotExist' },
            ],
          },
        },
        timestamp: '2026-03-01T10:00:00Z',
        windowSeconds: 60,
        value: '12500m',
      }),
    ],
    [
      'a metric of the namespace itself',
      `${CUSTOM}/v1beta2/namespaces/shop/metrics/orders`,
      answered('v1beta2', {
        describedObject: { apiVersion: '/v1', kind: 'Pod', name: 'shop' },
        metric: { name: 'orders', selector: null },
        timestamp: '2026-03-01T10:00:00Z',
        value: '12500m',
      }),
    ],
    [
      'an unknown metric',
      `${CUSTOM}/v1beta1/namespaces/shop/pods/*/unknown`,
      statusAnswer(404, 'NotFound', 'the server could not find the metric unknown for pods'),
    ],
    [
      'an object without a value',
      `${CUSTOM}/v1beta1/namespaces/shop/pods/nobody/orders`,
      statusAnswer(404, 'NotFound', 'the server could not find the metric orders for pods nobody'),
    ],
    [
      'too short a path',
      `${CUSTOM}/v1beta1/namespaces/shop/pods`,
      statusAnswer(400, 'BadRequest', 'invalid request path'),
    ],
  ];
  test.each(cases)('%s', async (_why, path, expected) => {
    expect(await get(path)).toEqual(expected);
  });
});

describe('external.metrics.k8s.io', () => {
  const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1/namespaces/shop';
  const cases: readonly [why: string, path: string, expected: object][] = [
    [
      'one value, the selector handed on',
      `${EXTERNAL}/queue_depth?labelSelector=queue%3Dmail`,
      {
        code: 200,
        body: {
          kind: 'ExternalMetricValueList',
          apiVersion: 'external.metrics.k8s.io/v1beta1',
          metadata: {},
          items: [
            {
              metricName: 'queue_depth',
              metricLabels: { queue: 'queue=mail' },
              timestamp: '2026-03-01T10:00:00Z',
              value: '42',
            },
          ],
        },
      },
    ],
    [
      'an unknown metric',
      `${EXTERNAL}/unknown`,
      statusAnswer(404, 'NotFound', 'the server could not find the metric unknown for '),
    ],
    [
      'a source that cannot be reached',
      `${EXTERNAL}/down`,
      statusAnswer(503, 'ServiceUnavailable', 'broker shop:5672: connection refused'),
    ],
    [
      'a bug of ours',
      `${EXTERNAL}/bug`,
      statusAnswer(500, 'InternalError', 'Internal error occurred: undefined is not a function'),
    ],
  ];
  test.each(cases)('%s', async (_why, path, expected) => {
    expect(await get(path)).toEqual(expected);
  });
});

describe('discovery', () => {
  const resource = (name: string, namespaced: boolean, kind: string, verbs: readonly string[]) => ({
    name,
    singularName: '',
    namespaced,
    kind,
    verbs,
  });
  const resourceList = (groupVersion: string, resources: readonly object[]) => ({
    code: 200,
    body: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources },
  });

  test.each([
    [
      '/apis/metrics.k8s.io/v1beta1',
      resourceList('metrics.k8s.io/v1beta1', [
        resource('nodes', false, 'NodeMetrics', ['get', 'list']),
        resource('pods', true, 'PodMetrics', ['get', 'list']),
      ]),
    ],
    [
      '/apis/custom.metrics.k8s.io/v1beta1/',
      resourceList(
        'custom.metrics.k8s.io/v1beta1',
        ['pods/lag', 'pods/orders', 'services/orders'].map((name) => resource(name, true, 'MetricValueList', ['get'])),
      ),
    ],
    [
      '/apis/external.metrics.k8s.io/v1beta1',
      resourceList(
        'external.metrics.k8s.io/v1beta1',
        ['backlog', 'queue_depth'].map((name) => resource(name, true, 'ExternalMetricValueList', ['get'])),
      ),
    ],
    [
      '/apis/custom.metrics.k8s.io',
      {
        code: 200,
        body: {
          kind: 'APIGroup',
          apiVersion: 'v1',
          name: 'custom.metrics.k8s.io',
          versions: [
            { groupVersion: 'custom.metrics.k8s.io/v1beta2', version: 'v1beta2' },
            { groupVersion: 'custom.metrics.k8s.io/v1beta1', version: 'v1beta1' },
          ],
          preferredVersion: { groupVersion: 'custom.metrics.k8s.io/v1beta2', version: 'v1beta2' },
        },
      },
    ],
  ])('%s', async (path, expected) => {
    expect(await get(path)).toEqual(expected);
  });

  test('the aggregated document: resources as the aggregator converts them, metrics as subresources', async () => {
    const kind = (name: string) => ({ group: '', version: '', kind: name });
    const groups = await APIS.discoveredGroups(AbortSignal.timeout(1000));
    const [external, custom, resources] = groups.map((group) => group.entry());
    const version = (name: string) => ({
      version: name,
      resources: [
        {
          resource: 'nodes',
          responseKind: kind('NodeMetrics'),
          scope: 'Cluster',
          singularResource: '',
          verbs: ['get', 'list'],
        },
        {
          resource: 'pods',
          responseKind: kind('PodMetrics'),
          scope: 'Namespaced',
          singularResource: '',
          verbs: ['get', 'list'],
        },
      ],
      freshness: 'Current',
    });
    expect(resources).toEqual({ metadata: { name: 'metrics.k8s.io' }, versions: ['v1', 'v1beta1'].map(version) });
    const metric = (name: string) => ({ subresource: name, responseKind: kind('MetricValueList'), verbs: ['get'] });
    expect(custom?.versions[1]).toEqual({
      version: 'v1beta1',
      resources: [
        {
          resource: 'pods',
          responseKind: kind(''),
          scope: 'Namespaced',
          singularResource: '',
          verbs: [],
          subresources: [metric('lag'), metric('orders')],
        },
        {
          resource: 'services',
          responseKind: kind(''),
          scope: 'Namespaced',
          singularResource: '',
          verbs: [],
          subresources: [metric('orders')],
        },
      ],
      freshness: 'Current',
    });
    expect(external?.metadata).toEqual({ name: 'external.metrics.k8s.io' });
  });

  test('a source without custom and external metrics serves one group, and a group whose source fails is left out', async () => {
    const { resource: only = SOURCE.resource, external } = SOURCE;
    const apis = createMetricsApis({ ...(only && { resource: only }) }, { nowMs: () => AT_MS });
    expect(apis.groups.map(({ name }) => name)).toEqual(['metrics.k8s.io']);
    expect(apis.serves('custom.metrics.k8s.io')).toBe(false);
    const failing = createMetricsApis(
      {
        ...(external && {
          external: { ...external, listMetrics: () => Promise.reject(new Failure('unavailable', 'down')) },
        }),
      },
      { nowMs: () => AT_MS },
    );
    expect(await failing.discoveredGroups(AbortSignal.timeout(1000))).toEqual([]);
  });

  test('a group that is not served yet comes with the next request once it is, to all that is made of groups', async () => {
    const served = new Set(['metrics.k8s.io']);
    const isServed = (group: string): boolean => served.has(group);
    const apis = createMetricsApis(SOURCE, { nowMs: () => AT_MS }, { isServed });
    const path = 'https://x/apis/external.metrics.k8s.io/v1beta1';
    const shown = async () => [
      apis.groups.map(({ name }) => name),
      apis.groupDocuments().map(({ name }) => name),
      (await apis.discoveredGroups(AbortSignal.timeout(1000))).map(({ name }) => name),
      (await apis.handle(new Request(path))).status,
    ];
    const usage = ['metrics.k8s.io'];
    expect(await shown()).toEqual([usage, usage, usage, 404]);
    expect(apis.groups).toBe(apis.groups);
    served.add('external.metrics.k8s.io');
    const both = ['external.metrics.k8s.io', 'metrics.k8s.io'];
    expect(await shown()).toEqual([both, both, both, 200]);
  });
});

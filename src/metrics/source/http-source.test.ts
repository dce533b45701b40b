import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { ApiGroup } from '../../platform/kube/discovery.ts';
import { createHttpMetricsSource } from './http-source.ts';
import type { CustomMetricsSource, MetricsSource } from './port.ts';

const SIGNAL = new AbortController().signal;

interface Server {
  readonly source: MetricsSource;
  readonly clock: VirtualClock;
  readonly paths: string[];
  discoveryCount: number;
}

/** A server that answers every path with `answer` and offers `groups`. */
function serve(answer: unknown, groups: readonly ApiGroup[] = [customGroup('v1beta2')]): Server {
  const clock = new VirtualClock();
  const paths: string[] = [];
  const server: Server = {
    clock,
    paths,
    discoveryCount: 0,
    source: createHttpMetricsSource({
      clock,
      discoveryMs: 15_000,
      deadlineMs: 1_000,
      client: {
        getJson: async (path) => {
          paths.push(path);
          return answer;
        },
      },
      discovery: {
        read: async () => {
          server.discoveryCount++;
          return groups;
        },
      },
    }),
  };
  return server;
}

function customGroup(...versions: readonly string[]): ApiGroup {
  return { name: 'custom.metrics.k8s.io', versions: versions.map((version) => ({ version, resources: [] })) };
}

type CustomQuery = Parameters<CustomMetricsSource['getValues']>[0];

const PODS_QUERY: CustomQuery = {
  namespace: 'shop',
  resource: 'pods',
  name: '*',
  labelSelector: 'app=web',
  metric: 'requests_per_second',
  metricSelector: '',
};

describe('the resource metrics API', () => {
  test('pods of a namespace by selector, as upstream asks and as metrics-server answers', async () => {
    const item = {
      metadata: { name: 'web-1', namespace: 'shop', labels: { app: 'web' }, creationTimestamp: '2026-11-22T05:51:50Z' },
      timestamp: '2026-11-22T05:51:48Z',
      window: '15.5s',
      containers: [{ name: 'app', usage: { cpu: '11m', memory: '64Mi' } }],
    };
    const { source, paths } = serve({ kind: 'PodMetricsList', items: [item] });
    expect(
      await source.resource?.listPods({ namespace: 'shop', labelSelector: 'app=web,tier in (a,b)' }, SIGNAL),
    ).toEqual([
      {
        namespace: 'shop',
        name: 'web-1',
        labels: { app: 'web' },
        atMs: Date.UTC(2026, 10, 22, 5, 51, 48),
        windowMs: 15_500,
        containers: [{ name: 'app', usage: { cpu: '11m', memory: '64Mi' } }],
      },
    ]);
    expect(paths).toEqual([
      '/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods?labelSelector=app%3Dweb%2Ctier%20in%20(a%2Cb)',
    ]);
  });

  test('all namespaces, without a selector', async () => {
    const { source, paths } = serve({ items: null });
    expect(await source.resource?.listPods({ namespace: null, labelSelector: '' }, SIGNAL)).toEqual([]);
    expect(paths).toEqual(['/apis/metrics.k8s.io/v1beta1/pods']);
  });

  const rows: readonly [why: string, answer: unknown, message: string][] = [
    ['no object', 'gone', 'unable to decode the answer: the answer is no PodMetricsList'],
    ['no list', { items: 3 }, 'unable to decode the answer: items of the PodMetricsList is no list'],
    [
      'a broken time',
      { items: [{ timestamp: 'noon' }] },
      'unable to decode the answer: timestamp "noon" is not of the form 2006-01-02T15:04:05Z',
    ],
    [
      'a broken window',
      { items: [{ window: '15' }] },
      'unable to decode the answer: window "15" is no duration such as 30s',
    ],
    [
      'a broken value',
      { items: [{ containers: [{ usage: { cpu: true } }] }] },
      'unable to decode the answer: value true is no quantity',
    ],
  ];
  test.each(rows)('an answer with %s is refused', async (_why, answer, message) => {
    await expect(
      serve(answer).source.resource?.listPods({ namespace: 'a', labelSelector: '' }, SIGNAL),
    ).rejects.toThrow(message);
  });
});

describe('the custom metrics API', () => {
  const rows: readonly [why: string, query: Partial<CustomQuery>, path: string][] = [
    [
      'pods: the star as upstream writes it',
      {},
      '/namespaces/shop/pods/%2A/requests_per_second?labelSelector=app%3Dweb',
    ],
    [
      'an object of a group, with a metric selector',
      { resource: 'ingresses.networking.k8s.io', name: 'main', labelSelector: '', metricSelector: 'verb=GET' },
      '/namespaces/shop/ingresses.networking.k8s.io/main/requests_per_second?metricLabelSelector=verb%3DGET',
    ],
    [
      'a namespace itself',
      { namespace: null, resource: 'namespaces', name: 'shop', labelSelector: '' },
      '/namespaces/shop/metrics/requests_per_second',
    ],
  ];
  test.each(rows)('path of %s', async (_why, query, path) => {
    const { source, paths } = serve({ items: [] });
    await source.custom?.getValues({ ...PODS_QUERY, ...query }, SIGNAL);
    expect(paths).toEqual([`/apis/custom.metrics.k8s.io/v1beta2${path}`]);
  });

  test('items of both versions are read alike', async () => {
    const describedObject = { kind: 'Pod', namespace: 'shop', name: 'web-1', apiVersion: '/v1' };
    const common = { describedObject, timestamp: '2026-11-22T05:51:48Z', value: '500m' };
    const beta1 = { ...common, metricName: 'hits', window: 60 };
    const beta2 = { ...common, metric: { name: 'hits' }, windowSeconds: 60 };
    const { source } = serve({ items: [beta1, beta2] });
    const values = await source.custom?.getValues(PODS_QUERY, SIGNAL);
    expect(values?.[0]).toEqual({
      describedObject,
      metric: 'hits',
      atMs: Date.UTC(2026, 10, 22, 5, 51, 48),
      windowMs: 60_000,
      value: '500m',
    });
    expect(values?.[1]).toEqual(values?.[0]);
  });

  const versions: readonly [why: string, groups: readonly ApiGroup[], outcome: string][] = [
    ['the server’s preferred version', [customGroup('v1beta1', 'v1beta2')], '/apis/custom.metrics.k8s.io/v1beta1'],
    ['the first known one', [customGroup('v2', 'v1beta2')], '/apis/custom.metrics.k8s.io/v1beta2'],
    ['no group', [], 'no custom metrics API (custom.metrics.k8s.io) registered'],
    ['no known version', [customGroup('v2')], 'no known available metric versions found'],
    [
      'its server is down',
      [{ name: 'custom.metrics.k8s.io', versions: [{ version: 'v1beta2', resources: [], problem: 'stale' }] }],
      'no known available metric versions found',
    ],
  ];
  test.each(versions)('version: %s', async (_why, groups, outcome) => {
    const { source, paths } = serve({ resources: [] }, groups);
    const asked = source.custom?.listMetrics(SIGNAL).then(() => paths[0]);
    expect(await asked?.catch((thrown: Error) => thrown.message)).toBe(outcome);
  });

  test('the version is asked for once a sync period', async () => {
    const server = serve({ items: [] });
    await server.source.custom?.getValues(PODS_QUERY, SIGNAL);
    server.clock.advanceBy(14_999);
    await server.source.custom?.getValues(PODS_QUERY, SIGNAL);
    expect(server.discoveryCount).toBe(1);
    server.clock.advanceBy(1);
    await server.source.custom?.getValues(PODS_QUERY, SIGNAL);
    expect(server.discoveryCount).toBe(2);
  });

  test('the metrics there are', async () => {
    const resources = [
      { name: 'pods/hits', namespaced: true },
      { name: 'namespaces/hits', namespaced: false },
      { name: 'no-metric', namespaced: true },
    ];
    expect(await serve({ resources }).source.custom?.listMetrics(SIGNAL)).toEqual([
      { resource: 'pods', isNamespaced: true, metric: 'hits' },
      { resource: 'namespaces', isNamespaced: false, metric: 'hits' },
    ]);
  });
});

test('the external metrics API', async () => {
  const item = { metricName: 'queue', metricLabels: { q: 'a' }, timestamp: '2026-11-22T05:51:48Z', value: 200 };
  const { source, paths } = serve({ items: [item] });
  const query = { namespace: 'shop', metric: 'queue', metricSelector: 'queue=worker_tasks' };
  expect(await source.external?.getValues(query, SIGNAL)).toEqual([
    { metric: 'queue', labels: { q: 'a' }, atMs: Date.UTC(2026, 10, 22, 5, 51, 48), windowMs: null, value: '200' },
  ]);
  expect(paths).toEqual([
    '/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/queue?labelSelector=queue%3Dworker_tasks',
  ]);
});

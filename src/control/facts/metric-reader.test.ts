import { describe, expect, test } from 'vitest';
import { Failure, InvariantError } from '../../base/failure.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { MetricSpec } from '../../core/autoscaling/types.ts';
import type { MetricQuery } from '../../core/engine/decision.ts';
import type { MetricsSource, ObjectMetricValue } from '../../metrics/source/port.ts';
import type { KindMapper } from './kind-mapper.ts';
import { createMetricReader, createPodMetricsReader } from './metric-reader.ts';

const SIGNAL = new AbortController().signal;
const SPEC: MetricSpec = { type: 'Resource' };
const COMMON = { index: 0, namespace: 'shop', spec: SPEC };

const RESOURCE: MetricQuery = { ...COMMON, kind: 'resource', resource: 'cpu', container: '', podSelector: 'app=web' };
const PODS: MetricQuery = { ...COMMON, kind: 'pods', metric: 'rps', metricSelector: '', podSelector: 'app=web' };
const EXTERNAL: MetricQuery = { ...COMMON, kind: 'external', metric: 'queue', metricSelector: 'q=a' };
const QUERY: MetricQuery = { ...EXTERNAL, promql: 'sum(queue)' };
const OBJECT: MetricQuery = {
  ...COMMON,
  kind: 'object',
  metric: 'hits',
  metricSelector: '',
  apiVersion: 'networking.k8s.io/v1',
  objectKind: 'Ingress',
  objectName: 'main',
};

const INGRESSES = { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses', isNamespaced: true };
const MAPPER: KindMapper = {
  mappings: async (group, kind) => {
    if (kind === 'Ingress') return [INGRESSES];
    throw new Failure('notFound', `no matches for kind "${kind}" in group "${group}"`);
  },
};

function metricValue(value: string): ObjectMetricValue {
  return {
    describedObject: { apiVersion: 'v1', kind: 'Pod', name: 'web-1' },
    metric: 'm',
    atMs: 1,
    windowMs: null,
    value,
  };
}

/** A source whose every answer is `answer`; records what it was asked. */
function sourceOf(answer: () => Promise<never[]> | Promise<never>, asked: unknown[] = []): MetricsSource {
  const ask = (query: unknown): never => {
    asked.push(query);
    return answer() as never;
  };
  return {
    resource: { listPods: async (query) => ask(query), listNodes: async () => [] },
    custom: { listMetrics: async () => [], getValues: async (query) => ask(query) },
    external: { listMetrics: async () => [], getValues: async (query) => ask(query) },
    query: { getValues: async (query) => ask(query) },
  };
}

function read(source: MetricsSource, query: MetricQuery, signal = SIGNAL, ioClock = new VirtualClock()) {
  const reader = createMetricReader({ podMetrics: createPodMetricsReader(source), source, mapper: MAPPER, ioClock });
  return reader.read(query, signal);
}

describe('a failure becomes a fact in upstream’s words', () => {
  const broken = sourceOf(async () => {
    throw new Failure('unavailable', 'the server is currently unable to handle the request (get x)');
  });
  const none = sourceOf(async () => []);
  const absent: MetricsSource = {};
  const rows: readonly [why: string, source: MetricsSource, query: MetricQuery, message: string][] = [
    [
      'resource: no answer',
      broken,
      RESOURCE,
      'unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get x)',
    ],
    ['resource: nothing', none, RESOURCE, 'no metrics returned from resource metrics API'],
    [
      'resource: no API',
      absent,
      RESOURCE,
      'unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)',
    ],
    [
      'pods: no answer',
      broken,
      PODS,
      'unable to fetch metrics from custom metrics API: the server is currently unable to handle the request (get x)',
    ],
    ['pods: nothing', none, PODS, 'no metrics returned from custom metrics API'],
    [
      'pods: no API',
      absent,
      PODS,
      'unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered',
    ],
    [
      'object: nothing',
      none,
      OBJECT,
      'unable to fetch metrics from custom metrics API: the custom metrics API server returned 0 results when we asked for exactly one',
    ],
    [
      'object: a kind that nobody knows',
      none,
      { ...OBJECT, objectKind: 'Nonsense' },
      'unable to fetch metrics from custom metrics API: unable to map kind Nonsense.networking.k8s.io to resource: no matches for kind "Nonsense" in group "networking.k8s.io"',
    ],
    [
      'external: no answer',
      broken,
      EXTERNAL,
      'unable to fetch metrics from external metrics API: the server is currently unable to handle the request (get x)',
    ],
    ['external: nothing', none, EXTERNAL, 'no metrics returned from external metrics API'],
    [
      'external: no API',
      absent,
      EXTERNAL,
      'unable to fetch metrics from external metrics API: the server could not find the requested resource (get queue.external.metrics.k8s.io)',
    ],
    [
      'a query of its own: no answer',
      broken,
      QUERY,
      'podtide.dev/query.queue: the server is currently unable to handle the request (get x)',
    ],
    ['a query of its own: nothing', none, QUERY, 'podtide.dev/query.queue: the query came to no number'],
  ];
  test.each(rows)('%s', async (_why, source, query, message) => {
    expect(await read(source, query)).toEqual({ kind: 'metricFailed', message });
  });

  test('an answer that never comes', async () => {
    const clock = new VirtualClock();
    const answer = read(
      sourceOf(() => new Promise<never>(() => {})),
      EXTERNAL,
      SIGNAL,
      clock,
    );
    clock.advanceBy(60_000);
    expect(await answer).toEqual({
      kind: 'metricFailed',
      message: 'unable to fetch metrics from external metrics API: context deadline exceeded',
    });
  });

  test('a query that nobody can put to Prometheus is a bug, and never the metrics API’s', async () => {
    const { query: _, ...others } = none;
    await expect(read(others, QUERY)).rejects.toThrow(InvariantError);
  });

  test('a bug in a source is no failure of the cluster', async () => {
    const buggy = sourceOf(async () => {
      throw new TypeError('undefined is not a function');
    });
    await expect(read(buggy, EXTERNAL)).rejects.toThrow(TypeError);
  });
});

describe('what is asked', () => {
  const rows: readonly [why: string, query: MetricQuery, asked: unknown][] = [
    ['resource metrics by selector', RESOURCE, { namespace: 'shop', labelSelector: 'app=web' }],
    [
      'all pods of a selector',
      PODS,
      { namespace: 'shop', resource: 'pods', name: '*', labelSelector: 'app=web', metric: 'rps', metricSelector: '' },
    ],
    [
      'an object through its mapping',
      OBJECT,
      {
        namespace: 'shop',
        resource: 'ingresses.networking.k8s.io',
        name: 'main',
        labelSelector: '',
        metric: 'hits',
        metricSelector: '',
      },
    ],
    [
      'a namespace: always the HPA’s own',
      { ...OBJECT, apiVersion: 'v1', objectKind: 'Namespace', objectName: 'other' },
      { namespace: null, resource: 'namespaces', name: 'shop', labelSelector: '', metric: 'hits', metricSelector: '' },
    ],
    ['an external metric', EXTERNAL, { namespace: 'shop', metric: 'queue', metricSelector: 'q=a' }],
    ['a query of its own', QUERY, { namespace: 'shop', metric: 'queue', metricSelector: 'q=a', promql: 'sum(queue)' }],
  ];
  test.each(rows)('%s', async (_why, query, expected) => {
    const asked: unknown[] = [];
    await read(
      sourceOf(async () => [], asked),
      query,
    );
    expect(asked).toEqual([expected]);
  });
});

test('samples come in milli values', async () => {
  const source = sourceOf(async () => [metricValue('1500m') as never]);
  expect(await read(source, PODS)).toEqual({
    kind: 'values',
    samples: { kind: 'perPod', byPod: { 'web-1': { milli: 1500, atMs: 1, windowMs: 60_000 } } },
  });
  expect(await read(source, OBJECT)).toEqual({ kind: 'values', samples: { kind: 'values', milli: [1500], atMs: 1 } });
  expect(await read(source, EXTERNAL)).toEqual({ kind: 'values', samples: { kind: 'values', milli: [1500], atMs: 1 } });
});

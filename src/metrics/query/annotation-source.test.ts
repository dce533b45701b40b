import { describe, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import type { HorizontalPodAutoscaler } from '../../core/autoscaling/types.ts';
import type { NamespaceList } from '../../core/engine/options.ts';
import type { KubeObject } from '../../platform/kube/client.ts';
import { HPA_API_V2 } from '../../platform/kube/hpa-api.ts';
import { PrometheusFailure } from '../prometheus/prometheus-failure.ts';
import type { HpaQuery } from '../source/port.ts';
import { AnnotationIndex } from './annotation-index.ts';
import { createAnnotationSource } from './annotation-source.ts';
import { type HpaQueries, projectQueries } from './hpa-queries.ts';

const SIGNAL = new AbortController().signal;

/** An HPA with External metrics of these names, and with queries by metric. */
function hpaOf(key: string, metrics: readonly string[], queries: Readonly<Record<string, string>>): KubeObject {
  const [namespace = '', name = ''] = key.split('/');
  const annotations = Object.entries(queries).map(([metric, promql]) => [`podtide.dev/query.${metric}`, promql]);
  const hpa: HorizontalPodAutoscaler = {
    metadata: { namespace, name, annotations: { 'podtide.dev/warmup': 'soon', ...Object.fromEntries(annotations) } },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      maxReplicas: 3,
      metrics: metrics.map((metric) => ({
        type: 'External',
        external: { metric: { name: metric }, target: { type: 'Value', value: '1' } },
      })),
    },
  };
  return hpa as KubeObject;
}

function projected(
  key: string,
  metrics: readonly string[],
  queries: Readonly<Record<string, string>>,
  namespaces: NamespaceList = ['shop', 'bank'],
): HpaQueries {
  return projectQueries(hpaOf(key, metrics, queries), HPA_API_V2, namespaces);
}

function sourceOf(hpas: readonly HpaQueries[], answer: () => Promise<never> | undefined = () => undefined) {
  const index = new AnnotationIndex();
  for (const hpa of hpas) index.set(hpa);
  const asked: HpaQuery[] = [];
  const source = createAnnotationSource({
    index,
    queries: {
      getValues: async (query) => {
        asked.push(query);
        await answer();
        return [{ metric: query.metric, labels: null, atMs: 1, windowMs: null, value: '7' }];
      },
    },
  });
  const read = (namespace: string, metric: string, signal = SIGNAL) =>
    source.getValues({ namespace, metric, metricSelector: 'a=b' }, signal);
  const owns = (namespace: string, metric: string) => source.owns?.({ namespace, metric, metricSelector: '' });
  return { index, source, read, owns, asked };
}

describe('what is kept of an HPA', () => {
  test('its queries, and what is wrong with them alone', () => {
    expect(projected('shop/web', ['orders'], { orders: 'sum(orders)', other: 'up', empty: '' })).toEqual({
      namespace: 'shop',
      name: 'web',
      queries: [{ metric: 'orders', promql: 'sum(orders)' }],
      problems: [
        { annotation: 'podtide.dev/query.empty', value: '', rule: { code: 'NoQuery' } },
        { annotation: 'podtide.dev/query.other', value: 'up', rule: { code: 'WithoutMetric', metric: 'other' } },
      ],
    });
  });

  test.each<{ why: string; hpa: KubeObject }>([
    { why: 'no queries', hpa: hpaOf('shop/web', ['orders'], {}) },
    { why: 'no annotations', hpa: { metadata: { namespace: 'shop', name: 'web' } } },
    { why: 'no spec', hpa: { ...hpaOf('shop/web', [], { orders: 'up' }), spec: null } as KubeObject },
    { why: 'a spec of nothing', hpa: { ...hpaOf('shop/web', [], { orders: 'up' }), spec: {} } as KubeObject },
  ])('next to nothing: $why', ({ hpa }) => {
    expect(projectQueries(hpa, HPA_API_V2, 'all')).toEqual({
      namespace: 'shop',
      name: 'web',
      queries: [],
      problems: [],
    });
  });
});

describe('metrics that HPAs bring their queries along for', () => {
  const WEB = projected('shop/web', ['orders', 'carts'], { orders: 'sum(orders)', carts: 'sum(carts)' });

  test('are answered in the namespaces of these HPAs, and in no other', async () => {
    const { read, owns, asked } = sourceOf([WEB]);
    expect(await read('shop', 'orders')).toEqual([
      { metric: 'orders', labels: null, atMs: 1, windowMs: null, value: '7' },
    ]);
    expect(asked).toEqual([{ namespace: 'shop', metric: 'orders', metricSelector: 'a=b', promql: 'sum(orders)' }]);
    expect([owns('shop', 'orders'), owns('bank', 'orders'), owns('', 'orders'), owns('shop', 'other')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    await expect(read('bank', 'orders')).rejects.toMatchObject({ reason: 'unknownMetric' });
  });

  test('are listed once, in the order of their names, and in the same array until they change', async () => {
    const { index, source } = sourceOf([WEB, projected('bank/web', ['orders'], { orders: 'up' })]);
    const listed = await source.listMetrics(SIGNAL);
    expect(listed).toEqual(['carts', 'orders']);
    const changed = projected('shop/web', ['orders', 'carts'], { orders: 'max(orders)', carts: 'sum(carts)' });
    index.set(changed, WEB);
    expect(await source.listMetrics(SIGNAL)).toBe(listed);
    index.remove(changed);
    expect(await source.listMetrics(SIGNAL)).toEqual(['orders']);
  });

  test('several HPAs may bring the same query', async () => {
    const { read, asked } = sourceOf([WEB, projected('shop/api', ['orders'], { orders: 'sum(orders)' })]);
    await read('shop', 'orders');
    expect(asked).toHaveLength(1);
  });

  test('but not different ones: nobody is served another’s', async () => {
    const api = projected('shop/api', ['orders'], { orders: 'max(orders)' });
    const { index, read, owns, asked } = sourceOf([WEB, api]);
    expect(owns('shop', 'orders')).toBe(true);
    await expect(read('shop', 'orders')).rejects.toMatchObject({
      kind: 'conflict',
      message:
        'HPAs shop/api, shop/web: annotation podtide.dev/query.orders: must be the same on all HPAs of a namespace',
    });
    expect(asked).toEqual([]);
    index.remove(api);
    await read('shop', 'orders');
    expect(asked).toHaveLength(1);
  });

  test('an annotation that is ignored is nobody’s metric; whoever is asked all the same says why', async () => {
    const { read, owns, source } = sourceOf([
      projected('sales/web', ['orders'], { orders: 'sum(orders)' }),
      projected('shop/web', [], { orders: 'sum(orders)' }),
    ]);
    expect([owns('sales', 'orders'), owns('shop', 'orders'), await source.listMetrics(SIGNAL)]).toEqual([
      false,
      false,
      [],
    ]);
    await expect(read('sales', 'orders')).rejects.toMatchObject({
      kind: 'denied',
      message:
        'HPA sales/web: annotation podtide.dev/query.orders: "sum(orders)" must not stand in the namespace sales, which is none of --query-annotation-namespaces; it is ignored',
    });
    await expect(read('shop', 'orders')).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('goes together with a metric of type External that is called orders'),
    });
  });

  test('one HPA’s good query stands beside another’s that is ignored', async () => {
    const { read } = sourceOf([WEB, projected('shop/api', [], { orders: 'max(orders)' })]);
    expect(await read('shop', 'orders')).toHaveLength(1);
  });
});

describe('a query without an answer', () => {
  const WEB = projected('shop/web', ['orders'], { orders: 'sum(orders' });
  const refused = (problem: PrometheusFailure['problem']) => new PrometheusFailure('main', 'query "x"', problem);

  test.each([
    {
      why: 'what is wrong with it is its author’s to know',
      thrown: new Failure('invalid', 'PromQL 1:11: cannot be read from here on'),
      expected: {
        kind: 'invalid',
        message: 'HPA shop/web: annotation podtide.dev/query.orders: PromQL 1:11: cannot be read from here on',
      },
    },
    {
      why: 'so is what Prometheus finds',
      thrown: refused({ code: 'BadQuery', detail: 'unknown function' }),
      expected: { kind: 'invalid', message: expect.stringContaining('unknown function') },
    },
    {
      why: 'that Prometheus does not know us is not',
      thrown: refused({ code: 'Unauthorized' }),
      expected: { name: 'Failure', reason: 'unfetched' },
    },
    { why: 'a bug is none of these', thrown: new TypeError('bug'), expected: { name: 'TypeError' } },
  ])('$why', async ({ thrown, expected }) => {
    const { read } = sourceOf([WEB], () => Promise.reject(thrown));
    await expect(read('shop', 'orders')).rejects.toMatchObject(expected);
  });

  test('whoever asks no longer gets their own reason', async () => {
    const gone = new AbortController();
    const { read } = sourceOf([WEB], () => {
      gone.abort(new Error('gone'));
      return Promise.reject(new Failure('unavailable', 'aborted'));
    });
    await expect(read('shop', 'orders', gone.signal)).rejects.toThrow('gone');
  });
});

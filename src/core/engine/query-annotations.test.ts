import { describe, expect, it } from 'vitest';
import { factsOf, hpaOf, queuePerReplica, valueSamples } from '../../../test/fixtures/engine-facts.ts';
import { decideGiven, factsGiven, type Given, told } from '../../../test/fixtures/own-options.ts';
import { HPA_OPTION_PROBLEMS_COUNT_MAX } from '../../base/limits.ts';
import type { MetricSpec } from '../autoscaling/types.ts';
import { DEFAULT_ENGINE_OPTIONS, type EngineOptions, type NamespaceList } from './options.ts';
import { plan } from './plan.ts';

const QUEUE = queuePerReplica('10');
/** Of a name that an External metric has too. */
const PODS: MetricSpec = {
  type: 'Pods',
  pods: { metric: { name: 'orders' }, target: { type: 'AverageValue', averageValue: '1' } },
};

function optionsOf(queryNamespaces: NamespaceList | null): EngineOptions {
  return { ...DEFAULT_ENGINE_OPTIONS, queryNamespaces };
}

function given(annotations: Record<string, string>, queryNamespaces: NamespaceList | null, more: Given = {}): Given {
  const spec = { metrics: [QUEUE] };
  return { annotations, spec, samples: valueSamples(60_000), options: optionsOf(queryNamespaces), ...more };
}

const MINE = { 'query.queue': 'sum by (q) (\n  queue)' };
const IN_FORCE = { code: 'Query', metric: 'queue', promql: 'sum by (q) ( queue)' };

describe('a query that an HPA brings along', () => {
  it.each<{ why: string; namespaces: NamespaceList | null; promql: string | undefined }>([
    { why: 'all namespaces may', namespaces: 'all', promql: MINE['query.queue'] },
    { why: 'this one may', namespaces: ['bank', 'shop'], promql: MINE['query.queue'] },
    { why: 'another one may', namespaces: ['bank'], promql: undefined },
    { why: 'none may', namespaces: [], promql: undefined },
    { why: 'that is somebody else’s to say', namespaces: null, promql: undefined },
  ])('is planned where it may be: $why', ({ namespaces, promql }) => {
    const { queries } = plan(factsGiven(given(MINE, namespaces)), optionsOf(namespaces));
    const asked = { index: 0, namespace: 'shop', spec: QUEUE, kind: 'external', metric: 'queue', metricSelector: '' };
    expect(queries).toEqual([{ ...asked, ...(promql === undefined ? {} : { promql }) }]);
  });

  it('belongs to the External metric of its name alone', () => {
    const facts = factsOf(hpaOf([PODS, QUEUE]), 3, []);
    const { object } = facts.hpa as { readonly object: ReturnType<typeof hpaOf> };
    const annotations = { 'podtide.dev/query.orders': 'orders', 'podtide.dev/query.queue': 'queue' };
    const hpa = { kind: 'found', object: { ...object, metadata: { ...object.metadata, annotations } } } as const;
    const { queries } = plan({ ...facts, hpa }, optionsOf('all'));
    expect(queries.map((query) => [query.kind, 'promql' in query ? query.promql : null])).toEqual([
      ['pods', null],
      ['external', 'queue'],
    ]);
  });

  it.each<{ why: string; namespaces: NamespaceList | null; isDirect: boolean }>([
    { why: 'put to Prometheus', namespaces: ['shop'], isDirect: true },
    { why: 'left to others', namespaces: null, isDirect: false },
  ])('is told in the trace, and as no event: $why', ({ namespaces, isDirect }) => {
    const decision = decideGiven(given(MINE, namespaces));
    expect(decision.trace.options).toEqual({ inForce: [{ ...IN_FORCE, isDirect }], ignored: [] });
    expect(decision.desiredReplicas).toBe(6);
    expect(told(decision).filter((event) => event.includes('InvalidOption'))).toEqual([]);
  });
});

describe('a query that cannot be used is told, and ignored', () => {
  it.each<{ why: string; annotations: Record<string, string>; namespaces: NamespaceList | null; says: string }>([
    {
      why: 'no metric of that name',
      annotations: { 'query.orders': 'sum(\n orders)' },
      namespaces: null,
      says: 'annotation podtide.dev/query.orders: "sum( orders)" goes together with a metric of type External that is called orders; it is ignored',
    },
    {
      why: 'a namespace that may not',
      annotations: MINE,
      namespaces: ['bank'],
      says: 'annotation podtide.dev/query.queue: "sum by (q) ( queue)" must not stand in the namespace shop, which is none of --query-annotation-namespaces; it is ignored',
    },
    {
      why: 'no text',
      annotations: { 'query.queue': '' },
      namespaces: 'all',
      says: 'annotation podtide.dev/query.queue: "" must be PromQL such as sum(rate(http_requests_total[2m])); it is ignored',
    },
  ])('$why', ({ annotations, namespaces, says }) => {
    const decision = decideGiven(given(annotations, namespaces));
    expect(told(decision).filter((event) => event.includes('InvalidOption'))).toEqual([
      `Warning InvalidOption: ${says}`,
    ]);
    expect(decision.trace.options?.inForce).toEqual([]);
    expect(decision.desiredReplicas).toBe(6);
  });

  it('a metric whose source is missing has no name', () => {
    const decision = decideGiven(given(MINE, 'all', { spec: { metrics: [{ type: 'External' }] } }));
    expect(decision.trace.options?.ignored.map(({ rule }) => rule)).toEqual([
      { code: 'WithoutMetric', metric: 'queue' },
    ]);
  });

  it('of many, no more than the limit', () => {
    const many = Array.from({ length: HPA_OPTION_PROBLEMS_COUNT_MAX }, (_, index) => [`query.m${index}`, 'up']);
    const decision = decideGiven(given({ ...Object.fromEntries(many), 'sync-period': 'x' }, 'all'));
    expect(decision.trace.options?.ignored).toHaveLength(HPA_OPTION_PROBLEMS_COUNT_MAX);
    expect(decision.trace.options?.ignored[0]?.annotation).toBe('podtide.dev/sync-period');
  });
});

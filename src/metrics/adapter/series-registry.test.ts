import { describe, expect, test } from 'vitest';
import { parseSelector } from '../../base/label-selector.ts';
import { ADAPTER_METRICS_COUNT_MAX } from '../../base/limits.ts';
import { builtInKinds } from './check/built-in-kinds.ts';
import { decodeAdapterConfig } from './config/config-decoding.ts';
import { ExternalRegistry } from './external-registry.ts';
import { createKindMapper, type KindMapper } from './kinds.ts';
import { type CompiledRule, compileRule } from './rule.ts';
import { type DiscoveredSeries, discoverySelectors } from './series.ts';
import { SeriesRegistry } from './series-registry.ts';

const KINDS = builtInKinds();

function rulesOf(yaml: string, kinds: KindMapper = KINDS): readonly CompiledRule[] {
  const decoded = decodeAdapterConfig(yaml);
  if (decoded.kind === 'refused') throw new Error(JSON.stringify(decoded.problems));
  return [...decoded.config.rules, ...decoded.config.externalRules].map((rule) => {
    const result = compileRule(rule, kinds);
    if (result.kind === 'refused') throw new Error(JSON.stringify(result.problems));
    return result.rule;
  });
}

function series(name: string, ...labelNames: readonly string[]): DiscoveredSeries {
  return { name, labelNames };
}

function everything() {
  const parsed = parseSelector('');
  if (parsed.kind !== 'selector') throw new Error('the empty selector is one');
  return parsed.selector;
}

const TWO_RULES = `rules:
- seriesQuery: q
  resources: {template: <<.Resource>>}
  name: {as: same}
  metricsQuery: 'first(<<.Series>>{<<.LabelMatchers>>})'
- seriesQuery: r
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  name: {as: same}
  metricsQuery: 'second(<<.Series>>{<<.LabelMatchers>>})'
- seriesQuery: q
  resources: {template: <<.Resource>>}
  seriesFilters: [{is: nothing}]
  metricsQuery: x
`;

describe('the registry of custom metrics', () => {
  test('asks for each selector once, in the order of the file', () => {
    expect([...discoverySelectors(rulesOf(TWO_RULES)).values()]).toEqual([
      { backend: null, seriesQuery: 'q' },
      { backend: null, seriesQuery: 'r' },
    ]);
  });

  test('tells which series lost a metric to which, for each resource', () => {
    const found = new Map([
      ['q', [series('a', 'pod', 'namespace', 'service'), series('b', 'pod', 'namespace')]],
      ['r', [series('c', 'pod', 'namespace')]],
    ]);
    const registry = new SeriesRegistry(rulesOf(TWO_RULES), found, KINDS);
    const losers = [
      { series: 'a', rulePath: 'rules[0]' },
      { series: 'b', rulePath: 'rules[0]' },
    ];
    const winner = { series: 'c', rulePath: 'rules[1]' };
    expect(registry.collisions).toEqual([
      { metric: { resource: 'namespaces', isNamespaced: false, metric: 'same' }, winner, losers },
      { metric: { resource: 'pods', isNamespaced: true, metric: 'same' }, winner, losers },
    ]);
    expect(registry.metrics).toEqual([
      { resource: 'namespaces', isNamespaced: false, metric: 'same' },
      { resource: 'pods', isNamespaced: true, metric: 'same' },
      { resource: 'services', isNamespaced: true, metric: 'same' },
    ]);
  });

  test('one series that is told twice collides with nothing', () => {
    const found = new Map([['r', [series('c', 'pod', 'namespace'), series('c', 'pod', 'namespace', 'x')]]]);
    expect(new SeriesRegistry(rulesOf(TWO_RULES), found, KINDS).collisions).toEqual([]);
  });

  test('a series that newer lists do not have gives way to those that are there, whatever their rule, and collides with none', () => {
    const missed = { ...series('c', 'pod', 'namespace'), missedCount: 1 };
    const rules = rulesOf(TWO_RULES);
    const asked = (found: ReadonlyMap<string, readonly DiscoveredSeries[]>) => {
      const registry = new SeriesRegistry(rules, found, KINDS);
      const request = { resource: { group: '', resource: 'pods' }, isNamespaced: true, metric: 'same' };
      const query = registry.query(request, { namespace: 'shop', names: ['x'], metricSelector: everything() });
      const external = new ExternalRegistry(rules, found).query('same', 'shop', everything());
      return { query, external, collisions: registry.collisions };
    };
    const there: readonly [string, DiscoveredSeries[]] = ['q', [series('a', 'pod', 'namespace')]];
    expect(asked(new Map([there, ['r', [missed]]]))).toEqual({
      query: { kind: 'query', query: 'first(a{namespace="shop",pod="x"})' },
      external: { kind: 'query', query: 'first(a{namespace="shop"})' },
      collisions: [],
    });
    expect(asked(new Map([['r', [missed]]]))).toMatchObject({
      query: { query: 'second(c{namespace="shop",pod="x"})' },
      external: { query: 'second(c{namespace="shop"})' },
    });
  });

  test('holds so many metrics, and counts those beyond', () => {
    const many = Array.from({ length: ADAPTER_METRICS_COUNT_MAX + 3 }, (_, index) => series(`m${index}`, 'namespace'));
    const yaml = 'rules:\n- seriesQuery: q\n  resources: {template: <<.Resource>>}\n  metricsQuery: x\n';
    const registry = new SeriesRegistry(rulesOf(yaml), new Map([['q', many]]), KINDS);
    expect([registry.metrics.length, registry.leftOutCount]).toEqual([ADAPTER_METRICS_COUNT_MAX, 3]);
    const external = new ExternalRegistry(rulesOf(yaml), new Map([['q', many]]));
    expect([external.metrics.length, external.leftOutCount]).toEqual([ADAPTER_METRICS_COUNT_MAX, 3]);
  });

  test('a kind that the cluster lacks leaves its part out, and comes with its definition', () => {
    const yaml =
      'rules:\n- seriesQuery: q\n  resources: {overrides: {namespace: {resource: namespace}, brand: {group: cheese.io, resource: brand}}}\n  metricsQuery: <<.Series>>{<<.LabelMatchers>>}\n';
    const found = new Map([['q', [series('a', 'brand', 'namespace')]]]);
    const core = { name: '', versions: [versionOf('v1', 'namespaces', 'Namespace')] };
    const cheese = { name: 'cheese.io', versions: [versionOf('v1', 'brands', 'Brand')] };
    const before = createKindMapper([core]);
    const after = createKindMapper([core, cheese]);
    const [rule] = rulesOf(yaml, before);
    expect(rule?.association.inactive).toEqual([{ label: 'brand', target: { group: 'cheese.io', resource: 'brand' } }]);
    const registry = new SeriesRegistry(rulesOf(yaml, before), found, before);
    expect(registry.metrics.map(({ resource }) => resource)).toEqual(['namespaces']);
    const later = new SeriesRegistry(rulesOf(yaml, after), found, after);
    expect(later.metrics.map(({ resource }) => resource)).toEqual(['brands.cheese.io', 'namespaces']);
    const request = { resource: { group: 'cheese', resource: 'Brand' }, isNamespaced: true, metric: 'a' };
    expect(later.query(request, { namespace: 'shop', names: ['brie'], metricSelector: everything() })).toEqual({
      kind: 'query',
      query: 'a{namespace="shop",brand="brie"}',
    });
    expect(later.resourceLabel(request)).toBe('brand');
    expect(registry.resourceLabel(request)).toBeUndefined();
  });
});

function versionOf(version: string, resource: string, kind: string) {
  return { version, resources: [{ type: { resource }, kind, singular: '' }] };
}

import { expect, test } from 'vitest';
import { builtInKinds } from './check/built-in-kinds.ts';
import { decodeAdapterConfig } from './config/config-decoding.ts';
import { compileResourceRules, usageQuantity } from './resource-queries.ts';

const RULE = `
    containerQuery: sum(rate(cpu{<<.LabelMatchers>>}[1m])) by (<<.GroupBy>>)
    nodeQuery: sum(rate(cpu{<<.LabelMatchers>>, id='/'}[1m])) by (<<.GroupBy>>)
    containerLabel: container
    resources:
      overrides:
        instance: {resource: nodes}
        namespace: {resource: namespace}
        pod: {resource: pod}
`;

function compiled(yaml: string) {
  const decoded = decodeAdapterConfig(yaml);
  if (decoded.kind === 'refused' || decoded.config.resourceRules === null) throw new Error('no resource rules');
  return compileResourceRules(decoded.config.resourceRules, builtInKinds());
}

test('ask for containers of pods by namespace, and for nodes', () => {
  const rules = compiled(`resourceRules:\n  cpu:${RULE}\n  memory:${RULE}\n  window: 1m\n`);
  if (rules.kind !== 'rules') throw new Error('refused');
  expect(rules.windowMs).toBe(60_000);
  expect(rules.cpu.containerLabel).toBe('container');
  expect(rules.cpu.pods('shop', ['a', 'b'])).toEqual({
    kind: 'query',
    query: 'sum(rate(cpu{namespace="shop",pod=~"a|b"}[1m])) by (pod,container)',
  });
  expect(rules.memory.nodes(['n1'])).toEqual({
    kind: 'query',
    query: `sum(rate(cpu{instance="n1", id='/'}[1m])) by (instance)`,
  });
  const row = (labels: Readonly<Record<string, string>>) => ({ labels, value: 1, atMs: 0 });
  const rows = [row({ pod: 'a', container: 'x' }), row({ pod: 'a', container: 'y' }), row({ instance: 'n1' })];
  expect([...rules.cpu.rowsByPod(rows)].map(([name, own]) => [name, own.length])).toEqual([
    ['a', 2],
    ['', 1],
  ]);
  expect([...rules.cpu.rowsByNode(rows)].map(([name, own]) => [name, own.length])).toEqual([
    ['', 2],
    ['n1', 1],
  ]);
});

test('without queries and labels they compile, as upstream starts with them, and nothing can be asked', () => {
  const rules = compiled('resourceRules: {}');
  if (rules.kind !== 'rules') throw new Error('refused');
  expect(rules.cpu.pods('shop', ['a'])).toEqual({
    kind: 'none',
    reason:
      'unable to convert resource namespaces into label: no generic resource label form specified for this metric',
  });
  expect(rules.cpu.rowsByPod([])).toEqual(new Map());
});

test('every problem is told', () => {
  const rules = compiled(
    `resourceRules:\n  cpu: {containerQuery: '<<', nodeQuery: '<<x>>', resources: {overrides: {pod: {}}}}\n`,
  );
  const problems = rules.kind === 'refused' ? rules.problems : [];
  expect(problems.map(({ path, finding }) => `${path} ${finding.code}`)).toEqual([
    'resourceRules.cpu.resources.overrides.pod OverrideEmpty',
    'resourceRules.cpu.containerQuery TemplateSyntax',
    'resourceRules.cpu.nodeQuery TemplateSyntax',
  ]);
});

test.each([
  { why: 'cores', value: 0.2509, resource: 'cpu', expected: '250m' },
  { why: 'bytes that 1024 divides', value: 104857600, resource: 'memory', expected: '100Mi' },
  { why: 'bytes that it does not', value: 123456789, resource: 'memory', expected: '123456789' },
  { why: 'negative usage is none', value: -1, resource: 'cpu', expected: '0' },
  { why: 'not a number is missing', value: Number.NaN, resource: 'memory', expected: undefined },
  { why: 'so is what is infinite', value: Number.NEGATIVE_INFINITY, resource: 'cpu', expected: undefined },
  { why: 'and more than a quantity holds', value: 1e16, resource: 'memory', expected: undefined },
] as const)('usage as a quantity: $why', ({ value, resource, expected }) => {
  expect(usageQuantity(value, resource)).toBe(expected);
});

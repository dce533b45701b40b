import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { found, KINDS } from '../../../../test/fixtures/adapter-check.ts';
import {
  ADAPTER_CONFIG_DEPTH_MAX,
  ADAPTER_CONFIG_LENGTH_MAX,
  ADAPTER_CONFIG_VALUES_COUNT_MAX,
  ADAPTER_FINDINGS_COUNT_MAX,
} from '../../../base/limits.ts';
import { checkAdapterConfig } from './check-config.ts';

describe('resource rules', () => {
  const CPU =
    "containerQuery: 'sum(rate(cpu_seconds_total{<<.LabelMatchers>>}[1m])) by (<<.GroupBy>>)', nodeQuery: 'sum(rate(cpu_seconds_total{<<.LabelMatchers>>}[1m])) by (<<.GroupBy>>)'";
  const RESOURCES =
    'resources: {overrides: {instance: {resource: nodes}, namespace: {resource: namespace}, pod: {resource: pod}}}, containerLabel: container';
  const MEMORY = CPU.replaceAll(/rate\(cpu_seconds_total(\{<<.LabelMatchers>>\})\[1m\]\)/g, 'memory_bytes$1');

  test.each([
    {
      why: 'all well',
      text: `resourceRules:\n  cpu: {${CPU}, ${RESOURCES}}\n  memory: {${MEMORY}, ${RESOURCES}}\n  window: 1m\n`,
      expected: [],
    },
    {
      why: 'a window that is not the queries’',
      text: `resourceRules:\n  cpu: {${CPU}, ${RESOURCES}}\n  memory: {${MEMORY}, ${RESOURCES}}\n  window: 5m\n`,
      expected: ['4:11 resourceRules.window WindowDiffers {"window":"5m0s","range":"1m"}'],
    },
    {
      why: 'labels missing, a bare counter, no window',
      text: `resourceRules:\n  cpu: {containerQuery: 'sum(x_total{<<.LabelMatchers>>}) by (<<.GroupBy>>)', resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}}\n  memory: {${MEMORY}, ${RESOURCES}}\n`,
      expected: [
        '1:1 resourceRules WindowMissing',
        '2:8 resourceRules.cpu ContainerLabelMissing',
        expect.stringMatching(/^2:25 resourceRules\.cpu\.containerQuery CounterWithoutRate /),
        '2:90 resourceRules.cpu.resources ResourceLabelMissing {"resource":"nodes"}',
      ],
    },
  ])('$why', ({ text, expected }) => expect(found(text)).toEqual(expected));
});

describe('values of the Helm chart', () => {
  const VALUES = `prometheus:\n  url: http://prometheus\nrules:\n  default: false\n  # ours\n  custom:\n  - seriesQuery: 'requests{namespace!="",pod!=""}' # kept\n    resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}\n    metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'\n  external: []\n`;

  test('are recognised, and what the chart makes of them is shown', () => {
    const [first, ...others] = checkAdapterConfig(VALUES, KINDS).findings;
    expect(others).toEqual([]);
    expect(first?.finding).toEqual({
      code: 'ChartValues',
      converted: expect.any(String),
      hasDefaultRules: false,
      prometheusUrl: 'http://prometheus:9090',
    });
    const converted = first?.finding.code === 'ChartValues' ? first.finding.converted : '';
    expect(converted).toContain('# kept');
    expect(converted).not.toContain('prometheus:');
    expect(found(converted)).toEqual([]);
  });

  test.each([
    { why: 'nothing of it', values: 'rules: {custom: []}', expected: null },
    { why: 'all that the chart says itself', values: 'prometheus: {}', expected: 'http://prometheus.default.svc:9090' },
    {
      why: 'the words of tutorials',
      values: 'prometheus: {url: http://prometheus-kube-prometheus-prometheus.prometheus, port: 9090}',
      expected: 'http://prometheus-kube-prometheus-prometheus.prometheus:9090',
    },
    {
      why: 'no port, and a path',
      values: 'prometheus: {url: https://thanos.test, port: 0, path: /team}',
      expected: 'https://thanos.test/team',
    },
  ])('say where Prometheus is: $why', ({ values, expected }) => {
    expect(checkAdapterConfig(values, KINDS).findings[0]?.finding).toMatchObject({ prometheusUrl: expected });
  });

  test.each([
    { why: 'the chart adds its rules unless told otherwise', text: VALUES.replace('default: false', 'default: true') },
    { why: 'also when it is told nothing', text: VALUES.replace('  default: false\n', '') },
  ])('$why', ({ text }) => {
    expect(checkAdapterConfig(text, KINDS).findings[0]?.finding).toEqual(
      expect.objectContaining({ code: 'ChartValues', hasDefaultRules: true }),
    );
  });
});

describe('manifests', () => {
  test('of a ConfigMap are recognised, with the texts in it', () => {
    const text = '# ours\napiVersion: v1\nkind: ConfigMap\ndata:\n  config.yaml: |\n    rules: []\n';
    const [first, ...others] = checkAdapterConfig(text, KINDS).findings;
    expect(others).toEqual([]);
    expect(first?.finding).toEqual({
      code: 'Manifest',
      objectKind: 'ConfigMap',
      files: [['config.yaml', 'rules: []\n']],
    });
    expect(first?.place).toMatchObject({ line: 2, column: 1 });
  });

  test.each([
    { why: 'of another kind', text: 'apiVersion: apps/v1\nkind: Deployment\n' },
    { why: 'of a ConfigMap with nothing in it', text: 'apiVersion: v1\nkind: ConfigMap\n' },
  ])('$why are recognised', ({ text }) => {
    expect(checkAdapterConfig(text, KINDS).findings[0]?.finding).toMatchObject({ code: 'Manifest', files: [] });
  });

  test('with rules beside are configuration files with two keys too many', () => {
    const { findings } = checkAdapterConfig('apiVersion: v1\nkind: ConfigMap\nrules: []\n', KINDS);
    expect(findings.map(({ finding }) => finding.code)).toEqual(['UnknownKey', 'UnknownKey']);
  });
});

describe('bounds', () => {
  test.each([
    {
      why: 'characters',
      text: `rules: []${' '.repeat(ADAPTER_CONFIG_LENGTH_MAX)}`,
      expected: [`1:1  FileTooLarge {"what":"characters","countMax":${ADAPTER_CONFIG_LENGTH_MAX}}`],
    },
    {
      why: 'values, those of aliases counted each time',
      text: `rules:\n- &a {name: {as: x}, resources: {template: y}}\n${'- *a\n'.repeat(ADAPTER_CONFIG_VALUES_COUNT_MAX / 5)}`,
      expected: [expect.stringMatching(/FileTooLarge \{"what":"values"/)],
    },
    {
      why: 'findings',
      text: `rules:\n${'- {x: 1}\n'.repeat(ADAPTER_FINDINGS_COUNT_MAX + 5)}`,
      expected: expect.objectContaining({ length: ADAPTER_FINDINGS_COUNT_MAX }),
    },
    {
      why: 'an anchor that is used within itself',
      text: `rules:\n- &a\n  seriesQuery: x\n  <<: *a\n`,
      expected: [expect.stringMatching(new RegExp(`FileTooLarge .*${ADAPTER_CONFIG_DEPTH_MAX}`))],
    },
  ])('$why', ({ text, expected }) => expect(found(text)).toEqual(expected));
});

test('upstream’s own default rules have no mistakes; a rule as blogs show it has five', () => {
  const facts = readFileSync('test/conformance/adapter/config.jsonl', 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const files = facts.map((line) => JSON.parse(line)).filter(({ why }) => why === 'whole files');
  expect(files).toHaveLength(2);
  const [defaults, seed] = files.map(({ yaml }) =>
    found(yaml).map((line) => line.replace(/^\d+:\d+ (\S+) (\w+).*$/, '$1 $2')),
  );
  expect(defaults).toEqual([]);
  expect(seed).toEqual([
    'rules[0].resources NoAssociation',
    'rules[0].name.matches GroupUnused',
    'rules[0].name.as SeveralSeriesOneName',
    'rules[0].metricsQuery CounterWithoutRate',
    'rules[0].metricsQuery AverageOfSeries',
  ]);
});

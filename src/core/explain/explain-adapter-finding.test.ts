import { describe, expect, test } from 'vitest';
import type { AdapterFinding } from './adapter-finding.ts';
import { explainAdapterFinding, severityOfAdapterFinding } from './explain-adapter-finding.ts';

/** One of each code. */
const FINDINGS: { readonly [Code in AdapterFinding['code']]: Extract<AdapterFinding, { readonly code: Code }> } = {
  YamlSyntax: { code: 'YamlSyntax', detail: 'no end' },
  ChartValues: {
    code: 'ChartValues',
    converted: 'rules: []',
    hasDefaultRules: true,
    prometheusUrl: 'http://prometheus.monitoring:9090/base',
  },
  Manifest: { code: 'Manifest', objectKind: 'ConfigMap', files: [['config.yaml', 'rules: []']] },
  UnknownKey: { code: 'UnknownKey', key: 'rulez', known: ['rules'], meant: 'rules' },
  DuplicateKey: { code: 'DuplicateKey', key: 'as', firstLine: 7 },
  WrongType: { code: 'WrongType', expected: 'boolean', found: 'text', value: 'false' },
  BadDuration: { code: 'BadDuration', value: '5' },
  UnknownWord: { code: 'UnknownWord', word: 'nil', known: ['missing', 'zero'] },
  FilterChoice: { code: 'FilterChoice', isBoth: true },
  BadRegexp: { code: 'BadRegexp', expression: '(?!x)', detail: 'unsupported', construct: 'lookAhead' },
  AsMissing: { code: 'AsMissing', expression: '(a)(b)', groupCount: 2 },
  TemplateSyntax: { code: 'TemplateSyntax', detail: 'unclosed action' },
  LabelTemplateFails: { code: 'LabelTemplateFails', detail: 'no field' },
  LabelTemplateEmpty: { code: 'LabelTemplateEmpty' },
  LabelTemplateNoResource: { code: 'LabelTemplateNoResource' },
  OverrideEmpty: { code: 'OverrideEmpty', label: 'pod' },
  BackendUnknown: { code: 'BackendUnknown', name: 'team-a', known: ['main'] },
  FileTooLarge: { code: 'FileTooLarge', what: 'values', countMax: 9 },
  KindUnknown: { code: 'KindUnknown', label: 'b', resource: 'brands.cheese.io' },
  NoAssociation: { code: 'NoAssociation' },
  NoNamespaceLabel: { code: 'NoNamespaceLabel', isExternal: true },
  TwoLabelsForResource: { code: 'TwoLabelsForResource', resource: 'pods', used: 'pod', other: 'pod_name' },
  SeriesQueryEmpty: { code: 'SeriesQueryEmpty' },
  SeriesQuerySyntax: { code: 'SeriesQuerySyntax', detail: 'no braces' },
  SeriesQueryMatchesAll: { code: 'SeriesQueryMatchesAll' },
  NameNeverMatches: { code: 'NameNeverMatches', series: 'up', expression: '^x' },
  EmptyName: { code: 'EmptyName', series: 'a_total', reference: '$1_x' },
  UnknownGroup: { code: 'UnknownGroup', reference: '$2', expression: '(.*)' },
  TemplateInName: { code: 'TemplateInName', value: '<<.Series>>' },
  SlashInExternalName: { code: 'SlashInExternalName', name: 'a/b' },
  SeveralSeriesOneName: { code: 'SeveralSeriesOneName', name: 'x', expression: '.*x' },
  MetricTwice: { code: 'MetricTwice', metric: 'm', resources: ['pods'], firstLine: 7 },
  CurlyDelimiters: { code: 'CurlyDelimiters', found: '{{.Series}}' },
  QueryMissing: { code: 'QueryMissing' },
  TemplateFails: { code: 'TemplateFails', detail: 'no field' },
  QueryEmpty: { code: 'QueryEmpty' },
  QuerySyntax: { code: 'QuerySyntax', detail: 'no end', query: 'sum(a' },
  CounterWithoutRate: { code: 'CounterWithoutRate', series: 'a_total', query: 'sum(a_total)' },
  LeadingComma: { code: 'LeadingComma', query: 'a{,b="c"}' },
  NotGrouped: { code: 'NotGrouped', query: 'sum(a)' },
  MatchersUnused: { code: 'MatchersUnused', query: 'a' },
  ExportedLabel: { code: 'ExportedLabel', label: 'exported_pod', plain: 'pod', resource: 'pods' },
  ResourceLabelMissing: { code: 'ResourceLabelMissing', resource: 'nodes' },
  ContainerLabelMissing: { code: 'ContainerLabelMissing' },
  WindowMissing: { code: 'WindowMissing' },
  NamespacedIgnored: { code: 'NamespacedIgnored' },
  BackendNamed: { code: 'BackendNamed', name: 'team-a' },
  OwnKey: { code: 'OwnKey', key: 'nan' },
  GroupUnused: { code: 'GroupUnused', expression: '(.*)x', name: 'x' },
  LabelNotRequired: { code: 'LabelNotRequired', labels: ['pod'] },
  AverageOfSeries: { code: 'AverageOfSeries', query: 'avg(a)' },
  WindowDiffers: { code: 'WindowDiffers', window: '5m0s', range: '1m' },
  SeriesQueryRefused: { code: 'SeriesQueryRefused', problem: { code: 'BadQuery', detail: 'no end' } },
  NoSeries: { code: 'NoSeries', series: 'up', window: '10m0s' },
  MatchersUnmet: { code: 'MatchersUnmet', series: 'up', seriesCount: 8, missing: ['pod'], labels: ['instance'] },
  AllLeftOut: { code: 'AllLeftOut', by: 'rules[3].name.matches', names: ['up'], nameCount: 8 },
  NoMappedLabel: { code: 'NoMappedLabel', labels: ['instance'] },
  LabelAbsent: {
    code: 'LabelAbsent',
    label: 'ns',
    resource: 'namespaces',
    metric: 'pods/up',
    metricCount: 8,
    series: 'up',
    labels: ['instance'],
  },
  CounterByType: { code: 'CounterByType', series: 'ups', seriesCount: 8, query: 'sum(ups)' },
  ExportedSeries: { code: 'ExportedSeries', series: 'up', label: 'exported_pod', plain: 'pod', resource: 'pods' },
  MetricLost: { code: 'MetricLost', metrics: ['pods/up'], metricCount: 8, winnerLine: 7 },
  SeriesLost: { code: 'SeriesLost', metric: 'up', used: 'up_b', lost: ['up_a'], lostCount: 8 },
  NoQuery: { code: 'NoQuery', metric: 'pods/up', detail: 'empty' },
  TypesUnknown: { code: 'TypesUnknown', problem: { code: 'GaveUp', detail: 'too slow' } },
};

/** Parameters that programs read and sentences leave out, or spell otherwise. */
const UNSPOKEN: ReadonlySet<string> = new Set([
  'isBoth',
  'isExternal',
  'hasDefaultRules',
  'construct',
  'what',
  'expected',
  'found',
  'known',
  'query',
  'problem',
]);

describe('explainAdapterFinding', () => {
  test.each(Object.values(FINDINGS))('says all that is known of $code in both languages, and what to do', (finding) => {
    const [en, zh] = [explainAdapterFinding(finding, 'en'), explainAdapterFinding(finding, 'zh-CN')];
    const { code, ...params } = finding;
    for (const { text, action } of [en, zh]) {
      for (const [name, value] of Object.entries(params)) {
        if (!UNSPOKEN.has(name))
          for (const each of [value].flat(2)) expect(`${code}: ${text} ${action}`).toContain(String(each));
      }
      expect(`${text}${action}`).not.toMatch(/undefined|\[object|NaN/);
      expect(text).not.toBe('');
      expect(action).not.toBe('');
    }
    expect(zh.text).toMatch(/\p{Script=Han}/u);
    expect(zh.action).toMatch(/\p{Script=Han}/u);
    expect(`${en.text}${en.action}`).not.toMatch(/\p{Script=Han}/u);
  });

  test.each([
    { why: 'a number of a group', reference: '$1_per_second', en: `\${1}_per_second` },
    { why: 'a name that is none', reference: '$name', en: `\${1}` },
  ])('shows how a group is written: $why', ({ reference, en: written }) => {
    const finding = { code: 'UnknownGroup', reference, expression: '' } as const;
    for (const language of ['en', 'zh-CN'] as const) {
      expect(explainAdapterFinding(finding, language).action).toContain(written);
      expect(explainAdapterFinding(finding, language).text).toContain('.*');
    }
  });

  test('without a backends file the fix is to name one', () => {
    const finding = { code: 'BackendUnknown', name: 'team-a', known: [] } as const;
    for (const language of ['en', 'zh-CN'] as const)
      expect(explainAdapterFinding(finding, language).action).toContain('--prometheus-backends');
  });

  test.each([
    { why: 'no name to look for', finding: { code: 'NoSeries', series: null, window: '10m0s' }, says: '10m0s' },
    {
      why: 'labels that are all there',
      finding: { code: 'MatchersUnmet', series: 'up', seriesCount: 8, missing: [], labels: ['instance'] },
      says: 'instance',
    },
    {
      why: 'one series',
      finding: { code: 'CounterByType', series: 'ups', seriesCount: 1, query: 'sum(ups)' },
      says: 'sum(ups)',
    },
    {
      why: 'what the server said',
      finding: { code: 'SeriesQueryRefused', problem: { code: 'BadQuery', detail: 'no end' } },
      says: 'no end',
    },
    {
      why: 'more names than are listed',
      finding: { code: 'SeriesLost', metric: 'up', used: 'up_b', lost: ['up_a'], lostCount: 8 },
      says: '8',
    },
  ] as const)('says what is left to say of $why', ({ finding, says }) => {
    for (const language of ['en', 'zh-CN'] as const) {
      const { text, action } = explainAdapterFinding(finding, language);
      expect(text).toContain(says);
      expect(`${text}${action}`).not.toMatch(/null|undefined|NaN|, ,|：，/);
    }
  });

  test('a converted file stands below, indented, and its absence is told', () => {
    const plain = { code: 'ChartValues', hasDefaultRules: false, prometheusUrl: null } as const;
    const finding = { ...plain, converted: 'rules:\n- x\n' };
    expect(explainAdapterFinding(finding, 'en').action).toMatch(/:\n {4}rules:\n {4}- x$/);
    expect(explainAdapterFinding({ ...finding, converted: '' }, 'en').action).toBe('there are no rules in them');
  });
});

test('what keeps a file from being loaded is told from what is only to be known', () => {
  const bySeverity = Map.groupBy(Object.values(FINDINGS), severityOfAdapterFinding);
  const counts = [...bySeverity].map(([severity, findings]) => [severity, findings.length]);
  expect(new Map(counts as [string, number][])).toEqual(
    new Map([
      ['refusal', 18],
      ['warning', 38],
      ['note', 8],
    ]),
  );
});

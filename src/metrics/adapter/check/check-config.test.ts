import { describe, expect, test } from 'vitest';
import { found, KINDS, rule } from '../../../../test/fixtures/adapter-check.ts';
import { checkAdapterConfig } from './check-config.ts';

const RATE = `'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'`;
const EXTERNAL = { resources: '{namespaced: false}', seriesQuery: `'queue_depth{queue!=""}'` };

describe('nothing is said of', () => {
  test.each([
    { why: 'a rule that is well', text: rule() },
    {
      why: 'a counter with its rate',
      text: rule({ seriesQuery: `'a_total{namespace!="",pod!=""}'`, metricsQuery: RATE }),
    },
    {
      why: 'a counter whose presence is asked for',
      text: rule({
        seriesQuery: `'a_total{namespace!="",pod!=""}'`,
        metricsQuery: `'count(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'`,
      }),
    },
    {
      why: 'a subquery of a sum',
      text: rule({
        seriesQuery: `'a_total{namespace!="",pod!=""}'`,
        metricsQuery: `'increase(sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)[5m:1m])'`,
      }),
    },
    {
      why: 'a template that asks for the labels of its own rule, which has no pods',
      text: rule({
        seriesQuery: `'requests{ns!="",svc!=""}'`,
        resources: '{overrides: {ns: {resource: namespace}, svc: {resource: service}}}',
        metricsQuery: `'sum(<<.Series>>{ns="<<.LabelValuesByName.ns>>",svc=~"<<.LabelValuesByName.svc>>"}) by (svc)'`,
      }),
    },
    { why: 'a query without aggregation', text: rule({ metricsQuery: `'<<.Series>>{<<.LabelMatchers>>}'` }) },
    { why: 'external series of no namespace', text: rule(EXTERNAL, 'externalRules') },
    { why: 'an empty file', text: '' },
    { why: 'a second document, however wrong', text: `${rule()}---\nfoo: [\n` },
  ])('$why', ({ text }) => {
    expect(found(text)).toEqual([]);
    expect(checkAdapterConfig(text, KINDS).isLoadable).toBe(true);
  });
});

describe('what cannot be loaded', () => {
  test.each([
    {
      why: 'a word that says nothing of what is no number',
      text: 'rules:\n- {seriesQuery: a, nan: none, absent: 0}\nexternalRules:\n- {nan: , absent: missing}\n',
      expected: [
        '2:25 rules[0].nan UnknownWord {"word":"none","known":["missing","zero"]}',
        '2:39 rules[0].absent UnknownWord {"word":"0","known":["missing","zero"]}',
      ],
    },
    {
      why: 'all problems at once, each with its place',
      text: 'rulez: []\nrules:\n- seriesquery: x\n  name: {as: a, as: b}\n  resources: {namespaced: "false"}\nresourceRules:\n  window: 5\n',
      expected: [
        '1:1 rulez UnknownKey {"key":"rulez","known":["rules","externalRules","resourceRules"],"meant":"rules"}',
        '3:3 rules[0].seriesquery UnknownKey {"key":"seriesquery","known":["seriesQuery","seriesFilters","resources","name","metricsQuery","prometheus","nan","absent"],"meant":"seriesQuery"}',
        '4:17 rules[0].name.as DuplicateKey {"key":"as","firstLine":4}',
        '5:27 rules[0].resources.namespaced WrongType {"expected":"boolean","found":"text","value":"false"}',
        '7:11 resourceRules.window BadDuration {"value":"5"}',
      ],
    },
    {
      why: 'a selector that YAML takes for a mapping',
      text: 'rules:\n- seriesQuery: {__name__="x"}\n',
      expected: ['2:16 rules[0].seriesQuery WrongType {"expected":"text","found":"mapping","value":""}'],
    },
    {
      why: 'look-ahead',
      text: rule({ name: `{matches: '(?!foo).*'}` }),
      expected: [
        '5:19 rules[0].name.matches BadRegexp {"expression":"(?!foo).*","detail":"invalid or unsupported Perl syntax: `(?!`","construct":"lookAhead"}',
      ],
    },
    {
      why: 'look-behind in a filter',
      text: rule({ seriesFilters: `[{isNot: '(?<=a)b'}]` }),
      expected: [expect.stringMatching(/^5:27 rules\[0\]\.seriesFilters\[0\]\.isNot BadRegexp .*"lookBehind"/)],
    },
    {
      why: 'two groups and no name',
      text: rule({ name: `{matches: '^(.*)_(total|count)$'}` }),
      expected: ['5:19 rules[0].name.matches AsMissing {"expression":"^(.*)_(total|count)$","groupCount":2}'],
    },
    {
      why: 'filters with both and with nothing',
      text: rule({ seriesFilters: '[{is: a, isNot: b}, {}]' }),
      expected: [
        '5:19 rules[0].seriesFilters[0] FilterChoice {"isBoth":true}',
        '5:38 rules[0].seriesFilters[1] FilterChoice {"isBoth":false}',
      ],
    },
    {
      why: 'a mistake in a template, to the column',
      text: rule({ metricsQuery: `'sum(<<rate .Series>>) by (<<.GroupBy>>)'` }),
      expected: ['4:24 rules[0].metricsQuery TemplateSyntax {"detail":"function \\"rate\\" not defined"}'],
    },
    {
      why: 'a mistake in a block of several lines',
      text: rule({ metricsQuery: '|\n    sum(<<.Series>>{\n    <<.LabelMatchers | nope>>}) by (<<.GroupBy>>)' }),
      expected: ['6:24 rules[0].metricsQuery TemplateSyntax {"detail":"function \\"nope\\" not defined"}'],
    },
    {
      why: 'label templates without a resource, without an end, and of a wrong field',
      text: `${rule({ resources: `{template: 'kube_<<.Group>>'}` })}${rule({ resources: `{template: 'kube_<<.Resource'}` }).replace('rules:\n', '')}${rule({ resources: `{template: 'kube_<<.Kind>>'}` }).replace('rules:\n', '')}`,
      expected: [
        '3:25 rules[0].resources.template LabelTemplateNoResource',
        '6:42 rules[1].resources.template TemplateSyntax {"detail":"unclosed action"}',
        '9:33 rules[2].resources.template LabelTemplateFails {"detail":"can\'t evaluate field Kind in type schema.GroupResource"}',
      ],
    },
    {
      why: 'an override without a resource',
      text: rule({ resources: '{overrides: {namespace: {resource: namespace}, pod: {}}}' }),
      expected: ['3:66 rules[0].resources.overrides.pod OverrideEmpty {"label":"pod"}'],
    },
    {
      why: 'binary data that is none',
      text: 'rules:\n- seriesQuery: !!binary x\n',
      expected: ['2:25 rules[0].seriesQuery YamlSyntax {"detail":"!!binary value contains invalid base64 data"}'],
    },
    {
      why: 'bad text',
      text: 'rules: [',
      expected: [expect.stringMatching(/^1:9 {2}YamlSyntax /)],
    },
  ])('$why', ({ text, expected }) => {
    expect(found(text)).toEqual(expected);
    expect(checkAdapterConfig(text, KINDS).isLoadable).toBe(false);
  });
});

describe('what will not do what was meant', () => {
  test.each([
    {
      why: 'neither template nor overrides',
      text: rule({ resources: '' }),
      expected: ['2:3 rules[0].resources NoAssociation'],
    },
    {
      why: 'no label of the namespace',
      text: rule({ resources: '{overrides: {pod: {resource: pod}}}' }),
      expected: ['3:14 rules[0].resources NoNamespaceLabel {"isExternal":false}'],
    },
    {
      why: 'an external rule without one',
      text: rule({ ...EXTERNAL, resources: '' }, 'externalRules'),
      expected: ['2:3 externalRules[0].resources NoNamespaceLabel {"isExternal":true}'],
    },
    {
      why: 'a kind that no cluster has by itself, and a short name',
      text: rule({
        resources:
          '{overrides: {namespace: {resource: namespace}, b: {group: cheese.io, resource: brand}, s: {resource: sts}}}',
      }),
      expected: [
        '3:64 rules[0].resources.overrides.b KindUnknown {"label":"b","resource":"brand.cheese.io"}',
        '3:104 rules[0].resources.overrides.s KindUnknown {"label":"s","resource":"sts"}',
      ],
    },
    {
      why: 'two labels for one resource',
      text: rule({
        resources: '{overrides: {namespace: {resource: namespace}, pod: {resource: pod}, pod_name: {resource: Pods}}}',
        seriesQuery: `'requests{namespace!="",pod!="",pod_name!=""}'`,
      }),
      expected: [
        '3:93 rules[0].resources.overrides.pod_name TwoLabelsForResource {"resource":"pods","used":"pod","other":"pod_name"}',
      ],
    },
    {
      why: 'a counter bare, named by the selector',
      text: rule({ seriesQuery: `'a_total{namespace!="",pod!=""}'` }),
      expected: [
        '4:17 rules[0].metricsQuery CounterWithoutRate {"series":"a_total","query":"sum(a_total{namespace=\\"podtide-sample\\",pod=\\"podtide-sample-1\\"}) by (pod)"}',
      ],
    },
    {
      why: 'a counter bare, known by its pattern; an average over time is no rate',
      text: rule({
        seriesQuery: `'{__name__=~"^http_.*_count$",namespace!="",pod!=""}'`,
        metricsQuery: `'sum(avg_over_time(<<.Series>>{<<.LabelMatchers>>}[5m])) by (<<.GroupBy>>)'`,
      }),
      expected: [expect.stringMatching(/^4:17 rules\[0\]\.metricsQuery CounterWithoutRate \{"series":"http__count"/)],
    },
    {
      why: 'a name that swallows its group',
      text: rule({
        seriesQuery: `'a_total{namespace!="",pod!=""}'`,
        name: `{matches: '^(.*)_total$', as: '$1_per_second'}`,
        metricsQuery: RATE,
      }),
      expected: ['5:39 rules[0].name.as EmptyName {"series":"a_total","reference":"$1_per_second"}'],
    },
    {
      why: 'a group that matches nothing',
      text: rule({ name: `{matches: '^(.*)requests$'}` }),
      expected: ['5:19 rules[0].name.matches EmptyName {"series":"requests","reference":null}'],
    },
    {
      why: 'a group that is not there, beside one that is',
      text: rule({ name: `{matches: '^(.*)$', as: '$1-$2'}` }),
      expected: ['5:33 rules[0].name.as UnknownGroup {"reference":"$2","expression":"^(.*)$"}'],
    },
    {
      why: 'a template where there is none',
      text: rule({ name: `{as: '<<.Series>>_x'}` }),
      expected: ['5:14 rules[0].name.as TemplateInName {"value":"<<.Series>>_x"}'],
    },
    {
      why: 'an expression that the series never passes',
      text: rule({ name: `{matches: '^other$'}` }),
      expected: ['5:19 rules[0].name.matches NameNeverMatches {"series":"requests","expression":"^other$"}'],
    },
    {
      why: 'a slash in an external name',
      text: rule({ ...EXTERNAL, name: '{as: mail/depth}' }, 'externalRules'),
      expected: ['5:14 externalRules[0].name.as SlashInExternalName {"name":"mail/depth"}'],
    },
    {
      why: 'one name for all that match',
      text: rule({ seriesQuery: `'{__name__=~"^(.*)requests$",namespace!="",pod!=""}'`, name: '{as: requests}' }),
      expected: [
        '5:14 rules[0].name.as SeveralSeriesOneName {"name":"requests","expression":"{__name__=~\\"^(.*)requests$\\",namespace!=\\"\\",pod!=\\"\\"}"}',
      ],
    },
    {
      why: 'two rules that make one metric, of the pods that both know',
      text: `${rule()}- seriesQuery: 'other{pod!="",namespace!=""}'\n  name: {as: requests}\n  resources: {template: <<.Resource>>}\n  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'\n`,
      expected: ['5:3 rules[1] MetricTwice {"metric":"requests","resources":["namespaces","pods"],"firstLine":2}'],
    },
    {
      why: 'delimiters of another language',
      text: rule({ metricsQuery: `'sum({{.Series}}{<<.LabelMatchers>>}) by (<<.GroupBy>>)'` }),
      expected: ['4:22 rules[0].metricsQuery CurlyDelimiters {"found":"{{.Series}}"}'],
    },
    {
      why: 'no query',
      text: rule({ metricsQuery: '' }),
      expected: ['2:3 rules[0].metricsQuery QueryMissing'],
    },
    {
      why: 'a template that fails on samples, to the column',
      text: rule({ metricsQuery: `'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<index .GroupBySlice 1>>)'` }),
      expected: [
        '4:61 rules[0].metricsQuery TemplateFails {"detail":"error calling index: reflect: slice index out of range"}',
      ],
    },
    {
      why: 'a template whose conditions nothing meets',
      text: rule({ metricsQuery: `'<<if eq .Series "x">>x<<end>>'` }),
      expected: ['4:17 rules[0].metricsQuery QueryEmpty'],
    },
    {
      why: 'rows that do not say whose they are',
      text: rule({ metricsQuery: `'sum(<<.Series>>{<<.LabelMatchers>>})'` }),
      expected: [
        '4:17 rules[0].metricsQuery NotGrouped {"query":"sum(requests{namespace=\\"podtide-sample\\",pod=\\"podtide-sample-1\\"})"}',
      ],
    },
    {
      why: 'a query that is not bound to the objects',
      text: rule({ metricsQuery: `'sum(<<.Series>>) by (<<.GroupBy>>)'` }),
      expected: ['4:17 rules[0].metricsQuery MatchersUnused {"query":"sum(requests) by (pod)"}'],
    },
    {
      why: 'a query that is no PromQL',
      text: rule({ metricsQuery: `'sum(<<.Series>>{<<.LabelMatchers>>} by (<<.GroupBy>>)'` }),
      expected: [expect.stringMatching(/^4:17 rules\[0\]\.metricsQuery QuerySyntax \{"detail":"PromQL 1:\d+: /)],
    },
    {
      why: 'a comma that leads',
      text: rule({ ...EXTERNAL, metricsQuery: `'sum(<<.Series>>{<<.LabelMatchers>>,queue="mail"})'` }, 'externalRules'),
      expected: ['4:17 externalRules[0].metricsQuery LeadingComma {"query":"sum(queue_depth{,queue=\\"mail\\"})"}'],
    },
    {
      why: 'the label of the exporter',
      text: rule({ seriesQuery: `'requests{namespace!="",exported_pod!="",pod!=""}'` }),
      expected: ['3:14 rules[0].resources ExportedLabel {"label":"exported_pod","plain":"pod","resource":"pods"}'],
    },
    {
      why: 'selectors: none, bad, and one that matches everything',
      text: `${rule({ seriesQuery: '' })}${rule({ seriesQuery: `'sum(x)'` }).replace('rules:\n', '')}${rule({ seriesQuery: `'{pod=~".*"}'` }).replace('rules:\n', '')}`,
      expected: [
        expect.stringMatching(/^2:3 rules\[0\] SeriesQueryEmpty/),
        expect.stringMatching(/^4:16 rules\[1\]\.seriesQuery SeriesQuerySyntax /),
        '7:16 rules[2].seriesQuery SeriesQueryMatchesAll',
      ],
    },
  ])('$why', ({ text, expected }) => {
    expect(found(text)).toEqual(expected);
    expect(checkAdapterConfig(text, KINDS).isLoadable).toBe(true);
  });
});

describe('things to know', () => {
  test.each([
    {
      why: 'a switch without effect',
      text: rule({
        resources: '{namespaced: false, overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}',
      }),
      expected: ['3:27 rules[0].resources.namespaced NamespacedIgnored'],
    },
    {
      why: 'a group for nothing',
      text: rule({ name: `{matches: '^(.*)quests$', as: requests}` }),
      expected: ['5:19 rules[0].name.matches GroupUnused {"expression":"^(.*)quests$","name":"requests"}'],
    },
    {
      why: 'series without the labels that the rule goes by',
      text: rule({ seriesQuery: `'requests{namespace!=""}'` }),
      expected: ['2:16 rules[0].seriesQuery LabelNotRequired {"labels":["pod"]}'],
    },
    {
      why: 'an average over the series of an object',
      text: rule({ metricsQuery: `'avg(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'` }),
      expected: [expect.stringMatching(/^4:17 rules\[0\]\.metricsQuery AverageOfSeries /)],
    },
  ])('$why', ({ text, expected }) => expect(found(text)).toEqual(expected));
});

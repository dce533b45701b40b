import type { ForeignRegexpConstruct, YamlType } from './adapter-finding.ts';
import type { AdapterFindingSentences } from './explain-adapter-finding.ts';

/** Findings about rule files in English. */
export const ADAPTER_FINDINGS_EN: AdapterFindingSentences = {
  YamlSyntax: {
    text: ({ detail }) => `this is not YAML: ${detail}`,
    action: () => 'put texts with braces, colons or dollar signs in single quotes',
  },
  ChartValues: {
    text: () => 'these are values of the Helm chart, not a configuration file',
    action: ({ converted, hasDefaultRules, prometheusUrl }) =>
      `${prometheusUrl === null ? '' : `their Prometheus is a flag: --prometheus-url=${prometheusUrl}; `}${hasDefaultRules ? 'the chart also adds its default rules, which are not among these (rules.default); ' : ''}${
        converted === ''
          ? 'there are no rules in them'
          : `save what the chart makes of them and check that:\n${indented(converted)}`
      }`,
  },
  Manifest: {
    text: ({ objectKind }) => `this is a manifest of a ${objectKind}, not a configuration file`,
    action: ({ files }) =>
      files.length === 0
        ? 'name the file of the rules; in a cluster they are often the text under config.yaml of a ConfigMap'
        : files.map(([name, text]) => `save the text under ${name} and check that:\n${indented(text)}`).join('\n'),
  },
  UnknownKey: {
    text: ({ key }) => `there is no key ${JSON.stringify(key)} here`,
    action: ({ meant, known }) =>
      meant === null ? `write one of ${known.join(', ')}` : `write ${meant}; letter case counts`,
  },
  DuplicateKey: {
    text: ({ key, firstLine }) => `${JSON.stringify(key)} is here twice, first in line ${firstLine}`,
    action: () => 'keep one of them',
  },
  WrongType: {
    text: ({ expected, found, value }) =>
      `must be ${TYPES[expected]}, and is ${TYPES[found]}${value === '' ? '' : `: ${value}`}`,
    action: ({ expected, found }) => typeAdvice(expected, found),
  },
  BadDuration: {
    text: ({ value }) => `${JSON.stringify(value)} is no duration`,
    action: () => 'write units from long to short, as in 5m or 1h30m',
  },
  UnknownWord: {
    text: ({ word, known }) => `${JSON.stringify(word)} is none of the words that may stand here: ${known.join(', ')}`,
    action: ({ known }) => `write one of them; without the key it is ${known[0]}`,
  },
  FilterChoice: {
    text: ({ isBoth }) => (isBoth ? 'a filter has both is and isNot' : 'a filter has neither is nor isNot'),
    action: ({ isBoth }) =>
      isBoth ? 'make two filters of it; all filters must hold' : 'give it one of the two, or remove it',
  },
  BadRegexp: {
    text: ({ expression, detail }) => `${expression} is not a regular expression of RE2: ${detail}`,
    action: ({ construct }) => (construct === null ? 'see the syntax of RE2' : CONSTRUCTS[construct]),
  },
  AsMissing: {
    text: ({ expression, groupCount }) => `${expression} has ${groupCount} groups, and nothing says which is the name`,
    action: () => `set name.as, to \${1} for example; groups that only hold alternatives together may be (?:…)`,
  },
  TemplateSyntax: {
    text: ({ detail }) => `the template cannot be read: ${detail}`,
    action: () => 'what stands between << and >> is Go’s text/template: fields begin with a dot, as <<.Series>>',
  },
  LabelTemplateFails: {
    text: ({ detail }) => `the template makes no label: ${detail}`,
    action: () => 'its fields are .Group and .Resource, as in kube_<<.Resource>>',
  },
  LabelTemplateEmpty: {
    text: () => 'the template makes an empty label',
    action: () => 'write a label with the resource in it, as in kube_<<.Resource>>, or remove the template',
  },
  LabelTemplateNoResource: {
    text: () => 'the template has no <<.Resource>>, so that every resource would have the same label',
    action: () => 'put <<.Resource>> where the resource stands in the labels, or use overrides',
  },
  OverrideEmpty: {
    text: ({ label }) => `the override of the label ${label} names no resource`,
    action: ({ label }) => `write ${label}: {resource: pod}, for example`,
  },
  BackendUnknown: {
    text: ({ name }) => `there is no Prometheus backend ${JSON.stringify(name)}`,
    action: ({ name, known }) =>
      known.length === 0
        ? `name a backends file that has ${name} with --prometheus-backends, or remove the key`
        : `write one of ${known.join(', ')}, or add ${name} to the backends file`,
  },
  FileTooLarge: {
    text: ({ what, countMax }) =>
      what === 'depth'
        ? `values stand more than ${countMax} deep in each other`
        : `the file has more than ${countMax} ${what}`,
    action: ({ what }) => (what === 'depth' ? 'look for an anchor that is used within itself' : 'cut it into several'),
  },
  KindUnknown: {
    text: ({ label, resource }) => `the label ${label} means ${resource}, which is no kind of this cluster`,
    action: () =>
      'correct the group or the name (singular and plural are fine, short names are not); if it is a custom resource, its definition must be there: prometheus-adapter does not start without, Podtide leaves this part out until it is',
  },
  NoAssociation: {
    text: () =>
      'the rule has neither a template nor overrides: its series belong to no object, and no metric is listed',
    action: () =>
      'write resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}} with the labels that your series have',
  },
  NoNamespaceLabel: {
    text: ({ isExternal }) =>
      isExternal
        ? 'no label means the namespace, so that every request is answered with 500'
        : 'no label means the namespace, so that metrics of pods are listed and answered with 404',
    action: ({ isExternal }) =>
      `add an override for the label of the namespace, as in overrides: {namespace: {resource: namespace}}${
        isExternal ? ', or set namespaced: false for series of no namespace' : ''
      }`,
  },
  TwoLabelsForResource: {
    text: ({ resource, used, other }) => `both ${used} and ${other} mean ${resource}; queries use ${used}`,
    action: ({ used, other }) =>
      `keep the one that your series have: prometheus-adapter picks ${used} or ${other} anew at each start`,
  },
  SeriesQueryEmpty: {
    text: () => 'the rule has no seriesQuery, so that Prometheus refuses it and no metric of any rule is found',
    action: () => 'write which series it is about, as in http_requests_total{namespace!="",pod!=""}',
  },
  SeriesQuerySyntax: {
    text: ({ detail }) => `Prometheus will refuse the seriesQuery: ${detail}`,
    action: () => 'write a selector, without functions and ranges, as in http_requests_total{namespace!="",pod!=""}',
  },
  SeriesQueryMatchesAll: {
    text: () => 'the seriesQuery would match series without any label, and Prometheus refuses that',
    action: () => 'add a matcher that an empty value does not satisfy, such as namespace!=""',
  },
  NameNeverMatches: {
    text: ({ series, expression }) => `the series ${series} never passes ${expression}, so that the rule finds nothing`,
    action: () => 'correct the expression or the seriesQuery',
  },
  EmptyName: {
    text: ({ series }) => `the series ${series} gets an empty name, and cannot be asked for`,
    action: ({ reference }) =>
      reference === null
        ? 'set name.as, or let the group match something'
        : `${reference} is a group of that whole name; put braces around the group, as in ${braced(reference)}`,
  },
  UnknownGroup: {
    text: ({ reference, expression }) =>
      `${reference} is no group of ${expression === '' ? '.*' : expression} and stands for nothing`,
    action: ({ reference }) => `put braces around the group, as in ${braced(reference)}, or write $$ for a dollar sign`,
  },
  TemplateInName: {
    text: ({ value }) => `name.as is no template: ${value} is taken as it stands`,
    action: () => `use groups of name.matches, as in \${1}_per_second`,
  },
  SlashInExternalName: {
    text: ({ name }) => `the external metric ${name} has a slash and cannot be asked for`,
    action: () => 'give it a name without one by name.as',
  },
  SeveralSeriesOneName: {
    text: ({ name, expression }) =>
      `whatever ${expression} matches is called ${name}; of several series only the last is asked`,
    action: () => 'name the one series in seriesQuery, without .* in it, or use a group in name.as',
  },
  MetricTwice: {
    text: ({ metric, resources, firstLine }) =>
      `the rule in line ${firstLine} makes ${metric}${resources.length === 0 ? '' : ` of ${resources.join(', ')}`} too; this one wins`,
    action: () => 'give one of them another name, or make their selectors and filters exclude each other',
  },
  CurlyDelimiters: {
    text: ({ found }) => `${found} is not filled in: templates stand between << and >> here`,
    action: ({ found }) => `write <<${found.slice(2, -2)}>>`,
  },
  QueryMissing: {
    text: () => 'there is no query',
    action: () => 'write one, as in sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)',
  },
  TemplateFails: {
    text: ({ detail }) => `the template fails when it is filled in: ${detail}`,
    action: () => 'its fields are .Series, .LabelMatchers, .LabelValuesByName, .GroupBy and .GroupBySlice',
  },
  QueryEmpty: {
    text: () => 'the template makes an empty query',
    action: () => 'look at its conditions: sample data meet none of them',
  },
  QuerySyntax: {
    text: ({ detail, query }) => `Prometheus will refuse this query: ${detail}: ${query}`,
    action: () => 'try it in the Prometheus UI; what stands outside << and >> is PromQL',
  },
  CounterWithoutRate: {
    text: ({ series, query }) => `${series} looks like a counter, which only grows, and is used bare: ${query}`,
    action: ({ series }) =>
      `ask for its growth, as in sum(rate(${series}{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>); scaled by a bare counter, a workload climbs to maxReplicas and stays there`,
  },
  LeadingComma: {
    text: ({ query }) => `without matchers the braces begin with a comma, which Prometheus refuses: ${query}`,
    action: () => 'put your own matchers first, as in {queue="mail",<<.LabelMatchers>>}: a comma at the end is fine',
  },
  NotGrouped: {
    text: ({ query }) =>
      `the rows of this query do not say whose they are, so that every request is answered with 404: ${query}`,
    action: () => 'group by the object, as in sum(…) by (<<.GroupBy>>)',
  },
  MatchersUnused: {
    text: ({ query }) => `the query is not bound to the objects that are asked for: ${query}`,
    action: () => 'put <<.LabelMatchers>> into the braces of each series',
  },
  ExportedLabel: {
    text: ({ label, plain, resource }) =>
      `the selector asks for ${label}, and the rule goes by ${plain}: that is whom Prometheus scraped, an exporter, not the ${resource} that the series is about`,
    action: ({ label, resource }) =>
      `add the override ${label}: {resource: ${resource}}, or scrape with honorLabels: true`,
  },
  ResourceLabelMissing: {
    text: ({ resource }) => `no label means ${resource}, so that metrics.k8s.io has no usage to show`,
    action: ({ resource }) => `add an override for ${resource}; namespaces, pods and nodes are all needed`,
  },
  ContainerLabelMissing: {
    text: () => 'no containerLabel: the usage of a pod’s containers cannot be told apart',
    action: () => 'write containerLabel: container',
  },
  WindowMissing: {
    text: () => 'no window: the answers say that they are measured over no time at all',
    action: () => 'write the range that the queries look back over, as in window: 5m',
  },
  NamespacedIgnored: {
    text: () => 'namespaced has no effect on custom metrics',
    action: () => 'remove it; it is for external rules',
  },
  BackendNamed: {
    text: ({ name }) => `the rule asks the Prometheus backend ${JSON.stringify(name)}, and only Podtide knows that key`,
    action: () =>
      'check with --prometheus-backends FILE whether there is such a backend; prometheus-adapter does not start with the key',
  },
  OwnKey: {
    text: ({ key }) => `only Podtide knows the key ${key}`,
    action: () => 'leave it if Podtide serves these rules; prometheus-adapter does not start with the key',
  },
  GroupUnused: {
    text: ({ expression, name }) => `the groups of ${expression} are not used: the name is ${name} whatever they match`,
    action: () => 'leave the parentheses out, or use a group in name.as',
  },
  LabelNotRequired: {
    text: ({ labels }) => `the selector also finds series without ${labels.join(', ')}, which belong to nobody`,
    action: ({ labels }) => `add ${labels.map((label) => `${label}!=""`).join(',')} to it: fewer series are listed`,
  },
  AverageOfSeries: {
    text: () => 'avg hides that an object has several series: a pod with ten of them counts as one of them does',
    action: () => 'use sum unless the mean of an object’s series is what you want',
  },
  WindowDiffers: {
    text: ({ window, range }) => `the window is ${window}, and a query looks back over ${range}`,
    action: () => 'make them the same: whoever reads the window takes it for the time that was measured over',
  },
};

const TYPES: Readonly<Record<YamlType, string>> = {
  mapping: 'a mapping (key: value)',
  list: 'a list (- item)',
  text: 'a text',
  number: 'a number',
  boolean: 'true or false',
  nothing: 'empty',
  duration: 'a duration',
};

function typeAdvice(expected: YamlType, found: YamlType): string {
  if (expected === 'boolean') return 'write true or false without quotes';
  if (expected === 'text' && found === 'mapping')
    return 'put it in single quotes: what begins with a brace is a mapping for YAML';
  if (expected === 'text') return 'write a text, in single quotes if it has special characters';
  return expected === 'list' ? 'begin each item with a dash' : 'write keys and values, indented below';
}

const CONSTRUCTS: Readonly<Record<ForeignRegexpConstruct, string>> = {
  lookAhead: 'RE2 has no look-ahead (?=…) (?!…): exclude names by a further filter, seriesFilters: [{isNot: …}]',
  lookBehind: 'RE2 has no look-behind (?<=…) (?<!…): match what comes before in the expression, or use a filter isNot',
  backReference: 'RE2 has no references to earlier groups such as \\1',
  atomicGroup: 'RE2 has no atomic groups (?>…), and needs none: it takes linear time; write (?:…)',
  possessiveQuantifier: 'RE2 has no possessive quantifiers such as ++; write one plus',
};

/** `$1_per_second` was most likely meant as `${1}_per_second`. */
function braced(reference: string): string {
  const [, digits = '', rest = ''] = /^\$\{?(\d*)(.*?)\}?$/.exec(reference) ?? [];
  return digits === '' ? `\${1}` : `\${${digits}}${rest}`;
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}

import { decimalText } from './amount.ts';
import type { MetricTrailSentences } from './explain-metric-trail.ts';
import type { RulePlace } from './metric-trail.ts';
import { explainPrometheusProblem } from './prometheus-problem.ts';

/** Trails in English. */
export const METRIC_TRAIL_EN: MetricTrailSentences = {
  topics: { rule: 'rule', objects: 'objects', query: 'query', rows: 'rows', values: 'values' },
  verdicts: {
    whole: (metric) => `${metric} is served`,
    doubtful: (metric) => `${metric} is served, and not as it should be: `,
    lost: (metric) => `${metric} has no value: `,
  },
  within: (metric, namespace) => `${metric} in namespace ${namespace}`,
  age: (ageMs) => `sample ${seconds(ageMs)} old`,
  more: (hiddenCount) => `and ${hiddenCount} more, all of them with -o json`,
  links: {
    RuleFound: (link) =>
      `${placed(link)} makes it of ${link.series}: ${link.seriesCount} series with the labels ${link.labels.join(', ')}`,
    NoRule: ({ near }) => `no rule makes such a metric${near.length === 0 ? '' : `; there are ${near.join(', ')}`}`,
    KindUnknown: ({ resource }) => `${resource} is no kind that every cluster has`,
    OtherApi: ({ isExternal }) => `it is ${isExternal ? 'an external metric' : 'a metric of objects'}`,
    Renamed: (link) => `${placed(link)} finds the series ${link.series} and calls it ${link.calledAs}`,
    LabelUnmapped: (link) =>
      `${placed(link)} makes it of ${link.series}, and no label of that means ${link.resource}: ${link.labels.join(', ')}${
        link.made.length === 0 ? '' : `; they mean ${link.made.join(', ')}`
      }`,
    LeftOut: (link) => `${placed(link)} finds ${link.series}, and ${link.by} leaves it out`,
    SelectorRefused: (link) =>
      `Prometheus does not take the selector ${link.selector} of ${placed(link)}: ${explainPrometheusProblem(link.problem, 'en').text}`,
    NoSuchSeries: (link) =>
      `${placed(link)} would make it, and no series of the last ${link.window} matches ${link.selector}`,
    NameGiven: ({ name, label }) => `${name}, by the label ${label}; whether there is such an object is not asked`,
    NamesOfSeries: ({ label, nameCount, askedCount, selector }) =>
      `${counted(nameCount, 'name')} from the label ${label} of the series${askedCount < nameCount ? `, the first ${askedCount} of which are asked for` : ''}; the cluster, which chooses ${
        selector === '' ? 'those that are there' : `by ${selector}`
      }, is not asked`,
    NoObjects: ({ label }) => `no series here has a name in the label ${label}`,
    NoObjectsNeeded: ({ label }) =>
      label === null
        ? 'an external metric is of no objects, and this rule is bound to no namespace'
        : `an external metric is of no objects; the namespace goes by the label ${label}`,
    Asked: ({ query }) => query,
    NoQuery: ({ reason }) => `no query can be made: ${reason}`,
    QueryRefused: ({ query, problem }) =>
      `Prometheus does not answer ${query}: ${explainPrometheusProblem(problem, 'en').text}`,
    NotRows: ({ kind }) => `the query makes a ${kind}, and not one number for each row`,
    Rows: ({ rowCount, newestAgeMs }) =>
      `${counted(rowCount, 'row')}${newestAgeMs === null ? '' : `, the newest sample behind them ${seconds(newestAgeMs)} old`}`,
    NoRows: () => 'the query has no row',
    RowsWithoutLabel: ({ label, labels }) =>
      `no row has the label ${label}, so that nobody knows whose it is; they have ${labels.length === 0 ? 'no labels' : labels.join(', ')}`,
    NoRowOfObject: ({ label, name, others }) =>
      `no row has ${name} in the label ${label}; there are rows of ${others.join(', ')}`,
    Values: ({ valueCount }) => counted(valueCount, 'value'),
    RowsShadowed: ({ name, rowCount, objectCount }) =>
      `${name} has ${rowCount} rows, of which only the last counts${objectCount > 1 ? ` (and so have ${objectCount - 1} others)` : ''}`,
    ObjectsWithoutRow: ({ names, nameCount }) =>
      `${counted(nameCount, 'object')} without a row, and left out: ${names.join(', ')}${nameCount > names.length ? ', …' : ''}`,
    AbsentAsZero: ({ names, nameCount }) =>
      nameCount === 0
        ? 'no row, which the rule reads as 0'
        : `${counted(nameCount, 'object')} without a row, which the rule reads as 0: ${names.join(', ')}${nameCount > names.length ? ', …' : ''}`,
    NotANumber: ({ of, count }) =>
      `the value of ${of} is not a number, and is left out${count > 1 ? ` (and so are ${count - 1} others)` : ''}`,
    NanAsZero: ({ of, count }) =>
      `the value of ${of} is not a number, which the rule reads as 0${count > 1 ? ` (and so are ${count - 1} others)` : ''}`,
    Unbounded: ({ of, count }) =>
      `the value of ${of} is infinite or beyond what a quantity holds, and is left out${count > 1 ? ` (and so are ${count - 1} others)` : ''}`,
    NoNumbers: ({ of, value }) => `no row is a number that can be served: the value of ${of} is ${value}`,
  },
  remedies: {
    NoRule: () =>
      'write a rule for it, or ask for the name that the rules give: podtide adapter check --prometheus lists them',
    KindUnknown: () =>
      'write plural or singular, with the group where it is not of the core: ingresses.networking.k8s.io; kinds of custom resources are known with a cluster alone',
    OtherApi: ({ isExternal }) => (isExternal ? 'ask with --external' : 'ask without --external'),
    Renamed: ({ calledAs }) => `ask for ${calledAs}, and have the HPA name it so`,
    LabelUnmapped: ({ resource }) =>
      `name the label for ${resource} in overrides of the rule, or ask for another --resource`,
    LeftOut: ({ by }) => `correct ${by}, if the series is meant`,
    SelectorRefused: ({ problem }) => explainPrometheusProblem(problem, 'en').remedy,
    NoSuchSeries: () =>
      'try the selector in the Prometheus UI; podtide adapter check --prometheus says which matcher finds nothing',
    NoObjects: () => 'check namespace and metric selector, and that the series of this namespace have the label',
    NoQuery: () => 'look at the template of the rule, at its labels, and at the operators of the metric selector',
    QueryRefused: ({ problem }) => explainPrometheusProblem(problem, 'en').remedy,
    NotRows: () => 'let metricsQuery make an instant vector: without a range at its end, and grouped by <<.GroupBy>>',
    NoRows: () =>
      'try the query in the Prometheus UI: values of labels that no series has, a range shorter than two scrapes, or an operator that matches nothing',
    RowsWithoutLabel: ({ label }) => `group by the object, as in sum(…) by (<<.GroupBy>>), which is ${label} here`,
    NoRowOfObject: ({ label }) => `compare the name with the values of ${label}; relabeling may change or shorten them`,
    RowsShadowed: () => 'aggregate the rows of an object, as in sum(…) by (<<.GroupBy>>)',
    ObjectsWithoutRow: () => 'an HPA takes pods without a value for missing: see which of their series have ended',
    NotANumber: () =>
      'guard the division, as in … / (… > 0), or write nan: zero into the rule if nothing to divide is no load',
    Unbounded: () => 'guard the division, as in … / (… > 0): an HPA takes what is left out for missing',
    NoNumbers: () =>
      'guard the division, as in … / (… > 0), or write nan: zero into the rule if nothing to divide is no load',
  },
};

function placed({ file, line, rule }: RulePlace): string {
  return `${rule} (${file}:${line})`;
}

function seconds(durationMs: number): string {
  return `${decimalText(durationMs / 1000, 1)} s`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

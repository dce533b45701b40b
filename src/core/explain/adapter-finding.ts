import type { PrometheusProblem } from './prometheus-problem.ts';

/**
 * What is wrong, or looks wrong, with a rule file of a metrics adapter: a code and what a sentence about it needs.
 * Expressions, templates and names stand in it as in the file.
 */
export type AdapterFinding = AdapterRefusal | AdapterWarning | AdapterSeriesWarning | AdapterNote;

/** A construct of other languages that RE2 does not have. */
export type ForeignRegexpConstruct =
  | 'lookAhead'
  | 'lookBehind'
  | 'backReference'
  | 'atomicGroup'
  | 'possessiveQuantifier';

/** The file cannot be loaded: prometheus-adapter does not start with it either. */
export type AdapterRefusal =
  | { readonly code: 'YamlSyntax'; readonly detail: string }
  /** Values of the Helm chart; `converted` is the same as a configuration file, `prometheusUrl` what they say of Prometheus. */
  | {
      readonly code: 'ChartValues';
      readonly converted: string;
      readonly hasDefaultRules: boolean;
      readonly prometheusUrl: string | null;
    }
  /** A manifest of Kubernetes; `files` are the texts of a ConfigMap. */
  | {
      readonly code: 'Manifest';
      readonly objectKind: string;
      readonly files: readonly (readonly [name: string, text: string])[];
    }
  /** `meant` is a key that is almost called so. */
  | {
      readonly code: 'UnknownKey';
      readonly key: string;
      readonly known: readonly string[];
      readonly meant: string | null;
    }
  | { readonly code: 'DuplicateKey'; readonly key: string; readonly firstLine: number }
  | { readonly code: 'WrongType'; readonly expected: YamlType; readonly found: YamlType; readonly value: string }
  | { readonly code: 'BadDuration'; readonly value: string }
  /** A word in the place of one of these. */
  | { readonly code: 'UnknownWord'; readonly word: string; readonly known: readonly string[] }
  | { readonly code: 'FilterChoice'; readonly isBoth: boolean }
  /** `detail` is in RE2's words. */
  | {
      readonly code: 'BadRegexp';
      readonly expression: string;
      readonly detail: string;
      readonly construct: ForeignRegexpConstruct | null;
    }
  | { readonly code: 'AsMissing'; readonly expression: string; readonly groupCount: number }
  /** `detail` is in the words of Go's text/template. */
  | { readonly code: 'TemplateSyntax'; readonly detail: string }
  | { readonly code: 'LabelTemplateFails'; readonly detail: string }
  | { readonly code: 'LabelTemplateEmpty' }
  | { readonly code: 'LabelTemplateNoResource' }
  | { readonly code: 'OverrideEmpty'; readonly label: string }
  /** A backend of Prometheus that a rule names; `known` are those that there are, none where there is no backends file. */
  | { readonly code: 'BackendUnknown'; readonly name: string; readonly known: readonly string[] }
  /** One of our own bounds. */
  | { readonly code: 'FileTooLarge'; readonly what: 'characters' | 'values' | 'depth'; readonly countMax: number };

/** The file loads, and something in it will not do what was meant. */
export type AdapterWarning =
  /** prometheus-adapter does not start with it. `resource` is as `deployments.apps`. */
  | { readonly code: 'KindUnknown'; readonly label: string; readonly resource: string }
  | { readonly code: 'NoAssociation' }
  | { readonly code: 'NoNamespaceLabel'; readonly isExternal: boolean }
  /** `used` is the label that queries are made with. */
  | {
      readonly code: 'TwoLabelsForResource';
      readonly resource: string;
      readonly used: string;
      readonly other: string;
    }
  | { readonly code: 'SeriesQueryEmpty' }
  | { readonly code: 'SeriesQuerySyntax'; readonly detail: string }
  | { readonly code: 'SeriesQueryMatchesAll' }
  | { readonly code: 'NameNeverMatches'; readonly series: string; readonly expression: string }
  /** `reference` is what stands for nothing, such as `$1_per_second`; null when a group can match nothing. */
  | { readonly code: 'EmptyName'; readonly series: string; readonly reference: string | null }
  | { readonly code: 'UnknownGroup'; readonly reference: string; readonly expression: string }
  | { readonly code: 'TemplateInName'; readonly value: string }
  | { readonly code: 'SlashInExternalName'; readonly name: string }
  | { readonly code: 'SeveralSeriesOneName'; readonly name: string; readonly expression: string }
  /** Two rules make the same metric; the later one wins, `resources` being those that it wins. */
  | {
      readonly code: 'MetricTwice';
      readonly metric: string;
      readonly resources: readonly string[];
      readonly firstLine: number;
    }
  | { readonly code: 'CurlyDelimiters'; readonly found: string }
  | { readonly code: 'QueryMissing' }
  | { readonly code: 'TemplateFails'; readonly detail: string }
  | { readonly code: 'QueryEmpty' }
  /** The query that comes out is no PromQL. */
  | { readonly code: 'QuerySyntax'; readonly detail: string; readonly query: string }
  | { readonly code: 'CounterWithoutRate'; readonly series: string; readonly query: string }
  | { readonly code: 'LeadingComma'; readonly query: string }
  | { readonly code: 'NotGrouped'; readonly query: string }
  | { readonly code: 'MatchersUnused'; readonly query: string }
  | { readonly code: 'ExportedLabel'; readonly label: string; readonly plain: string; readonly resource: string }
  | { readonly code: 'ResourceLabelMissing'; readonly resource: string }
  | { readonly code: 'ContainerLabelMissing' }
  | { readonly code: 'WindowMissing' };

/**
 * The same, as the series show that Prometheus really has. Lists of names are cut; the count beside each is not.
 */
export type AdapterSeriesWarning =
  /** Prometheus will not have the selector. */
  | { readonly code: 'SeriesQueryRefused'; readonly problem: PrometheusProblem }
  /** No series within the window; `series` is the name that the selector gives, null when it gives none. */
  | { readonly code: 'NoSeries'; readonly series: string | null; readonly window: string }
  /** Series of that name are there, with these labels; `missing` are those that the selector wants and none has. */
  | {
      readonly code: 'MatchersUnmet';
      readonly series: string;
      readonly seriesCount: number;
      readonly missing: readonly string[];
      readonly labels: readonly string[];
    }
  /** `by` is the path of the expression that leaves the first of them out. */
  | {
      readonly code: 'AllLeftOut';
      readonly by: string;
      readonly names: readonly string[];
      readonly nameCount: number;
    }
  | { readonly code: 'NoMappedLabel'; readonly labels: readonly string[] }
  /** Queries ask by a label that the series do not have; `metric` is the first of those that are asked in vain. */
  | {
      readonly code: 'LabelAbsent';
      readonly label: string;
      readonly resource: string;
      readonly metric: string;
      readonly metricCount: number;
      readonly series: string;
      readonly labels: readonly string[];
    }
  /** A counter by what its targets say, not by its name. `series` is the first of so many. */
  | {
      readonly code: 'CounterByType';
      readonly series: string;
      readonly seriesCount: number;
      readonly query: string;
    }
  | {
      readonly code: 'ExportedSeries';
      readonly series: string;
      readonly label: string;
      readonly plain: string;
      readonly resource: string;
    }
  /** A later rule has these. */
  | {
      readonly code: 'MetricLost';
      readonly metrics: readonly string[];
      readonly metricCount: number;
      readonly winnerLine: number;
    }
  /** Series of one rule that are called alike. */
  | {
      readonly code: 'SeriesLost';
      readonly metric: string;
      readonly used: string;
      readonly lost: readonly string[];
      readonly lostCount: number;
    }
  /** `detail` is in upstream's words. */
  | { readonly code: 'NoQuery'; readonly metric: string; readonly detail: string };

/** Something to know. */
export type AdapterNote =
  | { readonly code: 'NamespacedIgnored' }
  /** A backend of Prometheus that a rule names, and of which nobody knows whether there is one. */
  | { readonly code: 'BackendNamed'; readonly name: string }
  /** A key of rules that only Podtide knows. */
  | { readonly code: 'OwnKey'; readonly key: string }
  | { readonly code: 'GroupUnused'; readonly expression: string; readonly name: string }
  | { readonly code: 'LabelNotRequired'; readonly labels: readonly string[] }
  | { readonly code: 'AverageOfSeries'; readonly query: string }
  | { readonly code: 'WindowDiffers'; readonly window: string; readonly range: string }
  /** The server does not tell the types of metrics, so that their names stand for them. */
  | { readonly code: 'TypesUnknown'; readonly problem: PrometheusProblem };

/** What YAML tells apart. */
export type YamlType = 'mapping' | 'list' | 'text' | 'number' | 'boolean' | 'nothing' | 'duration';

/** How much a finding matters; a file with refusals cannot be loaded. */
export type AdapterSeverity = 'refusal' | 'warning' | 'note';

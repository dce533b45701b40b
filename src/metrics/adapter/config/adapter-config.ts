import type { ConfigPlaces } from './config-places.ts';

/** prometheus-adapter's configuration file as data. An absent text is empty, as upstream has it. */
export interface AdapterConfig {
  /** For custom.metrics.k8s.io. */
  readonly rules: readonly DiscoveryRule[];
  /** For external.metrics.k8s.io. */
  readonly externalRules: readonly DiscoveryRule[];
  /** For metrics.k8s.io; null when the file has none. */
  readonly resourceRules: ResourceRules | null;
  /** Where each of these stands in the file. */
  readonly places: ConfigPlaces;
}

/** Which series become which metrics of which objects, and the query that reads them. */
export interface DiscoveryRule {
  /** Where the rule is in the file: `rules[0]`. */
  readonly path: string;
  /** The Prometheus series that the rule is about. */
  readonly seriesQuery: string;
  readonly seriesFilters: readonly SeriesFilter[];
  readonly resources: ResourceMapping;
  readonly name: NameMapping;
  /** Template of the query. */
  readonly metricsQuery: string;
  /** The backend that is asked, by its name; the one that is meant where none is named when empty. Upstream has no such key. */
  readonly prometheus: string;
  /** What a row is read as whose value is NaN. Upstream has no such key. */
  readonly nan: Substitute;
  /** What an object without a row is read as, or an external metric without any. Upstream has no such key. */
  readonly absent: Substitute;
}

/** The words for what stands in the place of a number that there is not: nothing, or 0. */
export const SUBSTITUTES = ['missing', 'zero'] as const;

/** One of them. */
export type Substitute = (typeof SUBSTITUTES)[number];

/** Exactly one of the two is a text that is not empty. */
export interface SeriesFilter {
  readonly is: string;
  readonly isNot: string;
}

/** How labels and resources belong together; `template` is for those that no override names. */
export interface ResourceMapping {
  readonly template: string;
  /** In the order of the file. */
  readonly overrides: readonly LabelOverride[];
  /** Null when the file does not say. */
  readonly isNamespaced: boolean | null;
}

/** A label that means a resource, whose group is empty when the file does not say. */
export interface LabelOverride {
  readonly label: string;
  readonly group: string;
  readonly resource: string;
}

/** How metrics are called: an expression on the name of the series, and a replacement. */
export interface NameMapping {
  readonly matches: string;
  readonly as: string;
}

/** The rules of metrics.k8s.io. `windowMs` is 0 when the file does not say. */
export interface ResourceRules {
  readonly cpu: ResourceRule;
  readonly memory: ResourceRule;
  readonly windowMs: number;
}

/** The queries for one resource, CPU or memory, and the labels that tell pods, nodes and containers. */
export interface ResourceRule {
  /** `resourceRules.cpu`. */
  readonly path: string;
  readonly containerQuery: string;
  readonly nodeQuery: string;
  readonly resources: ResourceMapping;
  readonly containerLabel: string;
  /** As of a rule. */
  readonly prometheus: string;
}

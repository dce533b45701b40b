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
}

/** Exactly one of the two is a text that is not empty. */
export interface SeriesFilter {
  readonly is: string;
  readonly isNot: string;
}

export interface ResourceMapping {
  readonly template: string;
  /** In the order of the file. */
  readonly overrides: readonly LabelOverride[];
  /** Null when the file does not say. */
  readonly isNamespaced: boolean | null;
}

export interface LabelOverride {
  readonly label: string;
  readonly group: string;
  readonly resource: string;
}

export interface NameMapping {
  readonly matches: string;
  readonly as: string;
}

export interface ResourceRules {
  readonly cpu: ResourceRule;
  readonly memory: ResourceRule;
  readonly windowMs: number;
}

export interface ResourceRule {
  /** `resourceRules.cpu`. */
  readonly path: string;
  readonly containerQuery: string;
  readonly nodeQuery: string;
  readonly resources: ResourceMapping;
  readonly containerLabel: string;
}

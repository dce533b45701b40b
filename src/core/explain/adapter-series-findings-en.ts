import type { AdapterSeriesFindingSentences } from './explain-adapter-finding.ts';
import { explainPrometheusProblem } from './prometheus-problem.ts';

/** Findings about rule files over the series of a Prometheus, in English. */
export const ADAPTER_SERIES_FINDINGS_EN: AdapterSeriesFindingSentences = {
  SeriesQueryRefused: {
    text: ({ problem }) =>
      `Prometheus does not take the seriesQuery, and no rule with it finds anything: ${explainPrometheusProblem(problem, 'en').text}`,
    action: ({ problem }) => explainPrometheusProblem(problem, 'en').remedy,
  },
  NoSeries: {
    text: ({ series, window }) =>
      series === null
        ? `no series of the last ${window} matches the seriesQuery`
        : `there is no series called ${series}, whatever its labels, within the last ${window}`,
    action: ({ series }) =>
      series === null
        ? 'try the selector in the Prometheus UI, and leave out one matcher after the other'
        : 'check the name, and under Status > Targets whether whoever exposes it is scraped; a series that comes seldom needs a longer --metrics-max-age',
  },
  MatchersUnmet: {
    text: ({ series, seriesCount, missing, labels }) =>
      missing.length === 0
        ? `none of the ${seriesCount} series called ${series} satisfies the matchers of the seriesQuery; their labels: ${labels.join(', ')}`
        : `none of the ${seriesCount} series called ${series} has the label ${missing.join(', ')}; they have ${labels.join(', ')}`,
    action: ({ missing }) =>
      missing.length === 0
        ? 'compare the values of the matchers with those of the series'
        : 'ask for the labels that they have, or let relabeling set the missing ones: pod and namespace come from a ServiceMonitor or PodMonitor, or from relabel_configs over __meta_kubernetes_* labels',
  },
  AllLeftOut: {
    text: ({ by, names, nameCount }) =>
      `${by} leaves out all that the selector finds (${counted(nameCount, 'name')}): ${listed(names, nameCount)}`,
    action: () => 'correct the expression: it is sought anywhere in the name of the series, and must be found in it',
  },
  NoMappedLabel: {
    text: ({ labels }) => `no label of the series means a resource, so that no metric is listed: ${labels.join(', ')}`,
    action: () =>
      'name the labels of namespace and pod in overrides, as in overrides: {kubernetes_pod_name: {resource: pod}}',
  },
  LabelAbsent: {
    text: ({ label, resource, metric, metricCount, series, labels }) =>
      `${metric}${metricCount > 1 ? ` (of ${metricCount} metrics)` : ''} is asked for by the label ${label} of ${resource}, which ${series} does not have: no row ever comes; it has ${labels.join(', ')}`,
    action: ({ resource }) =>
      `name the label that the series have for ${resource} in overrides; for external series of no namespace set namespaced: false`,
  },
  CounterByType: {
    text: ({ series, seriesCount, query }) =>
      `${series}${seriesCount > 1 ? ` (of ${seriesCount} series)` : ''} is a counter, as its targets say, and is used bare: ${query}`,
    action: ({ series }) =>
      `ask for its growth, as in sum(rate(${series}{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>); scaled by a bare counter, a workload climbs to maxReplicas and stays there`,
  },
  ExportedSeries: {
    text: ({ series, label, plain, resource }) =>
      `${series} has ${label} beside ${plain}, and the rule goes by ${plain}: that is whom Prometheus scraped, an exporter, not the ${resource} that the series is about`,
    action: ({ label, resource }) =>
      `add the override ${label}: {resource: ${resource}}, or scrape with honorLabels: true`,
  },
  MetricLost: {
    text: ({ metrics, metricCount, winnerLine }) =>
      `the rule in line ${winnerLine} comes later and has ${listed(metrics, metricCount)} (${counted(metricCount, 'metric')}); this rule is never asked for them`,
    action: () => 'give one of them another name, or make their selectors and filters exclude each other',
  },
  SeriesLost: {
    text: ({ metric, used, lost, lostCount }) =>
      `several series are called ${metric}: only ${used}, the last, is asked, and never ${listed(lost, lostCount)} (${lostCount} series)`,
    action: () => 'name the one series in seriesQuery, without .* in it, or use a group in name.as',
  },
  NoQuery: {
    text: ({ metric, detail }) => `${metric} is listed, and no query can be made for it: ${detail}`,
    action: () => 'look at the template, and at the labels that it is filled in with',
  },
  TypesUnknown: {
    text: ({ problem }) =>
      `the types of metrics are not known, so that counters are told by their names: ${explainPrometheusProblem(problem, 'en').text}`,
    action: ({ problem }) => explainPrometheusProblem(problem, 'en').remedy,
  },
};

function listed(names: readonly string[], count: number): string {
  return `${names.join(', ')}${count > names.length ? ', …' : ''}`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

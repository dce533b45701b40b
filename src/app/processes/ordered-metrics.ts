import type { Log } from '../../base/log.ts';
import { explainSourceFinding } from '../../core/explain/source-finding.ts';
import {
  createOrderedCustomSource,
  createOrderedExternalSource,
  type NamedSource,
  type OrderedSource,
} from '../../metrics/source/ordered-sources.ts';
import type { CustomMetricsSource, ExternalMetricsSource, MetricsSource } from '../../metrics/source/port.ts';

/** Where the metrics of an adapter come from. */
export interface AdapterSources {
  /** Queries that HPAs bring along. */
  readonly annotations?: ExternalMetricsSource;
  readonly rules: MetricsSource;
  /** Another server, under the name that people know it by. */
  readonly other?: { readonly name: string } & Pick<MetricsSource, 'custom' | 'external'>;
}

/**
 * All of them as one: queries of HPAs come first, then rules, then the other server. What one of them hides of another is told
 * in the log when it changes.
 */
export function orderSources({ annotations, rules, other }: AdapterSources, log: Log): MetricsSource {
  const { custom, external, resource } = rules;
  const name = other?.name ?? '';
  return {
    ...(resource === undefined ? {} : { resource }),
    ...customOf([...named('the rules', custom), ...named(name, other?.custom)], log),
    ...externalOf(
      [...named('the HPA’s own query', annotations), ...named('the rules', external), ...named(name, other?.external)],
      log,
    ),
  };
}

function named<Source>(name: string, source: Source | undefined): readonly NamedSource<Source>[] {
  return source === undefined ? [] : [{ name, source }];
}

function customOf(sources: readonly NamedSource<CustomMetricsSource>[], log: Log): Pick<MetricsSource, 'custom'> {
  if (sources.length === 0) return {};
  const ordered = createOrderedCustomSource(sources);
  const tell = findingsTeller(ordered, log);
  return {
    custom: { ...ordered.source, listMetrics: (signal) => ordered.source.listMetrics(signal).finally(tell) },
  };
}

function externalOf(sources: readonly NamedSource<ExternalMetricsSource>[], log: Log): Pick<MetricsSource, 'external'> {
  if (sources.length === 0) return {};
  const ordered = createOrderedExternalSource(sources);
  const tell = findingsTeller(ordered, log);
  return {
    external: { ...ordered.source, listMetrics: (signal) => ordered.source.listMetrics(signal).finally(tell) },
  };
}

/** Tells what is to be told of a list, when that has changed. */
function findingsTeller(ordered: Pick<OrderedSource<unknown>, 'findings'>, log: Log): () => void {
  let told = '';
  return () => {
    const findings = ordered.findings();
    const text = JSON.stringify(findings);
    if (text === told) return;
    told = text;
    for (const finding of findings) {
      const { text: said, remedy } = explainSourceFinding(finding, 'en');
      log.warn(said, { hint: remedy });
    }
  };
}

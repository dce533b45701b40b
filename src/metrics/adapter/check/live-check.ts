import type { PrometheusClient } from '../../prometheus/client.ts';
import { PrometheusFailure } from '../../prometheus/prometheus-failure.ts';
import type { AdapterConfig } from '../config/adapter-config.ts';
import { decodeAdapterConfig } from '../config/config-decoding.ts';
import type { Place } from '../config/config-places.ts';
import type { KindMapper } from '../kinds.ts';
import { type ListedSeries, listSeries, type SeriesListing } from '../listed-series.ts';
import type { RuleProblem } from '../rule.ts';
import { discoverySelectors, selectorKey } from '../series.ts';
import { type CheckedRule, type ConfigReport, lintConfig, reportOf, unreadReport } from './check-config.ts';
import { KnownTypes } from './known-types.ts';
import { exactNameOf } from './rule-samples.ts';
import { type RuleYield, registriesOf, yieldsOf } from './rule-yield.ts';
import { namedSeries, type SeriesKnowledge, settledProblems } from './yield-findings.ts';

/** Whom a check asks. */
export interface LiveCheckPorts {
  readonly prometheus: { get(backend: string | null): Pick<PrometheusClient, 'series' | 'metadata'> };
  /** Those that rules may name; a rule that names another is a finding, and is not tried. */
  readonly backends: readonly string[];
  readonly nowMs: number;
  /** How old the last sample of a series may be, as the adapter that will serve the rules has it. */
  readonly maxAgeMs: number;
}

/** What a check with Prometheus has found. */
export interface LiveReport extends ConfigReport {
  /** What each rule that can be tried comes to, custom rules first; empty when the file cannot be read. */
  readonly rules: readonly PlacedYield[];
}

/** A rule's yield, and where the rule is. */
export interface PlacedYield extends RuleYield {
  readonly place: Place;
}

/**
 * The check of a configuration file with the series that there are in place of made-up ones: what each rule really makes,
 * what it loses and why, and which guesses come true. Throws PrometheusFailure when the server cannot be asked; a selector
 * that it refuses is a finding.
 */
export async function checkWithPrometheus(
  text: string,
  kinds: KindMapper,
  ports: LiveCheckPorts,
  signal: AbortSignal,
): Promise<LiveReport> {
  const decoded = decodeAdapterConfig(text);
  if (decoded.kind === 'refused') return { ...unreadReport(decoded.problems), rules: [] };
  const { config } = decoded;
  const lint = lintConfig(config, kinds, ports.backends);
  const checked = lint.checked.filter(
    ({ compiled: { backend } }) => backend === null || ports.backends.includes(backend),
  );
  const listing: SeriesListing = { prometheus: ports.prometheus, sinceMs: ports.nowMs - ports.maxAgeMs };
  const selectors = discoverySelectors(checked.map(({ compiled }) => compiled));
  const listed = await listSeries(selectors, listing, signal);
  const registries = registriesOf(checked, listed.found, kinds);
  const yields = yieldsOf(checked, listed.found, registries);
  const { types, problems } = await knownTypes(yields, ports, signal);
  const relatives = await seriesByName(yields, listed, listing, signal);
  const knowledge = { registries, listed, relatives, types, kinds, places: config.places, maxAgeMs: ports.maxAgeMs };
  return {
    ...reportOf([...problems, ...settledProblems(lint.problems, yields, knowledge)], config),
    rules: yields.map((each) => ({ ...each, place: placeOf(each.checked, config) })),
  };
}

function placeOf({ rule }: CheckedRule, { places }: AdapterConfig): Place {
  return places.placeOf(rule.path);
}

/** What is known of types, by backend; a server that does not tell leaves the check with names, which is a note. */
async function knownTypes(
  yields: readonly RuleYield[],
  { prometheus }: LiveCheckPorts,
  signal: AbortSignal,
): Promise<{ readonly types: SeriesKnowledge['types']; readonly problems: readonly RuleProblem[] }> {
  const making = yields.filter(({ metrics }) => metrics.length > 0);
  const types = new Map<string | null, KnownTypes>();
  const problems: RuleProblem[] = [];
  for (const backend of new Set(making.map(({ checked }) => checked.compiled.backend))) {
    try {
      types.set(backend, new KnownTypes((await prometheus.get(backend).metadata(null, signal)).value));
    } catch (thrown) {
      if (!(thrown instanceof PrometheusFailure)) throw thrown;
      problems.push({ finding: { code: 'TypesUnknown', problem: thrown.problem }, path: '' });
    }
  }
  return { types, problems };
}

/** For rules that name their series and find none: the series of that name, whatever their labels. */
async function seriesByName(
  yields: readonly RuleYield[],
  { refused }: ListedSeries,
  listing: SeriesListing,
  signal: AbortSignal,
): Promise<ListedSeries['found']> {
  const named = yields.flatMap(({ checked: { compiled, samples }, summary }) => {
    const isSilent = summary.seriesCount === 0 && !refused.has(selectorKey(compiled));
    const name = isSilent ? exactNameOf(samples) : undefined;
    return name === undefined ? [] : [namedSeries(compiled.backend, name)];
  });
  const selectors = new Map(named.map((selector) => [selectorKey(selector), selector]));
  return (await listSeries(selectors, listing, signal)).found;
}

import type { SelectorMatcher } from '../../prometheus/promql-selectors.ts';
import type { DiscoveryRule } from '../config/adapter-config.ts';
import { compileRegexp } from '../go-regexp.ts';
import type { CompiledRule } from '../rule.ts';
import { patternExamples } from './pattern-examples.ts';
import { NAME_LABEL, readSeriesSelector } from './series-selector.ts';

/** What can be told of a rule's series without asking Prometheus. */
export interface RuleSamples {
  /** Names that the rule may find, each one tried against its selector and its filters. */
  readonly names: readonly string[];
  /** The selector names its series outright: there are no others. */
  readonly isExact: boolean;
  readonly matchers: readonly SelectorMatcher[];
}

const NAMES_COUNT_MAX = 8;
/** When nothing says what series are called. */
const ANY_NAMES = ['example_metric', 'example_total', 'example_seconds_total'];

/** Makes up series for a rule from its selector and its expressions. */
export function samplesOf(rule: DiscoveryRule, compiled: CompiledRule): RuleSamples {
  const reading = readSeriesSelector(rule.seriesQuery);
  const matchers = reading.kind === 'selector' ? reading.matchers : [];
  const named = matchers.filter(({ label }) => label === NAME_LABEL);
  const exact = named.filter(({ operator }) => operator === '=').map(({ value }) => value);
  const patterns = [
    ...named.filter(({ operator }) => operator === '=~').map(({ value }) => value),
    rule.name.matches,
    ...rule.seriesFilters.map(({ is }) => is),
  ].filter((pattern) => pattern !== '');
  const guesses = exact.length > 0 ? exact : [...patterns.flatMap(patternExamples), ...ANY_NAMES];
  const names = [...new Set(guesses)].filter((name) => matchesAll(name, named) && compiled.isKept(name));
  return { names: names.slice(0, NAMES_COUNT_MAX), isExact: exact.length > 0, matchers };
}

/** The name of the only series that a rule's selector means; undefined when it means several, or says no name. */
export function exactNameOf({ matchers }: RuleSamples): string | undefined {
  return matchers.find(({ label, operator }) => label === NAME_LABEL && operator === '=')?.value;
}

function matchesAll(name: string, matchers: readonly SelectorMatcher[]): boolean {
  return matchers.every(({ operator, value }) => matchesValue(name, operator, value));
}

/** Whether a label of this value matches; Prometheus anchors expressions at both ends. */
export function matchesValue(actual: string, operator: SelectorMatcher['operator'], value: string): boolean {
  if (operator === '=' || operator === '!=') return (actual === value) === (operator === '=');
  const compiled = compileRegexp(`^(?:${value})$`);
  return compiled.kind === 'regexp' && compiled.regexp.isFoundIn(actual) === (operator === '=~');
}

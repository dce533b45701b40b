import type { CompiledConfig } from '../compiled-config.ts';
import { ExternalRegistry } from '../external-registry.ts';
import type { KindMapper } from '../kinds.ts';
import type { SeriesBySelector } from '../series.ts';
import { type CustomMetric, SeriesRegistry } from '../series-registry.ts';

/** Everything that a request is answered by: rules, the series they have found, and the kinds of the cluster. */
export interface RuleBook {
  readonly compiled: CompiledConfig;
  readonly kinds: KindMapper;
  readonly custom: SeriesRegistry;
  /** What there is to list; the same array for as long as the same metrics are there. */
  readonly customMetrics: readonly CustomMetric[];
  readonly external: ExternalRegistry;
  readonly externalMetrics: readonly string[];
}

/** Makes a book of what is known now; lists that have not changed since the book before are its. */
export function makeRuleBook(
  compiled: CompiledConfig,
  found: SeriesBySelector,
  kinds: KindMapper,
  before?: RuleBook,
): RuleBook {
  const custom = new SeriesRegistry(compiled.custom, found, kinds);
  const external = new ExternalRegistry(compiled.external, found);
  return {
    compiled,
    kinds,
    custom,
    customMetrics: kept(before?.customMetrics, custom.metrics, isSameMetric),
    external,
    externalMetrics: kept(before?.externalMetrics, external.metrics, (one, other) => one === other),
  };
}

function kept<Item>(
  before: readonly Item[] | undefined,
  now: readonly Item[],
  isSame: (one: Item, other: Item) => boolean,
): readonly Item[] {
  if (before?.length !== now.length) return now;
  return before.every((item, index) => isSame(item, now[index] as Item)) ? before : now;
}

function isSameMetric(one: CustomMetric, other: CustomMetric): boolean {
  return one.resource === other.resource && one.metric === other.metric && one.isNamespaced === other.isNamespaced;
}

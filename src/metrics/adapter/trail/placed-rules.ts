import { InvariantError } from '../../../base/failure.ts';
import type { RulePlace } from '../../../core/explain/metric-trail.ts';
import type { SeriesFold } from '../../prometheus/answers.ts';
import type { ConfigFile } from '../compiled-config.ts';
import type { DiscoveryRule } from '../config/adapter-config.ts';
import { ExternalRegistry } from '../external-registry.ts';
import type { KindMapper } from '../kinds.ts';
import { type CompiledRule, compileRule } from '../rule.ts';
import { SeriesRegistry } from '../series-registry.ts';

/** A rule ready for use, and where it stands. */
export interface PlacedRule {
  readonly rule: DiscoveryRule;
  readonly compiled: CompiledRule;
  readonly isExternal: boolean;
  readonly place: RulePlace;
}

/** The rules of files that have been found good, custom ones first, in the order of the files. */
export function placedRules(files: readonly ConfigFile[], kinds: KindMapper): readonly PlacedRule[] {
  return [false, true].flatMap((isExternal) =>
    files.flatMap(({ name, config }) =>
      (isExternal ? config.externalRules : config.rules).map((rule): PlacedRule => {
        const result = compileRule(rule, kinds);
        if (result.kind === 'refused') throw new InvariantError(`${name}: ${rule.path} was found good before`);
        const place = { file: name, line: config.places.placeOf(rule.path).line, rule: rule.path };
        return { rule, compiled: result.rule, isExternal, place };
      }),
    ),
  );
}

/** Where one of the rules stands. */
export function placeOf(compiled: CompiledRule, rules: readonly PlacedRule[]): RulePlace {
  const placed = rules.find((each) => each.compiled === compiled);
  if (placed === undefined) throw new InvariantError(`${compiled.path}: a metric is made by none of the rules`);
  return placed.place;
}

/** What the rules make of the series that there are. */
export interface MadeMetrics {
  readonly rules: readonly PlacedRule[];
  readonly custom: SeriesRegistry;
  readonly external: ExternalRegistry;
}

/** Makes it, as an adapter would. */
export function madeMetrics(
  rules: readonly PlacedRule[],
  found: ReadonlyMap<string, readonly SeriesFold[]>,
  kinds: KindMapper,
): MadeMetrics {
  const compiledOf = (isExternal: boolean): readonly CompiledRule[] =>
    rules.filter((each) => each.isExternal === isExternal).map(({ compiled }) => compiled);
  return {
    rules,
    custom: new SeriesRegistry(compiledOf(false), found, kinds),
    external: new ExternalRegistry(compiledOf(true), found),
  };
}

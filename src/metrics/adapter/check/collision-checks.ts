import type { ConfigPlaces } from '../config/config-places.ts';
import { referencesIn } from '../go-regexp.ts';
import { groupResourceText } from '../kinds.ts';
import { metricNameOf } from '../metric-name.ts';
import type { RuleProblem } from '../rule.ts';
import type { CheckedRule } from './check-config.ts';

/**
 * Rules that make the same metric, as far as that is certain without series: their names are fixed, or their selectors
 * name the series. The later rule wins, for each resource by itself.
 */
export function collisionFindings(checked: readonly CheckedRule[], places: ConfigPlaces): readonly RuleProblem[] {
  const makers = new Map<string, CheckedRule[]>();
  const found: RuleProblem[] = [];
  for (const each of checked) {
    for (const metric of certainNames(each)) {
      const earlier = makers.get(metric) ?? [];
      for (const rival of earlier) {
        const resources = sharedResources(rival, each);
        if (resources === undefined) continue;
        const firstLine = places.placeOf(rival.rule.path).line;
        found.push({ finding: { code: 'MetricTwice', metric, resources, firstLine }, path: each.rule.path });
        break;
      }
      makers.set(metric, [...earlier, each]);
    }
  }
  return found;
}

function certainNames({ rule, compiled, samples }: CheckedRule): readonly string[] {
  const { as } = rule.name;
  if (as !== '' && referencesIn(as).length === 0) return [as.replaceAll('$$', '$')];
  if (!samples.isExact) return [];
  return [...new Set(samples.names.flatMap((name) => metricNameOf(name, compiled.naming) ?? []))];
}

/** The resources of which both rules make metrics; undefined when there are none. External metrics are of none. */
function sharedResources(first: CheckedRule, second: CheckedRule): readonly string[] | undefined {
  if (second.isExternal) return [];
  const [ours, theirs] = [overriddenResources(first), overriddenResources(second)];
  const hasTemplate = (each: CheckedRule): boolean => each.rule.resources.template !== '';
  const shared = new Set([
    ...ours.filter((resource) => theirs.includes(resource) || hasTemplate(second)),
    ...(hasTemplate(first) ? theirs : []),
    ...(hasTemplate(first) && hasTemplate(second) ? ['pods', 'namespaces'] : []),
  ]);
  return shared.size === 0 ? undefined : [...shared].sort();
}

function overriddenResources({ rule, compiled }: CheckedRule): readonly string[] {
  const labels = rule.resources.overrides.map(({ label }) => label);
  return labels.flatMap((label) => compiled.association.resourcesOf([label]).resources.map(groupResourceText));
}

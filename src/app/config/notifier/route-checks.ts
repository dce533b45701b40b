import { selectorText } from '../../../base/label-selector.ts';
import { matchesGlob, type RouteMatch } from '../../../people/notify/delivery/route.ts';
import type { PlacedProblem } from '../placed-yaml.ts';
import { type RouteEntry, routeSettings } from './route-settings.ts';

/**
 * What is wrong between the parts of a configuration, whatever is wrong within them: sinks that are not there, names
 * that stand twice, routes that nothing can reach. What is no route at all is left to the schema.
 */
export function referenceProblems(file: unknown): readonly PlacedProblem[] {
  const { sinks, routes } = asObject(file);
  const sinkNames = Object.keys(asObject(sinks));
  const given = Array.isArray(routes) ? routes : [];
  return [
    ...given.flatMap((route, index) => sinkProblems(asObject(route), index, sinkNames)),
    ...nameProblems(given.map((route) => asObject(route)['name'])),
    ...reachProblems(given.map((route) => routeSettings.safeParse(route).data)),
  ];
}

function sinkProblems(
  route: Readonly<Record<string, unknown>>,
  index: number,
  sinkNames: readonly string[],
): readonly PlacedProblem[] {
  const { sinks, fallback } = route;
  const named = Array.isArray(sinks) ? sinks : [];
  const missing = `must be one of the sinks: ${sinkNames.join(', ')}`;
  const isMissing = (name: unknown): boolean =>
    typeof name === 'string' && sinkNames.length > 0 && !sinkNames.includes(name);
  const path = ['routes', index];
  return [
    ...named.flatMap((name, at) => (isMissing(name) ? [{ path: [...path, 'sinks', at], message: missing }] : [])),
    ...(isMissing(fallback) ? [{ path: [...path, 'fallback'], message: missing }] : []),
    ...(named.includes(fallback)
      ? [{ path: [...path, 'fallback'], message: 'must be another sink than those that it stands in for' }]
      : []),
  ];
}

function nameProblems(names: readonly unknown[]): readonly PlacedProblem[] {
  return names.flatMap((name, index) =>
    name !== undefined && names.indexOf(name) < index
      ? [{ path: ['routes', index, 'name'], message: 'must be there only once' }]
      : [],
  );
}

function reachProblems(routes: readonly (RouteEntry | undefined)[]): readonly PlacedProblem[] {
  return routes.flatMap((route, index) => {
    if (route === undefined) return [];
    const before = routes.findIndex((earlier, at) => {
      return at < index && earlier !== undefined && !earlier.continue && covers(earlier.match, route.match);
    });
    if (before === -1) return [];
    const message = `is never reached: routes[${before}] takes all that it matches, and does not continue`;
    return [{ path: ['routes', index], message }];
  });
}

/** Whether whatever the second matches the first does; a no may be wrong, a yes never is. */
function covers(wide: RouteMatch, narrow: RouteMatch): boolean {
  return (
    coversGlobs(wide.clusters, narrow.clusters) &&
    coversGlobs(wide.namespaces, narrow.namespaces) &&
    coversGlobs(wide.types, narrow.types) &&
    coversTexts(wide.kinds, narrow.kinds) &&
    coversTexts(wide.severities, narrow.severities) &&
    (wide.labels === null || (narrow.labels !== null && selectorText(wide.labels) === selectorText(narrow.labels)))
  );
}

/** A pattern covers another when it matches that one's text, its stars being taken for what they stand for. */
function coversGlobs(wide: readonly string[], narrow: readonly string[]): boolean {
  if (wide.length === 0) return true;
  return narrow.length > 0 && narrow.every((inner) => wide.some((outer) => matchesGlob(outer, inner)));
}

function coversTexts(wide: readonly string[], narrow: readonly string[]): boolean {
  return wide.length === 0 || (narrow.length > 0 && narrow.every((text) => wide.includes(text)));
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}

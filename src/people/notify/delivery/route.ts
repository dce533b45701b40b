import { matchesSelector, type Selector } from '../../../base/label-selector.ts';
import type { Notice, Severity } from '../../../core/episode/notice.ts';
import type { Language } from '../../../core/explain/language.ts';
import type { Mention } from '../../sink/sink.ts';
import type { QuietHours } from './quiet-hours.ts';

/** Who is told what, and how. The first route that matches a notice is the only one, unless it continues. */
export interface Route {
  readonly name: string;
  readonly match: RouteMatch;
  /** Names of sinks; each gets the message. */
  readonly sinks: readonly string[];
  /** Whether the routes below are looked at as well. */
  readonly isContinued: boolean;
  readonly language: Language | 'both';
  /** IANA name: of times in messages and of quiet hours. */
  readonly timeZone: string;
  readonly mention: Mention;
  /** Null: each goes out alone. */
  readonly group: RouteGroup | null;
  readonly quiet: QuietHours | null;
  /** The sink that takes over while one of `sinks` is down; null when none does. */
  readonly fallback: string | null;
}

/** Everything that is given must hold; an empty list is not given. Globs know `*` alone. */
export interface RouteMatch {
  readonly clusters: readonly string[];
  readonly namespaces: readonly string[];
  /** On the labels of the HPA; null when not given. */
  readonly labels: Selector | null;
  /** Kinds of targets. */
  readonly kinds: readonly string[];
  readonly types: readonly string[];
  readonly severities: readonly Severity[];
}

/** What notices of one message have in common. */
export const GROUP_KEYS = ['cluster', 'namespace', 'hpa', 'kind', 'type', 'severity'] as const;

export type GroupKey = (typeof GROUP_KEYS)[number];

/** Notices that are alike in `by` share messages: the first after `waitMs`, further ones at least `intervalMs` apart. */
export interface RouteGroup {
  readonly by: readonly GroupKey[];
  readonly waitMs: number;
  readonly intervalMs: number;
}

/** One sink that is to be told, and by which route. */
export interface Destination {
  readonly sink: string;
  readonly route: Route;
}

/** Label or annotation of an HPA: `off` keeps its notices from everybody, `on` asks for them where that is needed. */
export const NOTIFY_LABEL = 'podtide.dev/notify';
/** Label or annotation of an HPA: the only route that its notices take. */
export const ROUTE_LABEL = 'podtide.dev/notify-route';

/** Whether anybody wants to be told of this HPA at all. Notices about the cluster or the watcher always are wanted. */
export function isWanted(notice: Notice, mustAsk: boolean): boolean {
  if (notice.subject === undefined) return true;
  const said = labelOf(notice, NOTIFY_LABEL);
  return said !== 'off' && (!mustAsk || said === 'on');
}

/** Who is told of a notice; each sink once, by the first route that names it. */
export function destinationsOf(notice: Notice, routes: readonly Route[]): readonly Destination[] {
  const asked = labelOf(notice, ROUTE_LABEL);
  const found = new Map<string, Destination>();
  for (const route of routes) {
    if ((asked !== undefined && route.name !== asked) || !matchesRoute(route.match, notice)) continue;
    for (const sink of route.sinks) {
      if (!found.has(sink)) found.set(sink, { sink, route });
    }
    if (!route.isContinued) break;
  }
  return [...found.values()];
}

/**
 * By which route a sink is told of a notice: one that takes the notice there, or one for which it is the fallback;
 * otherwise, after a change of the routes, whichever names the sink at all; and where none does, in the language and the
 * zone of the first.
 */
export function routeTo(sink: string, notice: Notice, routes: readonly Route[]): Route {
  const told = destinationsOf(notice, routes).find((destination) => destination.sink === sink);
  if (told !== undefined) return told.route;
  const naming = routes.filter((route) => route.fallback === sink || route.sinks.includes(sink));
  const named = naming.find((route) => matchesRoute(route.match, notice)) ?? naming[0];
  const { language, timeZone } = routes[0] ?? BARE_ROUTE;
  return named ?? { ...BARE_ROUTE, sinks: [sink], language, timeZone };
}

/** A route of everything to nobody yet, with nothing set. */
export const BARE_ROUTE = {
  name: '',
  match: { clusters: [], namespaces: [], labels: null, kinds: [], types: [], severities: [] },
  isContinued: false,
  language: 'en',
  timeZone: 'UTC',
  mention: { mobiles: [], userIds: [], isEverybody: false },
  group: null,
  quiet: null,
  fallback: null,
} as const satisfies Omit<Route, 'sinks'>;

export function matchesRoute(match: RouteMatch, notice: Notice): boolean {
  const { subject } = notice;
  const holds = (patterns: readonly string[], text: string | undefined): boolean =>
    patterns.length === 0 || (text !== undefined && patterns.some((pattern) => matchesGlob(pattern, text)));
  return (
    holds(match.clusters, notice.cluster) &&
    holds(match.namespaces, subject?.namespace) &&
    holds(match.types, notice.type) &&
    (match.kinds.length === 0 || (subject !== undefined && match.kinds.includes(subject.targetKind))) &&
    (match.severities.length === 0 || match.severities.includes(notice.severity)) &&
    (match.labels === null || (subject !== undefined && matchesSelector(match.labels, subject.hpaLabels)))
  );
}

/** Whether the whole text is what the pattern says; `*` stands for anything, also nothing. */
export function matchesGlob(pattern: string, text: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return text === pattern;
  const tail = rest.pop() ?? '';
  if (!text.startsWith(head) || text.length < head.length + tail.length || !text.endsWith(tail)) return false;
  let at = head.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > text.length - tail.length) return false;
    at = found + part.length;
  }
  return true;
}

/** What the notices of one group have in common, as text. */
export function groupKeyOf(notice: Notice, by: readonly GroupKey[]): string {
  return JSON.stringify(by.map((key) => groupValue(notice, key) ?? null));
}

function groupValue(notice: Notice, key: GroupKey): string | undefined {
  switch (key) {
    case 'cluster':
      return notice.cluster;
    case 'namespace':
      return notice.subject?.namespace;
    case 'hpa':
      return notice.subject?.hpaUid;
    case 'kind':
      return notice.subject?.targetKind;
    case 'type':
      return notice.type;
    case 'severity':
      return notice.severity;
  }
}

function labelOf(notice: Notice, name: string): string | undefined {
  const labels = notice.subject?.hpaLabels;
  return labels !== undefined && Object.hasOwn(labels, name) ? labels[name] : undefined;
}

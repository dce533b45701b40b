import type { Route } from '../../people/notify/delivery/route.ts';

const ROUTE = {
  match: { clusters: [], namespaces: [], labels: null, kinds: [], types: [], severities: [] },
  isContinued: false,
  language: 'en',
  timeZone: 'UTC',
  mention: { mobiles: [], userIds: [], isEverybody: false },
  group: null,
  quiet: null,
  fallback: null,
} as const satisfies Omit<Route, 'name' | 'sinks'>;

/** Whom a lab would tell, as a team would begin: those on call of what needs somebody at once, everybody of the rest. */
export const LAB_ROUTES: readonly Route[] = [
  { ...ROUTE, name: 'urgent', match: { ...ROUTE.match, severities: ['critical'] }, sinks: ['on-call'] },
  { ...ROUTE, name: 'everything', sinks: ['team'] },
];

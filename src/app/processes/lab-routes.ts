import { BARE_ROUTE, type Route } from '../../people/notify/delivery/route.ts';

/** Whom a lab would tell, as a team would begin: those on call of what needs somebody at once, everybody of the rest. */
export const LAB_ROUTES: readonly Route[] = [
  { ...BARE_ROUTE, name: 'urgent', match: { ...BARE_ROUTE.match, severities: ['critical'] }, sinks: ['on-call'] },
  { ...BARE_ROUTE, name: 'everything', sinks: ['team'] },
];

import type { Route } from '../../src/people/notify/delivery/route.ts';

/** A route to `ding` for everything, with these changes. */
export function routeOf(overrides: Partial<Route> = {}): Route {
  return {
    name: 'all',
    match: { clusters: [], namespaces: [], labels: null, kinds: [], types: [], severities: [] },
    sinks: ['ding'],
    isContinued: false,
    language: 'zh-CN',
    timeZone: 'Asia/Shanghai',
    mention: { mobiles: [], userIds: [], isEverybody: false },
    group: null,
    quiet: null,
    fallback: null,
    ...overrides,
  };
}

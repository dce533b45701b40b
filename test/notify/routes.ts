import { BARE_ROUTE, type Route } from '../../src/people/notify/delivery/route.ts';

/** A route to `ding` for everything, with these changes. */
export function routeOf(overrides: Partial<Route> = {}): Route {
  return { ...BARE_ROUTE, name: 'all', sinks: ['ding'], language: 'zh-CN', timeZone: 'Asia/Shanghai', ...overrides };
}

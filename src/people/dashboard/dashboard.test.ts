import { describe, expect, test } from 'vitest';
import { walkthroughDecisions } from '../../../test/fixtures/walkthrough-decisions.ts';
import { reportOf, walkthroughHistory } from '../../../test/fixtures/walkthrough-history.ts';
import type { IoClock } from '../../base/clock.ts';
import { DASHBOARD_STREAM_BACKLOG_COUNT_MAX, DASHBOARD_STREAM_COUNT_MAX } from '../../base/limits.ts';
import { SILENT_LOG } from '../../base/log.ts';
import type { DecisionHistory } from '../../control/history/decision-history.ts';
import type { Assets } from './asset-folder.ts';
import { createDashboard, type Dashboard, type DashboardOptions } from './dashboard.ts';
import type { MessageFeed, MessageReader } from './message-feed.ts';
import type {
  MessagesBody,
  OverviewBody,
  SeriesBody,
  StreamMessage,
  TimelineBody,
  TimelineEntry,
  ToldMessage,
} from './wire.ts';

const ASSETS: Assets = new Map([
  [
    '/index.html',
    { bytes: new TextEncoder().encode('<!doctype html>'), contentType: 'text/html; charset=utf-8', isImmutable: false },
  ],
  [
    '/assets/page-1.js',
    { bytes: new TextEncoder().encode('1'), contentType: 'text/javascript; charset=utf-8', isImmutable: true },
  ],
]);

/** A clock whose timers are run by hand. */
function handClock(): IoClock & { fire(): void } {
  let timers: (() => void)[] = [];
  return {
    monotonicMs: () => 0,
    wallMs: () => 0,
    after: (_delayMs, callback) => {
      timers.push(callback);
      return () => {
        timers = timers.filter((timer) => timer !== callback);
      };
    },
    fire: () => {
      const due = timers;
      timers = [];
      for (const callback of due) callback();
    },
  };
}

function optionsOver(history: DecisionHistory, clock: IoClock = handClock()): DashboardOptions {
  return { feed: history, clock, log: SILENT_LOG, assets: ASSETS, hostNames: ['127.0.0.1', 'localhost'] };
}

function dashboardOver(history: DecisionHistory, clock?: IoClock): Dashboard {
  return createDashboard(optionsOver(history, clock));
}

const MESSAGE: ToldMessage = {
  id: 'n team',
  type: 'scale.up.started',
  severity: 'info',
  atMs: 1,
  route: 'everything',
  sink: 'team',
  title: '[扩容开始] default/web 1→4',
  text: '#### [扩容开始] default/web 1→4',
};

function get(
  dashboard: Dashboard,
  path: string,
  headers: Record<string, string> = {},
  init: RequestInit = {},
): Promise<Response> {
  return dashboard.handle(
    new Request(`http://127.0.0.1:8080${path}`, { ...init, headers: { host: '127.0.0.1:8080', ...headers } }),
  );
}

describe('bodies', () => {
  test('the overview has the newest decision and the last move', async () => {
    const body = (await (await get(dashboardOver(walkthroughHistory()), '/api/overview')).json()) as OverviewBody;
    const [hpa] = body.hpas;
    expect(body.hpas.length).toBe(1);
    expect([hpa?.name, hpa?.latest.currentReplicas, hpa?.lastChange?.decision.scaledTo]).toEqual(['php-apache', 1, 1]);
    expect(hpa?.recentReplicas.slice(0, 6)).toEqual([1, 1, 1, 4, 7, 7]);
  });

  test('the overview forgets an HPA that is gone', async () => {
    const history = walkthroughHistory(3);
    const [decision] = walkthroughDecisions();
    if (decision === undefined) throw new Error('the story is empty');
    const path = { code: 'HpaMissing', currentReplicas: null, minReplicas: null, maxReplicas: null } as const;
    history.record(
      reportOf({ ...decision, atMs: decision.atMs + 60_000, isDeleted: true, trace: { ...decision.trace, path } }),
    );
    expect(((await (await get(dashboardOver(history), '/api/overview')).json()) as OverviewBody).hpas).toEqual([]);
  });

  test('the series has every sync since an instant', async () => {
    const dashboard = dashboardOver(walkthroughHistory());
    const all = (await (await get(dashboard, '/api/hpas/default/php-apache/series')).json()) as SeriesBody;
    const sinceMs = all.points[3]?.atMs ?? 0;
    const some = (await (
      await get(dashboard, `/api/hpas/default/php-apache/series?sinceMs=${sinceMs}`)
    ).json()) as SeriesBody;
    expect([all.points.length, some.points.length]).toEqual([29, 26]);
  });

  test('the timeline has changes only, without memory and status', async () => {
    const body = (await (
      await get(dashboardOver(walkthroughHistory()), '/api/decisions?namespace=default&name=php-apache')
    ).json()) as TimelineBody;
    expect(body.entries.map(({ decision }) => decision.scaledTo).filter((scaledTo) => scaledTo !== null)).toEqual([
      4, 7, 1,
    ]);
    expect(Object.keys(body.entries[0]?.decision ?? {})).not.toContain('memory');
  });

  test('a decision is had by an id that needs encoding', async () => {
    const history = walkthroughHistory();
    const [decision] = walkthroughDecisions();
    if (decision === undefined) throw new Error('the story is empty');
    history.record(reportOf({ ...decision, hpa: { namespace: 'a', name: 'b', uid: null } }));
    const [summary] = await history.list({ namespace: 'a' });
    const entry = (await (
      await get(dashboardOver(history), `/api/decisions/${encodeURIComponent(summary?.id ?? '')}`)
    ).json()) as TimelineEntry;
    expect([summary?.id.includes('%2F'), entry.id]).toEqual([true, summary?.id]);
  });
});

describe('what people would have been told', () => {
  test('is asked for in the language and the zone of the reader, for links to the page as they have it', async () => {
    const asked: MessageReader[] = [];
    const messages: MessageFeed = {
      messages: async (reader) => {
        asked.push(reader);
        return [MESSAGE];
      },
      watch: () => () => {},
    };
    const dashboard = createDashboard({ ...optionsOver(walkthroughHistory(1)), messages });
    const path = '/api/messages?language=zh-CN&timeZone=Asia%2FShanghai';
    const body = (await (await get(dashboard, path)).json()) as MessagesBody;
    expect([body.messages, asked]).toEqual([
      [MESSAGE],
      [{ language: 'zh-CN', timeZone: 'Asia/Shanghai', pageUrl: 'http://127.0.0.1:8080/' }],
    ]);
  });

  test('is nothing where nobody watches for it', async () => {
    const body = (await (await get(dashboardOver(walkthroughHistory(1)), '/api/messages')).json()) as MessagesBody;
    expect(body.messages).toBeNull();
  });
});

describe('refusals', () => {
  const rows = [
    {
      why: 'another host name: DNS rebinding',
      path: '/api/overview',
      headers: { host: 'evil.example:8080' },
      status: 403,
    },
    { why: 'no host', path: '/', headers: { host: '' }, status: 403 },
    {
      why: 'a script of another site',
      path: '/api/overview',
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' },
      status: 403,
    },
    {
      why: 'a link on another site is followed',
      path: '/',
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
      status: 200,
    },
    { why: 'a number that is none', path: '/api/hpas/a/b/series?sinceMs=soon', headers: {}, status: 400 },
    { why: 'a language that it does not speak', path: '/api/messages?language=fr', headers: {}, status: 400 },
    { why: 'an unknown decision', path: '/api/decisions/x', headers: {}, status: 404 },
    { why: 'an unknown route', path: '/api/secrets', headers: {}, status: 404 },
    { why: 'an unknown file', path: '/assets/other.js', headers: {}, status: 404 },
    { why: 'a way out of the folder', path: '/assets/%2e%2e/%2e%2e/package.json', headers: {}, status: 404 },
  ];
  for (const { why, path, headers, status } of rows) {
    test(why, async () => {
      const response = await get(dashboardOver(walkthroughHistory()), path, headers);
      expect([
        response.status,
        response.headers.get('content-security-policy')?.includes("default-src 'none'"),
      ]).toEqual([status, true]);
    });
  }

  test('anything that writes', async () => {
    expect((await get(dashboardOver(walkthroughHistory()), '/api/overview', {}, { method: 'POST' })).status).toBe(405);
  });
});

describe('files', () => {
  test('the page is asked for again, its parts are not', async () => {
    const dashboard = dashboardOver(walkthroughHistory());
    const page = await get(dashboard, '/');
    const part = await get(dashboard, '/assets/page-1.js');
    const again = await get(dashboard, '/', { 'if-none-match': page.headers.get('etag') ?? '' });
    expect([page.headers.get('cache-control'), part.headers.get('cache-control'), again.status]).toEqual([
      'no-cache',
      'public, max-age=31536000, immutable',
      304,
    ]);
  });
});

describe('the stream', () => {
  test('tells of loads once a second, where they are counted', async () => {
    const clock = handClock();
    const load = {
      namespace: 'default',
      name: 'php-apache',
      requestsPerSecond: 20,
      failedPerSecond: 0,
      latencyP95Ms: 412,
    };
    const dashboard = createDashboard({ ...optionsOver(walkthroughHistory(1), clock), loads: () => [load] });
    const lines = await openStream(dashboard);
    await lines.until('retry:');
    clock.fire();
    clock.fire();
    const text = await lines.until('event: load', 2);
    expect(text).toContain(`event: load\ndata: ${JSON.stringify([load])}\n\n`);
  });

  test('tells every new decision, and carries whole only what changed something', async () => {
    const history = walkthroughHistory(2);
    const lines = await openStream(dashboardOver(history));
    for (const decision of walkthroughDecisions().slice(2, 6)) history.record(reportOf(decision));
    const events = await lines.events(4);
    expect(events.map(({ summary, entry }) => [summary.currentReplicas, entry?.decision.scaledTo ?? null])).toEqual([
      [1, 4],
      [4, 7],
      [7, null],
      [7, null],
    ]);
    expect(events[3]?.entry).toBeNull();
  });

  test('tells that there is one more message, to those who still listen', async () => {
    const listeners = new Set<() => void>();
    const messages: MessageFeed = {
      messages: async () => [],
      watch: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
    const dashboard = createDashboard({ ...optionsOver(walkthroughHistory(1)), messages });
    const lines = await openStream(dashboard);
    await lines.until('retry:');
    for (const tell of listeners) tell();
    expect(await lines.until('event: told')).toContain('event: told\ndata: {}\n\n');
    dashboard.close();
    expect(listeners.size).toBe(0);
  });

  test('goes on after the last decision that the reader saw', async () => {
    const history = walkthroughHistory(10);
    const lastId = (await history.list({}))[6]?.id ?? '';
    const lines = await openStream(dashboardOver(history), { 'last-event-id': lastId });
    expect((await lines.events(3)).map(({ summary }) => summary.id)).toEqual(
      (await history.list({})).slice(7).map(({ id }) => id),
    );
  });

  test('tells a reader to start over whose last decision nobody knows', async () => {
    const lines = await openStream(dashboardOver(walkthroughHistory(3)), {
      'last-event-id': 'lab~x~1~kubernetes-1.36',
    });
    expect(await lines.until('event: reset')).toContain('event: reset');
  });

  test('says that it is alive', async () => {
    const clock = handClock();
    const lines = await openStream(dashboardOver(walkthroughHistory(1), clock));
    await lines.until('retry:');
    clock.fire();
    expect(await lines.until('event: alive')).toContain('event: alive');
  });

  test('lets a reader go that does not read', async () => {
    const history = walkthroughHistory(1);
    const [decision] = walkthroughDecisions();
    if (decision === undefined) throw new Error('the story is empty');
    const response = await get(dashboardOver(history), '/api/stream');
    await Promise.resolve();
    for (let count = 1; count <= DASHBOARD_STREAM_BACKLOG_COUNT_MAX + 10; count++) {
      history.record(reportOf({ ...decision, atMs: decision.atMs + count * 1000 }));
    }
    const text = await response.text();
    expect(text.split('event: decision').length - 1).toBeLessThan(DASHBOARD_STREAM_BACKLOG_COUNT_MAX);
  });

  test('refuses one stream too many, and takes one again after another ended', async () => {
    const dashboard = dashboardOver(walkthroughHistory(1));
    const open: Response[] = [];
    for (let count = 0; count < DASHBOARD_STREAM_COUNT_MAX; count++) open.push(await get(dashboard, '/api/stream'));
    const refused = await get(dashboard, '/api/stream');
    await open[0]?.body?.cancel();
    const taken = await get(dashboard, '/api/stream');
    expect([refused.status, refused.headers.get('retry-after'), taken.status]).toEqual([503, '5', 200]);
    dashboard.close();
  });

  test('ends when the dashboard does', async () => {
    const dashboard = dashboardOver(walkthroughHistory(1));
    const response = await get(dashboard, '/api/stream');
    dashboard.close();
    expect(await response.text()).toBe('retry: 1000\n\n');
  });
});

/** Reads a stream event by event. */
async function openStream(dashboard: Dashboard, headers: Record<string, string> = {}) {
  const response = await get(dashboard, '/api/stream', headers);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const until = async (needle: string, count = 1): Promise<string> => {
    while (text.split(needle).length - 1 < count) {
      const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
      if (done) throw new Error(`the stream ended before ${count} × ${needle}`);
      text += value;
    }
    return text;
  };
  const events = async (count: number): Promise<StreamMessage[]> => {
    await until('event: decision', count);
    return [...text.matchAll(/^event: decision\nid: .*\ndata: (.*)$/gm)].map(
      (match) => JSON.parse(match[1] ?? '') as StreamMessage,
    );
  };
  return { until, events };
}

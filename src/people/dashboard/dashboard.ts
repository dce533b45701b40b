import { Hono } from 'hono';
import type { IoClock } from '../../base/clock.ts';
import { errorText, FAILURE_RULES, Failure } from '../../base/failure.ts';
import { DASHBOARD_SERIES_POINT_COUNT_MAX, DASHBOARD_TIMELINE_COUNT_MAX } from '../../base/limits.ts';
import type { Log } from '../../base/log.ts';
import type { DecisionFeed } from '../../control/history/feed.ts';
import { LANGUAGES } from '../../core/explain/language.ts';
import type { Asset, Assets } from './asset-folder.ts';
import { DecisionStream } from './decision-stream.ts';
import { refusalOf, SECURITY_HEADERS } from './guard.ts';
import type { MessageFeed } from './message-feed.ts';
import { overviewOf, timelineEntry } from './overview.ts';
import {
  DASHBOARD_API_VERSION,
  type HpaLoad,
  type MessagesBody,
  type OverviewBody,
  type SeriesBody,
  type TimelineBody,
} from './wire.ts';

/** What a dashboard is made of. */
export interface DashboardOptions {
  readonly feed: DecisionFeed;
  readonly clock: IoClock;
  readonly log: Log;
  /** The requests behind HPAs now, where somebody counts them. */
  readonly loads?: () => readonly HpaLoad[];
  /** What people would have been told, where somebody watches for it. */
  readonly messages?: MessageFeed;
  /** The built page, see readAssetFolder. */
  readonly assets: Assets;
  /** Host names that the listener answers to, without port: what the address that was printed says, and no other. */
  readonly hostNames: readonly string[];
}

/** The web page and its JSON, behind a listener of its own. */
export interface Dashboard {
  /** Answers one request; never rejects. */
  handle(request: Request): Promise<Response>;
  /** Ends every open stream. */
  close(): void;
}

/** The dashboard over a decision feed. It only reads. */
export function createDashboard(options: DashboardOptions): Dashboard {
  const stream = new DecisionStream(options);
  const routes = new Hono();
  addGuards(routes, options);
  addDecisionRoutes(routes, options.feed);
  addMessageRoute(routes, options.messages);
  routes.get('/api/stream', (context) =>
    stream.open(context.req.header('last-event-id') ?? null, context.req.raw.signal),
  );
  routes.all('/api/*', (context) => context.json({ message: `there is nothing at ${context.req.path}` }, 404));
  routes.get('*', (context) => assetResponse(options.assets, context.req.path, context.req.header('if-none-match')));
  return { handle: async (request) => routes.fetch(request), close: () => stream.close() };
}

function addGuards(routes: Hono, { hostNames, log }: DashboardOptions): void {
  routes.use('*', async (context, next) => {
    const refusal = refusalOf(context.req.raw, hostNames);
    if (refusal !== null) return context.json({ message: refusal }, 403, SECURITY_HEADERS);
    if (context.req.method !== 'GET' && context.req.method !== 'HEAD') {
      return context.json(
        { message: `${context.req.method} is not allowed: the dashboard only reads` },
        405,
        SECURITY_HEADERS,
      );
    }
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.res.headers.set(name, value);
  });
  routes.onError((thrown, context) => {
    if (thrown instanceof Failure) {
      const status = FAILURE_RULES[thrown.kind].httpStatus as 400 | 403 | 404 | 409 | 503;
      return context.json({ message: thrown.message, hint: thrown.hint }, status, SECURITY_HEADERS);
    }
    log.error('a dashboard request failed', { path: context.req.path, error: errorText(thrown) });
    return context.json({ message: 'the dashboard met a bug of its own; its log says more' }, 500, SECURITY_HEADERS);
  });
}

function addDecisionRoutes(routes: Hono, feed: DecisionFeed): void {
  routes.get('/api/overview', async (context) => {
    const body: OverviewBody = { apiVersion: DASHBOARD_API_VERSION, hpas: await overviewOf(feed) };
    return context.json(body);
  });
  routes.get('/api/hpas/:namespace/:name/series', async (context) => {
    const { namespace, name } = context.req.param();
    const sinceMs = context.req.query('sinceMs');
    const query = { namespace, name, limitCount: DASHBOARD_SERIES_POINT_COUNT_MAX };
    const points = await feed.list(
      sinceMs === undefined ? query : { ...query, sinceMs: wholeNumber('sinceMs', sinceMs) },
    );
    const body: SeriesBody = { apiVersion: DASHBOARD_API_VERSION, points };
    return context.json(body);
  });
  routes.get('/api/decisions', async (context) => {
    const { namespace, name, limitCount } = context.req.query();
    const asked = limitCount === undefined ? DASHBOARD_TIMELINE_COUNT_MAX : wholeNumber('limitCount', limitCount);
    const summaries = await feed.list({
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
      isChangeOnly: true,
      limitCount: Math.min(asked, DASHBOARD_TIMELINE_COUNT_MAX),
    });
    const records = await Promise.all(summaries.map(({ id }) => feed.at(id)));
    const entries = records.flatMap((record) => (record === undefined ? [] : [timelineEntry(record)]));
    const body: TimelineBody = { apiVersion: DASHBOARD_API_VERSION, entries };
    return context.json(body);
  });
  routes.get('/api/decisions/:id', async (context) => {
    const record = await feed.at(context.req.param('id'));
    if (record === undefined)
      throw new Failure('notFound', 'this decision is not kept any more', { hint: 'newer ones are in the timeline' });
    return context.json(timelineEntry(record));
  });
}

function addMessageRoute(routes: Hono, feed: MessageFeed | undefined): void {
  routes.get('/api/messages', async (context) => {
    const { language: asked = 'en', timeZone = 'UTC' } = context.req.query();
    const language = LANGUAGES.find((known) => known === asked);
    if (language === undefined)
      throw new Failure('invalid', `language: ${asked} is not one of ${LANGUAGES.join(', ')}`);
    const pageUrl = new URL('/', context.req.url).href;
    const messages = feed === undefined ? null : await feed.messages({ language, timeZone, pageUrl });
    const body: MessagesBody = { apiVersion: DASHBOARD_API_VERSION, messages };
    return context.json(body);
  });
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isSafeInteger(value) || value < 0)
    throw new Failure('invalid', `${name}: ${text} is not a whole number of 0 or more`);
  return value;
}

function assetResponse(assets: Assets, path: string, knownTag: string | undefined): Response {
  const asset: Asset | undefined = assets.get(path === '/' ? '/index.html' : path);
  if (asset === undefined) return Response.json({ message: `there is nothing at ${path}` }, { status: 404 });
  const tag = `"${asset.bytes.length.toString(36)}-${checksum(asset.bytes).toString(36)}"`;
  const headers = {
    'Content-Type': asset.contentType,
    'Cache-Control': asset.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    ETag: tag,
  };
  if (knownTag === tag) return new Response(null, { status: 304, headers });
  return new Response(asset.bytes, { headers });
}

/** FNV-1a: tells builds apart, guards nothing. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

import { FAILURE_RULES, Failure } from '../../base/failure.ts';
import { DECISION_LIST_COUNT_MAX } from '../../base/limits.ts';
import type { AccessQuestion, DecisionAccess } from './decision-access.ts';
import type { DecisionStreams } from './decision-stream.ts';
import type { DecisionFeed, DecisionQuery } from './feed.ts';
import { json, refusal, refusalOf } from './guarded-answer.ts';

/** What serves decisions. */
export interface DecisionsEndpointPorts {
  readonly feed: DecisionFeed;
  readonly access: DecisionAccess;
  readonly streams: DecisionStreams;
}

const ROOT = '/decisions';

/**
 * Serves the feed: `GET /decisions` lists summaries (`namespace`, `name`, `sinceMs`, `changes=true`, `limit`),
 * `GET /decisions?watch=true` streams whole records, `GET /decisions/ID` has one. Answers undefined for other paths.
 */
export function createDecisionsEndpoint(
  ports: DecisionsEndpointPorts,
): (request: Request) => Promise<Response | undefined> {
  return async (request) => {
    const url = new URL(request.url);
    if (url.pathname !== ROOT && !url.pathname.startsWith(`${ROOT}/`)) return undefined;
    if (request.method !== 'GET') return refusal(405, `${request.method} is not served here, only GET`);
    try {
      return url.pathname === ROOT ? await answerList(url, request, ports) : await answerOne(url, request, ports);
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      return refusal(FAILURE_RULES[thrown.kind].httpStatus, thrown.message);
    }
  };
}

async function answerList(url: URL, request: Request, ports: DecisionsEndpointPorts): Promise<Response> {
  const query = readQuery(url.searchParams);
  const isWatch = url.searchParams.get('watch') === 'true';
  const question: AccessQuestion = { verb: isWatch ? 'watch' : 'list', namespace: query.namespace ?? null };
  const refused = await refusalOf(request, question, ports.access);
  if (refused !== undefined) return refused;
  if (isWatch) return ports.streams.open(query);
  const items = await ports.feed.list({
    ...query,
    limitCount: Math.min(query.limitCount ?? Infinity, DECISION_LIST_COUNT_MAX),
  });
  return json({ apiVersion: 'podtide.dev/v1', kind: 'DecisionList', items });
}

/** Who may not look into the namespace learns nothing about it, not even whether the record exists. */
async function answerOne(url: URL, request: Request, ports: DecisionsEndpointPorts): Promise<Response> {
  const id = url.pathname.slice(ROOT.length + 1);
  const record = await ports.feed.at(id);
  const namespace = record?.summary.hpa.namespace ?? null;
  const refused = await refusalOf(request, { verb: 'get', namespace }, ports.access);
  if (refused !== undefined) return refused;
  if (record === undefined) {
    return refusal(404, `decision ${id} is not here: it never was, or it has made room for newer ones`);
  }
  return json({ apiVersion: 'podtide.dev/v1', kind: 'DecisionRecord', ...record });
}

function readQuery(parameters: URLSearchParams): DecisionQuery {
  const namespace = parameters.get('namespace');
  const name = parameters.get('name');
  const sinceMs = readNumber(parameters, 'sinceMs');
  const limitCount = readNumber(parameters, 'limit');
  return {
    ...(namespace === null ? {} : { namespace }),
    ...(name === null ? {} : { name }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(limitCount === undefined ? {} : { limitCount }),
    ...(parameters.get('changes') === 'true' ? { isChangeOnly: true } : {}),
  };
}

function readNumber(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,15}(\.\d+)?$/.test(text)) throw new Failure('invalid', `${name}=${text}: must be a number, not negative`);
  return Number(text);
}

import { type IoClock, sleep } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import { RESPONSE_BODY_BYTES_MAX } from '../../base/limits.ts';
import type { Log } from '../../base/log.ts';
import { readBody } from '../http/body.ts';
import { isConnectionLost } from '../http/connection-fault.ts';
import type { JsonParser } from './answer-body.ts';
import { readRefusalText } from './answer-body.ts';
import { type ApiFailure, failureOfAnswer } from './api-failure.ts';
import type { CallOptions } from './client.ts';
import { type RequestSubject, subjectOfPath } from './request-subject.ts';
import type { KubeTransport, WireRequest, WireResponse } from './transport.ts';

/** What every call of one client shares. */
export interface CallContext {
  readonly transport: KubeTransport;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly userAgent: string;
  readonly random: () => number;
  readonly deadlineMs: number;
  readonly jsonParser: JsonParser;
  /** Told about every answer, for the client's telemetry. */
  readonly onAnswer: (answer: AnswerRecord) => void;
}

/** One request as telemetry counts it. */
export interface AnswerRecord {
  readonly verb: string;
  /** The HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly durationMs: number;
}

/** One request of the API, before deadlines and retries. */
export interface ApiRequest {
  readonly method: WireRequest['method'];
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** Read off the path when absent. */
  readonly subject?: RequestSubject;
}

/** client-go gives up after as many answers that ask to come back later. */
const RETRY_COUNT_MAX = 10;

/**
 * Sends a request and answers with its JSON. Obeys Retry-After of 429 and 5xx as client-go does, and sends a GET once more
 * when a kept-alive connection broke under it; both within the deadline of the whole call.
 *
 * @throws ApiFailure when the server said no, Failure('unavailable') when it said nothing usable, the caller's own abort
 * reason when its signal aborted.
 */
export async function callApi(context: CallContext, request: ApiRequest, options: CallOptions = {}): Promise<unknown> {
  const deadlineMs = options.deadlineMs ?? context.deadlineMs;
  const controller = new AbortController();
  const endsAtMs = context.ioClock.monotonicMs() + deadlineMs;
  const cancelDeadline = context.ioClock.after(deadlineMs, () =>
    controller.abort(new Error('context deadline exceeded')),
  );
  const follow = (): void => controller.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', follow, { once: true });
  try {
    options.signal?.throwIfAborted();
    return await attemptUntil(context, request, controller.signal, endsAtMs);
  } catch (thrown) {
    options.signal?.throwIfAborted();
    throw thrown instanceof Failure ? thrown : new Failure('unavailable', errorText(thrown), { cause: thrown });
  } finally {
    cancelDeadline();
    options.signal?.removeEventListener('abort', follow);
  }
}

async function attemptUntil(
  context: CallContext,
  request: ApiRequest,
  signal: AbortSignal,
  endsAtMs: number,
): Promise<unknown> {
  let isConnectionRetried = false;
  for (let retryCount = 0; ; retryCount += 1) {
    const outcome = await attempt(context, request, signal, endsAtMs);
    if (outcome.kind === 'answered') return outcome.value;
    if (outcome.kind === 'lost') {
      if (request.method !== 'GET' || isConnectionRetried || signal.aborted) throw outcome.failure;
      isConnectionRetried = true;
      continue;
    }
    const waitMs = waitBeforeRetryMs(outcome.failure, context.random);
    if (waitMs === undefined || retryCount >= RETRY_COUNT_MAX) throw outcome.failure;
    if (context.ioClock.monotonicMs() + waitMs >= endsAtMs) throw outcome.failure;
    context.log.debug('the API server asked to come back later', {
      path: request.path,
      status: outcome.failure.status,
      waitMs,
    });
    await sleep(context.ioClock, waitMs, signal);
  }
}

type Outcome =
  | { readonly kind: 'answered'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly failure: ApiFailure }
  | { readonly kind: 'lost'; readonly failure: Failure };

async function attempt(
  context: CallContext,
  request: ApiRequest,
  signal: AbortSignal,
  endsAtMs: number,
): Promise<Outcome> {
  const startedAtMs = context.ioClock.monotonicMs();
  const record = (status: number): void =>
    context.onAnswer({ verb: request.method, status, durationMs: context.ioClock.monotonicMs() - startedAtMs });
  let answer: WireResponse;
  try {
    answer = await context.transport.send(wireRequest(context, request, signal, Math.max(1, endsAtMs - startedAtMs)));
  } catch (thrown) {
    record(0);
    if (isConnectionLost(thrown)) return { kind: 'lost', failure: thrown };
    throw thrown;
  }
  record(answer.status);
  if (answer.status < 200 || answer.status > 206) return { kind: 'refused', failure: await refusal(answer, request) };
  return { kind: 'answered', value: await parseAnswer(context.jsonParser, answer) };
}

function wireRequest(context: CallContext, request: ApiRequest, signal: AbortSignal, remainingMs: number): WireRequest {
  const headers: Record<string, string> = {
    accept: request.accept ?? 'application/json',
    'user-agent': context.userAgent,
  };
  if (request.method === 'GET') headers['accept-encoding'] = 'gzip';
  if (request.body !== undefined) headers['content-type'] = request.contentType ?? 'application/json';
  return {
    method: request.method,
    path: request.path,
    headers,
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    signal,
    headDeadlineMs: remainingMs,
    idleDeadlineMs: remainingMs,
  };
}

async function refusal(answer: WireResponse, request: ApiRequest): Promise<ApiFailure> {
  const bodyText = await readRefusalText(answer.body);
  const retryAfterMs = readRetryAfterMs(answer.headers['retry-after']);
  return failureOfAnswer(
    {
      status: answer.status,
      contentType: answer.headers['content-type'] ?? '',
      bodyText,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
    request.subject ?? subjectOfPath(request.method, request.path),
  );
}

async function parseAnswer(parser: JsonParser, answer: WireResponse): Promise<unknown> {
  const body = await readBody(answer.body, RESPONSE_BODY_BYTES_MAX);
  try {
    return await parser.parse(body);
  } catch (thrown) {
    throw new Failure('unavailable', `the API server's answer is no JSON: ${errorText(thrown)}`, { cause: thrown });
  }
}

/** Seconds only: client-go ignores the date form of Retry-After too. */
function readRetryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,6}$/.test(header)) return undefined;
  return Number(header) * 1000;
}

/** A tenth of jitter on top, so that the clients that were turned away together do not return together. */
function waitBeforeRetryMs(failure: ApiFailure, random: () => number): number | undefined {
  if (failure.retryAfterMs === undefined) return undefined;
  if (failure.status !== 429 && failure.status < 500) return undefined;
  return failure.retryAfterMs * (1 + random() / 10);
}

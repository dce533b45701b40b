import type { IncomingMessage, ServerResponse } from 'node:http';
import { orAborted } from '../../base/cancellation.ts';
import type { IoClock } from '../../base/clock.ts';
import { parseDuration } from '../../base/duration.ts';
import { Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { ReadingRequest } from '../http/reading-request.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Telemetry } from '../telemetry/registry.ts';
import { createAccessReviewer } from './access-review.ts';
import type { AccessTrust } from './access-trust.ts';
import { type Authentication, createAuthenticator } from './authenticator.ts';
import { createAuthorizer, DEFAULT_OPEN_PATHS, openPathMatcher } from './authorizer.ts';
import { RecentReaders } from './recent-readers.ts';
import { authorizationFailed, badTarget, forbidden, overloaded, timedOut, unauthorized } from './refusal.ts';
import { type RequestAttributes, readRequestTarget } from './request-attributes.ts';
import { withoutIdentityHeaders } from './request-headers.ts';
import { createTokenReviewer } from './token-review.ts';
import { type AccessUser, MASTERS_GROUP } from './user.ts';

/** Who was let in, to do what. */
export interface AccessGrant {
  readonly user: AccessUser;
  readonly attributes: RequestAttributes;
}

/**
 * Answers a request that was let in, or is about to be where answers are begun early. The request has its own path and query,
 * no header by which identities travel, and a signal that aborts when the client has gone, the time is up, or it was not let in.
 */
export type GrantedHandler = (request: ReadingRequest, grant: AccessGrant) => Response | Promise<Response>;

/** Answers any request, as a listener wants it. `outgoing` is only listened to. */
export type GuardedHandler = (
  request: Request,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
) => Promise<Response>;

/** What delegated access is made of. Durations are upstream's where absent. */
export interface DelegatedAccessOptions {
  /** Whom to trust now: `TrustSource.current`. */
  readonly trust: () => AccessTrust;
  /** Asks for TokenReviews and SubjectAccessReviews: the right of `system:auth-delegator`. */
  readonly client: Pick<KubeClient, 'create'>;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly telemetry?: Telemetry;
  /** 0 ≤ x < 1, for jitter. */
  readonly random?: () => number;
  /** `--authorization-always-allow-paths` */
  readonly openPaths?: readonly string[];
  /** `--authentication-token-webhook-cache-ttl` */
  readonly tokenKeptMs?: number;
  /** `--authorization-webhook-cache-authorized-ttl` */
  readonly allowedMs?: number;
  /** `--authorization-webhook-cache-unauthorized-ttl` */
  readonly deniedMs?: number;
  /** `--max-requests-inflight`; 0 for any number. */
  readonly requestsCountMax?: number;
  /** `--request-timeout` */
  readonly requestMs?: number;
  /**
   * Begins to answer whoever was allowed to read from the same API in the same namespace shortly before, while the API server
   * is asked about this request, and hands the answer out once it has said yes. For handlers that change nothing and ask
   * somebody themselves, which takes as long again. False when absent.
   */
  readonly answersEarly?: boolean;
}

const REQUESTS_COUNT_MAX = 400;
const REQUEST_MS = 60_000;

type Refusal = 'ambiguous' | 'unauthenticated' | 'overloaded' | 'forbidden' | 'failed' | 'timed-out';

/**
 * Puts delegated authentication and authorization, the bound on requests under way and the time limit in front of a
 * handler, in upstream's order. Throws Failure('invalid') for open paths that break their rule.
 */
export function guardWithDelegatedAccess(options: DelegatedAccessOptions, handle: GrantedHandler): GuardedHandler {
  const guard = new Guard(options, handle);
  return (request, incoming, outgoing) => guard.answer(request, incoming, outgoing);
}

class Guard {
  readonly #options: DelegatedAccessOptions;
  readonly #handle: GrantedHandler;
  readonly #authenticate;
  readonly #authorize;
  readonly #countRefusal: (reason: Refusal) => void;
  readonly #requestsCountMax: number;
  readonly #isOpen;
  readonly #recentReaders: RecentReaders | undefined;
  #requestCount = 0;
  #reportedText = '';

  constructor(options: DelegatedAccessOptions, handle: GrantedHandler) {
    const { client, ioClock, random = Math.random, tokenKeptMs, allowedMs, deniedMs } = options;
    const ports = { client, ioClock, random };
    const reviewToken = createTokenReviewer({
      ...ports,
      ...(tokenKeptMs === undefined ? {} : { keptMs: tokenKeptMs }),
    });
    const reviewAccess = createAccessReviewer({
      ...ports,
      ...(allowedMs === undefined ? {} : { allowedMs }),
      ...(deniedMs === undefined ? {} : { deniedMs }),
    });
    const refusals = options.telemetry?.counter({
      name: 'podtide_access_refusals_total',
      help: 'Requests that were not let in, by reason.',
      labels: ['reason'],
    });
    this.#options = options;
    this.#handle = handle;
    this.#authenticate = createAuthenticator({ trust: options.trust, reviewToken, ioClock });
    this.#isOpen = openPathMatcher(options.openPaths ?? DEFAULT_OPEN_PATHS);
    this.#authorize = createAuthorizer(reviewAccess, this.#isOpen);
    this.#countRefusal = (reason) => refusals?.add({ reason });
    this.#requestsCountMax = options.requestsCountMax ?? REQUESTS_COUNT_MAX;
    this.#recentReaders = options.answersEarly === true ? new RecentReaders(ioClock) : undefined;
  }

  async answer(request: Request, incoming: IncomingMessage, outgoing: ServerResponse): Promise<Response> {
    const target = incoming.url ?? '';
    const reading = readRequestTarget(request.method, target);
    if (reading.kind === 'ambiguous') return this.#refuse('ambiguous', badTarget(reading.why));
    // The host makes part of the URL and must not make part of the path.
    if (new URL(request.url).pathname !== target.split('?', 1)[0])
      return this.#refuse('ambiguous', badTarget('the host is none'));
    // Masters get in beyond the bound, so that those who are not yet known must have room of their own.
    if (this.#isFull(2)) return this.#refuse('overloaded', overloaded());
    const isOver = this.#begin(incoming, outgoing);
    const { signal } = isOver;
    const grant = await this.#identify(reading.attributes, incoming, signal);
    if (!('user' in grant)) return grant;
    const refusing = this.#refusalOf(grant, incoming, signal);
    const handled = (): Promise<Response> => this.#handled(request, incoming, grant, signal);
    const early = this.#recentReaders?.isExpected(grant.user, grant.attributes) === true ? handled() : undefined;
    // It may fail before anybody waits for it.
    early?.catch(() => {});
    const refusal = await refusing;
    if (refusal === undefined) return orWhenAborted(early ?? handled(), signal, timedOut);
    isOver.abort(new Failure('denied', 'the request was not let in'));
    early?.then((response) => response.body?.cancel()).catch(() => {});
    return refusal;
  }

  /** Counts the request until its answer has gone out, and ends it when its time is up. */
  #begin(incoming: IncomingMessage, outgoing: ServerResponse): AbortController {
    const isOver = new AbortController();
    this.#requestCount += 1;
    const cancelTimeout = this.#options.ioClock.after(this.#timeOf(incoming.url ?? ''), () => {
      this.#countRefusal('timed-out');
      isOver.abort(new Failure('unavailable', 'the request took longer than a request may'));
      if (outgoing.headersSent) incoming.socket.destroy();
    });
    outgoing.once('close', () => {
      this.#requestCount -= 1;
      cancelTimeout();
      // Behind a whole answer nobody works for it any more.
      if (!outgoing.writableFinished) isOver.abort(new Failure('unavailable', 'the request is over'));
    });
    return isOver;
  }

  /** As long as a request may take, or less when the client says so: `?timeout=5s`. A text that is no time counts for nothing here. */
  #timeOf(target: string): number {
    const mostMs = this.#options.requestMs ?? REQUEST_MS;
    const queryAt = target.indexOf('?');
    const text = queryAt === -1 ? null : new URLSearchParams(target.slice(queryAt)).get('timeout');
    const askedMs = parseDuration(text ?? '') ?? 0;
    return askedMs > 0 ? Math.min(askedMs, mostMs) : mostMs;
  }

  /** Who asks for what; an answer to whoever nobody knows, and when there is no room. */
  async #identify(
    attributes: RequestAttributes,
    incoming: IncomingMessage,
    signal: AbortSignal,
  ): Promise<AccessGrant | Response> {
    try {
      const authentication = await this.#authenticate(incoming, signal);
      if (authentication.kind === 'rejected') return this.#reject(authentication);
      const { user } = authentication;
      // A probe that is turned away has the pod killed when it is needed most.
      const isExempt = user.groups.includes(MASTERS_GROUP) || this.#isOpen(attributes);
      if (!isExempt && this.#isFull(1, 1)) return this.#refuse('overloaded', overloaded());
      return { user, attributes };
    } catch (thrown) {
      return this.#unadmitted(thrown, incoming, signal);
    }
  }

  /** Why the user may not; undefined when they may. */
  async #refusalOf(
    { user, attributes }: AccessGrant,
    incoming: IncomingMessage,
    signal: AbortSignal,
  ): Promise<Response | undefined> {
    try {
      const { isAllowed, reason } = await this.#authorize(user, attributes, signal);
      this.#recentReaders?.learn(user, attributes, isAllowed);
      return isAllowed ? undefined : this.#refuse('forbidden', forbidden(user, attributes, reason));
    } catch (thrown) {
      return this.#unadmitted(thrown, incoming, signal);
    }
  }

  /** The answer where somebody who had to be asked did not answer, or not in time. */
  #unadmitted(thrown: unknown, incoming: IncomingMessage, signal: AbortSignal): Response {
    if (signal.aborted) return timedOut();
    if (!(thrown instanceof Failure)) throw thrown;
    this.#warn('a request could not be authorized', thrown.message);
    return this.#refuse('failed', authorizationFailed(incoming.url ?? '', thrown.message));
  }

  async #handled(
    request: Request,
    incoming: IncomingMessage,
    grant: AccessGrant,
    signal: AbortSignal,
  ): Promise<Response> {
    return this.#handle(this.#stripped(request, incoming, signal), grant);
  }

  /** Whether so many times the bound are under way, those that are counted already aside. */
  #isFull(times: number, countedCount = 0): boolean {
    return this.#requestsCountMax > 0 && this.#requestCount - countedCount >= this.#requestsCountMax * times;
  }

  /** What the handler may see; nobody behind reads a body. */
  #stripped({ method, url }: Request, incoming: IncomingMessage, signal: AbortSignal): ReadingRequest {
    return {
      method,
      url,
      signal,
      headers: withoutIdentityHeaders(incoming.rawHeaders, this.#options.trust().frontProxy),
    };
  }

  #reject({ reasons }: Authentication & { readonly kind: 'rejected' }): Response {
    this.#warn('a request showed credentials and none was good', reasons.join('; '));
    return this.#refuse('unauthenticated', unauthorized());
  }

  #refuse(reason: Refusal, response: Response): Response {
    this.#countRefusal(reason);
    return response;
  }

  /** Says the same once, however often it repeats: whoever likes can make it repeat. */
  #warn(message: string, error: string): void {
    if (error === this.#reportedText) return;
    this.#reportedText = error;
    this.#options.log.warn(message, { error });
  }
}

/** What the promise answers, or the substitute when the signal aborts before; the promise's own end is dropped then. */
async function orWhenAborted(
  promise: Promise<Response>,
  signal: AbortSignal,
  substitute: () => Response,
): Promise<Response> {
  try {
    return await orAborted(promise, signal);
  } catch (thrown) {
    if (signal.aborted) return substitute();
    throw thrown;
  }
}

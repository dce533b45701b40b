import { Failure, type FailureKind } from '../../base/failure.ts';
import type { StatusBody } from './client.ts';
import { type RequestSubject, subjectText } from './request-subject.ts';

/** What the server says beside its message. */
export interface ApiFailureDetails {
  /** The HTTP status. */
  readonly status: number;
  /** The Status reason, for example `NotFound`, `Conflict`, `Expired`. */
  readonly reason: string;
  /** `details` of the Status, as sent. */
  readonly details?: unknown;
  /** From the Retry-After header. */
  readonly retryAfterMs?: number;
}

/**
 * The API server said no. The message is word for word what client-go's error prints, because upstream's conditions and
 * events quote it.
 */
export class ApiFailure extends Failure {
  readonly status: number;
  readonly reason: string;
  readonly details: unknown;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, answer: ApiFailureDetails) {
    super(kindOfStatus(answer.status), message);
    this.status = answer.status;
    this.reason = answer.reason;
    this.details = answer.details;
    this.retryAfterMs = answer.retryAfterMs;
  }
}

/** Whether something thrown is the server's no with this HTTP status, and with this reason when one is given. */
export function isApiFailure(thrown: unknown, status: number, reason?: string): thrown is ApiFailure {
  return thrown instanceof ApiFailure && thrown.status === status && (reason === undefined || thrown.reason === reason);
}

/** Whether the resourceVersion or continue token that was asked for is too old (410 Gone or Expired). */
export function isExpired(thrown: unknown): thrown is ApiFailure {
  return (
    thrown instanceof ApiFailure && (thrown.status === 410 || thrown.reason === 'Expired' || thrown.reason === 'Gone')
  );
}

/** An answer that is no success, its body read and cut to what a message needs. */
export interface RefusedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfterMs?: number;
  readonly bodyText: string;
}

/** Turns an answer into the failure that client-go would report for it. */
export function failureOfAnswer(answer: RefusedAnswer, subject: RequestSubject): ApiFailure {
  const retry = answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs };
  const body = readStatus(answer.bodyText);
  if (body !== undefined) {
    return new ApiFailure(body.message ?? '', {
      status: body.code ?? answer.status,
      reason: body.reason ?? '',
      details: body.details,
      ...retry,
    });
  }
  const isText = answer.contentType === '' || answer.contentType.toLowerCase().startsWith('text/');
  const serverMessage = isText ? answer.bodyText.slice(0, QUOTED_BODY_CHARACTERS_MAX).trim() : 'unknown';
  const generic = genericAnswer(answer.status, subject.verb, serverMessage);
  return new ApiFailure(`${generic.message}${subjectText(subject)}`, {
    status: answer.status,
    reason: generic.reason,
    ...retry,
  });
}

/** Turns the Status inside an ERROR event of a watch into a failure. */
export function failureOfStatus(body: StatusBody): ApiFailure {
  return new ApiFailure(body.message ?? '', {
    status: body.code ?? 500,
    reason: body.reason ?? '',
    details: body.details,
  });
}

/** client-go quotes no more than this of a body that is no Status. */
const QUOTED_BODY_CHARACTERS_MAX = 2048;

function readStatus(bodyText: string): StatusBody | undefined {
  if (!bodyText.startsWith('{')) return undefined;
  try {
    const body = JSON.parse(bodyText) as Partial<StatusBody>;
    return body.kind === 'Status' && body.status !== 'Success' ? (body as StatusBody) : undefined;
  } catch {
    // Half a Status is as good as none: the generic wording stands.
    return undefined;
  }
}

function kindOfStatus(status: number): FailureKind {
  if (status === 401 || status === 403) return 'denied';
  if (status === 404) return 'notFound';
  if (status === 409) return 'conflict';
  if (status === 410 || status === 429 || status >= 500) return 'unavailable';
  return 'invalid';
}

/** The wording of client-go for answers without a Status (`errors.NewGenericServerResponse`). */
function genericAnswer(status: number, verb: string, serverMessage: string): { reason: string; message: string } {
  if (status === 409)
    return { reason: verb === 'POST' ? 'AlreadyExists' : 'Conflict', message: 'the server reported a conflict' };
  if (status === 403) return { reason: 'Forbidden', message: serverMessage };
  if (status === 415) return { reason: 'UnsupportedMediaType', message: serverMessage };
  if (status === 406) {
    const isSilent = serverMessage === '' || serverMessage === 'unknown';
    return { reason: 'NotAcceptable', message: isSilent ? NOT_ACCEPTABLE_TEXT : serverMessage };
  }
  const known = GENERIC_ANSWERS.get(status);
  if (known !== undefined) return { reason: known[0], message: known[1] };
  if (status >= 500) {
    return {
      reason: 'InternalError',
      message: `an error on the server (${quoteGo(serverMessage)}) has prevented the request from succeeding`,
    };
  }
  return {
    reason: 'Unknown',
    message: `the server responded with the status code ${status} but did not return more information`,
  };
}

const NOT_ACCEPTABLE_TEXT = 'the server was unable to respond with a content type that the client supports';

const GENERIC_ANSWERS: ReadonlyMap<number, readonly [reason: string, message: string]> = new Map([
  [400, ['BadRequest', 'the server rejected our request for an unknown reason']],
  [401, ['Unauthorized', 'the server has asked for the client to provide credentials']],
  [404, ['NotFound', 'the server could not find the requested resource']],
  [405, ['MethodNotAllowed', 'the server does not allow this method on the requested resource']],
  [422, ['Invalid', 'the server rejected our request due to an error in our request']],
  [429, ['TooManyRequests', 'the server has received too many requests and has asked us to try again later']],
  [503, ['ServiceUnavailable', 'the server is currently unable to handle the request']],
  [
    504,
    [
      'Timeout',
      'the server was unable to return a response in the time allotted, but may still be processing the request',
    ],
  ],
]);

/** Go's `%q` for the texts that servers send: JSON's escapes differ from it only in characters that do not occur there. */
function quoteGo(text: string): string {
  return JSON.stringify(text);
}

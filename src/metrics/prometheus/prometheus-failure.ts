import { Failure, type FailureKind } from '../../base/failure.ts';
import { PROMETHEUS_SHOWN_QUERY_LENGTH_MAX } from '../../base/limits.ts';
import { explainPrometheusProblem, type PrometheusProblem } from '../../core/explain/prometheus-problem.ts';

/** What a backend was asked, as messages name it: `query "up"`, `series of "{job="web"}"`, `build info`. */
export type RequestSubject = string;

/**
 * A request to a backend that brought nothing: the message names the backend, what was asked and the rule, the hint says what
 * to do.
 */
export class PrometheusFailure extends Failure {
  readonly backend: string;
  readonly subject: RequestSubject;
  readonly problem: PrometheusProblem;

  constructor(backend: string, subject: RequestSubject, problem: PrometheusProblem, cause?: unknown) {
    const { text, remedy } = explainPrometheusProblem(problem, 'en');
    super(KINDS[problem.code], `prometheus ${backend}: ${subject}: ${text}`, { hint: remedy, cause });
    this.backend = backend;
    this.subject = subject;
    this.problem = problem;
  }
}

/** A query as messages show it: on one line, its middle left out when it is long. */
export function shownQuery(query: string): string {
  const line = query.trim().replaceAll(/\s+/g, ' ');
  if (line.length <= PROMETHEUS_SHOWN_QUERY_LENGTH_MAX) return line;
  const half = Math.floor(PROMETHEUS_SHOWN_QUERY_LENGTH_MAX / 2);
  return `${line.slice(0, half)} … ${line.slice(-half)}`;
}

/**
 * What the server could not read is invalid for ever, what it could not carry out may go well over other data. What is too
 * large for us is the asker's to narrow.
 */
const KINDS: Readonly<Record<PrometheusProblem['code'], FailureKind>> = {
  NameUnknown: 'unavailable',
  Refused: 'unavailable',
  Unreachable: 'unavailable',
  CertificateNames: 'unavailable',
  UnknownAuthority: 'unavailable',
  CertificateExpired: 'unavailable',
  Broken: 'unavailable',
  TimedOut: 'unavailable',
  QueueFull: 'unavailable',
  NoCredential: 'unavailable',
  Unauthorized: 'denied',
  Forbidden: 'denied',
  PathNotFound: 'notFound',
  Redirected: 'unavailable',
  TooManyRequests: 'unavailable',
  HttpStatus: 'unavailable',
  NotPrometheus: 'unavailable',
  Malformed: 'unavailable',
  BadQuery: 'invalid',
  NotExecuted: 'unavailable',
  GaveUp: 'unavailable',
  ServerError: 'unavailable',
  AnswerTooLarge: 'invalid',
  TooManySeries: 'invalid',
  TooManyLabelSets: 'invalid',
  NativeHistogram: 'invalid',
};

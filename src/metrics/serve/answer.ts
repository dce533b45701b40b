import { errorText, FAILURE_RULES, Failure, type FailureKind } from '../../base/failure.ts';

/** What a Status names about the object it is about. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
}

/** A request that is answered with a failure Status; thrown where it is first known. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

const REASONS: Readonly<Record<FailureKind, string>> = {
  invalid: 'BadRequest',
  denied: 'Forbidden',
  notFound: 'NotFound',
  conflict: 'Conflict',
  unavailable: 'ServiceUnavailable',
};

/** A JSON answer as API servers give it; indented for people, who are known by `pretty` or their user agent. */
export function jsonAnswer(request: Request, body: unknown, code = 200): Response {
  const text = wantsPretty(request) ? `${JSON.stringify(body, null, 2)}\n` : JSON.stringify(body);
  return new Response(text, {
    status: code,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
      'x-content-type-options': 'nosniff',
    },
  });
}

/** The Status that says why there is no answer: a refusal's own, a Failure's by its kind, anything else is a 500. */
export function failureAnswer(request: Request, thrown: unknown): Response {
  const refused = asRefusal(thrown);
  return jsonAnswer(
    request,
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: refused.message,
      reason: refused.reason,
      ...(refused.details === undefined ? {} : { details: refused.details }),
      code: refused.code,
    },
    refused.code,
  );
}

function asRefusal(thrown: unknown): RefusedRequest {
  if (thrown instanceof RefusedRequest) return thrown;
  if (thrown instanceof Failure) {
    return new RefusedRequest(FAILURE_RULES[thrown.kind].httpStatus, REASONS[thrown.kind], thrown.message);
  }
  return new RefusedRequest(500, 'InternalError', `Internal error occurred: ${errorText(thrown)}`);
}

function wantsPretty(request: Request): boolean {
  const pretty = new URL(request.url).searchParams.get('pretty');
  if (pretty !== null) return pretty === 'true' || pretty === '1';
  return /^(curl|Wget|Mozilla\/5\.0)/.test(request.headers.get('user-agent') ?? '');
}

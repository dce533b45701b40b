import { errorText, FAILURE_RULES, Failure, type FailureKind } from '../../base/failure.ts';
import type { ReadingRequest } from '../../platform/http/reading-request.ts';
import { bodyAnswer } from './answer-body.ts';
import { type Document, documentPieces } from './document.ts';
import { type KeptText, taggedAnswer } from './entity-tag.ts';
import {
  acceptClauses,
  type MediaType,
  matchesRange,
  negotiate,
  type Offer,
  PLAIN_JSON,
  type Representation,
} from './negotiation.ts';
import { encodeStatus, protobufBody } from './protobuf.ts';

/** What a Status names about the object it is about. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly causes?: readonly StatusCause[];
}

/** One reason among several. */
export interface StatusCause {
  /** A word for programs. */
  readonly reason?: string;
  readonly message: string;
  readonly field?: string;
}

/** A Status as it is written. */
export interface StatusBody {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: 'Failure';
  readonly message: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code: number;
}

/** A request that is answered with a failure Status; thrown where it is first known. Without a reason when that is empty. */
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

const HEADERS = { 'cache-control': 'no-cache, private', 'x-content-type-options': 'nosniff' };

/** The forms in which errors and small documents are written. */
const ALL_MEDIA_TYPES: readonly MediaType[] = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
];

/** A document in the form that was agreed on; indented for people, who are known by `pretty` or their user agent. */
export function documentAnswer(
  request: ReadingRequest,
  document: Document,
  representation: Representation,
): Promise<Response> {
  const isPretty = representation.isPretty || wantsPretty(request);
  const pieces = documentPieces(document, { mediaType: representation.mediaType, isPretty });
  return bodyAnswer(request, {
    pieces,
    status: 200,
    headers: { ...HEADERS, 'content-type': representation.mediaType },
  });
}

/** A document of which the text is kept: that, with its tag, for programs that read JSON, made anew for all others. */
export function keptAnswer(
  request: ReadingRequest,
  document: { made(): Document; text(): KeptText },
  representation: Representation,
): Promise<Response> {
  const isText = representation.mediaType === 'application/json' && !representation.isPretty && !wantsPretty(request);
  if (!isText) return documentAnswer(request, document.made(), representation);
  const headers = { ...HEADERS, 'content-type': representation.mediaType };
  return taggedAnswer(request, { ...document.text(), headers });
}

/**
 * The 406 that names what is spoken. Upstream has two of them: of its router, when no media type fits, and of its
 * serializers, when one fits and what it asks for beside that cannot be had.
 */
export function notAcceptable(
  accept: string | null,
  { mediaTypes, alsoNamed = [] }: Pick<Offer, 'mediaTypes' | 'alsoNamed'>,
): RefusedRequest {
  const clauses = acceptClauses(accept ?? '');
  const known = mediaTypes.join(', ');
  const routed = [...mediaTypes, ...alsoNamed].join(', ');
  return clauses.some((clause) => mediaTypes.some((mediaType) => matchesRange(clause, mediaType)))
    ? new RefusedRequest(406, 'NotAcceptable', `only the following media types are accepted: ${known}`)
    : new RefusedRequest(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${routed}`, {});
}

/** The 404 of a path that leads nowhere. */
export function unknownPath(): RefusedRequest {
  return new RefusedRequest(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** The 405 of a path that can only be read. */
export function methodNotAllowed(): RefusedRequest {
  const message = 'the server does not allow this method on the requested resource';
  return new RefusedRequest(405, 'MethodNotAllowed', message, {});
}

/** The 500 of what went wrong inside, in upstream's form. */
export function internalError(message: string): RefusedRequest {
  return new RefusedRequest(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}

/**
 * The Status that says why there is no answer: a refusal's own, a Failure's by its kind, anything else is a 500. In the form
 * that the client asks for; in indented JSON, as upstream, when it asks for none that is spoken.
 */
export function failureAnswer(request: ReadingRequest, thrown: unknown): Promise<Response> {
  const status = statusBody(asRefusal(thrown));
  const offer = { mediaTypes: ALL_MEDIA_TYPES, canTransform: false };
  const agreed = negotiate(request.headers.get('accept'), offer);
  const { mediaType } = agreed ?? PLAIN_JSON;
  const isPretty = agreed === undefined || agreed.isPretty || wantsPretty(request);
  const protobuf = () => protobufBody('v1', 'Status', encodeStatus(status));
  const pieces = documentPieces({ kind: 'object', object: status, protobuf }, { mediaType, isPretty });
  const headers = { ...HEADERS, 'content-type': mediaType };
  return bodyAnswer(request, { pieces, status: status.code, headers });
}

function statusBody(refused: RefusedRequest): StatusBody {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: refused.message,
    ...(refused.reason === '' ? {} : { reason: refused.reason }),
    ...(refused.details === undefined ? {} : { details: refused.details }),
    code: refused.code,
  };
}

function asRefusal(thrown: unknown): RefusedRequest {
  if (thrown instanceof RefusedRequest) return thrown;
  if (thrown instanceof Failure) {
    return new RefusedRequest(FAILURE_RULES[thrown.kind].httpStatus, REASONS[thrown.kind], thrown.message);
  }
  return new RefusedRequest(500, 'InternalError', `Internal error occurred: ${errorText(thrown)}`);
}

function wantsPretty(request: ReadingRequest): boolean {
  const pretty = request.url.includes('?') ? new URL(request.url).searchParams.get('pretty') : null;
  if (pretty !== null && pretty !== '') return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(pretty);
  return /^(curl|Wget|Mozilla\/5\.0)/.test(request.headers.get('user-agent') ?? '');
}

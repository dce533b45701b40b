import type { FieldError, Kind } from './kind.ts';
import { qualifiedResource } from './kind.ts';

/** A `v1 Status`, the form of every error and of plain deletions. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** A request that is answered with a failure Status. Thrown where it is first known, answered in one place. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: Status & { readonly code: number };
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: number, reason: string | null, message: string, extra: StatusExtra = {}) {
    super(message);
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: extra.continueToken === undefined ? {} : { continue: extra.continueToken },
      status: 'Failure',
      message,
      ...(reason === null ? {} : { reason }),
      ...(extra.details === undefined ? {} : { details: extra.details }),
      code,
    };
    this.headers =
      extra.details?.retryAfterSeconds === undefined ? {} : { 'retry-after': String(extra.details.retryAfterSeconds) };
  }
}

interface StatusExtra {
  readonly details?: StatusDetails;
  readonly continueToken?: string;
}

type Resource = Pick<Kind, 'group' | 'plural'>;

function resourceDetails(resource: Resource, name: string): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.plural,
  };
}

/** 404 for an object: `details.kind` is the plural resource. */
export function notFound(resource: Resource, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${qualifiedResource(resource)} "${name}" not found`, {
    details: resourceDetails(resource, name),
  });
}

/** 404 for a resource that a known group does not have. */
export function unknownResource(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', { details: {} });
}

export function alreadyExists(resource: Resource, name: string): StatusError {
  return new StatusError(409, 'AlreadyExists', `${qualifiedResource(resource)} "${name}" already exists`, {
    details: resourceDetails(resource, name),
  });
}

/** 409 for a write whose resourceVersion is not the stored one. */
export function staleVersion(resource: Resource, name: string): StatusError {
  return conflict(
    resource,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

/** 409 with the reason in `why`. */
export function conflict(resource: Resource, name: string, why: string): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedResource(resource)} "${name}": ${why}`,
    { details: resourceDetails(resource, name) },
  );
}

/** 422 with one cause for each field; `details.kind` is the Kind here, as upstream has it. */
export function invalid(
  type: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const texts = [...new Set(errors.map((error) => `${error.field}: ${error.message}`))];
  const qualified = type.group === '' ? type.kind : `${type.kind}.${type.group}`;
  return new StatusError(
    422,
    'Invalid',
    `${qualified} "${name}" is invalid: ${texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`}`,
    {
      details: {
        ...(name === '' ? {} : { name }),
        ...(type.group === '' ? {} : { group: type.group }),
        ...(type.kind === '' ? {} : { kind: type.kind }),
        causes: errors.map(({ reason, message, field }) => ({ reason, message, field })),
      },
    },
  );
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

/** 403 for an object or a collection; `why` is the authorizer's sentence or an admission rule's. */
export function forbidden(resource: Resource, name: string, why: string, causes?: readonly StatusCause[]): StatusError {
  const object = name === '' ? qualifiedResource(resource) : `${qualifiedResource(resource)} "${name}"`;
  return new StatusError(403, 'Forbidden', `${object} is forbidden: ${why}`, {
    details: { ...resourceDetails(resource, name), ...(causes === undefined ? {} : { causes }) },
  });
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized');
}

export function methodNotAllowed(): StatusError {
  return new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {
    details: {},
  });
}

export function unsupportedMediaType(accepted: readonly string[] | null): StatusError {
  return accepted === null
    ? new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', { details: {} })
    : new StatusError(
        415,
        'UnsupportedMediaType',
        `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
      );
}

export function notAcceptable(available: readonly string[]): StatusError {
  return new StatusError(
    406,
    'NotAcceptable',
    `406: Not Acceptable\n\nAvailable representations: ${available.join(', ')}`,
    { details: {} },
  );
}

/** 410 for a state that the server no longer knows. */
export function expired(message: string, continueToken?: string): StatusError {
  return new StatusError(410, 'Expired', message, continueToken === undefined ? {} : { continueToken });
}

/** 504 for a resourceVersion that the server has not reached. */
export function versionTooLarge(wanted: number, current: number): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}

/** 422 for the parameters of a list or a watch. */
export function invalidListOptions(errors: readonly FieldError[]): StatusError {
  return invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}

/** The success Status of a deletion that left nothing behind. */
export function deleted(resource: Resource, name: string, uid: string): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { ...resourceDetails(resource, name), uid },
  };
}

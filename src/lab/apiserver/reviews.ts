import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { Authenticator, User } from './authentication.ts';
import { API_AUDIENCE } from './authentication.ts';
import type { AccessRequest } from './authorization.ts';
import { decideAccess, rulesFor } from './authorization.ts';
import type { ApiObject } from './object.ts';
import type { ExpectedBody } from './request-body.ts';
import { splitGroupVersion } from './request-body.ts';
import { accessProblems } from './review-validation.ts';
import { badRequest, invalid } from './status.ts';
import type { Store } from './store.ts';

/** A resource that only answers a question: it can be created, and nothing is stored. */
export interface ReviewKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly isNamespaced: boolean;
  readonly schema: string;
}

/** What a review may look at. */
export interface ReviewContext {
  readonly store: Store;
  readonly authenticator: Authenticator;
  readonly user: User;
  /** Of the request; empty at the cluster scope. */
  readonly namespace: string;
}

function review(group: string, kind: string, isNamespaced = false): ReviewKind {
  const singular = kind.toLowerCase();
  return {
    group,
    version: 'v1',
    kind,
    plural: `${singular}s`,
    singular,
    isNamespaced,
    schema: `${group.split('.')[0]}.v1.${kind}`,
  };
}

export const REVIEW_KINDS: readonly ReviewKind[] = [
  review('authentication.k8s.io', 'SelfSubjectReview'),
  review('authentication.k8s.io', 'TokenReview'),
  review('authorization.k8s.io', 'LocalSubjectAccessReview', true),
  review('authorization.k8s.io', 'SelfSubjectAccessReview'),
  review('authorization.k8s.io', 'SelfSubjectRulesReview'),
  review('authorization.k8s.io', 'SubjectAccessReview'),
];

/** What the body of a review must be. */
export function expectedReview(kind: ReviewKind): ExpectedBody {
  return { group: kind.group, version: kind.version, kind: kind.kind, schema: kind.schema, isProtobufAccepted: true };
}

/** Answers a review: the object that was sent, with its status. Throws a 422 Status. */
export function answerReview(kind: ReviewKind, object: ApiObject, context: ReviewContext): unknown {
  const spec = (object['spec'] ?? {}) as Record<string, unknown>;
  const answer = { kind: kind.kind, apiVersion: `${kind.group}/${kind.version}`, metadata: {} };
  switch (kind.kind) {
    case 'SelfSubjectReview':
      return { ...answer, status: { userInfo: userInfo(context.user) } };
    case 'TokenReview':
      return { ...answer, spec, status: tokenStatus(context, spec) };
    case 'SelfSubjectRulesReview':
      return { ...answer, spec: {}, status: rulesStatus(context, spec) };
    case 'SelfSubjectAccessReview':
      return { ...answer, spec, status: accessStatus(context, context.user, kind.kind, spec) };
    default:
      return { ...answer, spec, status: accessStatus(context, subjectOf(spec), kind.kind, spec) };
  }
}

function userInfo(user: User): unknown {
  return {
    username: user.name,
    ...(user.uid === undefined ? {} : { uid: user.uid }),
    groups: user.groups,
    ...(user.extra === undefined ? {} : { extra: user.extra }),
  };
}

/** A token that is not meant for any of those who ask is a token of nobody. */
function tokenStatus(context: ReviewContext, spec: Record<string, unknown>): unknown {
  const token = String(spec['token'] ?? '');
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  const sent = (spec['audiences'] ?? []) as readonly string[];
  const wanted = sent.length === 0 ? [API_AUDIENCE] : sent;
  const known = context.authenticator.readToken(token);
  const audiences = known?.audiences.filter((audience) => wanted.includes(audience)) ?? [];
  if (known !== undefined && audiences.length > 0)
    return { authenticated: true, user: userInfo(known.user), audiences };
  const quoted = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`;
  const mismatch =
    known === undefined
      ? []
      : [`token audiences ${quoted(known.audiences)} is invalid for the target audiences ${quoted(wanted)}`];
  const errors = ['invalid bearer token', ...mismatch];
  return { user: {}, error: errors.length === 1 ? errors[0] : `[${errors.join(', ')}]` };
}

function rulesStatus(context: ReviewContext, spec: Record<string, unknown>): unknown {
  const rules = rulesFor(context.store, context.user, String(spec['namespace'] ?? ''));
  return {
    resourceRules: rules
      .filter((rule) => (rule.resources ?? []).length > 0)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs,
        apiGroups,
        resources,
        ...(resourceNames === undefined ? {} : { resourceNames }),
      })),
    nonResourceRules: rules
      .filter((rule) => (rule.nonResourceURLs ?? []).length > 0)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  };
}

function accessStatus(context: ReviewContext, user: User, kind: string, spec: Record<string, unknown>): unknown {
  const problems = accessProblems(kind, spec, context.namespace);
  if (problems.length > 0) throw invalid({ group: 'authorization.k8s.io', kind: '' }, '', problems);
  const { isAllowed, reason } = decideAccess(context.store, user, readAccess(spec));
  return { allowed: isAllowed, ...(reason === '' ? {} : { reason }) };
}

function subjectOf(spec: Record<string, unknown>): User {
  return { name: String(spec['user'] ?? ''), groups: (spec['groups'] ?? []) as readonly string[] };
}

function readAccess(spec: Record<string, unknown>): AccessRequest {
  const resource = spec['resourceAttributes'] as Record<string, string | undefined> | undefined;
  if (resource !== undefined) {
    return {
      isResource: true,
      verb: resource['verb'] ?? '',
      group: resource['group'] ?? '',
      resource: resource['resource'] ?? '',
      subresource: resource['subresource'] ?? '',
      namespace: resource['namespace'] ?? '',
      name: resource['name'] ?? '',
    };
  }
  const path = (spec['nonResourceAttributes'] ?? {}) as Record<string, string | undefined>;
  return { isResource: false, verb: path['verb'] ?? '', path: path['path'] ?? '' };
}

/** Lifetime of a token whose request names none, as upstream's. */
const TOKEN_LIFETIME_SECONDS_DEFAULT = 3600;
const TOKEN_LIFETIME_SECONDS_MIN = 600;
const TOKEN_LIFETIME_SECONDS_MAX = 2 ** 32;

/** Answers `serviceaccounts/NAME/token`: the TokenRequest with its token. Throws a 422 Status for too short a life. */
export function answerTokenRequest(account: ApiObject, request: ApiObject, authenticator: Authenticator): unknown {
  const spec = (request['spec'] ?? {}) as Record<string, unknown>;
  const lifetimeSeconds = Number(spec['expirationSeconds']) || TOKEN_LIFETIME_SECONDS_DEFAULT;
  if (!(lifetimeSeconds >= TOKEN_LIFETIME_SECONDS_MIN && lifetimeSeconds <= TOKEN_LIFETIME_SECONDS_MAX)) {
    throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [
      {
        reason: 'FieldValueInvalid',
        field: 'spec.expirationSeconds',
        message: `Invalid value: ${lifetimeSeconds}: may not specify a duration less than 10 minutes`,
      },
    ]);
  }
  const { namespace = '', name, uid = '', creationTimestamp } = account.metadata;
  const sent = (spec['audiences'] ?? []) as readonly string[];
  const audiences = sent.length === 0 ? [API_AUDIENCE] : sent;
  const issued = authenticator.issue({ namespace, name, uid }, lifetimeSeconds * 1000, audiences);
  const [group, version] = splitGroupVersion(request.apiVersion);
  return {
    kind: 'TokenRequest',
    apiVersion: `${group}/${version}`,
    metadata: { name, namespace, ...(creationTimestamp === undefined ? {} : { creationTimestamp }) },
    spec: { ...spec, audiences, expirationSeconds: lifetimeSeconds },
    status: { token: issued.token, expirationTimestamp: formatRfc3339(issued.expiresAtMs) },
  };
}

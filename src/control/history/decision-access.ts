import { createHash } from 'node:crypto';
import type { IoClock } from '../../base/clock.ts';
import { DECISION_ACCESS_ENTRIES_COUNT_MAX } from '../../base/limits.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../platform/kube/client.ts';

/** What somebody wants to do with decisions. */
export interface AccessQuestion {
  readonly verb: 'get' | 'list' | 'watch';
  /** Null: of all namespaces. */
  readonly namespace: string | null;
}

export type AccessVerdict =
  | { readonly kind: 'allowed' }
  /** No token, or one that the API server does not know. */
  | { readonly kind: 'unauthenticated' }
  | { readonly kind: 'forbidden'; readonly user: string };

/** Decides whether the bearer of a request may see decisions. */
export type DecisionAccess = (
  request: Request,
  question: AccessQuestion,
  signal: AbortSignal,
) => Promise<AccessVerdict>;

/** Lets everybody in: for a loopback listener whose operator said so. */
export const OPEN_ACCESS: DecisionAccess = async () => ({ kind: 'allowed' });

/** How long a verdict stands: as long as a revoked right may still work. */
const VERDICT_MS = 10_000;

/**
 * Asks the API server: who the bearer token belongs to (TokenReview), and whether that user may do the same to the
 * HorizontalPodAutoscalers of the namespace (SubjectAccessReview). Whoever may read an HPA may read why it acted; no
 * right of its own is needed. The token stands in `Authorization`, or in `Podtide-Authorization` for callers who come
 * through the API server's service proxy, which keeps the former to itself.
 */
export function createDelegatedAccess(client: Pick<KubeClient, 'create'>, ioClock: IoClock): DecisionAccess {
  const verdicts = new Map<string, { readonly verdict: AccessVerdict; readonly atMs: number }>();
  return async (request, question, signal) => {
    const token = bearerToken(request);
    if (token === undefined) return { kind: 'unauthenticated' };
    const entry = `${createHash('sha256').update(token).digest('base64')} ${question.verb} ${question.namespace ?? '*'}`;
    const known = verdicts.get(entry);
    const nowMs = ioClock.monotonicMs();
    if (known !== undefined && nowMs - known.atMs < VERDICT_MS) return known.verdict;
    const verdict = await askServer(client, token, question, signal);
    if (verdicts.size >= DECISION_ACCESS_ENTRIES_COUNT_MAX) verdicts.clear();
    verdicts.set(entry, { verdict, atMs: nowMs });
    return verdict;
  };
}

const TOKEN_REVIEWS: ResourceType = {
  group: 'authentication.k8s.io',
  version: 'v1',
  resource: 'tokenreviews',
  isNamespaced: false,
};

const ACCESS_REVIEWS: ResourceType = {
  group: 'authorization.k8s.io',
  version: 'v1',
  resource: 'subjectaccessreviews',
  isNamespaced: false,
};

interface TokenReview extends KubeObject {
  readonly spec: { readonly token: string };
  readonly status?: { readonly authenticated?: boolean; readonly user?: ReviewedUser };
}

interface ReviewedUser {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

interface SubjectAccessReview extends KubeObject {
  readonly spec: unknown;
  readonly status?: { readonly allowed?: boolean };
}

async function askServer(
  client: Pick<KubeClient, 'create'>,
  token: string,
  question: AccessQuestion,
  signal: AbortSignal,
): Promise<AccessVerdict> {
  const review: TokenReview = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    metadata: { name: '' },
    spec: { token },
  };
  const { status } = await client.create(TOKEN_REVIEWS, review, { signal });
  if (status?.authenticated !== true) return { kind: 'unauthenticated' };
  const { username: user = '', uid, groups, extra } = status.user ?? {};
  const access: SubjectAccessReview = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: { name: '' },
    spec: { user, uid, groups, extra, resourceAttributes: attributesOf(question) },
  };
  const answer = await client.create(ACCESS_REVIEWS, access, { signal });
  return answer.status?.allowed === true ? { kind: 'allowed' } : { kind: 'forbidden', user };
}

function attributesOf({ verb, namespace }: AccessQuestion): Readonly<Record<string, string>> {
  const common = { verb, group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' };
  return namespace === null ? common : { ...common, namespace };
}

function bearerToken(request: Request): string | undefined {
  const header = request.headers.get('podtide-authorization') ?? request.headers.get('authorization') ?? '';
  return /^Bearer +(\S+)$/i.exec(header)?.[1];
}

import type { IoClock } from '../../base/clock.ts';
import { createAccessReviewer } from '../../platform/access/access-review.ts';
import type { RequestAttributes } from '../../platform/access/request-attributes.ts';
import { createTokenReviewer } from '../../platform/access/token-review.ts';
import type { KubeClient } from '../../platform/kube/client.ts';

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

/**
 * Asks the API server: who the bearer token belongs to (TokenReview), and whether that user may do the same to the
 * HorizontalPodAutoscalers of the namespace (SubjectAccessReview). Whoever may read an HPA may read why it acted; no
 * right of its own is needed. The token stands in `Authorization`, or in `Podtide-Authorization` for callers who come
 * through the API server's service proxy, which keeps the former to itself.
 */
export function createDecisionAccess(client: Pick<KubeClient, 'create'>, ioClock: IoClock): DecisionAccess {
  const reviewToken = createTokenReviewer({ client, ioClock });
  const reviewAccess = createAccessReviewer({ client, ioClock });
  return async (request, question, signal) => {
    const token = bearerToken(request);
    if (token === undefined) return { kind: 'unauthenticated' };
    const bearer = await reviewToken(token, signal);
    if (bearer.kind === 'unknown') return { kind: 'unauthenticated' };
    const { isAllowed } = await reviewAccess(bearer.user, attributesOf(question), signal);
    return isAllowed ? { kind: 'allowed' } : { kind: 'forbidden', user: bearer.user.name };
  };
}

function attributesOf({ verb, namespace }: AccessQuestion): RequestAttributes {
  return {
    kind: 'resource',
    verb,
    group: 'autoscaling',
    version: 'v2',
    namespace: namespace ?? '',
    resource: 'horizontalpodautoscalers',
    subresource: '',
    name: '',
    fieldRequirements: [],
    labelRequirements: [],
  };
}

function bearerToken(request: Request): string | undefined {
  const header = request.headers.get('podtide-authorization') ?? request.headers.get('authorization') ?? '';
  return /^Bearer +(\S+)$/i.exec(header)?.[1];
}

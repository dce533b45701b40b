import { createHash } from 'node:crypto';
import type { KubeObject, ResourceType } from '../kube/client.ts';
import { ReviewCache } from './review-cache.ts';
import { askReview, type ReviewPorts } from './review-call.ts';
import { type AccessUser, asAuthenticated } from './user.ts';

/** Whose a token is. */
export type TokenVerdict =
  | { readonly kind: 'known'; readonly user: AccessUser }
  /** Nobody's. `error` is what the API server said about it, if anything. */
  | { readonly kind: 'unknown'; readonly error?: string };

/** Finds out whose a bearer token is. Rejects with a Failure when the API server could not be asked. */
export type TokenReviewer = (token: string, signal: AbortSignal) => Promise<TokenVerdict>;

/** What token reviews need beside the API server. */
export interface TokenReviewOptions extends ReviewPorts {
  /** How long a verdict stands: as long as a revoked token may still work; upstream's 10 s when absent. */
  readonly keptMs?: number;
}

const KEPT_MS = 10_000;

const TOKEN_REVIEWS: ResourceType = {
  group: 'authentication.k8s.io',
  version: 'v1',
  resource: 'tokenreviews',
  isNamespaced: false,
};

interface TokenReview extends KubeObject {
  readonly spec: { readonly token: string };
  readonly status?: {
    readonly authenticated?: boolean;
    readonly error?: string;
    readonly user?: {
      readonly username?: string;
      readonly uid?: string;
      readonly groups?: readonly string[];
      readonly extra?: Readonly<Record<string, readonly string[]>>;
    };
  };
}

/**
 * Asks by TokenReview. A token is remembered by its digest; a refusal that comes with an error is asked for anew each
 * time, as upstream does, because the error may pass. The API server checks its own audiences, no others are asked for.
 */
export function createTokenReviewer(options: TokenReviewOptions): TokenReviewer {
  const { keptMs = KEPT_MS, ioClock } = options;
  const verdicts = new ReviewCache<TokenVerdict>({
    ioClock,
    keptMs: (verdict) => (verdict.kind === 'unknown' && verdict.error !== undefined ? 0 : keptMs),
  });
  return (token, signal) => {
    const digest = createHash('sha256').update(token).digest('base64');
    return verdicts.find(digest, () => reviewToken(options, token), signal);
  };
}

async function reviewToken(ports: ReviewPorts, token: string): Promise<TokenVerdict> {
  const review: TokenReview = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    metadata: { name: '' },
    spec: { token },
  };
  const { status } = await askReview(ports, TOKEN_REVIEWS, review);
  if (status?.authenticated !== true) {
    return { kind: 'unknown', ...(status?.error ? { error: status.error } : {}) };
  }
  const { username: name = '', uid, groups = [], extra = {} } = status.user ?? {};
  return { kind: 'known', user: asAuthenticated({ name, ...(uid ? { uid } : {}), groups, extra }) };
}

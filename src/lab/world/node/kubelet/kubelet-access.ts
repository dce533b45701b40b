import type { IoClock } from '../../../../base/clock.ts';
import { type AccessReviewer, createAccessReviewer } from '../../../../platform/access/access-review.ts';
import { createTokenReviewer, type TokenReviewer } from '../../../../platform/access/token-review.ts';
import type { KubeClient } from '../../../../platform/kube/client.ts';
import type { User } from '../../../apiserver/authentication.ts';

export interface KubeletAccessOptions {
  client(): Pick<KubeClient, 'create'>;
  readonly ioClock: IoClock;
}

/** What somebody wants of a node. */
export interface NodeAccess {
  readonly node: string;
  /** `get`, `create`, … */
  readonly verb: string;
  /** In the order in which they are tried; one that is allowed will do. */
  readonly subresources: readonly string[];
}

/** The kubelet's own lifetimes of answers: of tokens, of what is allowed and of what is not. */
const TOKEN_MS = 120_000;
const ALLOWED_MS = 300_000;
const REFUSED_MS = 30_000;

/**
 * Who asks a kubelet, and whether they may: the API server is asked by TokenReview and SubjectAccessReview, as kubelets
 * with webhook authentication and authorization do, and its answers are remembered for as long as theirs.
 */
export class KubeletAccess {
  readonly #reviewToken: TokenReviewer;
  readonly #reviewAccess: AccessReviewer;

  constructor({ client, ioClock }: KubeletAccessOptions) {
    // The client comes with the start of the world, later than this.
    const create: KubeClient['create'] = (type, object, options) => client().create(type, object, options);
    const ports = { client: { create }, ioClock, random: () => 0 };
    this.#reviewToken = createTokenReviewer({ ...ports, keptMs: TOKEN_MS });
    this.#reviewAccess = createAccessReviewer({ ...ports, allowedMs: ALLOWED_MS, deniedMs: REFUSED_MS });
  }

  /** The user of a bearer token; undefined for a token of nobody. Throws Failure when the API server does not say. */
  async userOf(token: string, signal: AbortSignal): Promise<User | undefined> {
    const verdict = await this.#reviewToken(token, signal);
    return verdict.kind === 'known' ? verdict.user : undefined;
  }

  /** Whether one of the subresources is granted. Throws Failure when the API server does not say. */
  async isAllowed(user: User, { node, verb, subresources }: NodeAccess, signal: AbortSignal): Promise<boolean> {
    const asked = { ...user, extra: user.extra ?? {} };
    for (const subresource of subresources) {
      const attributes = { ...NODE_REQUEST, verb, subresource, name: node };
      if ((await this.#reviewAccess(asked, attributes, signal)).isAllowed) return true;
    }
    return false;
  }
}

const NODE_REQUEST = {
  kind: 'resource',
  group: '',
  version: 'v1',
  namespace: '',
  resource: 'nodes',
  fieldRequirements: [],
  labelRequirements: [],
} as const;

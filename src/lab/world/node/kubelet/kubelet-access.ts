import type { IoClock } from '../../../../base/clock.ts';
import { KUBELET_VERDICTS_COUNT_MAX } from '../../../../base/limits.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../../../platform/kube/client.ts';
import { AUTHENTICATED_GROUP, type User } from '../../../apiserver/authentication.ts';

export interface KubeletAccessOptions {
  client(): KubeClient;
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

/** Upstream's lifetimes of answers: of tokens, of what is allowed and of what is not. */
const TOKEN_MS = 120_000;
const ALLOWED_MS = 300_000;
const REFUSED_MS = 30_000;

interface Remembered<T> {
  readonly value: T;
  readonly untilMs: number;
}

/**
 * Who asks a kubelet, and whether they may: the API server is asked by TokenReview and SubjectAccessReview, as kubelets
 * with webhook authentication and authorization do, and its answers are remembered for as long as theirs.
 */
export class KubeletAccess {
  readonly #options: KubeletAccessOptions;
  readonly #users = new Map<string, Remembered<User>>();
  readonly #verdicts = new Map<string, Remembered<boolean>>();

  constructor(options: KubeletAccessOptions) {
    this.#options = options;
  }

  /** The user of a bearer token; undefined for a token of nobody. Throws Failure when the API server does not say. */
  async userOf(token: string, signal: AbortSignal): Promise<User | undefined> {
    const known = this.#recall(this.#users, token);
    if (known !== undefined) return known;
    const { status } = await this.#create(TOKEN_REVIEWS, 'TokenReview', { token }, signal);
    const { authenticated, user } = (status ?? {}) as TokenStatus;
    if (authenticated !== true || user?.username === undefined) return undefined;
    const { username, uid, groups = [], extra } = user;
    const found: User = {
      name: username,
      groups: groups.includes(AUTHENTICATED_GROUP) ? groups : [...groups, AUTHENTICATED_GROUP],
      ...(uid === undefined ? {} : { uid }),
      ...(extra === undefined ? {} : { extra }),
    };
    this.#remember(this.#users, token, found, TOKEN_MS);
    return found;
  }

  /** Whether one of the subresources is granted. Throws Failure when the API server does not say. */
  async isAllowed(user: User, access: NodeAccess, signal: AbortSignal): Promise<boolean> {
    for (const subresource of access.subresources) {
      if (await this.#isGranted(user, access, subresource, signal)) return true;
    }
    return false;
  }

  async #isGranted(user: User, { node, verb }: NodeAccess, subresource: string, signal: AbortSignal): Promise<boolean> {
    const { name, uid, groups, extra } = user;
    const resourceAttributes = { verb, version: 'v1', resource: 'nodes', subresource, name: node };
    const spec = { user: name, uid, groups, extra, resourceAttributes };
    const key = JSON.stringify(spec);
    const known = this.#recall(this.#verdicts, key);
    if (known !== undefined) return known;
    const { status } = await this.#create(ACCESS_REVIEWS, 'SubjectAccessReview', spec, signal);
    const isAllowed = (status as { readonly allowed?: boolean } | undefined)?.allowed === true;
    this.#remember(this.#verdicts, key, isAllowed, isAllowed ? ALLOWED_MS : REFUSED_MS);
    return isAllowed;
  }

  #create(type: ResourceType, kind: string, spec: unknown, signal: AbortSignal): Promise<Review> {
    const apiVersion = `${type.group}/${type.version}`;
    const review: Review = { apiVersion, kind, metadata: {} as Review['metadata'], spec };
    return this.#options.client().create(type, review, { signal });
  }

  #recall<T>(memory: Map<string, Remembered<T>>, key: string): T | undefined {
    const found = memory.get(key);
    return found !== undefined && this.#options.ioClock.monotonicMs() < found.untilMs ? found.value : undefined;
  }

  #remember<T>(memory: Map<string, Remembered<T>>, key: string, value: T, lifetimeMs: number): void {
    memory.delete(key);
    memory.set(key, { value, untilMs: this.#options.ioClock.monotonicMs() + lifetimeMs });
    if (memory.size > KUBELET_VERDICTS_COUNT_MAX) memory.delete(memory.keys().next().value ?? '');
  }
}

interface Review extends KubeObject {
  readonly spec: unknown;
  readonly status?: unknown;
}

interface TokenStatus {
  readonly authenticated?: boolean;
  readonly user?: {
    readonly username?: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
}

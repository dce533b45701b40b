import type { IoClock } from '../../base/clock.ts';
import { SERVICE_ACCOUNT_TOKENS_MAX } from '../../base/limits.ts';

/** Who sends a request. */
export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** The group whose members may do everything. */
export const ADMINISTRATORS_GROUP = 'system:masters';

export const AUTHENTICATED_GROUP = 'system:authenticated';

/** A token that the server made for a ServiceAccount. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

/** Bearer tokens and the users that they stand for. */
export interface Authenticator {
  /** The user of an `Authorization` header's value; undefined when it is none or stands for nobody. */
  identify(authorization: string | null): User | undefined;
  /** The user of a bare token. */
  identifyToken(token: string): User | undefined;
  /** Makes a token for a ServiceAccount that ends after `lifetimeMs` of wall time, or with the account. */
  issue(account: ServiceAccountRef, lifetimeMs: number): IssuedToken;
}

export interface ServiceAccountRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface AuthenticatorOptions {
  /** Tokens handed in, with their users. */
  readonly tokens: Readonly<Record<string, User>>;
  readonly ioClock: IoClock;
  /** A new token that nobody can guess. */
  readonly newToken: () => string;
  /** Whether the account still exists with this uid: its tokens end with it. */
  readonly isPresent: (account: ServiceAccountRef) => boolean;
}

/** Tokens in memory: those handed in, and those issued, of which the oldest are forgotten beyond a bound. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const issued = new Map<string, { readonly account: ServiceAccountRef; readonly expiresAtMs: number }>();

  function identifyToken(token: string): User | undefined {
    if (Object.hasOwn(options.tokens, token)) return withAuthenticatedGroup(options.tokens[token]);
    const found = issued.get(token);
    if (found === undefined) return undefined;
    if (found.expiresAtMs <= options.ioClock.wallMs() || !options.isPresent(found.account)) {
      issued.delete(token);
      return undefined;
    }
    return serviceAccountUser(found.account);
  }

  return {
    identify(authorization) {
      const match = /^Bearer +(\S+)$/i.exec(authorization ?? '');
      return match?.[1] === undefined ? undefined : identifyToken(match[1]);
    },
    identifyToken,
    issue(account, lifetimeMs) {
      const token = options.newToken();
      const expiresAtMs = options.ioClock.wallMs() + lifetimeMs;
      issued.set(token, { account, expiresAtMs });
      if (issued.size > SERVICE_ACCOUNT_TOKENS_MAX) issued.delete(issued.keys().next().value ?? '');
      return { token, expiresAtMs };
    },
  };
}

/** The user that a ServiceAccount's token stands for. */
export function serviceAccountUser(account: ServiceAccountRef): User {
  return {
    name: `system:serviceaccount:${account.namespace}:${account.name}`,
    uid: account.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`, AUTHENTICATED_GROUP],
  };
}

function withAuthenticatedGroup(user: User | undefined): User | undefined {
  if (user === undefined || user.groups.includes(AUTHENTICATED_GROUP)) return user;
  return { ...user, groups: [...user.groups, AUTHENTICATED_GROUP] };
}

import { randomUUID } from 'node:crypto';
import { BoundedMap } from '../../base/bounded-map.ts';
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

/** The audience of tokens that are meant for the API server itself. */
export const API_AUDIENCE = 'https://kubernetes.default.svc';

/** A token with its user and those whom it is meant for. */
export interface KnownToken {
  readonly user: User;
  readonly audiences: readonly string[];
}

/** Bearer tokens and the users that they stand for. */
export interface Authenticator {
  /** The user of an `Authorization` header's value; undefined when it is none or stands for nobody. */
  identify(authorization: string | null): User | undefined;
  /** Whom a bare token stands for, and for which audiences; undefined for a token of nobody. */
  readToken(token: string): KnownToken | undefined;
  /** Makes a token for a ServiceAccount that ends after `lifetimeMs` of wall time, or with the account. */
  issue(account: ServiceAccountRef, lifetimeMs: number, audiences: readonly string[]): IssuedToken;
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
  const issued = new BoundedMap<string, IssuedRecord>(SERVICE_ACCOUNT_TOKENS_MAX);

  function readToken(token: string): KnownToken | undefined {
    const user = Object.hasOwn(options.tokens, token) ? options.tokens[token] : undefined;
    if (user !== undefined) return { user: withAuthenticatedGroup(user), audiences: [API_AUDIENCE] };
    const found = issued.get(token);
    if (found === undefined) return undefined;
    if (found.expiresAtMs <= options.ioClock.wallMs() || !options.isPresent(found.account)) {
      issued.delete(token);
      return undefined;
    }
    const extra = { [CREDENTIAL_ID]: [found.credentialId] };
    return { user: { ...serviceAccountUser(found.account), extra }, audiences: found.audiences };
  }

  return {
    identify(authorization) {
      const match = /^Bearer +(\S+)$/i.exec(authorization ?? '');
      const known = match?.[1] === undefined ? undefined : readToken(match[1]);
      return known?.audiences.includes(API_AUDIENCE) === true ? known.user : undefined;
    },
    readToken,
    issue(account, lifetimeMs, audiences) {
      const token = options.newToken();
      const expiresAtMs = options.ioClock.wallMs() + lifetimeMs;
      issued.set(token, { account, expiresAtMs, audiences, credentialId: `JTI=${randomUUID()}` });
      return { token, expiresAtMs };
    },
  };
}

/** By which audit logs tell tokens of the same account apart. */
const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id';

interface IssuedRecord {
  readonly account: ServiceAccountRef;
  readonly expiresAtMs: number;
  readonly audiences: readonly string[];
  readonly credentialId: string;
}

/** The user that a ServiceAccount's token stands for. */
export function serviceAccountUser(account: ServiceAccountRef): User {
  return {
    name: `system:serviceaccount:${account.namespace}:${account.name}`,
    uid: account.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`, AUTHENTICATED_GROUP],
  };
}

function withAuthenticatedGroup(user: User): User {
  if (user.groups.includes(AUTHENTICATED_GROUP)) return user;
  return { ...user, groups: [...user.groups, AUTHENTICATED_GROUP] };
}

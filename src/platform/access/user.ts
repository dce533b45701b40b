/** Who asks, as the API server knows users. */
export interface AccessUser {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  /** What else whoever authenticated them said about them, for the access review. */
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Members may do anything, also when nobody can be asked. */
export const MASTERS_GROUP = 'system:masters';

const ANONYMOUS_NAME = 'system:anonymous';
const AUTHENTICATED_GROUP = 'system:authenticated';
const UNAUTHENTICATED_GROUP = 'system:unauthenticated';

/** Whoever shows no credentials at all. */
export const ANONYMOUS_USER: AccessUser = { name: ANONYMOUS_NAME, groups: [UNAUTHENTICATED_GROUP], extra: {} };

/**
 * The user as a member of `system:authenticated`. The aggregation layer asks for discovery as a user without any group,
 * and the right to discovery is bound to this one.
 */
export function asAuthenticated(user: AccessUser): AccessUser {
  const { name, groups } = user;
  if (name === ANONYMOUS_NAME || groups.includes(AUTHENTICATED_GROUP) || groups.includes(UNAUTHENTICATED_GROUP))
    return user;
  return { ...user, groups: [...groups, AUTHENTICATED_GROUP] };
}

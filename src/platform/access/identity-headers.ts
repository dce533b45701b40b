import { Buffer } from 'node:buffer';
import { escapeBytes } from '../http/percent-encoding.ts';
import type { AccessUser } from './user.ts';

/** Headers of which one name may stand in several lines; names in lower case. */
type HeaderLines = Readonly<Record<string, string | readonly string[]>>;

/** A user of whom nothing more may be known than name and groups. */
type NamedUser = Omit<AccessUser, 'extra'> & Partial<Pick<AccessUser, 'extra'>>;

const EXTRA_PREFIX = 'x-remote-extra-';

/**
 * What another server is told of who asks, by a front proxy that it trusts: one `x-remote-group` line for each group, extra
 * keys escaped. A name that is not Latin travels as the bytes of its UTF-8, as Go sends it.
 */
export function identityHeaders(user: NamedUser): HeaderLines {
  const extra = Object.entries(user.extra ?? {}).map(([key, values]) => [
    `${EXTRA_PREFIX}${escapeHeaderKey(key)}`,
    values.map(headerBytes),
  ]);
  return {
    'x-remote-user': headerBytes(user.name),
    ...(user.uid === undefined || user.uid === '' ? {} : { 'x-remote-uid': headerBytes(user.uid) }),
    ...(user.groups.length === 0 ? {} : { 'x-remote-group': user.groups.map(headerBytes) }),
    ...Object.fromEntries(extra),
  };
}

/** Whether a header claims that somebody is somebody. */
export function isIdentityHeader(name: string): boolean {
  return /^x-remote-(user|uid|group)$/.test(name) || name.startsWith(EXTRA_PREFIX);
}

/** Escapes what is legal in no header's name, and the percent sign that escapes begin with. */
function escapeHeaderKey(key: string): string {
  return escapeBytes(key, /[!#$&'*+\-.^_`|~0-9A-Za-z]/);
}

function headerBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

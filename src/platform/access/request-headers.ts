import type { ReadingRequest } from '../http/reading-request.ts';
import type { FrontProxyHeaders } from './access-trust.ts';
import type { AccessUser } from './user.ts';

/** Headers as they came: name, value, name, value. */
export type RawHeaders = readonly string[];

/**
 * The user that a front proxy names in its headers; undefined when it names none. Reads raw headers, because joined ones
 * cannot tell two groups from one whose name has a comma.
 */
export function userOfHeaders(rawHeaders: RawHeaders, rules: FrontProxyHeaders): AccessUser | undefined {
  const values = valuesByName(rawHeaders);
  const name = firstValue(values, rules.usernameHeaders);
  if (name === '') return undefined;
  const uid = firstValue(values, rules.uidHeaders);
  const groups = rules.groupHeaders.flatMap((header) => values.get(header.toLowerCase()) ?? []);
  return {
    name,
    ...(uid === '' ? {} : { uid }),
    groups: groups.filter((group) => group !== ''),
    extra: extraOf(values, rules.extraHeaderPrefixes),
  };
}

/**
 * The headers that a handler may see: without those by which identities travel, so that nothing behind believes, logs or
 * hands on what was not checked here. Lines of one name are joined.
 */
export function withoutIdentityHeaders(
  rawHeaders: RawHeaders,
  rules: FrontProxyHeaders | null,
): ReadingRequest['headers'] {
  const isIdentity = identityRule(rules);
  const values = new Map<string, string>();
  for (const [name, value] of pairsOf(rawHeaders)) {
    // Where programs behind take underscores for hyphens, these are the same headers.
    if (name.startsWith(':') || isIdentity(name.replaceAll('_', '-'))) continue;
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { get: (name) => values.get(name.toLowerCase()) ?? null, keys: () => values.keys() };
}

type IdentityRule = (name: string) => boolean;

/** Made once for a trust: it is applied to every header of every request. */
const IDENTITY_RULES = new WeakMap<FrontProxyHeaders, IdentityRule>();

function identityRule(rules: FrontProxyHeaders | null): IdentityRule {
  if (rules === null) return isAlwaysIdentity;
  const known = IDENTITY_RULES.get(rules);
  if (known !== undefined) return known;
  const texts = [...rules.usernameHeaders, ...rules.groupHeaders, ...rules.uidHeaders];
  const names = new Set(texts.map((name) => name.toLowerCase()));
  const prefixes = rules.extraHeaderPrefixes.map((prefix) => prefix.toLowerCase());
  const rule: IdentityRule = (name) =>
    isAlwaysIdentity(name) || names.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
  IDENTITY_RULES.set(rules, rule);
  return rule;
}

function isAlwaysIdentity(name: string): boolean {
  return name === 'authorization' || name.startsWith('x-remote-');
}

function extraOf(values: ReadonlyMap<string, readonly string[]>, prefixes: readonly string[]): AccessUser['extra'] {
  const extra = new Map<string, readonly string[]>();
  for (const prefix of prefixes.map((text) => text.toLowerCase())) {
    for (const [name, found] of values) {
      if (!name.startsWith(prefix)) continue;
      const key = unescapeKey(name.slice(prefix.length));
      extra.set(key, [...(extra.get(key) ?? []), ...found]);
    }
  }
  return Object.fromEntries(extra);
}

/** A key that is not percent-encoded as it should be is taken as it stands, as upstream does. */
function unescapeKey(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function firstValue(values: ReadonlyMap<string, readonly string[]>, names: readonly string[]): string {
  for (const name of names) {
    const value = values.get(name.toLowerCase())?.[0] ?? '';
    if (value !== '') return value;
  }
  return '';
}

function valuesByName(rawHeaders: RawHeaders): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairsOf(rawHeaders)) {
    const text = utf8Of(value);
    const found = values.get(name);
    if (found === undefined) values.set(name, [text]);
    else found.push(text);
  }
  return values;
}

function* pairsOf(rawHeaders: RawHeaders): Generator<readonly [name: string, value: string]> {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    yield [(rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? ''];
}

/** Node reads header bytes as Latin-1; users and groups are named in UTF-8. */
function utf8Of(value: string): string {
  return Buffer.from(value, 'latin1').toString('utf8');
}

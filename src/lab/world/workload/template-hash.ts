import type { PodTemplate } from '../objects.ts';

/** Without vowels and the digits that look like them, so that a hash never spells a word. */
const SAFE_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * The value of `pod-template-hash` for a template: equal templates give equal hashes. The letters are upstream's, the
 * hash is not (upstream hashes Go's print of the structure).
 */
export function templateHash(template: PodTemplate): string {
  return safeText(String(fnv1a(canonicalJson(template))));
}

/** Five letters that end a pod's name; the same for the same owner and count, so that a story names its pods alike. */
export function nameSuffix(ownerName: string, count: number): string {
  let hash = fnv1a(`${ownerName}/${count}`);
  let suffix = '';
  for (let index = 0; index < 5; index++) {
    suffix += SAFE_ALPHABET[hash % SAFE_ALPHABET.length];
    hash = Math.floor(hash / SAFE_ALPHABET.length);
  }
  return suffix;
}

/** Whether two templates make the same pods; the label that the hash itself adds does not count. */
export function isSameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return canonicalJson(withoutHash(a)) === canonicalJson(withoutHash(b));
}

/** JSON with sorted fields and without absent ones, so that equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

function withoutHash(template: PodTemplate): PodTemplate {
  const { creationTimestamp: _, ...metadata } = (template.metadata ?? {}) as Record<string, unknown>;
  const { 'pod-template-hash': __, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...metadata, labels } };
}

function safeText(text: string): string {
  return [...text].map((character) => SAFE_ALPHABET[character.charCodeAt(0) % SAFE_ALPHABET.length]).join('');
}

/** The 32-bit FNV-1a hash, finished with a mixer so that neighbouring texts differ in their low digits too. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

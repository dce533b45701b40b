import { RE2JS, RE2JSException } from 're2js';

/** A regular expression as Go has them: RE2, which looks neither ahead nor behind and takes linear time. */
export interface GoRegexp {
  readonly text: string;
  /** Of each group its name, or null; the first is the whole match. */
  readonly groupNames: readonly (string | null)[];
  /** Whether it is found anywhere in the text. */
  isFoundIn(text: string): boolean;
  /** The groups of the first place where it is found, the whole match first; undefined for a group without part in it. */
  find(text: string): readonly (string | undefined)[] | undefined;
}

/** An expression, or why Go refuses it. */
export type RegexpResult =
  | { readonly kind: 'regexp'; readonly regexp: GoRegexp }
  | {
      readonly kind: 'refused';
      /** In the words of RE2: `invalid or unsupported Perl syntax: `(?!``. */
      readonly reason: string;
      /** What other languages have and RE2 does not, where that is what was meant. */
      readonly construct: ForeignConstruct | null;
    };

/** Constructs of other languages that people bring along. */
export type ForeignConstruct = 'lookAhead' | 'lookBehind' | 'backReference' | 'atomicGroup' | 'possessiveQuantifier';

/** Compiles an expression. */
export function compileRegexp(text: string): RegexpResult {
  try {
    return { kind: 'regexp', regexp: new CompiledRegexp(text) };
  } catch (thrown) {
    if (!(thrown instanceof RE2JSException)) throw thrown;
    const reason = thrown.message.replace(/^error parsing regexp: |_podtide\d+/g, '');
    return { kind: 'refused', reason, construct: foreignConstruct(text) };
  }
}

/**
 * Fills a replacement with groups, as Go's `Regexp.Expand`: `$1`, `${1}`, `$name`, `$$` for a dollar sign. The name
 * behind a bare `$` is as long as it can be, so that `$1_x` is a group called `1_x`, which is empty.
 */
export function expand(replacement: string, regexp: GoRegexp, groups: readonly (string | undefined)[]): string {
  return replacement.replace(REFERENCE, (whole, braced: string | undefined, bare: string | undefined) => {
    if (whole === '$$') return '$';
    return groupNamed(braced ?? bare ?? '', regexp, groups);
  });
}

/** The references in a replacement, as `expand` reads them. */
export function referencesIn(replacement: string): readonly { readonly text: string; readonly name: string }[] {
  return [...replacement.matchAll(REFERENCE)]
    .filter(([whole]) => whole !== '$$')
    .map(([text, braced, bare]) => ({ text, name: braced ?? bare ?? '' }));
}

/** Whether a replacement can be filled to make this text, with whatever is in the groups. */
export function mayExpandTo(text: string, replacement: string): boolean {
  const [first = '', ...others] = literalsIn(replacement);
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const literal of others) {
    const found = text.indexOf(literal, at);
    if (found < 0) return false;
    at = found + literal.length;
  }
  return text.length - last.length >= at;
}

/** What stands before, between and behind the references of a replacement, as `expand` writes it. */
function literalsIn(replacement: string): readonly string[] {
  const literals: string[] = [];
  let literal = '';
  let at = 0;
  for (const match of replacement.matchAll(REFERENCE)) {
    literal += replacement.slice(at, match.index);
    at = match.index + match[0].length;
    if (match[0] === '$$') literal += '$';
    else {
      literals.push(literal);
      literal = '';
    }
  }
  return [...literals, literal + replacement.slice(at)];
}

/** Whether the expression has a group of this name or number. */
export function hasGroup({ groupNames }: GoRegexp, name: string): boolean {
  return /^(0|[1-9]\d{0,7})$/.test(name) ? Number(name) < groupNames.length : groupNames.includes(name);
}

const REFERENCE = /\$\$|\$\{([\p{L}\p{Nd}_]+)\}|\$([\p{L}\p{Nd}_]+)/gu;

function groupNamed(name: string, { groupNames }: GoRegexp, groups: readonly (string | undefined)[]): string {
  if (/^(0|[1-9]\d{0,7})$/.test(name)) return groups[Number(name)] ?? '';
  const index = groupNames.findIndex((each, at) => each === name && groups[at] !== undefined);
  return groups[index] ?? '';
}

class CompiledRegexp implements GoRegexp {
  readonly text: string;
  readonly groupNames: readonly (string | null)[];
  readonly #pattern: RE2JS;

  constructor(text: string) {
    this.text = text;
    const { distinct, originals } = withDistinctNames(text);
    const pattern = RE2JS.compile(distinct);
    this.#pattern = pattern;
    const names = new Map(Object.entries(pattern.namedGroups()).map(([name, index]) => [Number(index), name]));
    this.groupNames = Array.from({ length: pattern.groupCount() + 1 }, (_, index) => {
      const name = names.get(index) ?? null;
      return (name === null ? undefined : originals.get(name)) ?? name;
    });
  }

  isFoundIn(text: string): boolean {
    return this.#pattern.test(text);
  }

  find(text: string): readonly (string | undefined)[] | undefined {
    // Whether there is a match is known much sooner than where its groups are.
    const matcher = this.#pattern.test(text) ? this.#pattern.matcher(text) : undefined;
    if (!matcher?.find()) return undefined;
    return this.groupNames.map((_, index) => matcher.group(index) ?? undefined);
  }
}

/** What begins like a named group, and what may stand before one without being one: escapes and classes. */
const NAMED_GROUP = /\\Q.*?\\E|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|(\(\?P?<)(\w+)>/gs;

/** Go lets groups share a name, and this engine does not: the later ones get names of their own. */
function withDistinctNames(text: string): {
  readonly distinct: string;
  readonly originals: ReadonlyMap<string, string>;
} {
  const originals = new Map<string, string>();
  const seen = new Set<string>();
  const distinct = text.replace(NAMED_GROUP, (whole, opening: string | undefined, name: string | undefined) => {
    if (opening === undefined || name === undefined) return whole;
    const own = seen.has(name) ? `${name}_podtide${seen.size}` : name;
    seen.add(own);
    originals.set(own, name);
    return `${opening}${own}>`;
  });
  return { distinct, originals };
}

const CONSTRUCTS: readonly (readonly [construct: ForeignConstruct, shape: RegExp])[] = [
  ['lookBehind', /\(\?<[=!]/],
  ['lookAhead', /\(\?[=!]/],
  ['atomicGroup', /\(\?>/],
  ['backReference', /\\[1-9]|\\k[<{']|\(\?P=/],
  ['possessiveQuantifier', /[*+?}]\+/],
];

function foreignConstruct(text: string): ForeignConstruct | null {
  return CONSTRUCTS.find(([, shape]) => shape.test(text))?.[0] ?? null;
}

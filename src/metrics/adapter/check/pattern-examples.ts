/**
 * Texts that a regular expression is likely to match: one with every optional part left out, one with each of them once.
 * They are guesses, to be tried against the expression itself.
 */
export function patternExamples(pattern: string): readonly string[] {
  const alternatives = splitAlternatives(pattern).slice(0, ALTERNATIVES_COUNT_MAX);
  return [...new Set(alternatives.flatMap((each) => [example(each, false), example(each, true)]))];
}

const ALTERNATIVES_COUNT_MAX = 8;

/** Of an optional part, what stands for it. */
const FILLING = 'x';

function example(pattern: string, isFilled: boolean): string {
  let text = '';
  for (let at = 0; at < pattern.length; ) {
    const { taken, shown } = atomAt(pattern, at, isFilled);
    at += taken;
    const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})[?+]?/.exec(pattern.slice(at))?.[0] ?? '';
    at += quantifier.length;
    const isOptional = /^[*?]|^\{0/.test(quantifier);
    if (!isOptional || isFilled) text += shown;
  }
  return text;
}

function atomAt(pattern: string, at: number, isFilled: boolean): { readonly taken: number; readonly shown: string } {
  const character = pattern[at] ?? '';
  if (character === '^' || character === '$') return { taken: 1, shown: '' };
  if (character === '.') return { taken: 1, shown: FILLING };
  if (character === '\\') return { taken: 2, shown: escaped(pattern[at + 1] ?? '') };
  if (character === '[') {
    const end = pattern.indexOf(']', at + 2);
    const first = pattern[at + 1] === '^' ? FILLING : (pattern[at + 1] ?? '');
    return { taken: (end < 0 ? pattern.length : end + 1) - at, shown: first === '[' ? FILLING : first };
  }
  if (character !== '(') return { taken: 1, shown: character };
  const end = closingParenthesis(pattern, at);
  const body = pattern.slice(at + 1, end).replace(/^\?(?:P?<\w+>|[a-zA-Z]*:)/, '');
  const isFlags = /^\?[a-zA-Z-]+$/.test(body);
  return { taken: end + 1 - at, shown: isFlags ? '' : example(splitAlternatives(body)[0] ?? '', isFilled) };
}

function escaped(letter: string): string {
  if (letter === 'd') return '1';
  if ('wpPS'.includes(letter)) return FILLING;
  return 'bBAzQE'.includes(letter) ? '' : letter;
}

function closingParenthesis(pattern: string, at: number): number {
  let depth = 0;
  for (let each = at; each < pattern.length; each += 1) {
    if (pattern[each] === '\\') each += 1;
    else if (pattern[each] === '(') depth += 1;
    else if (pattern[each] === ')') {
      depth -= 1;
      if (depth === 0) return each;
    }
  }
  return pattern.length;
}

/** The alternatives of the outermost level. */
function splitAlternatives(pattern: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === '(') at = closingParenthesis(pattern, at);
    else if (pattern[at] === '|') {
      parts.push(pattern.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, pattern.slice(start)];
}

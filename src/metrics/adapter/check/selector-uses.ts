import { type PromqlWord, promqlWords } from './promql-words.ts';

/** A place of an expression where series are selected. */
export interface SelectorUse {
  /** Empty when no name is told. */
  readonly metric: string;
  /** `[5m]` follows. */
  readonly isRange: boolean;
  /** The functions and aggregations around it, the innermost first. */
  readonly callers: readonly string[];
  /** A subquery (`[5m:]`) is made of it. */
  readonly isInSubquery: boolean;
}

const WORDS_OF_THE_LANGUAGE: ReadonlySet<string> = new Set(
  'and or unless bool offset by without on ignoring group_left group_right atan2 inf nan start end'.split(' '),
);
/** They are followed by labels in parentheses. */
const LABEL_LISTS: ReadonlySet<string> = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);

/** Every selection of series in an expression. It is a reading for hints, not a parser: it never refuses. */
export function selectorUses(expression: string): readonly SelectorUse[] {
  const words = promqlWords(expression);
  const uses: { metric: string; isRange: boolean; callers: readonly string[]; isInSubquery: boolean }[] = [];
  const frames: { readonly caller: string; readonly firstUse: number }[] = [];
  let caller = '';
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as PromqlWord;
    const next = words[at + 1]?.text;
    if (word.kind === 'name' && LABEL_LISTS.has(word.text.toLowerCase()) && next === '(') at = closingAt(words, at + 1);
    else if (word.kind === 'name' && (next === '(' || LABEL_LISTS.has(next ?? ''))) caller = word.text.toLowerCase();
    else if (word.text === '(' && word.kind === 'symbol') {
      frames.push({ caller, firstUse: uses.length });
      caller = '';
    } else if (word.text === ')' && word.kind === 'symbol') {
      const frame = frames.pop();
      if (isSubqueryAt(words, behindLabels(words, at + 1)))
        for (const use of uses.slice(frame?.firstUse ?? 0)) use.isInSubquery = true;
    } else if (isSelectorAt(words, at)) {
      const end =
        words[at + 1]?.text === '{' ? closingAt(words, at + 1) : word.text === '{' ? closingAt(words, at) : at;
      const isRange = words[end + 1]?.text === '[';
      const callers = frames.map((frame) => frame.caller).filter((name) => name !== '');
      const metric = word.kind === 'name' ? word.text : nameInBraces(words.slice(at, end));
      uses.push({ metric, isRange, callers: callers.reverse(), isInSubquery: isSubqueryAt(words, end + 1) });
      at = end;
    } else if (word.text === '[') at = closingAt(words, at);
  }
  return uses;
}

/** Behind the labels that an aggregation may name after its expression. */
function behindLabels(words: readonly PromqlWord[], at: number): number {
  const isList = LABEL_LISTS.has(words[at]?.text.toLowerCase() ?? '') && words[at + 1]?.text === '(';
  return isList ? closingAt(words, at + 1) + 1 : at;
}

function isSelectorAt(words: readonly PromqlWord[], at: number): boolean {
  const word = words[at];
  if (word?.kind === 'symbol') return word.text === '{';
  return word?.kind === 'name' && !WORDS_OF_THE_LANGUAGE.has(word.text.toLowerCase());
}

function isSubqueryAt(words: readonly PromqlWord[], at: number): boolean {
  if (words[at]?.text !== '[') return false;
  return words.slice(at, closingAt(words, at)).some(({ text }) => text.includes(':'));
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']' };

/** Where what is opened there is closed; the last word when it is not. */
function closingAt(words: readonly PromqlWord[], at: number): number {
  const closing = CLOSING[words[at]?.text ?? ''];
  const found = words.findIndex(({ kind, text }, index) => index > at && kind === 'symbol' && text === closing);
  return found < 0 ? words.length - 1 : found;
}

function nameInBraces(words: readonly PromqlWord[]): string {
  const at = words.findIndex(({ text }) => text === '__name__');
  return at >= 0 && words[at + 1]?.text === '=' ? (words[at + 2]?.text ?? '') : '';
}

import type { MatchOperator } from '../label-matchers.ts';
import { type PromqlWord, promqlWords } from './promql-words.ts';

/** A condition on one label. */
export interface SeriesMatcher {
  readonly label: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

/** A series selector; a metric's name before the braces is a matcher of `__name__`. */
export type SelectorReading =
  | { readonly kind: 'selector'; readonly matchers: readonly SeriesMatcher[] }
  | { readonly kind: 'broken'; readonly detail: string };

/** The label under which Prometheus keeps the name of a series. */
export const NAME_LABEL = '__name__';

const OPERATORS: ReadonlySet<string> = new Set<MatchOperator>(['=', '!=', '=~', '!~']);

/** Reads what Prometheus takes as `match[]`: `up`, `{job="web"}`, `up{job!=""}`. */
export function readSeriesSelector(text: string): SelectorReading {
  const words = [...promqlWords(text)];
  const matchers: SeriesMatcher[] = [];
  if (words[0]?.kind === 'name') {
    matchers.push({ label: NAME_LABEL, operator: '=', value: words[0].text });
    words.shift();
  }
  if (words.length === 0) {
    return matchers.length > 0 ? { kind: 'selector', matchers } : { kind: 'broken', detail: 'there is no selector' };
  }
  if (words.shift()?.text !== '{')
    return { kind: 'broken', detail: 'a selector is a name, braces with matchers, or both' };
  const rest = readMatchers(words, matchers);
  if (typeof rest === 'string') return { kind: 'broken', detail: rest };
  const [after] = rest;
  if (after !== undefined) return { kind: 'broken', detail: `${after.text} behind the braces` };
  return { kind: 'selector', matchers };
}

/** Reads up to the closing brace; what follows it, or what is wrong. */
function readMatchers(words: PromqlWord[], matchers: SeriesMatcher[]): readonly PromqlWord[] | string {
  for (;;) {
    const label = words.shift();
    if (label === undefined) return 'the braces are not closed';
    if (label.kind === 'symbol' && label.text === '}') return words;
    if (label.kind === 'symbol') return `${label.text} where a label should be`;
    const next = words.shift();
    const isQuotedName = label.kind === 'string' && (next?.text === ',' || next?.text === '}');
    if (isQuotedName) {
      matchers.push({ label: NAME_LABEL, operator: '=', value: label.text });
      if (next?.text === '}') return words;
      continue;
    }
    if (next === undefined || !OPERATORS.has(next.text)) return `${label.text} must be compared by =, !=, =~ or !~`;
    const value = words.shift();
    if (value?.kind !== 'string') return `the value of ${label.text} must be in quotes`;
    matchers.push({ label: label.text, operator: next.text as MatchOperator, value: value.text });
    const separator = words.shift();
    if (separator?.text === '}') return words;
    if (separator?.text !== ',') return `a comma is missing behind ${label.text}`;
  }
}

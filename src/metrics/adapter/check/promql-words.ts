/** The words of a PromQL expression, as far as a check needs them: no blanks, no comments. */
export interface PromqlWord {
  readonly kind: 'name' | 'string' | 'number' | 'symbol';
  /** Of a string, what it stands for. */
  readonly text: string;
}

const SHAPES: readonly (readonly [kind: PromqlWord['kind'] | 'skipped', shape: RegExp])[] = [
  ['skipped', /(?:\s+|#[^\n]*)/y],
  ['name', /[A-Za-z_:][\w:]*/y],
  ['string', /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`/y],
  ['number', /(?:0x[\da-fA-F]+|\d[\w.]*|\.\d+)/y],
  ['symbol', /(?:!=|=~|!~|==|>=|<=|[^\s\w])/y],
];

/** Cuts an expression into words; what is not PromQL comes out as symbols. */
export function promqlWords(text: string): readonly PromqlWord[] {
  const words: PromqlWord[] = [];
  for (let at = 0; at < text.length; ) {
    const found = SHAPES.map(([kind, shape]) => {
      shape.lastIndex = at;
      return { kind, taken: shape.exec(text)?.[0] ?? '' };
    }).find(({ taken }) => taken !== '');
    if (found === undefined) break;
    at += found.taken.length;
    if (found.kind === 'string') words.push({ kind: 'string', text: unquoted(found.taken) });
    else if (found.kind !== 'skipped') words.push({ kind: found.kind, text: found.taken });
  }
  return words;
}

function unquoted(text: string): string {
  const body = text.slice(1, -1);
  return text.startsWith('`') ? body : body.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
}

import { quoteText } from '../../../base/go-text.ts';

/** The kinds of tokens; keywords are their own kind. */
export type TokenKind =
  | 'error'
  | 'end of text'
  | 'text'
  | 'left delimiter'
  | 'right delimiter'
  | 'space'
  | 'boolean'
  | 'character'
  | 'character constant'
  | 'number'
  | 'string'
  | 'raw string'
  | 'identifier'
  | 'field'
  | 'variable'
  | 'pipe'
  | 'assign'
  | 'declare'
  | 'left parenthesis'
  | 'right parenthesis'
  | Keyword;

/** Words that are no identifiers. */
export type Keyword =
  | '.'
  | 'block'
  | 'break'
  | 'continue'
  | 'define'
  | 'else'
  | 'end'
  | 'if'
  | 'nil'
  | 'range'
  | 'template'
  | 'with';

/** A piece of a template that has no parts. */
export interface Token {
  readonly kind: TokenKind;
  /** As it stands in the template; of an error, what is wrong. */
  readonly text: string;
  /** Where it begins, counted from 0. */
  readonly offset: number;
  /** Of its beginning, from 1. */
  readonly line: number;
}

const KEYWORDS: ReadonlySet<string> = new Set<Keyword>([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'nil',
  'range',
  'template',
  'with',
]);

const LEFT = '<<';
const RIGHT = '>>';
const LEFT_COMMENT = '/*';
const RIGHT_COMMENT = '*/';
const SPACE = /[ \t\r\n]/;
const SPACES = /[ \t\r\n]*/y;
const WORD = /[\p{L}\p{Nd}_]/u;
const WORDS = /[\p{L}\p{Nd}_]*/uy;
const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/y;
/** A minus and the blank that belongs to it. */
const TRIM_MARKER_LENGTH = 2;

/**
 * Cuts a template into tokens, the delimiters being `<<` and `>>`. It ends with the end of the text or with the first
 * error. Whitespace that a trim marker takes away is in no token.
 */
export function tokensOf(text: string): readonly Token[] {
  return new Scanner(text).scan();
}

/** How Go's messages show a token. */
export function tokenText({ kind, text }: Token): string {
  if (kind === 'end of text') return 'EOF';
  if (kind === 'error') return text;
  if (KEYWORDS.has(kind) || kind === '.') return `<${text}>`;
  const characters = [...text];
  return characters.length > 10 ? `${quoteText(characters.slice(0, 10).join(''))}...` : quoteText(text);
}

class Scanner {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  /** Where the present token begins. */
  #start = 0;
  #startLine = 1;
  #at = 0;
  #line = 1;
  #parenthesisDepth = 0;
  #isDone = false;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): readonly Token[] {
    while (!this.#isDone) this.#scanText();
    return this.#tokens;
  }

  #scanText(): void {
    const found = this.#text.indexOf(LEFT, this.#at);
    if (found < 0) {
      this.#moveTo(this.#text.length);
      if (this.#at > this.#start) this.#emit('text');
      this.#emit('end of text');
      this.#isDone = true;
      return;
    }
    const before = this.#text.slice(this.#at, found);
    const isTrimmed = isLeftTrimMarkerAt(this.#text, found + LEFT.length);
    const kept = isTrimmed ? before.replace(/[ \t\r\n]+$/, '') : before;
    this.#moveTo(this.#at + kept.length);
    if (kept !== '') this.#emit('text');
    this.#moveTo(found);
    this.#begin();
    this.#scanLeftDelimiter();
  }

  #scanLeftDelimiter(): void {
    const afterDelimiter = this.#at + LEFT.length;
    const isTrimmed = isLeftTrimMarkerAt(this.#text, afterDelimiter);
    const inside = afterDelimiter + (isTrimmed ? TRIM_MARKER_LENGTH : 0);
    if (this.#text.startsWith(LEFT_COMMENT, inside)) {
      this.#moveTo(inside);
      this.#begin();
      this.#scanComment();
      return;
    }
    this.#moveTo(afterDelimiter);
    this.#emit('left delimiter');
    this.#moveTo(inside);
    this.#begin();
    this.#parenthesisDepth = 0;
    while (!this.#isDone && !this.#scanInsideAction());
  }

  #scanComment(): void {
    const end = this.#text.indexOf(RIGHT_COMMENT, this.#at + LEFT_COMMENT.length);
    if (end < 0) {
      this.#fail('unclosed comment');
      return;
    }
    const after = end + RIGHT_COMMENT.length;
    const delimiter = this.#rightDelimiterAt(after);
    if (delimiter === undefined) {
      this.#fail('comment ends before closing delimiter');
      return;
    }
    this.#moveTo(after);
    this.#skipRightDelimiter(delimiter);
    this.#begin();
  }

  /** Scans one token of an action; true when the action ends with it. */
  #scanInsideAction(): boolean {
    const delimiter = this.#rightDelimiterAt(this.#at);
    if (delimiter !== undefined) {
      if (this.#parenthesisDepth > 0) {
        this.#fail('unclosed left paren');
        return true;
      }
      this.#scanRightDelimiter(delimiter);
      return true;
    }
    const character = this.#peek();
    if (character === '') this.#fail('unclosed action');
    else if (SPACE.test(character)) this.#scanSpace();
    else if (character === '"') this.#scanQuoted('"', 'string', 'unterminated quoted string');
    else if (character === "'") this.#scanQuoted("'", 'character constant', 'unterminated character constant');
    else if (character === '`') this.#scanRawString();
    else if (character === '$') this.#scanWord('variable');
    else if (character === '.' && !/[0-9]/.test(this.#text[this.#at + 1] ?? '0')) this.#scanWord('field');
    else if (/[.+\-0-9]/.test(character)) this.#scanNumber();
    else if (WORD.test(character)) this.#scanIdentifier();
    else this.#scanSymbol(character);
    return false;
  }

  #scanSymbol(character: string): void {
    this.#moveTo(this.#at + character.length);
    if (character === '=') this.#emit('assign');
    else if (character === '|') this.#emit('pipe');
    else if (character === ':') {
      if (this.#peek() !== '=') {
        this.#fail('expected :=');
        return;
      }
      this.#moveTo(this.#at + 1);
      this.#emit('declare');
    } else if (character === '(') {
      this.#parenthesisDepth += 1;
      this.#emit('left parenthesis');
    } else if (character === ')') {
      this.#parenthesisDepth -= 1;
      if (this.#parenthesisDepth < 0) {
        this.#fail('unexpected right paren');
        return;
      }
      this.#emit('right parenthesis');
    } else if (/[!-~]/.test(character)) this.#emit('character');
    else this.#fail(`unrecognized character in action: ${runeText(character)}`);
  }

  #scanRightDelimiter(delimiter: RightDelimiter): void {
    if (delimiter.isTrimming) {
      this.#moveTo(this.#at + TRIM_MARKER_LENGTH);
      this.#begin();
    }
    this.#moveTo(this.#at + RIGHT.length);
    this.#emit('right delimiter');
    if (delimiter.isTrimming) {
      this.#moveTo(this.#at + lengthAt(SPACES, this.#text, this.#at));
      this.#begin();
    }
  }

  #skipRightDelimiter({ isTrimming }: RightDelimiter): void {
    this.#moveTo(this.#at + (isTrimming ? TRIM_MARKER_LENGTH : 0) + RIGHT.length);
    if (isTrimming) this.#moveTo(this.#at + lengthAt(SPACES, this.#text, this.#at));
  }

  #scanSpace(): void {
    let end = this.#at + lengthAt(SPACES, this.#text, this.#at);
    // The last blank belongs to a trim marker that follows.
    if (this.#rightDelimiterAt(end - 1)?.isTrimming) end -= 1;
    if (end === this.#at) return;
    this.#moveTo(end);
    this.#emit('space');
  }

  #scanIdentifier(): void {
    const word = this.#takeWord();
    if (word === undefined) return;
    if (KEYWORDS.has(word)) this.#emit(word as Keyword);
    else this.#emit(word === 'true' || word === 'false' ? 'boolean' : 'identifier');
  }

  /** A field or a variable, whose first character is known. */
  #scanWord(kind: 'field' | 'variable'): void {
    this.#moveTo(this.#at + 1);
    if (this.#isAtTerminator()) this.#emit(kind === 'variable' ? 'variable' : '.');
    else if (this.#takeWord() !== undefined) this.#emit(kind);
  }

  /** Moves behind the letters and digits; undefined when what follows cannot follow. */
  #takeWord(): string | undefined {
    const from = this.#at;
    this.#moveTo(from + lengthAt(WORDS, this.#text, from));
    const end = this.#at;
    if (this.#isAtTerminator()) return this.#text.slice(from, end);
    this.#fail(`bad character ${runeText(this.#peek())}`);
    return undefined;
  }

  /** Whether the text stands where a word may end; `$x+2` is refused, in case there is arithmetic one day. */
  #isAtTerminator(): boolean {
    const character = this.#peek();
    if (character === '' || SPACE.test(character) || '.,|:)('.includes(character)) return true;
    return this.#text.startsWith(RIGHT, this.#at);
  }

  #scanQuoted(quote: string, kind: 'string' | 'character constant', problem: string): void {
    let end = this.#at + 1;
    for (;;) {
      const character = this.#text[end] ?? '\n';
      if (character === '\n') {
        this.#fail(problem);
        return;
      }
      if (character === quote) break;
      if (character === '\\' && (this.#text[end + 1] ?? '\n') === '\n') {
        this.#fail(problem);
        return;
      }
      end += character === '\\' ? 2 : 1;
    }
    this.#moveTo(end + 1);
    this.#emit(kind);
  }

  #scanRawString(): void {
    const end = this.#text.indexOf('`', this.#at + 1);
    if (end < 0) {
      this.#fail('unterminated raw quoted string');
      return;
    }
    this.#moveTo(end + 1);
    this.#emit('raw string');
  }

  /** Takes what looks like a number; whether it is one, the parser finds out. */
  #scanNumber(): void {
    this.#moveTo(this.#at + lengthAt(NUMBER, this.#text, this.#at));
    const next = this.#peek();
    if (next !== '' && WORD.test(next)) {
      this.#moveTo(this.#at + next.length);
      this.#fail(`bad number syntax: ${quoteText(this.#text.slice(this.#start, this.#at))}`);
      return;
    }
    if (next === '+' || next === '-') {
      this.#fail('complex numbers are not supported');
      return;
    }
    this.#emit('number');
  }

  #rightDelimiterAt(at: number): RightDelimiter | undefined {
    const rest = this.#text.slice(at, at + TRIM_MARKER_LENGTH + RIGHT.length);
    if (/^[ \t\r\n]-/.test(rest) && rest.startsWith(RIGHT, TRIM_MARKER_LENGTH)) return { isTrimming: true };
    return rest.startsWith(RIGHT) ? { isTrimming: false } : undefined;
  }

  /** The character at hand, whole; empty at the end. */
  #peek(): string {
    const codePoint = this.#text.codePointAt(this.#at);
    return codePoint === undefined ? '' : String.fromCodePoint(codePoint);
  }

  #moveTo(at: number): void {
    for (let each = this.#at; each < at; each += 1) if (this.#text[each] === '\n') this.#line += 1;
    this.#at = at;
  }

  #begin(): void {
    this.#start = this.#at;
    this.#startLine = this.#line;
  }

  #emit(kind: TokenKind): void {
    const text = kind === 'end of text' ? 'EOF' : this.#text.slice(this.#start, this.#at);
    this.#tokens.push({ kind, text, offset: this.#start, line: this.#startLine });
    this.#begin();
  }

  #fail(problem: string): void {
    this.#tokens.push({ kind: 'error', text: problem, offset: this.#start, line: this.#startLine });
    this.#isDone = true;
  }
}

interface RightDelimiter {
  readonly isTrimming: boolean;
}

function isLeftTrimMarkerAt(text: string, at: number): boolean {
  return text[at] === '-' && SPACE.test(text[at + 1] ?? '');
}

/** How much of the text a sticky expression takes from there. */
function lengthAt(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  return expression.exec(text)?.[0].length ?? 0;
}

/** A character with its number, as Go's `%#U` shows it. */
function runeText(character: string): string {
  if (character === '') return 'U+FFFFFFFFFFFFFFFF';
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character) ? `U+${hex} '${character}'` : `U+${hex}`;
}

import { type LineCounter, Scalar } from 'yaml';

/** A place in a file, both counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A place of something that has no text in the file, and of the file as a whole. */
export const FILE_START: Place = { line: 1, column: 1 };

/** Where each value of a configuration stands in its file, by paths such as `rules[0].name.as`. */
export class ConfigPlaces {
  readonly #text: string;
  readonly #lines: LineCounter;
  readonly #offsets = new Map<string, number>();
  readonly #scalars = new Map<string, Scalar>();

  constructor(text: string, lines: LineCounter) {
    this.#text = text;
    this.#lines = lines;
  }

  note(path: string, offset: number, scalar?: Scalar): void {
    this.#offsets.set(path, offset);
    if (scalar !== undefined) this.#scalars.set(path, scalar);
  }

  /** Where the value stands, or what it would stand in. */
  placeOf(path: string): Place {
    for (let each = path; each !== ''; each = parentOf(each)) {
      const offset = this.#offsets.get(each);
      if (offset !== undefined) return this.placeAt(offset);
    }
    return FILE_START;
  }

  /**
   * Where a character of a text's value stands, counted from 0. Where escapes or folded lines make that a riddle, it is
   * the beginning of the text.
   */
  placeWithin(path: string, index: number): Place {
    const scalar = this.#scalars.get(path);
    const start = scalar?.range?.[0];
    if (scalar === undefined || start === undefined) return this.placeOf(path);
    if (scalar.type === Scalar.BLOCK_LITERAL) return this.#placeInBlock(start, String(scalar.value), index);
    const quoteLength = scalar.type === Scalar.PLAIN ? 0 : 1;
    const isVerbatim = this.#text.startsWith(String(scalar.value), start + quoteLength);
    return this.placeAt(isVerbatim ? start + quoteLength + index : start);
  }

  /** Whether the file ends with this scalar and without a line's end, so that its last line has none either. */
  isCutOff({ type, range }: Scalar): boolean {
    const isBlock = type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED;
    return isBlock && (range?.[1] ?? 0) >= this.#text.length && !this.#text.endsWith('\n');
  }

  placeAt(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return line === 0 ? FILE_START : { line, column: col };
  }

  /** A literal block begins below its bar; every line of it is indented alike. */
  #placeInBlock(start: number, value: string, index: number): Place {
    const before = value.slice(0, index).split('\n');
    const first = this.#text.indexOf('\n', start) + 1;
    const lines = this.#text.slice(first).split('\n');
    const indent = /^ */.exec(lines.find((line) => line.trim() !== '') ?? '')?.[0].length ?? 0;
    const firstLine = this.#lines.linePos(first).line;
    return { line: firstLine + before.length - 1, column: indent + (before.at(-1)?.length ?? 0) + 1 };
  }
}

function parentOf(path: string): string {
  const at = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
  return at < 0 ? '' : path.slice(0, at);
}

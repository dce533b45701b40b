import { isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { errorText, Failure } from '../../base/failure.ts';

/** Where a value stands in a document, from its root. */
export type ValuePath = readonly PropertyKey[];

/** What is wrong with a value. */
export interface PlacedProblem {
  readonly path: ValuePath;
  readonly message: string;
}

/** A file of YAML as plain values, which knows where each of them stands. */
export class PlacedYaml {
  readonly value: unknown;
  readonly #path: string;
  readonly #document: ReturnType<typeof parseDocument>;
  readonly #lines: LineCounter;
  readonly #hint: string;

  /**
   * Reads the text; `path` is what messages name, `hint` says where is written what can be said. Throws
   * Failure('invalid') for what is no YAML, with line and column.
   */
  constructor(path: string, text: string, hint: string) {
    this.#path = path;
    this.#hint = hint;
    this.#lines = new LineCounter();
    this.#document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: true });
    const { errors } = this.#document;
    if (errors.length > 0) {
      throw this.#refusal(
        errors.map(({ pos, message }) => {
          return `${this.#at(pos[0])} ${message.split('\n', 1)[0]?.replace(/ at line .*$/, '')}`;
        }),
      );
    }
    try {
      this.value = this.#document.toJS();
    } catch (thrown) {
      // References within the file that would unfold without end.
      throw this.#refusal([`${path}:1:1 ${errorText(thrown)}`]);
    }
  }

  /** All problems as one Failure, each with its line and column. */
  failure(problems: readonly PlacedProblem[]): Failure {
    return this.#refusal(
      problems.map(({ path, message }) => `${this.#at(this.#offsetOf(path))} ${dotted(path)}: ${message}`),
    );
  }

  #refusal(lines: readonly string[]): Failure {
    return new Failure('invalid', lines.join('\n'), { hint: this.#hint });
  }

  #at(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.#path}:${line}:${col}`;
  }

  /** Where a value stands in the text; of one that is missing, where the mapping begins that it is missing from. */
  #offsetOf(path: ValuePath): number {
    for (let length = path.length; length > 0; length -= 1) {
      const node = this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return node.range[0];
    }
    return this.#document.contents?.range?.[0] ?? 0;
  }
}

/** What a schema has against a value. Keys that nobody knows are named one by one, where they stand. */
export function problemsOf(error: z.ZodError): readonly PlacedProblem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'no such key' }));
    if (issue.code === 'invalid_key') return [{ path: issue.path, message: issue.issues[0]?.message ?? issue.message }];
    return [{ path: issue.path, message: issue.message }];
  });
}

function dotted(path: ValuePath): string {
  if (path.length === 0) return 'the file';
  return path.reduce<string>(
    (before, key) =>
      typeof key === 'number' ? `${before}[${key}]` : before === '' ? String(key) : `${before}.${String(key)}`,
    '',
  );
}

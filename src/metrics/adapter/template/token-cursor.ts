import type { Token } from './tokens.ts';

/** A cursor over the tokens of a template that can step back. Behind the last token there is the last one again. */
export class TokenCursor {
  readonly #tokens: readonly Token[];
  #at = 0;
  #farthest = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The token that has been read last, steps back aside: where messages say that reading stopped. */
  get newest(): Token {
    return this.#tokenAt(this.#farthest);
  }

  next(): Token {
    const token = this.peek();
    this.#at += 1;
    return token;
  }

  peek(): Token {
    this.#farthest = Math.max(this.#farthest, this.#at);
    return this.#tokenAt(this.#at);
  }

  nextNonSpace(): Token {
    for (;;) {
      const token = this.next();
      if (token.kind !== 'space') return token;
    }
  }

  /** Leaves the cursor before the token that it returns. */
  peekNonSpace(): Token {
    const token = this.nextNonSpace();
    this.stepBack();
    return token;
  }

  stepBack(): void {
    this.#at -= 1;
  }

  /** Where the cursor is, to come back to. */
  get mark(): number {
    return this.#at;
  }

  returnTo(mark: number): void {
    this.#at = mark;
  }

  #tokenAt(at: number): Token {
    return this.#tokens[Math.min(at, this.#tokens.length - 1)] as Token;
  }
}

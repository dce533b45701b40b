import type { Dispatcher } from 'undici';

/**
 * Tells a connection that had been used before from a new one, because a server may close an unused one in the very moment
 * in which the next request sets out: that request was never read, and may be asked again. Go's transport does the same.
 */
export class ReusedConnections {
  #madeCount = 0;

  constructor(dispatcher: Dispatcher) {
    dispatcher.on('connect', () => {
      this.#madeCount += 1;
    });
  }

  /** Attempts a request, and again when a used connection breaks before its answer; only for requests that change nothing. */
  async attempt<T>(request: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const madeCount = this.#madeCount;
      try {
        return await request();
      } catch (thrown) {
        const isOld = this.#madeCount === madeCount;
        if (!isOld || attempt === ATTEMPT_COUNT_MAX || !isBroken(thrown)) throw thrown;
      }
    }
  }
}

/** All unused connections of a server that ends are closed at once; a few requests may meet one each. */
const ATTEMPT_COUNT_MAX = 4;

function isBroken(thrown: unknown): boolean {
  return BROKEN.has(String((thrown as { readonly code?: unknown } | undefined)?.code));
}

const BROKEN: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** How waits grow from failure to failure. */
export interface BackoffOptions {
  /** The first wait, without jitter. */
  readonly initialMs: number;
  readonly maxMs: number;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

/**
 * Waits that double up to a bound, each stretched by up to its own length at random (client-go's reflector: 800 ms to
 * 30 s, jitter 1), so that clients that failed together do not return together.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #failureCount = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Failures since the last success. */
  get failureCount(): number {
    return this.#failureCount;
  }

  /** Counts a failure and says how long to wait after it. */
  nextMs(): number {
    const { initialMs, maxMs, random } = this.#options;
    // Beyond 2^30 the bound holds anyway, and doubling further would only lose digits.
    const waitMs = Math.min(maxMs, initialMs * 2 ** Math.min(this.#failureCount, 30));
    this.#failureCount += 1;
    return waitMs * (1 + random());
  }

  succeeded(): void {
    this.#failureCount = 0;
  }
}

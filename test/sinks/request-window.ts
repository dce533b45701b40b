/** How often a credential may be used, and what follows when it is used more often. */
export interface WindowRule {
  readonly countMax: number;
  readonly periodMs: number;
  /** How long nothing is taken after one request too many; 0 for no ban. */
  readonly banMs: number;
}

/** The vendor's side of a limit: counts requests in every sliding window, as unforgiving as the vendor may be. */
export class RequestWindow {
  readonly #rule: WindowRule;
  #atMs: number[] = [];
  #bannedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(rule: WindowRule) {
    this.#rule = rule;
  }

  /** Whether a request at `nowMs` is within the limit; refused ones count too. */
  admits(nowMs: number): boolean {
    const { countMax, periodMs, banMs } = this.#rule;
    this.#atMs = [...this.#atMs.filter((atMs) => atMs > nowMs - periodMs), nowMs];
    if (nowMs < this.#bannedUntilMs) return false;
    if (this.#atMs.length <= countMax) return true;
    this.#bannedUntilMs = nowMs + banMs;
    return false;
  }
}

/** Times fall into classes 5 % apart, the first one up to 0.1 ms and the last one beyond 1,000 s. */
const CLASS_RATIO = 1.05;
const FIRST_CLASS_MS = 0.1;
const CLASS_COUNT = 332;

/** Response times in constant memory, however many there are; percentiles are right within 5 %. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(CLASS_COUNT);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  note(latencyMs: number): void {
    const index = classOf(latencyMs);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#count++;
  }

  add(other: LatencyHistogram): void {
    for (const [index, count] of other.#counts.entries()) this.#counts[index] = (this.#counts[index] ?? 0) + count;
    this.#count += other.#count;
  }

  /** The upper bound of the class that a percentile falls into; null without a time. `fraction` is above 0, at most 1. */
  percentileMs(fraction: number): number | null {
    let leftCount = Math.ceil(this.#count * fraction);
    if (leftCount === 0) return null;
    const index = this.#counts.findIndex((count) => {
      leftCount -= count;
      return leftCount <= 0;
    });
    return FIRST_CLASS_MS * CLASS_RATIO ** index;
  }
}

function classOf(latencyMs: number): number {
  const ratio = Math.max(latencyMs, FIRST_CLASS_MS) / FIRST_CLASS_MS;
  return Math.min(CLASS_COUNT - 1, Math.ceil(Math.log(ratio) / Math.log(CLASS_RATIO)));
}

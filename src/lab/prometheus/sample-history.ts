import { assert } from '../../base/failure.ts';
import { LAB_PROMETHEUS_SAMPLES_PER_SERIES_COUNT_MAX } from '../../base/limits.ts';

/** A number at an instant. */
export interface Point {
  readonly atMs: number;
  readonly value: number;
}

const FIRST_CAPACITY_COUNT = 16;

/**
 * The samples of one series, oldest first. Beyond the bound the oldest gives way. What ends a series is a mark among its
 * samples, Prometheus' stale marker: from there on there is no value, until the next sample.
 */
export class SampleHistory {
  #instants = new Float64Array(FIRST_CAPACITY_COUNT);
  #values = new Float64Array(FIRST_CAPACITY_COUNT);
  /** 1 where a slot holds a mark. */
  #marks = new Uint8Array(FIRST_CAPACITY_COUNT);
  #firstSlot = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Undefined before the first sample. */
  get newestAtMs(): number | undefined {
    return this.#count === 0 ? undefined : this.#instantOf(this.#count - 1);
  }

  /** Adds a sample, or with null the mark that ends the series. It must be newer than all before. */
  add(atMs: number, value: number | null): void {
    assert(
      atMs > (this.newestAtMs ?? Number.NEGATIVE_INFINITY),
      `a sample at ${atMs} is not newer than the one before`,
    );
    if (this.#count === this.#instants.length) this.#makeRoom();
    const slot = this.#slotOf(this.#count);
    this.#instants[slot] = atMs;
    this.#values[slot] = value ?? Number.NaN;
    this.#marks[slot] = value === null ? 1 : 0;
    this.#count += 1;
  }

  /** The newest sample until `endMs`; undefined when it is older than `startMs` or the series had ended. */
  newest(startMs: number, endMs: number): Point | undefined {
    const index = this.#countUntil(endMs) - 1;
    return index < 0 || this.#instantOf(index) < startMs ? undefined : this.#pointOf(index);
  }

  /** The samples from `startMs` to `endMs`, both included, without marks. */
  between(startMs: number, endMs: number): readonly Point[] {
    const points: Point[] = [];
    for (let index = this.#countUntil(endMs) - 1; index >= 0 && this.#instantOf(index) >= startMs; index -= 1) {
      const point = this.#pointOf(index);
      if (point !== undefined) points.push(point);
    }
    return points.reverse();
  }

  /** How many samples and marks there are until an instant, the instant included. */
  #countUntil(atMs: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#instantOf(middle) <= atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #pointOf(index: number): Point | undefined {
    const slot = this.#slotOf(index);
    return this.#marks[slot] === 1
      ? undefined
      : { atMs: this.#instants[slot] ?? Number.NaN, value: this.#values[slot] ?? Number.NaN };
  }

  #instantOf(index: number): number {
    return this.#instants[this.#slotOf(index)] ?? Number.NaN;
  }

  #slotOf(index: number): number {
    return (this.#firstSlot + index) % this.#instants.length;
  }

  #makeRoom(): void {
    const capacityCount = this.#instants.length;
    if (capacityCount >= LAB_PROMETHEUS_SAMPLES_PER_SERIES_COUNT_MAX) {
      this.#firstSlot = this.#slotOf(1);
      this.#count -= 1;
      return;
    }
    // Until it is as large as it may be, nothing has given way: the oldest sample stands in the first slot.
    const widerCount = Math.min(2 * capacityCount, LAB_PROMETHEUS_SAMPLES_PER_SERIES_COUNT_MAX);
    const [instants, values, marks] = [this.#instants, this.#values, this.#marks];
    this.#instants = new Float64Array(widerCount);
    this.#values = new Float64Array(widerCount);
    this.#marks = new Uint8Array(widerCount);
    this.#instants.set(instants);
    this.#values.set(values);
    this.#marks.set(marks);
  }
}

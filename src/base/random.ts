/** The whole state of a generator as plain data: stored, it continues the same sequence anywhere. */
export type RandomState = readonly [number, number, number, number];

/** Reproducible randomness for simulation: the same seed gives the same numbers on every machine. Not for secrets. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #count: number;

  /** Continues from a state; `Random.ofSeed` starts a sequence. */
  constructor(state: RandomState) {
    [this.#a, this.#b, this.#c, this.#count] = state;
  }

  /** A generator for any seed; texts name independent streams of one run, such as `web/arrivals`. */
  static ofSeed(seed: number, stream = ''): Random {
    let hash = 0x811c9dc5;
    for (const character of `${seed}/${stream}`) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
    const random = new Random([seed | 0, hash, Math.imul(hash, 0x9e3779b1) | 0, 1]);
    // The first outputs of small seeds resemble each other.
    for (let round = 0; round < 12; round += 1) random.nextUint32();
    return random;
  }

  /** The state from which `new Random` continues. */
  get state(): RandomState {
    return [this.#a, this.#b, this.#c, this.#count];
  }

  /** 0 to 2^32 - 1 (the generator sfc32). */
  nextUint32(): number {
    const sum = (this.#a + this.#b + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** From 0 up to, but not 1. */
  nextFraction(): number {
    return this.nextUint32() / 0x1_0000_0000;
  }

  /** A whole number from 0 up to, but not `limit`. */
  nextBelow(limit: number): number {
    return Math.floor(this.nextFraction() * limit);
  }

  /** Exponentially distributed with this mean: the gaps between independent arrivals. */
  nextExponential(mean: number): number {
    return -Math.log(1 - this.nextFraction()) * mean;
  }

  /** Normally distributed around 0 with standard deviation 1. */
  nextNormal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.nextFraction()));
    return radius * Math.cos(2 * Math.PI * this.nextFraction());
  }
}

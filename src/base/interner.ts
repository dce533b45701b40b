import { INTERNED_VALUES_COUNT_MAX } from './limits.ts';

/**
 * Lets equal values share one object, so that the label sets and requests of a thousand pods of one template are kept
 * once and compare by identity. At its bound it starts anew: what was shared stays shared, later equals share among
 * themselves.
 */
export class Interner<T> {
  readonly #values = new Map<string, T>();
  readonly #countMax: number;

  constructor(countMax: number = INTERNED_VALUES_COUNT_MAX) {
    this.#countMax = countMax;
  }

  /** The value of this key, made by `make` when it is not there yet. Equal keys must mean equal values. */
  intern(key: string, make: () => T): T {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    if (this.#values.size >= this.#countMax) this.#values.clear();
    const made = make();
    this.#values.set(key, made);
    return made;
  }

  get size(): number {
    return this.#values.size;
  }
}

/** Labels of an object; interned, so the same object for equal labels. */
export type LabelSet = Readonly<Record<string, string>>;

/** The interning key of a label set: its pairs in key order. */
export function labelSetKey(labels: LabelSet): string {
  const names = Object.keys(labels).sort();
  return JSON.stringify(names.map((name) => [name, labels[name]]));
}

/**
 * A map of at most so many entries: when one is added to a full one, the entry that was set longest ago is forgotten. To set an
 * entry again is to use it.
 */
export class BoundedMap<K, V> {
  readonly #countMax: number;
  readonly #entries = new Map<K, V>();

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#countMax) this.#entries.delete(this.#entries.keys().next().value as K);
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }

  /** What was set longest ago first. */
  values(): IterableIterator<V> {
    return this.#entries.values();
  }
}

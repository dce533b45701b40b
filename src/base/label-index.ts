import type { LabelSet } from './interner.ts';
import { matchesSelector, type Selector } from './label-selector.ts';

/**
 * Things by the labels they carry, found by selector without a scan: things of one label set stand together, and a
 * selector that asks for a value looks only at the label sets that have it. Label sets must be interned.
 */
export class LabelIndex<T> {
  readonly #groups = new Map<LabelSet, Map<string, T>>();
  readonly #postings = new Map<string, Set<LabelSet>>();
  #count = 0;

  /** How many things there are. */
  get count(): number {
    return this.#count;
  }

  /** Adds a thing, or replaces the one of this name under the same label set. */
  set(labels: LabelSet, name: string, thing: T): void {
    let group = this.#groups.get(labels);
    if (group === undefined) {
      group = new Map();
      this.#groups.set(labels, group);
      this.#post(labels);
    }
    if (!group.has(name)) this.#count++;
    group.set(name, thing);
  }

  delete(labels: LabelSet, name: string): void {
    const group = this.#groups.get(labels);
    if (group?.delete(name) !== true) return;
    this.#count--;
    if (group.size > 0) return;
    this.#groups.delete(labels);
    this.#unpost(labels);
  }

  /** The groups that the selector matches: each label set with its things by name. */
  matching(selector: Selector): readonly (readonly [LabelSet, ReadonlyMap<string, T>])[] {
    const found: (readonly [LabelSet, ReadonlyMap<string, T>])[] = [];
    for (const labels of this.#candidates(selector)) {
      const group = this.#groups.get(labels);
      if (group !== undefined && matchesSelector(selector, labels)) found.push([labels, group]);
    }
    return found;
  }

  /** The shortest posting list that holds every match, or all label sets when the selector asks for no value. */
  #candidates(selector: Selector): Iterable<LabelSet> {
    let best: Iterable<LabelSet> = this.#groups.keys();
    let bestCount = this.#groups.size;
    for (const pair of requiredPairs(selector)) {
      const posting = this.#postings.get(pair);
      if (posting === undefined) return [];
      if (posting.size < bestCount) {
        best = posting;
        bestCount = posting.size;
      }
    }
    return best;
  }

  #post(labels: LabelSet): void {
    for (const pair of pairsOf(labels)) {
      const posting = this.#postings.get(pair);
      if (posting === undefined) this.#postings.set(pair, new Set([labels]));
      else posting.add(labels);
    }
  }

  #unpost(labels: LabelSet): void {
    for (const pair of pairsOf(labels)) {
      const posting = this.#postings.get(pair);
      posting?.delete(labels);
      if (posting?.size === 0) this.#postings.delete(pair);
    }
  }
}

/** `key=value` for each label. */
export function pairsOf(labels: LabelSet): readonly string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}

/** The `key=value` pairs that every label set must have to match; empty when the selector requires no single value. */
export function requiredPairs(selector: Selector): readonly string[] {
  if (selector.kind === 'nothing') return [];
  const pairs: string[] = [];
  for (const { key, operator, values } of selector.requirements) {
    const isEquality = operator === '=' || operator === '==' || operator === 'in';
    if (isEquality && values.length === 1) pairs.push(`${key}=${values[0]}`);
  }
  return pairs;
}

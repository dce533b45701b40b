import type { LabelSet } from '../../base/interner.ts';
import { pairsOf, requiredPairs } from '../../base/label-index.ts';
import { matchesSelector, type Selector, selectorText } from '../../base/label-selector.ts';
import { keyText, type ObjectKey } from '../../base/object-key.ts';

interface Registered {
  /** Null until the HPA's first metric-driven sync of this process: such an HPA matches nothing. */
  selector: Selector | null;
  /** The pair under which it is filed; null when its selector requires no single value. */
  anchor: string | null;
}

interface NamespaceRegistry {
  readonly hpas: Map<string, Registered>;
  /** Keys of the HPAs whose selector requires this `key=value`. */
  readonly anchored: Map<string, Set<string>>;
  /** Keys of the HPAs whose selector requires no single value, and must be tried against everything. */
  readonly unanchored: Set<string>;
}

/**
 * The selectors that the HPAs of this process last used, for the refusal to scale pods that two HPAs select (upstream's
 * registry, specification 1.10). A selector stays until it is replaced or its HPA is deleted. Finding rivals costs as
 * much as the pods have labels, however many HPAs the namespace holds.
 */
export class SelectorRegistry {
  readonly #namespaces = new Map<string, NamespaceRegistry>();

  /** Files a new HPA with a selector that matches nothing; one that is there already keeps its selector. */
  register(key: ObjectKey): void {
    let registry = this.#namespaces.get(key.namespace);
    if (registry === undefined) {
      registry = { hpas: new Map(), anchored: new Map(), unanchored: new Set() };
      this.#namespaces.set(key.namespace, registry);
    }
    if (!registry.hpas.has(key.name)) registry.hpas.set(key.name, { selector: null, anchor: null });
  }

  unregister(key: ObjectKey): void {
    const registry = this.#namespaces.get(key.namespace);
    const registered = registry?.hpas.get(key.name);
    if (registry === undefined || registered === undefined) return;
    unfile(registry, key.name, registered);
    registry.hpas.delete(key.name);
    if (registry.hpas.size === 0) this.#namespaces.delete(key.namespace);
  }

  isRegistered(key: ObjectKey): boolean {
    return this.#namespaces.get(key.namespace)?.hpas.has(key.name) === true;
  }

  /** Stores the selector of a registered HPA; does nothing for any other. */
  store(key: ObjectKey, selector: Selector): void {
    const registry = this.#namespaces.get(key.namespace);
    const registered = registry?.hpas.get(key.name);
    if (registry === undefined || registered === undefined) return;
    if (registered.selector !== null && selectorText(registered.selector) === selectorText(selector)) return;
    unfile(registry, key.name, registered);
    registered.selector = selector;
    registered.anchor = rarestPair(registry, selector);
    file(registry, key.name, registered);
  }

  /** Keys, sorted, of the other HPAs of the namespace whose stored selector matches at least one of the label sets. */
  rivals(key: ObjectKey, labelSets: readonly LabelSet[]): readonly string[] {
    const registry = this.#namespaces.get(key.namespace);
    if (registry === undefined) return [];
    const found = new Set<string>();
    for (const labels of labelSets) {
      for (const name of candidates(registry, labels)) {
        if (name === key.name || found.has(name)) continue;
        const selector = registry.hpas.get(name)?.selector ?? null;
        if (selector !== null && matchesSelector(selector, labels)) found.add(name);
      }
    }
    return [...found].sort().map((name) => keyText({ namespace: key.namespace, name }));
  }
}

function* candidates(registry: NamespaceRegistry, labels: LabelSet): Generator<string> {
  for (const pair of pairsOf(labels)) yield* registry.anchored.get(pair) ?? [];
  yield* registry.unanchored;
}

/** A pair that few other selectors are filed under, so that a label shared by all does not bring them all back. */
function rarestPair(registry: NamespaceRegistry, selector: Selector): string | null {
  let rarest: string | null = null;
  let rarestCount = Number.POSITIVE_INFINITY;
  for (const pair of requiredPairs(selector)) {
    const count = registry.anchored.get(pair)?.size ?? 0;
    if (count >= rarestCount) continue;
    rarest = pair;
    rarestCount = count;
  }
  return rarest;
}

function file(registry: NamespaceRegistry, name: string, registered: Registered): void {
  if (registered.anchor === null) {
    registry.unanchored.add(name);
    return;
  }
  const posting = registry.anchored.get(registered.anchor);
  if (posting === undefined) registry.anchored.set(registered.anchor, new Set([name]));
  else posting.add(name);
}

function unfile(registry: NamespaceRegistry, name: string, registered: Registered): void {
  if (registered.selector === null) return;
  if (registered.anchor === null) {
    registry.unanchored.delete(name);
    return;
  }
  const posting = registry.anchored.get(registered.anchor);
  posting?.delete(name);
  if (posting?.size === 0) registry.anchored.delete(registered.anchor);
}

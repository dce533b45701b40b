import type { LabelSet } from '../../base/interner.ts';
import { LabelIndex } from '../../base/label-index.ts';
import type { Selector } from '../../base/label-selector.ts';
import type { PodFact } from '../../core/engine/facts.ts';
import type { PodEntry } from './pod-projection.ts';

/** Pods that a selector matches. */
export interface MatchingPods {
  /** By name, so that the same pods always come in the same order. */
  readonly pods: readonly PodFact[];
  /** The different label sets among them. */
  readonly labelSets: readonly LabelSet[];
}

/** The cached pods by namespace and labels. */
export class PodIndex {
  readonly #namespaces = new Map<string, LabelIndex<PodEntry>>();
  #totalCount = 0;

  add(entry: PodEntry): void {
    let index = this.#namespaces.get(entry.namespace);
    if (index === undefined) {
      index = new LabelIndex();
      this.#namespaces.set(entry.namespace, index);
    }
    const before = index.count;
    index.set(entry.labels, entry.fact.name, entry);
    this.#totalCount += index.count - before;
  }

  remove(entry: PodEntry): void {
    const index = this.#namespaces.get(entry.namespace);
    if (index === undefined) return;
    const before = index.count;
    index.delete(entry.labels, entry.fact.name);
    this.#totalCount += index.count - before;
    if (index.count === 0) this.#namespaces.delete(entry.namespace);
  }

  /** Replaces a pod whose labels may have changed. */
  update(before: PodEntry, after: PodEntry): void {
    if (before.labels !== after.labels) this.remove(before);
    this.add(after);
  }

  matching(namespace: string, selector: Selector): MatchingPods {
    const groups = this.#namespaces.get(namespace)?.matching(selector) ?? [];
    const pods = groups.flatMap(([, group]) => Array.from(group.values(), ({ fact }) => fact));
    return { pods: pods.sort(byName), labelSets: groups.map(([labels]) => labels) };
  }

  /** The matching pods with their labels and owners, in no particular order. */
  entries(namespace: string, selector: Selector): readonly PodEntry[] {
    const groups = this.#namespaces.get(namespace)?.matching(selector) ?? [];
    return groups.flatMap(([, group]) => [...group.values()]);
  }

  inNamespace(namespace: string): number {
    return this.#namespaces.get(namespace)?.count ?? 0;
  }

  get totalCount(): number {
    return this.#totalCount;
  }
}

/** Some of the matching pods, as the engine gets them. */
export function matchingPods(entries: readonly PodEntry[]): MatchingPods {
  const pods = entries.map(({ fact }) => fact);
  return { pods: pods.sort(byName), labelSets: [...new Set(entries.map(({ labels }) => labels))] };
}

function byName(left: PodFact, right: PodFact): number {
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}

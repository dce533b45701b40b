import { LabelIndex } from '../../base/label-index.ts';
import type { Selector } from '../../base/label-selector.ts';
import type { StoreListener } from '../../platform/kube/reflector.ts';
import type { PodEntry } from './pod-projection.ts';

/** The cached pods by namespace and labels; follows a watch cache as its listener. */
export class PodDirectory implements StoreListener<PodEntry> {
  readonly #namespaces = new Map<string, LabelIndex<PodEntry>>();

  added(_key: string, pod: PodEntry): void {
    let index = this.#namespaces.get(pod.namespace);
    if (index === undefined) {
      index = new LabelIndex();
      this.#namespaces.set(pod.namespace, index);
    }
    index.set(pod.labels, pod.name, pod);
  }

  updated(key: string, before: PodEntry, pod: PodEntry): void {
    if (before.labels !== pod.labels) this.deleted(key, before);
    this.added(key, pod);
  }

  deleted(_key: string, pod: PodEntry): void {
    const index = this.#namespaces.get(pod.namespace);
    index?.delete(pod.labels, pod.name);
    if (index?.count === 0) this.#namespaces.delete(pod.namespace);
  }

  /** The pods that the selector matches, of one namespace or, when that is null, of all; by namespace and name. */
  matching(namespace: string | null, selector: Selector): readonly PodEntry[] {
    const namespaces = namespace === null ? [...this.#namespaces.keys()].sort() : [namespace];
    return namespaces.flatMap((one) => {
      const groups = this.#namespaces.get(one)?.matching(selector) ?? [];
      return groups.flatMap(([, group]) => [...group.values()]).sort(byName);
    });
  }
}

function byName(a: PodEntry, b: PodEntry): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

import { Failure } from '../../../base/failure.ts';
import { POD_WATCHES_COUNT_MAX } from '../../../base/notifier-limits.ts';
import type { PodsSight } from '../../../core/episode/observation.ts';
import type { KubeObject } from '../../../platform/kube/client.ts';
import type { Reflector } from '../../../platform/kube/reflector.ts';
import { PodCrowd } from './pod-crowd.ts';
import type { PodStanding } from './pod-trouble.ts';

/** Pods of one workload as they are watched; null when the rights are missing. */
export type OpenPods = (namespace: string, selector: string) => Reflector<KubeObject, PodStanding> | null;

/** Whose pods. */
export interface PodSelection {
  readonly namespace: string;
  readonly selector: string;
}

interface PodWatch {
  readonly selection: PodSelection;
  readonly users: Set<string>;
  readonly crowd: PodCrowd;
  /** Undefined while it waits for its turn. */
  cache: Reflector<KubeObject, PodStanding> | undefined;
}

/**
 * Watches of pods, each open only while somebody wants it, shared by those who want the same pods. Beyond the bound
 * they wait for one that ends; meanwhile the counts of the workload's own status must do.
 */
export class PodWatches {
  readonly #open: OpenPods;
  readonly #onChange: (user: string) => void;
  readonly #watches = new Map<string, PodWatch>();
  readonly #wanted = new Map<string, PodWatch>();
  readonly #stopping = new Set<Promise<void>>();
  #openCount = 0;
  #isDenied = false;

  /** @param onChange told of each change of what a user sees, but not before `want` has returned */
  constructor(open: OpenPods, onChange: (user: string) => void) {
    this.#open = open;
    this.#onChange = onChange;
  }

  get openCount(): number {
    return this.#openCount;
  }

  /** Sees to it that the user sees these pods, or none any more. */
  want(user: string, selection: PodSelection | null): void {
    const before = this.#wanted.get(user);
    if (before !== undefined && selection !== null && keyOf(before.selection) === keyOf(selection)) return;
    if (before !== undefined) this.#leave(user, before);
    if (selection === null) return;
    const key = keyOf(selection);
    const watch = this.#watches.get(key) ?? { selection, users: new Set(), crowd: new PodCrowd(), cache: undefined };
    this.#watches.set(key, watch);
    watch.users.add(user);
    this.#wanted.set(user, watch);
    if (watch.cache === undefined && this.#openCount < POD_WATCHES_COUNT_MAX) this.#begin(watch);
  }

  sight(user: string): PodsSight {
    const watch = this.#wanted.get(user);
    if (watch?.cache?.isSynced === true) return watch.crowd.sight();
    return this.#isDenied && watch !== undefined ? { kind: 'denied' } : { kind: 'notLooked' };
  }

  /** Begins those that are not open and may be now. */
  rightsChanged(): void {
    for (const watch of this.#watches.values()) {
      if (watch.cache === undefined && this.#openCount < POD_WATCHES_COUNT_MAX) this.#begin(watch);
    }
  }

  /** Ends all of them. */
  async stop(): Promise<void> {
    for (const user of [...this.#wanted.keys()]) this.want(user, null);
    await Promise.all(this.#stopping);
  }

  #begin(watch: PodWatch): void {
    const { namespace, selector } = watch.selection;
    const cache = this.#open(namespace, selector);
    this.#isDenied = cache === null;
    if (cache === null) return;
    watch.cache = cache;
    this.#openCount += 1;
    cache.subscribe({
      added: (key, pod) => {
        watch.crowd.add(key, pod);
        this.#changed(watch);
      },
      updated: (key, before, pod) => {
        watch.crowd.change(key, before, pod);
        this.#changed(watch);
      },
      deleted: (key, before) => {
        watch.crowd.remove(key, before);
        this.#changed(watch);
      },
    });
    cache.start().then(
      () => this.#changed(watch),
      (thrown: unknown) => {
        // Ended before it held anything.
        if (!(thrown instanceof Failure)) throw thrown;
      },
    );
  }

  /** While the first list is taken over, nobody has seen any of it. */
  #changed(watch: PodWatch): void {
    if (watch.cache?.isSynced === true) for (const user of watch.users) this.#onChange(user);
  }

  #leave(user: string, watch: PodWatch): void {
    this.#wanted.delete(user);
    watch.users.delete(user);
    if (watch.users.size > 0) return;
    this.#watches.delete(keyOf(watch.selection));
    if (watch.cache === undefined) return;
    this.#openCount -= 1;
    const stopping: Promise<void> = watch.cache.stop().finally(() => this.#stopping.delete(stopping));
    this.#stopping.add(stopping);
    for (const waiting of this.#watches.values()) {
      if (waiting.cache !== undefined) continue;
      this.#begin(waiting);
      return;
    }
  }
}

function keyOf({ namespace, selector }: PodSelection): string {
  return `${namespace}/${selector}`;
}

import type { Pod } from '../objects.ts';

/** Addresses of pods: the lowest free one of a range of 16 bits, kept as long as the pod is there. */
export class PodAddresses {
  readonly #byPod = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #prefix: string;

  /** `prefix` is the first two numbers of every address: `10.244`. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  of(podKey: string, pod: Pod): string {
    const known = pod.status?.podIP ?? this.#byPod.get(podKey);
    const address = known ?? this.#lowestFree();
    this.#byPod.set(podKey, address);
    this.#taken.add(address);
    return address;
  }

  release(podKey: string): void {
    const address = this.#byPod.get(podKey);
    if (address === undefined) return;
    this.#byPod.delete(podKey);
    this.#taken.delete(address);
  }

  #lowestFree(): string {
    for (let number = 1; ; number++) {
      const address = `${this.#prefix}.${number >> 8}.${number & 255}`;
      if (!this.#taken.has(address)) return address;
    }
  }
}

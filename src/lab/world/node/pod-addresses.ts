import type { Pod } from '../objects.ts';

/** Addresses of pods: the lowest free one of 10.244.0.0/16, kept as long as the pod is there. */
export class PodAddresses {
  readonly #byPod = new Map<string, string>();
  readonly #taken = new Set<string>();

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
      const address = `10.244.${number >> 8}.${number & 255}`;
      if (!this.#taken.has(address)) return address;
    }
  }
}

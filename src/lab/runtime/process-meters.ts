import type { Meters } from '../world/node/kubelet/node-usage.ts';
import { type MeterReading, MeterRecord } from '../world/usage/meter-record.ts';

/** A pod at the instant of a reading. */
export interface MeteredPod {
  /** `namespace/name` */
  readonly key: string;
  readonly nodeName: string;
  /** Of its process, epoch ms: one that was started again begins anew. */
  readonly startedAtMs: number;
  readonly cpuNs: number;
  readonly memoryBytes: number;
}

/** The counters of pods and of nodes over the last two minutes, from readings that are taken again and again. */
export class ProcessMeters implements Meters {
  readonly #record = new MeterRecord();
  #pods = new Map<string, MeteredPod>();
  /** A node's counter never goes back, whatever becomes of its pods. */
  readonly #nodeCpuNs = new Map<string, number>();
  #readAtMs: number;

  constructor(nowMs: number) {
    this.#readAtMs = nowMs;
  }

  /** Takes one reading of everything that runs; what is not there is forgotten. */
  note(nowMs: number, pods: readonly MeteredPod[]): void {
    const durationMs = nowMs - this.#readAtMs;
    if (durationMs <= 0) return;
    const usedNs = new Map<string, number>([...this.#nodeCpuNs.keys()].map((name) => [name, 0]));
    const memoryBytes = new Map<string, number>();
    const current = new Map(pods.map((pod) => [pod.key, pod]));
    for (const [key, { startedAtMs }] of this.#pods) {
      if (current.get(key)?.startedAtMs !== startedAtMs) this.#record.forget(key);
    }
    for (const pod of pods) {
      const { key, nodeName, startedAtMs, cpuNs } = pod;
      const before = this.#pods.get(key);
      const isNew = before?.startedAtMs !== startedAtMs;
      if (isNew) this.#record.note(key, { atMs: startedAtMs, cpuNs: 0, memoryBytes: pod.memoryBytes, cpuMilli: 0 });
      const newNs = Math.max(0, cpuNs - (isNew ? 0 : (before?.cpuNs ?? 0)));
      this.#record.note(key, { atMs: nowMs, cpuNs, memoryBytes: pod.memoryBytes, cpuMilli: newNs / durationMs / 1000 });
      usedNs.set(nodeName, (usedNs.get(nodeName) ?? 0) + newNs);
      memoryBytes.set(nodeName, (memoryBytes.get(nodeName) ?? 0) + pod.memoryBytes);
    }
    for (const [name, newNs] of usedNs) {
      const cpuNs = (this.#nodeCpuNs.get(name) ?? 0) + newNs;
      this.#nodeCpuNs.set(name, cpuNs);
      const point = { atMs: nowMs, cpuNs, memoryBytes: memoryBytes.get(name) ?? 0 };
      this.#record.note(nodeKey(name), { ...point, cpuMilli: newNs / durationMs / 1000 });
    }
    this.#pods = current;
    this.#readAtMs = nowMs;
  }

  /** The instant of the last reading. */
  readableToMs(): number {
    return this.#readAtMs;
  }

  podAt(podKey: string, atMs: number): MeterReading | undefined {
    return this.#record.at(podKey, atMs);
  }

  nodeAt(nodeName: string, atMs: number): MeterReading | undefined {
    return this.#record.at(nodeKey(nodeName), atMs);
  }
}

/** No pod has a name with two slashes. */
function nodeKey(name: string): string {
  return `node//${name}`;
}

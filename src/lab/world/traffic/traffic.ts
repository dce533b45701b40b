import type { Load } from '../../../core/plant/load.ts';
import { loopRequestCount, type RequestLoop } from '../../../core/plant/request-loop.ts';
import {
  advanceService,
  IDLE_SERVICE,
  podCapacityCount,
  type ServiceInterval,
  type ServiceModel,
  type ServiceState,
} from '../../../core/plant/service.ts';
import { shareMilli, type WorkloadProfile } from '../../../core/plant/workload-profile.ts';
import { type MeterReading, MeterRecord } from '../usage/meter-record.ts';

/** A running pod as far as load goes. */
export interface TrafficPod {
  /** `namespace/name` */
  readonly key: string;
  readonly profile: WorkloadProfile;
  /** Its CPU limit, or what it gets without one. */
  readonly cpuMilliMax: number;
  /** Whose counter it adds to; none when absent. */
  readonly nodeName?: string | undefined;
  /** Of its container: another start begins another counter. */
  readonly startedAtMs?: number;
}

/** A Service with those who ask it and those who answer. */
export interface TrafficService {
  /** `namespace/name` */
  readonly key: string;
  /** Its ready pods, the oldest first. */
  readonly ready: readonly TrafficPod[];
  /** Request loops of running pods, by the key of their pod. */
  readonly loops: readonly { readonly podKey: string; readonly loop: RequestLoop }[];
  /** A load from outside, which began at an instant. */
  readonly load?: { readonly load: Load; readonly sinceMs: number } | undefined;
}

/** Everything that loads or is loaded, as it stands from one instant on. */
export interface TrafficScene {
  readonly services: readonly TrafficService[];
  readonly running: readonly TrafficPod[];
}

/** What a pod has used: CPU as a counter and as of now, memory as of now. */
export interface PodUsage {
  readonly cpuNs: number;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  /** Whether its kubelet shows the usage of the moment instead of the counter. */
  readonly isMomentary: boolean;
}

interface ServiceMemory {
  state: ServiceState;
  /** The part of a request that the loops have not sent yet. */
  loopFraction: number;
  interval: ServiceInterval | undefined;
}

interface Meter {
  cpuNs: number;
  /** Requests that it has answered; shares of several pods, not rounded. */
  servedCount: number;
  busyMilli: number;
  extraBytes: number;
  readonly pod: TrafficPod;
}

/** What the sum of many shares may be short of a whole request. */
const SHARE_ROUNDING = 1e-6;

const EMPTY_SCENE: TrafficScene = { services: [], running: [] };

/**
 * The load of all Services over the plant. Time moves in steps: `advance` plays the scene that stood since the last
 * step, `setScene` changes what stands from now on. The same scenes at the same instants give the same usage.
 */
export class Traffic {
  #nowMs: number;
  #scene: TrafficScene = EMPTY_SCENE;
  readonly #services = new Map<string, ServiceMemory>();
  #meters = new Map<string, Meter>();
  /** CPU time of all pods that each node has ever run. */
  readonly #nodeCpuNs = new Map<string, number>();
  readonly #record = new MeterRecord();
  /** Answers that each loop's pod has had since they were last taken. */
  #answers = new Map<string, number>();

  constructor(startAtMs: number) {
    this.#nowMs = startAtMs;
  }

  /** Plays the scene up to an instant; does nothing for one that has passed. */
  advance(nowMs: number): void {
    const durationMs = nowMs - this.#nowMs;
    if (durationMs <= 0) return;
    for (const meter of this.#meters.values()) {
      meter.busyMilli = 0;
      meter.extraBytes = 0;
    }
    for (const service of this.#scene.services) this.#play(service, this.#nowMs, durationMs);
    for (const meter of this.#meters.values()) meter.cpuNs += cpuMilliOf(meter) * durationMs * 1000;
    this.#nowMs = nowMs;
    this.#note(durationMs);
  }

  /** Up to when the scene is played. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Whether nothing asks anything, so that it does not matter in how many steps time passes. */
  get isIdle(): boolean {
    return this.#scene.services.length === 0;
  }

  /** What stands from the instant of the last `advance` on. Pods that are gone take their counters along. */
  setScene(scene: TrafficScene): void {
    this.#scene = scene;
    const before = this.#meters;
    this.#meters = new Map(
      scene.running.map((pod) => {
        const known = this.#meters.get(pod.key);
        const isSame = known !== undefined && known.pod.startedAtMs === pod.startedAtMs;
        return [pod.key, { busyMilli: 0, extraBytes: 0, cpuNs: 0, servedCount: 0, ...(isSame ? known : {}), pod }];
      }),
    );
    this.#beginRecords(before);
    const keys = new Set(scene.services.map((service) => service.key));
    for (const key of this.#services.keys()) if (!keys.has(key)) this.#services.delete(key);
    for (const service of scene.services) this.#shareLoops(service);
  }

  usageOf(podKey: string): PodUsage | undefined {
    const meter = this.#meters.get(podKey);
    if (meter === undefined) return undefined;
    return {
      cpuNs: meter.cpuNs,
      cpuMilli: cpuMilliOf(meter),
      memoryBytes: memoryBytesOf(meter),
      isMomentary: meter.pod.profile.kind === 'loopShare',
    };
  }

  /** Whole requests that a pod has answered since it started; 0 for one that does not run. */
  servedCountOf(podKey: string): number {
    return Math.floor((this.#meters.get(podKey)?.servedCount ?? 0) + SHARE_ROUNDING);
  }

  /** A pod's counter and memory at an instant of the last two minutes; undefined for one that does not run. */
  podAt(podKey: string, atMs: number): MeterReading | undefined {
    return this.#record.at(podKey, atMs);
  }

  /** The same of all pods of a node together, those that are gone included; undefined for one that has run none. */
  nodeAt(nodeName: string, atMs: number): MeterReading | undefined {
    return this.#record.at(nodeKey(nodeName), atMs);
  }

  #beginRecords(before: ReadonlyMap<string, Meter>): void {
    for (const [key, { pod }] of before) {
      if (this.#meters.get(key)?.pod.startedAtMs !== pod.startedAtMs) this.#record.forget(key);
    }
    for (const [key, meter] of this.#meters) {
      const { cpuNs, pod } = meter;
      if (cpuNs === 0)
        this.#record.note(key, { atMs: this.#nowMs, cpuNs, memoryBytes: memoryBytesOf(meter), cpuMilli: 0 });
      if (pod.nodeName === undefined || this.#nodeCpuNs.has(pod.nodeName)) continue;
      this.#nodeCpuNs.set(pod.nodeName, 0);
      this.#record.note(nodeKey(pod.nodeName), { atMs: this.#nowMs, cpuNs: 0, memoryBytes: 0, cpuMilli: 0 });
    }
  }

  #note(durationMs: number): void {
    const nodes = new Map([...this.#nodeCpuNs.keys()].map((name) => [name, { cpuMilli: 0, memoryBytes: 0 }]));
    for (const [key, meter] of this.#meters) {
      const [cpuMilli, memoryBytes] = [cpuMilliOf(meter), memoryBytesOf(meter)];
      this.#record.note(key, { atMs: this.#nowMs, cpuNs: meter.cpuNs, memoryBytes, cpuMilli });
      const node = nodes.get(meter.pod.nodeName ?? '');
      if (node === undefined) continue;
      node.cpuMilli += cpuMilli;
      node.memoryBytes += memoryBytes;
    }
    for (const [name, used] of nodes) {
      const cpuNs = (this.#nodeCpuNs.get(name) ?? 0) + used.cpuMilli * durationMs * 1000;
      this.#nodeCpuNs.set(name, cpuNs);
      this.#record.note(nodeKey(name), { atMs: this.#nowMs, cpuNs, ...used });
    }
  }

  /** The last step of a Service that saturates; undefined for any other. */
  intervalOf(serviceKey: string): ServiceInterval | undefined {
    return this.#services.get(serviceKey)?.interval;
  }

  /** Answers that each pod with a request loop has had since the last call; whole ones. */
  takeAnswers(): ReadonlyMap<string, number> {
    const taken = new Map<string, number>();
    for (const [podKey, count] of this.#answers) {
      const whole = Math.floor(count);
      if (whole > 0) taken.set(podKey, whole);
      this.#answers.set(podKey, count - whole);
    }
    return taken;
  }

  #play(service: TrafficService, fromMs: number, durationMs: number): void {
    const profile = service.ready[0]?.profile;
    if (profile?.kind === 'loopShare') {
      this.#shareLoops(service);
      for (const { podKey, loop } of service.loops) {
        const surroundings = { durationMs, serviceMs: 5, capacityCount: Number.POSITIVE_INFINITY, queuedCount: 0 };
        this.#answer(podKey, loopRequestCount([loop], surroundings));
      }
      return;
    }
    if (profile === undefined && !this.#services.has(service.key)) return;
    if (profile !== undefined) this.#serve(service, profile.service, fromMs, durationMs);
  }

  /** The shares that a profile of the moment gives: they stand as soon as the scene does. */
  #shareLoops({ ready, loops }: TrafficService): void {
    const profile = ready[0]?.profile;
    if (profile?.kind !== 'loopShare') return;
    const shares = shareMilli(profile.cpuMilliPerLoop * loops.length, ready.length);
    ready.forEach((pod, index) => {
      const meter = this.#meters.get(pod.key);
      if (meter !== undefined) meter.busyMilli = shares[index] ?? 0;
    });
  }

  #serve(service: TrafficService, model: ServiceModel, fromMs: number, durationMs: number): void {
    const memory = this.#services.get(service.key) ?? { state: IDLE_SERVICE, loopFraction: 0, interval: undefined };
    this.#services.set(service.key, memory);
    const pods = service.ready.map((pod) => ({ id: pod.key, cpuMilliMax: pod.cpuMilliMax }));
    const capacityCount = pods.reduce((sum, pod) => sum + podCapacityCount(model, pod, durationMs), 0);
    const surroundings = {
      durationMs,
      serviceMs: model.cpuMsPerRequest,
      capacityCount,
      queuedCount: memory.state.queuedCount,
    };
    const loops = service.loops.map(({ loop }) => loop);
    const wanted = loopRequestCount(loops, surroundings) + memory.loopFraction;
    const loopCount = Math.floor(wanted);
    memory.loopFraction = wanted - loopCount;
    const { load, sinceMs } = service.load ?? { load: undefined, sinceMs: 0 };
    const loadCount = load?.requestCount(fromMs - sinceMs, fromMs + durationMs - sinceMs) ?? 0;

    const offeredCount = loopCount + loadCount;
    const { state, interval } = advanceService(model, memory.state, { durationMs, offeredCount, pods });
    memory.state = state;
    memory.interval = interval;
    for (const { id, cpuMilli, memoryBytes, servedCount } of interval.pods) {
      const meter = this.#meters.get(id);
      if (meter === undefined) continue;
      meter.servedCount += servedCount;
      meter.busyMilli += cpuMilli - model.idleCpuMilli;
      meter.extraBytes += memoryBytes - model.memoryBaseBytes;
    }
    const answeredRatio = offeredCount === 0 ? 0 : Math.min(1, interval.servedCount / offeredCount);
    for (const { podKey } of service.loops) this.#answer(podKey, (loopCount * answeredRatio) / service.loops.length);
  }

  #answer(podKey: string, count: number): void {
    this.#answers.set(podKey, (this.#answers.get(podKey) ?? 0) + count);
  }
}

function cpuMilliOf({ pod, busyMilli }: Meter): number {
  // What recordings show of the walkthrough is not capped by the limit.
  if (pod.profile.kind === 'loopShare') return busyMilli;
  return Math.min(pod.cpuMilliMax, pod.profile.service.idleCpuMilli + busyMilli);
}

function memoryBytesOf({ pod, extraBytes }: Meter): number {
  const { profile } = pod;
  const baseBytes = profile.kind === 'loopShare' ? profile.memoryBytes : profile.service.memoryBaseBytes;
  return Math.round(baseBytes + extraBytes);
}

/** No pod's key has a colon. */
function nodeKey(name: string): string {
  return `node:${name}`;
}

import type { Clock, Release } from '../../../base/clock.ts';
import { createLoad, type Load, type LoadProfile } from '../../../core/plant/load.ts';
import type { WorkloadProfile } from '../../../core/plant/workload-profile.ts';
import { CGROUP_LEAD_MS } from '../node/kubelet/cgroup-clock.ts';
import { namespaceOf, type Pod, type Service } from '../objects.ts';
import type { ServiceLoad } from '../runtime/container-runtime.ts';
import type { MeterReading } from '../usage/meter-record.ts';
import {
  FIRST_MOMENT_MS,
  MOMENT_PERIOD_MS,
  MomentaryMeters,
  type MomentaryPod,
  type MomentReading,
} from '../usage/momentary-meters.ts';
import type { ContainerConsole } from './container-console.ts';
import { keyOf, type LoopClient, sceneOf, startedAtMs } from './scene.ts';
import { refusedText, unknownHostText } from './service-address.ts';
import { Traffic } from './traffic.ts';

export interface LoadGenerationOptions {
  readonly clock: Clock;
  readonly console: ContainerConsole;
  readonly profileOfImage: (image: string) => WorkloadProfile;
  pods(): readonly Pod[];
  services(): readonly Service[];
}

/** How often loads are played and their answers printed while there are any. */
const STEP_MS = 1_000;
/** Complaints that a loop prints in one step at most; the rest says nothing new. */
const COMPLAINT_COUNT_MAX = 10;

/** Plays the load on all Services through domain time: usage of pods, as meters show it, and what request loops print. */
export class LoadGeneration {
  readonly #options: LoadGenerationOptions;
  readonly #traffic: Traffic;
  readonly #moments = new MomentaryMeters();
  #momentPhaseMs: number | undefined;
  readonly #loads = new Map<string, { readonly load: Load; readonly sinceMs: number }>();
  #clients: readonly LoopClient[] = [];
  #isSceneOld = false;
  #timers: Release[] = [];

  constructor(options: LoadGenerationOptions) {
    this.#options = options;
    this.#traffic = new Traffic(options.clock.nowMs());
  }

  start(): void {
    this.#momentPhaseMs = (Math.floor(this.#options.clock.nowMs()) + FIRST_MOMENT_MS) % MOMENT_PERIOD_MS;
    this.#every(FIRST_MOMENT_MS, MOMENT_PERIOD_MS, () => this.#sampleMoment());
    this.#every(STEP_MS, STEP_MS, () => this.#step());
  }

  /**
   * When within each quarter minute of the clock pods that show the usage of the moment are sampled; undefined before the
   * start.
   */
  get momentPhaseMs(): number | undefined {
    return this.#momentPhaseMs;
  }

  stop(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
  }

  /** Puts a load from outside on a Service (`namespace/name`), from now on; null takes it away. */
  setLoad(serviceKey: string, profile: LoadProfile | null): void {
    this.noteChange();
    if (profile === null) this.#loads.delete(serviceKey);
    else this.#loads.set(serviceKey, { load: createLoad(profile), sinceMs: this.#options.clock.nowMs() });
  }

  /** The load from outside on a Service and how the Service takes it; undefined without such a load. */
  serviceLoad(serviceKey: string): ServiceLoad | undefined {
    const found = this.#loads.get(serviceKey);
    if (found === undefined) return undefined;
    return {
      requestsPerSecond: found.load.perSecondAt(this.#options.clock.nowMs() - found.sinceMs),
      failedPerSecond: null,
      latencyP95Ms: this.#traffic.intervalOf(serviceKey)?.latencyP95Ms ?? null,
    };
  }

  /**
   * Up to when counters can be read. Where nothing asks anything that is now; a load is played in its own steps, and who
   * reads in between sees its last one, so that reading changes no result.
   */
  readableToMs(): number {
    this.#refresh();
    if (this.#traffic.isIdle) this.#traffic.advance(this.#options.clock.nowMs());
    return this.#traffic.nowMs;
  }

  /** Requests of computed loads that a pod has answered since it started. */
  servedCountOf(podKey: string): number {
    this.readableToMs();
    return this.#traffic.servedCountOf(podKey);
  }

  /** A pod's counter and memory at an instant of the last two minutes. */
  podAt(podKey: string, atMs: number): MeterReading | undefined {
    return this.#traffic.podAt(podKey, atMs);
  }

  /** The last sample of a pod that shows the usage of the moment: null before its first, undefined for every other pod. */
  momentOf(podKey: string): MomentReading | null | undefined {
    if (this.#traffic.usageOf(podKey)?.isMomentary !== true) return undefined;
    return this.#moments.of(podKey) ?? null;
  }

  /** The same of all pods of a node together, those that are gone included. */
  nodeAt(nodeName: string, atMs: number): MeterReading | undefined {
    return this.#traffic.nodeAt(nodeName, atMs);
  }

  /**
   * Pods or Services have changed: what stood before is played to its end. The new scene is read off the caches in the
   * same instant, when everything that changes together has changed.
   */
  noteChange(): void {
    this.#traffic.advance(this.#options.clock.nowMs());
    if (this.#isSceneOld) return;
    this.#isSceneOld = true;
    queueMicrotask(() => this.#refresh());
  }

  #refresh(): void {
    if (!this.#isSceneOld) return;
    const { pods, services, profileOfImage } = this.#options;
    const { scene, clients } = sceneOf({ pods: pods(), services: services(), loads: this.#loads, profileOfImage });
    this.#traffic.setScene(scene);
    this.#clients = clients;
    this.#isSceneOld = false;
  }

  /** Plays up to now, and says when that is: on a clock that runs on, asking twice would give two instants. */
  #play(): number {
    this.#refresh();
    const nowMs = this.#options.clock.nowMs();
    this.#traffic.advance(nowMs);
    return nowMs;
  }

  #step(): void {
    if (this.#clients.length === 0 && this.#loads.size === 0) return;
    this.#play();
    const answers = this.#traffic.takeAnswers();
    for (const client of this.#clients) this.#print(client, answers.get(keyOf(client.pod)) ?? 0);
  }

  #print({ pod, container, command, service }: LoopClient, answerCount: number): void {
    const ref = { namespace: namespaceOf(pod), pod: pod.metadata.name, container };
    const turnCount = Math.max(1, Math.floor(STEP_MS / (command.pauseMs + 100)));
    const complaintCount = Math.min(COMPLAINT_COUNT_MAX, turnCount);
    const { client, host } = command;
    if (service === undefined) {
      this.#options.console.print(ref, unknownHostText(client, host).repeat(complaintCount));
    } else if (answerCount > 0) {
      if (command.isPrinting) this.#options.console.print(ref, 'OK!'.repeat(answerCount));
    } else if (this.#traffic.intervalOf(keyOf(service))?.pods.length === 0) {
      this.#options.console.print(ref, refusedText(client, host, service).repeat(complaintCount));
    }
  }

  #sampleMoment(): void {
    // Whole milliseconds, as the pages of kubelets show them.
    const nowMs = Math.floor(this.#play());
    const momentary = this.#options.pods().flatMap((pod): readonly MomentaryPod[] => {
      const usage = pod.status?.phase === 'Running' ? this.#traffic.usageOf(keyOf(pod)) : undefined;
      if (usage?.isMomentary !== true) return [];
      return [{ ...usage, key: keyOf(pod), startedAtMs: startedAtMs(pod) - CGROUP_LEAD_MS }];
    });
    this.#moments.sample(nowMs, momentary);
  }

  /** Keeps to a grid from the start on, however late a timer fires; what was slept through is left out. */
  #every(firstMs: number, periodMs: number, work: () => void): void {
    const { clock } = this.#options;
    const index = this.#timers.length;
    let dueAtMs = clock.nowMs() + firstMs;
    const set = (): void => {
      this.#timers[index] = clock.after(dueAtMs - clock.nowMs(), () => {
        while (dueAtMs <= clock.nowMs()) dueAtMs += periodMs;
        set();
        work();
      });
    };
    set();
  }
}

import type { LoadProfile } from '../../../core/plant/load.ts';
import type { WorkloadProfile } from '../../../core/plant/workload-profile.ts';
import type { ContainerRef } from '../../apiserver/pod-console.ts';
import type { Meters } from '../node/kubelet/node-usage.ts';
import { namespaceOf, type Pod } from '../objects.ts';
import { ContainerConsole } from '../traffic/container-console.ts';
import { LoadGeneration } from '../traffic/load-generation.ts';
import { answerOnce } from '../traffic/single-request.ts';
import type { ContainerRuntime, PodRun, ProcessExit, RuntimeCluster, ServiceLoad } from './container-runtime.ts';

/** Computes what containers would do: load, CPU and start-up over core/plant, the same in every run of a story. */
export class PlantRuntime implements ContainerRuntime {
  readonly console: ContainerConsole;
  readonly podAddressPrefix = '10.244';
  readonly #cluster: RuntimeCluster;
  readonly #loads: LoadGeneration;
  /** Processes that ended of themselves, by pod. */
  readonly #exits = new Map<string, ProcessExit>();

  constructor(cluster: RuntimeCluster, profileOfImage: (image: string) => WorkloadProfile) {
    this.#cluster = cluster;
    const { clock } = cluster;
    this.console = new ContainerConsole(
      () => clock.nowMs(),
      (ref, exitCode) => this.#exit(ref, exitCode),
    );
    this.#loads = new LoadGeneration({
      clock,
      console: this.console,
      profileOfImage,
      pods: () => cluster.pods(),
      services: () => cluster.services(),
    });
  }

  get momentPhaseMs(): number | undefined {
    return this.#loads.momentPhaseMs;
  }

  get meters(): Meters {
    return this.#loads;
  }

  start(): void {
    this.#loads.start();
  }

  async stop(): Promise<void> {
    this.#loads.stop();
  }

  noteChange(): void {
    this.#loads.noteChange();
  }

  /** A container that runs has a log, and one that has ended lets go of whoever reads it. */
  notePod(pod: Pod): void {
    for (const { name, state } of pod.status?.containerStatuses ?? []) {
      const ref = { namespace: namespaceOf(pod), pod: pod.metadata.name, container: name };
      if (state['running'] !== undefined) this.#started(pod, ref);
      const exitCode = state['terminated']?.['exitCode'];
      if (typeof exitCode === 'number') this.console.end(ref, exitCode);
    }
  }

  runOf(pod: Pod): PodRun {
    return { kind: 'timed', exit: this.#exits.get(`${namespaceOf(pod)}/${pod.metadata.name}`) };
  }

  forgetPod(pod: Pod): void {
    this.#exits.delete(`${namespaceOf(pod)}/${pod.metadata.name}`);
    this.console.forget(namespaceOf(pod), pod.metadata.name);
  }

  setLoad(serviceKey: string, profile: LoadProfile | null): void {
    this.#loads.setLoad(serviceKey, profile);
  }

  servedCountOf(podKey: string): number {
    return this.#loads.servedCountOf(podKey);
  }

  serviceLoad(serviceKey: string): ServiceLoad | undefined {
    return this.#loads.serviceLoad(serviceKey);
  }

  /** A process that asks once has its answer at once, and ends. */
  #started(pod: Pod, ref: ContainerRef): void {
    this.console.start(ref);
    if (this.#exits.has(`${ref.namespace}/${ref.pod}`)) return;
    const running = this.#cluster.pods().filter((other) => other.status?.phase === 'Running');
    const answer = answerOnce(pod, ref.container, { services: this.#cluster.services(), running });
    if (answer === undefined) return;
    this.console.print(ref, answer.text);
    this.#exit(ref, answer.exitCode);
  }

  #exit({ namespace, pod }: ContainerRef, exitCode: number): void {
    const key = `${namespace}/${pod}`;
    this.#exits.set(key, { atMs: this.#cluster.clock.nowMs(), exitCode });
    this.#cluster.onPodChange(key);
  }
}

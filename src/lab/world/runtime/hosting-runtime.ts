import type { IoClock } from '../../../base/clock.ts';
import { HOSTED_PODS_COUNT_MAX } from '../../../base/limits.ts';
import type { Log } from '../../../base/log.ts';
import type { LoadProfile } from '../../../core/plant/load.ts';
import type { PodConsole } from '../../apiserver/pod-console.ts';
import type { Meters } from '../node/kubelet/node-usage.ts';
import { namespaceOf, type Pod } from '../objects.ts';
import { ContainerConsole } from '../traffic/container-console.ts';
import { keyOf } from '../traffic/scene.ts';
import { hasEnded } from '../workload/pod-state.ts';
import type { ContainerRuntime, PodRun, RuntimeCluster, ServiceLoad } from './container-runtime.ts';
import { HostedContainer } from './hosted-container.ts';
import type { ProgramFinder } from './hosted-program.ts';

export interface HostingRuntimeOptions {
  /** Runs every other pod. */
  readonly runtime: ContainerRuntime;
  readonly cluster: RuntimeCluster;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly programOf: ProgramFinder;
}

/** The programs of a pod. */
interface HostedPod {
  readonly uid: string;
  readonly podIp: string;
  readonly containers: ReadonlyMap<string, HostedContainer>;
  isStopped: boolean;
}

/** Default of `terminationGracePeriodSeconds`. */
const GRACE_SECONDS = 30;

/**
 * A runtime some of whose pods are programs in the lab's own process. A pod is such a one when any of its containers is;
 * containers beside it do nothing, and are up.
 */
export class HostingRuntime implements ContainerRuntime {
  readonly console: PodConsole;
  readonly #options: HostingRuntimeOptions;
  readonly #console: ContainerConsole;
  readonly #pods = new Map<string, HostedPod>();
  /** Pods that there is no room for. */
  readonly #refused = new Set<string>();
  #isStopping = false;

  constructor(options: HostingRuntimeOptions) {
    this.#options = options;
    const { clock } = options.cluster;
    const inner = options.runtime.console;
    this.#console = new ContainerConsole(
      () => clock.nowMs(),
      ({ namespace, pod, container }, exitCode) =>
        this.#pods.get(`${namespace}/${pod}`)?.containers.get(container)?.interrupt(exitCode),
    );
    this.console = {
      openLog: (ref, query, signal) =>
        (this.#pods.has(`${ref.namespace}/${ref.pod}`) ? this.#console : inner).openLog(ref, query, signal),
      attach: (ref, query, streams, signal) =>
        (this.#pods.has(`${ref.namespace}/${ref.pod}`) ? this.#console : inner).attach(ref, query, streams, signal),
    };
  }

  get meters(): Meters {
    return this.#options.runtime.meters;
  }

  get momentPhaseMs(): number | undefined {
    return this.#options.runtime.momentPhaseMs;
  }

  get podAddressPrefix(): string {
    return this.#options.runtime.podAddressPrefix;
  }

  /** Where a port of a pod's address is reached on this machine; undefined where no program of ours listens. */
  urlOf(podIp: string, port: number): string | undefined {
    for (const { podIp: address, containers } of this.#pods.values()) {
      if (address !== podIp) continue;
      for (const container of containers.values()) {
        const url = container.urlOf(port);
        if (url !== undefined) return url;
      }
    }
    return undefined;
  }

  start(): void {
    this.#options.runtime.start();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const ending = [...this.#pods.values()].map((pod) => this.#stopPod(pod, null));
    await Promise.all([...ending, this.#options.runtime.stop()]);
  }

  noteChange(): void {
    this.#options.runtime.noteChange();
  }

  notePod(pod: Pod): void {
    if (!this.#isHosted(pod)) this.#options.runtime.notePod(pod);
  }

  runOf(pod: Pod, podIp: string): PodRun {
    if (!this.#isHosted(pod)) return this.#options.runtime.runOf(pod, podIp);
    const key = keyOf(pod);
    const found = this.#pods.get(key);
    const known = found?.uid === pod.metadata.uid ? found : undefined;
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (known === undefined || known.isStopped) return { kind: 'stopped' };
      const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? GRACE_SECONDS) * 1000;
      void this.#stopPod(known, graceMs).then(() => this.#options.cluster.onPodChange(key));
      return runOfPod(pod, known);
    }
    if (known !== undefined) return runOfPod(pod, known);
    if (this.#isStopping || hasEnded(pod)) return { kind: 'waiting', containers: [] };
    if (this.#pods.size >= HOSTED_PODS_COUNT_MAX) {
      this.#refused.add(key);
      return refusedRun(pod);
    }
    return runOfPod(pod, this.#startPod(key, pod, podIp));
  }

  forgetPod(pod: Pod): void {
    if (!this.#isHosted(pod)) {
      this.#options.runtime.forgetPod(pod);
      return;
    }
    const key = keyOf(pod);
    this.#refused.delete(key);
    const known = this.#pods.get(key);
    if (known === undefined || known.uid !== pod.metadata.uid) return;
    // One that was deleted without grace is gone from the cluster while its programs are still ending.
    void this.#stopPod(known, 0);
    this.#pods.delete(key);
    this.#console.forget(namespaceOf(pod), pod.metadata.name);
    for (const waiting of this.#refused) this.#options.cluster.onPodChange(waiting);
  }

  setLoad(serviceKey: string, profile: LoadProfile | null): void {
    this.#options.runtime.setLoad(serviceKey, profile);
  }

  serviceLoad(serviceKey: string): ServiceLoad | undefined {
    return this.#options.runtime.serviceLoad(serviceKey);
  }

  #isHosted(pod: Pod): boolean {
    return pod.spec.containers.some((container) => this.#options.programOf(container) !== undefined);
  }

  #startPod(key: string, pod: Pod, podIp: string): HostedPod {
    const { cluster, ioClock, log, programOf } = this.#options;
    this.#refused.delete(key);
    const containers = new Map<string, HostedContainer>();
    const started: HostedPod = { uid: pod.metadata.uid ?? '', podIp, containers, isStopped: false };
    this.#pods.set(key, started);
    for (const container of pod.spec.containers) {
      const program = programOf(container);
      if (program === undefined) continue;
      const hosted = new HostedContainer({
        clock: cluster.clock,
        ioClock,
        log,
        console: this.#console,
        pod,
        podIp,
        container,
        program,
        servedCount: () => this.#options.runtime.servedCountOf?.(key) ?? 0,
        onChange: () => cluster.onPodChange(key),
      });
      containers.set(container.name, hosted);
    }
    return started;
  }

  async #stopPod(pod: HostedPod, graceMs: number | null): Promise<void> {
    await Promise.all([...pod.containers.values()].map((container) => container.stop(graceMs)));
    pod.isStopped = true;
  }
}

function refusedRun({ spec }: Pod): PodRun {
  const message = `the lab runs at most ${HOSTED_PODS_COUNT_MAX} pods as programs of its own process`;
  return {
    kind: 'waiting',
    containers: spec.containers.map(({ name }) => ({ name, reason: 'CreateContainerError', message })),
  };
}

function runOfPod({ spec }: Pod, { containers, isStopped }: HostedPod): PodRun {
  if (isStopped) return { kind: 'stopped' };
  const hosted = [...containers];
  const exits = hosted.flatMap(([, { exit }]) => exit ?? []);
  if (exits.length === hosted.length) {
    const failed = exits.find(({ exitCode }) => exitCode !== 0);
    return { kind: 'ended', exit: failed ?? (exits.at(-1) as (typeof exits)[number]) };
  }
  const running = hosted.flatMap(([, container]) => container.running ?? []);
  if (running.length < hosted.length) {
    const waiting = hosted.flatMap(([, container]) => (container.running === undefined ? container.waiting : []));
    return { kind: 'waiting', containers: waiting };
  }
  const startedAtMs = Math.min(...running.map((container) => container.startedAtMs));
  return {
    kind: 'running',
    containers: spec.containers.map(
      ({ name }) => containers.get(name)?.running ?? { name, startedAtMs, restartCount: 0, isUp: true },
    ),
  };
}

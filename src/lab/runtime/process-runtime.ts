import type { IoClock, Release } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { LoadProfile } from '../../core/plant/load.ts';
import type { ContainerRef } from '../apiserver/pod-console.ts';
import { type Container, namespaceOf, type Pod } from '../world/objects.ts';
import type { ContainerRuntime, PodRun, RuntimeCluster, ServiceLoad } from '../world/runtime/container-runtime.ts';
import { ContainerConsole } from '../world/traffic/container-console.ts';
import type { RequestCommand } from '../world/traffic/request-loop-command.ts';
import { keyOf } from '../world/traffic/scene.ts';
import { refusedText, serviceOfHost, unknownHostText } from '../world/traffic/service-address.ts';
import { hasEnded } from '../world/workload/pod-state.ts';
import type { Accounting, UsageOrigin } from './accounting.ts';
import { ContainerProcess } from './container-process.ts';
import type { ContainerProgram } from './container-program.ts';
import { boundPort, type LoopbackNetwork } from './loopback-network.ts';
import { OutsideLoad } from './outside-load.ts';
import { allowanceOf, PodProcesses } from './pod-processes.ts';
import { type MeteredPod, ProcessMeters } from './process-meters.ts';
import { ServiceNetwork } from './service-network.ts';
import type { ResolveAnswer, WorkerWork } from './worker-messages.ts';

export interface ProcessRuntimeOptions {
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly accounting: Accounting;
  readonly network: LoopbackNetwork;
}

/** A container as its runtime counts it; what a kubelet's `/metrics/resource` says of it. */
export interface ContainerCounters {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly nodeName: string;
  readonly startedAtMs: number;
  /** Cumulative since then. */
  readonly cpuSeconds: number;
  readonly workingSetBytes: number;
  /** The files and counters that both were read from. */
  readonly origin: UsageOrigin;
}

/** A runtime whose containers can be counted. */
export interface CountedRuntime extends ContainerRuntime {
  /** Every container that runs, as of now. */
  counters(): readonly ContainerCounters[];
}

/** How often meters are read. */
const READING_MS = 1_000;
/** Default of `terminationGracePeriodSeconds`. */
const GRACE_SECONDS = 30;
/** What containers get to finish their requests when the lab ends. */
const END_GRACE_MS = 2_000;

/** Containers as processes of this machine, Services as load balancers on its loopback interface. Real time only. */
export function createProcessRuntime(options: ProcessRuntimeOptions): (cluster: RuntimeCluster) => CountedRuntime {
  return (cluster) => new ProcessRuntime(options, cluster);
}

class ProcessRuntime implements CountedRuntime {
  readonly console: ContainerConsole;
  readonly meters: ProcessMeters;
  readonly podAddressPrefix: string;
  readonly #options: ProcessRuntimeOptions;
  readonly #cluster: RuntimeCluster;
  readonly #services: ServiceNetwork;
  readonly #pods = new Map<string, PodProcesses>();
  /** Of pods that are gone from the cluster. */
  readonly #ending = new Set<PodProcesses>();
  readonly #loads = new Map<string, OutsideLoad>();
  #isSceneOld = false;
  #isStopping = false;
  #cancelReading: Release = () => undefined;

  constructor(options: ProcessRuntimeOptions, cluster: RuntimeCluster) {
    this.#options = options;
    this.#cluster = cluster;
    const { network, ioClock, log } = options;
    this.meters = new ProcessMeters(cluster.clock.nowMs());
    this.podAddressPrefix = network.podAddressPrefix;
    this.console = new ContainerConsole(
      () => cluster.clock.nowMs(),
      ({ namespace, pod, container }, exitCode) =>
        this.#pods.get(`${namespace}/${pod}`)?.containers.get(container)?.interrupt(exitCode),
    );
    this.#services = new ServiceNetwork({ network, ioClock, log });
  }

  start(): void {
    this.#readOnAndOn();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#cancelReading();
    for (const load of this.#loads.values()) load.stop();
    this.#services.close();
    await Promise.all([...this.#pods.values(), ...this.#ending].map((pod) => pod.stop(END_GRACE_MS)));
  }

  noteChange(): void {
    if (this.#isSceneOld) return;
    this.#isSceneOld = true;
    // Once for everything that changes in the same turn.
    queueMicrotask(() => {
      this.#isSceneOld = false;
      if (this.#isStopping) return;
      const running = this.#cluster.pods().filter((pod) => pod.status?.phase === 'Running');
      this.#services.reconcile(this.#cluster.services(), running);
    });
  }

  notePod(pod: Pod): void {
    for (const { name, state } of pod.status?.containerStatuses ?? []) {
      const exitCode = state['terminated']?.['exitCode'];
      if (typeof exitCode === 'number') this.console.end(refOf(pod, name), exitCode);
    }
  }

  runOf(pod: Pod, podIp: string): PodRun {
    const key = keyOf(pod);
    const known = this.#pods.get(key);
    const isSame = known?.uid === pod.metadata.uid;
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (known === undefined || !isSame) return { kind: 'stopped' };
      const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? GRACE_SECONDS) * 1000;
      const run = known.run();
      if (run.kind !== 'stopped') void known.stop(graceMs).then(() => this.#cluster.onPodChange(key));
      return run;
    }
    if (known !== undefined && isSame) return known.run();
    if (this.#isStopping || hasEnded(pod)) return { kind: 'waiting', containers: [] };
    const started = new PodProcesses(pod, (container, program) => this.#startContainer(pod, podIp, container, program));
    this.#pods.set(key, started);
    return started.run();
  }

  forgetPod(pod: Pod): void {
    const key = keyOf(pod);
    const known = this.#pods.get(key);
    if (known !== undefined && known.uid === pod.metadata.uid) {
      this.#pods.delete(key);
      // A pod that was deleted without grace is gone from the cluster while its processes are still ending.
      this.#ending.add(known);
      void known.stop(0).then(() => this.#ending.delete(known));
    }
    this.console.forget(namespaceOf(pod), pod.metadata.name);
  }

  setLoad(serviceKey: string, profile: LoadProfile | null): void {
    this.#loads.get(serviceKey)?.stop();
    this.#loads.delete(serviceKey);
    if (profile === null) return;
    const target = () => {
      const service = this.#cluster.services().find((candidate) => keyOf(candidate) === serviceKey);
      const { clusterIP: address, ports = [] } = service?.spec ?? {};
      return address === undefined
        ? undefined
        : { address, port: boundPort(this.#options.network, ports[0]?.port ?? 80) };
    };
    const onLeftOut = (): void => this.#services.balancerOf(serviceKey)?.noteFailure();
    this.#loads.set(serviceKey, new OutsideLoad({ clock: this.#cluster.clock, profile, target, onLeftOut }));
  }

  serviceLoad(serviceKey: string): ServiceLoad | undefined {
    return this.#services.loadOf(serviceKey);
  }

  counters(): readonly ContainerCounters[] {
    return this.#cluster.pods().flatMap((pod) => {
      const known = this.#pods.get(keyOf(pod));
      if (known === undefined || known.uid !== pod.metadata.uid) return [];
      return [...known.containers].flatMap(([name, { account, startedAtMs }]) => {
        const reading = account?.read();
        if (account === undefined || reading === undefined) return [];
        const { namespace, pod: podName } = refOf(pod, name);
        return [
          {
            namespace,
            pod: podName,
            container: name,
            nodeName: pod.spec.nodeName ?? '',
            startedAtMs,
            cpuSeconds: reading.cpuNs / 1e9,
            workingSetBytes: reading.workingSetBytes,
            origin: account.origin,
          },
        ];
      });
    });
  }

  #readOnAndOn(): void {
    const { clock } = this.#cluster;
    this.#cancelReading = clock.after(READING_MS, () => {
      this.meters.note(clock.nowMs(), this.#readPods());
      this.#readOnAndOn();
    });
  }

  /** As over the plant, the first container stands for its pod. */
  #readPods(): readonly MeteredPod[] {
    const byPod = new Map<string, MeteredPod>();
    for (const { namespace, pod, startedAtMs, cpuSeconds, workingSetBytes, nodeName } of this.counters()) {
      const key = `${namespace}/${pod}`;
      if (byPod.has(key)) continue;
      byPod.set(key, { key, nodeName, startedAtMs, cpuNs: cpuSeconds * 1e9, memoryBytes: workingSetBytes });
    }
    return [...byPod.values()];
  }

  #startContainer(pod: Pod, podIp: string, container: Container, program: ContainerProgram): ContainerProcess {
    const { log, accounting } = this.#options;
    const ref = refOf(pod, container.name);
    const key = keyOf(pod);
    this.console.start(ref);
    return new ContainerProcess({
      clock: this.#cluster.clock,
      log,
      accounting,
      groupName: `pod${pod.metadata.uid}_${ref.container}`,
      order: { title: `podtide lab: ${key}/${container.name}`, work: this.#workOf(program, podIp) },
      allowance: allowanceOf(container),
      restartPolicy: restartPolicyOf(pod),
      resolve: () => ('command' in program ? this.#resolve(program.command, ref.namespace) : NOWHERE),
      print: (text) => this.console.print(ref, text),
      onChange: () => this.#cluster.onPodChange(key),
    });
  }

  #workOf(program: ContainerProgram, address: string): WorkerWork {
    switch (program.kind) {
      case 'squareRoots':
        return { ...program, address, port: boundPort(this.#options.network, program.port) };
      case 'page':
        return { ...program, address, port: boundPort(this.#options.network, program.port) };
      case 'requestLoop':
        return { kind: 'requests', command: program.command, pauseMs: program.command.pauseMs };
      case 'singleRequest':
        return { kind: 'requests', command: program.command, pauseMs: null };
    }
  }

  /** Cluster DNS for the names in commands: Services, and nothing beyond the lab. */
  #resolve({ client, host, port = 80 }: RequestCommand, fromNamespace: string): ResolveAnswer {
    const service = serviceOfHost(host, fromNamespace, this.#cluster.services());
    const address = service?.spec.clusterIP;
    if (service === undefined || address === undefined)
      return { target: null, complaint: unknownHostText(client, host) };
    const target = { address, port: boundPort(this.#options.network, port) };
    return { target, complaint: refusedText(client, host, service) };
  }
}

const NOWHERE: ResolveAnswer = { target: null, complaint: '' };

function refOf(pod: Pod, container: string): ContainerRef {
  return { namespace: namespaceOf(pod), pod: pod.metadata.name, container };
}

function restartPolicyOf(pod: Pod): 'Always' | 'OnFailure' | 'Never' {
  const { restartPolicy } = pod.spec;
  return restartPolicy === 'Never' || restartPolicy === 'OnFailure' ? restartPolicy : 'Always';
}

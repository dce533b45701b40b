import type { Clock } from '../../../base/clock.ts';
import type { LoadProfile } from '../../../core/plant/load.ts';
import type { PodConsole } from '../../apiserver/pod-console.ts';
import type { Meters } from '../node/kubelet/node-usage.ts';
import type { Pod, Service } from '../objects.ts';

/**
 * What runs the containers of the cluster and carries requests to them. The world's kubelets drive it as real ones drive
 * containerd through the CRI. The plant (`plant-runtime.ts`) computes what containers would do, on any clock; `lab/runtime`
 * starts them as processes of this machine, on the real one.
 */
export interface ContainerRuntime {
  /** What containers print. */
  readonly console: PodConsole;
  /** What they have used, second by second: what kubelets read. */
  readonly meters: Meters;
  /**
   * When within each quarter minute of the clock pods that show the usage of the moment are sampled; undefined before the
   * start, and where no pod does.
   */
  readonly momentPhaseMs?: number | undefined;
  /** The first two numbers of the pods' addresses: `10.244`. */
  readonly podAddressPrefix: string;
  start(): void;
  /** Ends everything that it runs. */
  stop(): Promise<void>;
  /** Pods or Services have changed; the cluster shows how. */
  noteChange(): void;
  /** A pod has come or changed: its status says what its kubelet knows of it. */
  notePod(pod: Pod): void;
  /**
   * How the containers of a pod that has a node stand; begins or ends them when the pod asks for it and that has not
   * happened yet. Later changes are told by RuntimeCluster.onPodChange.
   */
  runOf(pod: Pod, podIp: string): PodRun;
  /** The pod is gone. */
  forgetPod(pod: Pod): void;
  /** Puts a load from outside on a Service (`namespace/name`) from now on; null takes it away. */
  setLoad(serviceKey: string, profile: LoadProfile | null): void;
  /** How a Service (`namespace/name`) fares now; undefined when nothing is known of it. */
  serviceLoad(serviceKey: string): ServiceLoad | undefined;
  /** Requests that a pod (`namespace/name`) has answered by computation since it started; absent where all requests are real. */
  servedCountOf?(podKey: string): number;
}

/** Requests to a Service, as they are now. */
export interface ServiceLoad {
  readonly requestsPerSecond: number;
  /** Of those, requests without an answer or with a server's error; null where they are not counted. */
  readonly failedPerSecond: number | null;
  /** 95th percentile of the response time; null when nothing was answered or nothing waits. */
  readonly latencyP95Ms: number | null;
}

/** What a runtime sees of the cluster that it runs for. */
export interface RuntimeCluster {
  readonly clock: Clock;
  pods(): readonly Pod[];
  services(): readonly Service[];
  /** The kubelet of this pod (`namespace/name`) has something new to look at. */
  onPodChange(podKey: string): void;
}

/** Makes the runtime of a world. */
export type RuntimeFactory = (cluster: RuntimeCluster) => ContainerRuntime;

/** How a process that ended of itself did so. */
export interface ProcessExit {
  readonly atMs: number;
  readonly exitCode: number;
}

/** How the containers of a pod stand. */
export type PodRun =
  /** They start, become ready and stop after fixed times; `exit` when the main process ended of itself. */
  | { readonly kind: 'timed'; readonly exit: ProcessExit | undefined }
  /** Not all of them can be started, or they are about to be. */
  | { readonly kind: 'waiting'; readonly containers: readonly WaitingContainer[] }
  | { readonly kind: 'running'; readonly containers: readonly RunningContainer[] }
  /** They ended, and the pod does not want them back. */
  | { readonly kind: 'ended'; readonly exit: ProcessExit }
  /** The pod was told to go, and nothing of it runs any more. */
  | { readonly kind: 'stopped' };

/** A container that does not run yet. */
export interface WaitingContainer {
  readonly name: string;
  /** `ContainerCreating`, `ErrImagePull`, `CreateContainerError` */
  readonly reason: string;
  readonly message: string | undefined;
}

/** A container that was started. */
export interface RunningContainer {
  readonly name: string;
  /** Of its last start, epoch ms. */
  readonly startedAtMs: number;
  readonly restartCount: number;
  /** Whether it does its work: a server listens, a client asks. False while it starts or waits to be started again. */
  readonly isUp: boolean;
  /** How it ended the last time that it did. */
  readonly lastEnd?: ContainerEnd | undefined;
  /** Between a start and the next it waits so long in all; undefined while it runs. */
  readonly backoffMs?: number | undefined;
}

/** One life of a container, from its start to its end. */
export interface ContainerEnd extends ProcessExit {
  readonly startedAtMs: number;
}

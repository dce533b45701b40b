import type { Clock, DeliveryLedger, IoClock } from '../../base/clock.ts';
import { type Log, SILENT_LOG } from '../../base/log.ts';
import type { LoadProfile } from '../../core/plant/load.ts';
import { profileOfImage, type WorkloadProfile } from '../../core/plant/workload-profile.ts';
import type { MetricsSource } from '../../metrics/source/port.ts';
import type { KeyPair } from '../../platform/http/certificates.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../platform/kube/client.ts';
import { createKubeClient, type KubeClientOptions } from '../../platform/kube/kube-client.ts';
import type { PodConsole } from '../apiserver/pod-console.ts';
import { type Cache, type Caches, createCaches, PodsByNamespace } from './caches.ts';
import { ClusterWriter } from './cluster-writer.ts';
import { CustomResources } from './custom-resources.ts';
import { Heartbeats } from './node/heartbeats.ts';
import { Kubelets, type KubeletsOptions } from './node/kubelet/kubelets.ts';
import { DEFAULT_NODE_SIZE, labNode, type NodeSize } from './node/lab-nodes.ts';
import { PodAddresses } from './node/pod-addresses.ts';
import { NODES } from './objects.ts';
import { Reconcilers } from './reconcilers.ts';
import type { RuntimeCluster, RuntimeFactory, ServiceLoad } from './runtime/container-runtime.ts';
import type { ProgramFinder } from './runtime/hosted-program.ts';
import { HostingRuntime } from './runtime/hosting-runtime.ts';
import { PlantRuntime } from './runtime/plant-runtime.ts';
import { MOMENT_PERIOD_MS } from './usage/momentary-meters.ts';
import { createSetCustomMetrics, createSetExternalMetrics, type SetMetricsInput } from './usage/set-metrics.ts';
import { wire } from './wiring.ts';
import { type WorkItem, WorkQueue } from './work-queue.ts';

export interface WorldOptions {
  /** Domain time: start-up delays, load, samples of kubelets. */
  readonly clock: Clock;
  /** Time of heartbeats. */
  readonly ioClock: IoClock;
  readonly log?: Log;
  /** Names tokens for the world's watches, so that a clock at full speed waits for them. */
  readonly ledger?: DeliveryLedger;
  /** 3 when absent. */
  readonly nodeCount?: number;
  readonly nodeSize?: NodeSize;
  /** The authority that kubelets' certificates and their clients' are of: given, each listens on loopback over TLS. */
  readonly kubeletAuthority?: KeyPair;
  /** Of the instants at which kubelets' samples are taken; 1 when absent. */
  readonly seed?: number;
  /** How images behave; the walkthrough's has its own profile, everything else saturates when absent. */
  readonly profileOfImage?: (image: string) => WorkloadProfile;
  /** How containers run; over the plant when absent. */
  readonly runtime?: RuntimeFactory;
  /** Which containers are programs of this process; none when absent. */
  readonly programOf?: ProgramFinder;
}

/**
 * What a cluster has beside its API server: nodes, a scheduler, kubelets, the controllers of workloads and Services, the
 * load on them, and their metrics. It knows the API server by its API alone.
 */
export interface World {
  /** Custom and external metrics as annotations and ConfigMaps set them. What runs uses is asked of its kubelets. */
  readonly source: MetricsSource;
  readonly console: PodConsole;
  /** The kubelets of its nodes, once it has started. */
  readonly kubelets: Pick<Kubelets, 'get' | 'proxy'>;
  /** When within each quarter minute of the clock its kubelets are scraped best; undefined where any moment will do. */
  readonly scrapePhaseMs: number | undefined;
  /** Connects to an API server, makes the nodes, and begins; resolves when all caches hold their first list. */
  start(kube: KubeClientOptions): Promise<void>;
  stop(): Promise<void>;
  /** Puts a load from outside on a Service (`namespace/name`) from now on; null takes it away. */
  setLoad(serviceKey: string, profile: LoadProfile | null): void;
  /** How a Service (`namespace/name`) fares now; undefined when nothing is known of it. */
  serviceLoad(serviceKey: string): ServiceLoad | undefined;
  /** Where a port of a pod's address is reached on this machine; undefined where no program of ours listens. */
  urlOf(podIp: string, port: number): string | undefined;
}

/** Of samples of the moment when kubelets are scraped: before whoever looks each quarter minute since the start. */
const MOMENT_AGE_MS = 500;

export function createWorld(options: WorldOptions): World {
  return new LabWorld(options);
}

/** What exists while the world is connected. */
interface Connection {
  readonly client: KubeClient;
  readonly caches: Caches;
  readonly custom: CustomResources;
  readonly queue: WorkQueue;
  readonly heartbeats: Heartbeats;
  readonly stopping: AbortController;
}

class LabWorld implements World {
  readonly source: MetricsSource;
  readonly console: PodConsole;
  readonly kubelets: Kubelets;
  readonly #options: WorldOptions;
  readonly #log: Log;
  readonly #runtime: HostingRuntime;
  readonly #addresses: PodAddresses;
  #connection: Connection | undefined;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#log = options.log ?? SILENT_LOG;
    const runtime =
      options.runtime ?? ((cluster) => new PlantRuntime(cluster, options.profileOfImage ?? profileOfImage));
    const cluster: RuntimeCluster = {
      clock: options.clock,
      pods: () => this.#all('pods'),
      services: () => this.#all('services'),
      onPodChange: (key) => this.#connection?.queue.add('pod', key),
    };
    this.#runtime = new HostingRuntime({
      runtime: runtime(cluster),
      cluster,
      ioClock: options.ioClock,
      log: this.#log,
      programOf: options.programOf ?? (() => undefined),
    });
    this.console = this.#runtime.console;
    this.#addresses = new PodAddresses(this.#runtime.podAddressPrefix);
    this.source = this.#createSource();
    this.kubelets = new Kubelets(this.#kubeletsOptions());
  }

  async start(kube: KubeClientOptions): Promise<void> {
    const connection = this.#connect(kube);
    this.#connection = connection;
    const { caches, custom, client, stopping } = connection;
    await Promise.all([...cachesOf(caches).map((cache) => cache.start()), custom.start()]);
    await this.#makeNodes(client, stopping.signal);
    connection.heartbeats.start();
    this.#runtime.start();
  }

  async stop(): Promise<void> {
    const connection = this.#connection;
    connection?.queue.stop();
    connection?.heartbeats.stop();
    connection?.stopping.abort(new Error('the world stops'));
    const caches = connection === undefined ? [] : [...cachesOf(connection.caches), connection.custom];
    await Promise.all([this.#runtime.stop(), this.kubelets.close(), ...caches.map((cache) => cache.stop())]);
  }

  get scrapePhaseMs(): number | undefined {
    const { momentPhaseMs } = this.#runtime;
    return momentPhaseMs === undefined ? undefined : (momentPhaseMs + MOMENT_AGE_MS) % MOMENT_PERIOD_MS;
  }

  setLoad(serviceKey: string, profile: LoadProfile | null): void {
    this.#runtime.setLoad(serviceKey, profile);
  }

  serviceLoad(serviceKey: string): ServiceLoad | undefined {
    return this.#runtime.serviceLoad(serviceKey);
  }

  urlOf(podIp: string, port: number): string | undefined {
    return this.#runtime.urlOf(podIp, port);
  }

  #connect(kube: KubeClientOptions): Connection {
    const { clock, ioClock, ledger } = this.#options;
    const client = createKubeClient(kube);
    const caches = createCaches(kube, ledger);
    const stopping = new AbortController();
    const pods = new PodsByNamespace(caches.pods);
    const queue = new WorkQueue(clock, this.#log, (item) => process(item));
    const custom = new CustomResources(kube, ledger, (key) => queue.add('customResource', key));
    const reconcilers = new Reconcilers({
      caches,
      pods,
      clock,
      addresses: this.#addresses,
      runtime: this.#runtime,
      customResource: (key) => custom.find(key),
    });
    const writer = new ClusterWriter({
      client,
      clock,
      absorb: (type, object) => absorb(caches, custom, type, object),
      onDeleting: (uid) => pods.markDeleting(uid),
      signal: stopping.signal,
    });
    const process = async (item: WorkItem): Promise<number | undefined> => {
      const { writes, wakeAtMs } = reconcilers.reconcile(item);
      await writer.apply(writes);
      return wakeAtMs;
    };
    wire({
      caches,
      pods,
      custom,
      queue,
      onSceneChange: () => this.#runtime.noteChange(),
      onPodGone: (key, pod) => {
        this.#addresses.release(key);
        this.#runtime.forgetPod(pod);
      },
      onOwnerGone: (name) => reconcilers.forgetNames(name),
    });
    caches.pods.subscribe({
      added: (_key, pod) => this.#runtime.notePod(pod),
      updated: (_key, _before, pod) => this.#runtime.notePod(pod),
    });
    const heartbeats = new Heartbeats({ client, clock, ioClock, log: this.#log, nodes: () => this.#all('nodes') });
    return { client, caches, custom, queue, heartbeats, stopping };
  }

  async #makeNodes(client: KubeClient, signal: AbortSignal): Promise<void> {
    const { nodeCount = 3, nodeSize = DEFAULT_NODE_SIZE, clock } = this.#options;
    const known = new Set(this.#all('nodes').map((node) => node.metadata.name));
    for (let number = 1; number <= nodeCount; number++) {
      const name = `node-${number}`;
      const node = labNode(name, nodeSize, await this.kubelets.start(name, number), clock.nowMs());
      if (!known.has(name)) await client.create(NODES, node, { signal });
      const body = { status: node.status };
      const ref = { name };
      await client.patch(NODES, ref, { kind: 'merge', body }, { signal, subresource: 'status' });
    }
  }

  #createSource(): MetricsSource {
    const { clock } = this.#options;
    const set: Omit<SetMetricsInput, 'client'> = {
      clock,
      cached: (resource) => (resource === 'pods' || resource === 'services' ? this.#all(resource) : undefined),
      configMaps: () => this.#all('configMaps'),
    };
    const client = (): KubeClient => this.#client();
    return {
      custom: createSetCustomMetrics({ ...set, client }),
      external: createSetExternalMetrics({ ...set, client }),
    };
  }

  #kubeletsOptions(): KubeletsOptions {
    const { clock, ioClock, kubeletAuthority, seed = 1 } = this.#options;
    return {
      clock,
      ioClock,
      meters: this.#runtime.meters,
      authority: kubeletAuthority,
      seed,
      client: () => this.#client(),
      nodes: () => this.#all('nodes'),
      pods: () => this.#all('pods'),
    };
  }

  #client(): KubeClient {
    if (this.#connection === undefined) throw new Error('the world has not started');
    return this.#connection.client;
  }

  /** What a cache holds, in the order of its keys; nothing before the start. */
  #all<K extends keyof Caches>(name: K): readonly CachedOf<K>[] {
    const cache = this.#connection?.caches[name];
    if (cache === undefined) return [];
    return [...cache.values()] as unknown as readonly CachedOf<K>[];
  }
}

type CachedOf<K extends keyof Caches> = Caches[K] extends Cache<infer T> ? T : never;

function cachesOf(caches: Caches): readonly Pick<Cache<KubeObject>, 'start' | 'stop'>[] {
  return Object.values(caches);
}

function absorb(caches: Caches, custom: CustomResources, type: ResourceType, object: KubeObject): void {
  const byResource: Readonly<Record<string, unknown>> = {
    pods: caches.pods,
    'deployments.apps': caches.deployments,
    'replicasets.apps': caches.replicaSets,
    'statefulsets.apps': caches.statefulSets,
    replicationcontrollers: caches.replicationControllers,
  };
  const cache = byResource[type.group === '' ? type.resource : `${type.resource}.${type.group}`];
  if (cache === undefined) custom.absorb(type, object);
  // The answer to a write to a resource is an object of that resource.
  else (cache as Cache<KubeObject>).absorb(object);
}

import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock, DeliveryLedger, IoClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { type ApiServer, createApiServer } from '../../lab/apiserver/api-server.ts';
import type { Kind } from '../../lab/apiserver/kind.ts';
import { BUILT_IN_KINDS } from '../../lab/apiserver/kinds/all.ts';
import { hpaKind } from '../../lab/apiserver/kinds/hpa.ts';
import { SERVICE, serviceKindIn } from '../../lab/apiserver/kinds/network.ts';
import { writeKubeconfig } from '../../lab/apiserver/kubeconfig.ts';
import { SCHEMA_BOOK } from '../../lab/apiserver/schema-book.ts';
import { createServingAuthority, serveApiServer } from '../../lab/apiserver/serve-api-server.ts';
import { PATCH_RELEASES } from '../../lab/apiserver/version.ts';
import type { Story } from '../../lab/world/stories/story.ts';
import { profilesOf } from '../../lab/world/stories/story-run.ts';
import { createWorld, type World, type WorldOptions } from '../../lab/world/world.ts';
import { createMetricsApis } from '../../metrics/serve/metrics-apis.ts';
import { kubeconfigAccess } from '../../platform/kube/cluster-access.ts';
import { createHandleTransport } from '../../platform/kube/handle-transport.ts';
import type { KubeClientOptions } from '../../platform/kube/kube-client.ts';
import { createSocketTransport } from '../../platform/kube/socket-transport.ts';
import type { LabConfig } from '../config/lab-config.ts';
import { createLabAggregation } from './lab-aggregation.ts';
import { type LabMachine, openLabMachine } from './lab-machine.ts';
import { createLabPrograms } from './lab-programs.ts';
import type { LabPrometheusProgram } from './lab-prometheus-choice.ts';
import { LabServices } from './lab-services.ts';
import { createLabUsage } from './lab-usage.ts';

export interface LabClusterOptions {
  readonly config: Pick<LabConfig, 'port' | 'kubeconfigPath' | 'features' | 'kubernetesVersion' | 'isReal'>;
  readonly stories: readonly Story[];
  readonly clock: Clock;
  readonly ioClock: IoClock;
  readonly ledger: DeliveryLedger;
  readonly log: Log;
  /** The program's own: `0.1.0`. */
  readonly programVersion: string;
  /** What pods of Prometheus' image are; the lab's own when absent. */
  readonly prometheus?: LabPrometheusProgram;
}

/** A cluster on the loopback interface: an API server that kubectl talks to, and the world behind it. */
export interface LabCluster {
  readonly url: string;
  readonly apiServer: ApiServer;
  readonly world: World;
  /** What pods run on; null when they are computed. */
  readonly machine: LabMachine | null;
  /** A client's options over connections of its own, as the kubeconfig's user. */
  openClient(userAgent: string): Promise<KubeClientOptions>;
  close(): Promise<void>;
}

const OWN_PROMETHEUS: LabPrometheusProgram = { kind: 'embedded', why: { code: 'asked' } };
const ADMIN = { name: 'podtide-lab-admin', groups: ['system:masters', 'system:authenticated'] };

/** Starts the cluster and writes its kubeconfig. The parts talk to the API server over sockets, as kubectl does. */
export async function startLabCluster(options: LabClusterOptions): Promise<LabCluster> {
  const { config, clock, ioClock, ledger, log } = options;
  await using parts = new AsyncDisposableStack();
  const machine = config.isReal ? await openLabMachine({ ioClock, log }) : null;
  if (machine !== null) parts.defer(() => machine.close());
  const authority = await createServingAuthority(ioClock);
  const token = randomBytes(32).toString('base64url');
  const transport = createHandleTransport((request) => apiServer.handle(request), {
    headers: { authorization: `Bearer ${token}` },
  });
  const urlOf: World['urlOf'] = (podIp, port) => world.urlOf(podIp, port);
  const kube = { transport, ioClock, userAgent: 'podtide-services/v1', log };
  const services = new LabServices({ kube, ioClock, log, urlOf });
  const programOf = createLabPrograms({
    prometheus: OWN_PROMETHEUS,
    ...options,
    transport,
    apiServerUrl: () => served.url,
    urlOf,
    insideUrlOf: (url, namespace) => services.insideUrlOf(url, namespace),
    authorityCertificate: authority.certificate,
    machine,
  });
  const world = createWorld({ ...worldOptions(options, machine), kubeletAuthority: authority, programOf });
  const aggregation = await createLabAggregation({ ioClock, authority, pods: world, apiServer: () => apiServer });
  const usage = createLabUsage({ world, transport, clock, ioClock, ledger, log });
  const apiServer = createApiServer({
    clock,
    ioClock,
    log,
    ledger,
    kinds: [...builtInKinds(machine), hpaKind(config.features, config.kubernetesVersion)],
    schemaBook: SCHEMA_BOOK,
    version: PATCH_RELEASES[config.kubernetesVersion],
    tokens: { [token]: ADMIN },
    metricsApis: createMetricsApis({ ...world.source, resource: usage }, clock),
    console: world.console,
    nodeProxy: world.kubelets.proxy,
    authorityCertificate: authority.certificate,
    aggregation,
  });
  parts.defer(() => apiServer.close());
  const served = await serveApiServer({ apiServer, ioClock, port: config.port, authority });
  parts.defer(() => served.close());
  const entry = { url: served.url, authorityCertificate: authority.certificate, token };
  await mkdir(dirname(config.kubeconfigPath), { recursive: true, mode: 0o700 });
  await writeKubeconfig(config.kubeconfigPath, entry);
  const connections = new Connections(config.kubeconfigPath, ioClock, log);
  parts.defer(() => connections.close());
  parts.defer(() => services.stop());
  parts.defer(() => world.stop());
  await world.start(await connections.open('podtide-world/v1'));
  await services.start();
  parts.defer(() => usage.stop());
  await usage.start();
  const started = parts.move();
  return {
    url: served.url,
    apiServer,
    world,
    machine,
    openClient: (userAgent) => connections.open(userAgent),
    close: () => started.disposeAsync(),
  };
}

function worldOptions(
  { clock, ioClock, log, ledger, stories }: LabClusterOptions,
  machine: LabMachine | null,
): WorldOptions {
  return {
    clock,
    ioClock,
    log,
    ledger,
    profileOfImage: profilesOf(stories),
    ...(machine !== null && { runtime: machine.runtime, nodeCount: 1, nodeSize: machine.nodeSize }),
  };
}

/** Services of a lab on this machine have addresses of its loopback interface. */
function builtInKinds(machine: LabMachine | null): readonly Kind[] {
  if (machine === null) return BUILT_IN_KINDS;
  return BUILT_IN_KINDS.map((kind) => (kind === SERVICE ? serviceKindIn(machine.serviceAddressPrefix) : kind));
}

/** The clients that the lab's own parts hold, closed together. */
class Connections {
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #kubeconfigPath: string;
  readonly #ioClock: IoClock;
  readonly #log: Log;

  constructor(kubeconfigPath: string, ioClock: IoClock, log: Log) {
    this.#kubeconfigPath = kubeconfigPath;
    this.#ioClock = ioClock;
    this.#log = log;
  }

  async open(userAgent: string): Promise<KubeClientOptions> {
    const ioClock = this.#ioClock;
    const access = await kubeconfigAccess({ paths: [this.#kubeconfigPath], ioClock, environment: {} });
    const transport = createSocketTransport({ access, ioClock });
    this.#closers.push(() => transport.close());
    return { transport, ioClock, log: this.#log, userAgent };
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
  }
}

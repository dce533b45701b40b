import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock, DeliveryLedger, IoClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { type ApiServer, createApiServer } from '../../lab/apiserver/api-server.ts';
import { BUILT_IN_KINDS } from '../../lab/apiserver/kinds/all.ts';
import { hpaKind } from '../../lab/apiserver/kinds/hpa.ts';
import { writeKubeconfig } from '../../lab/apiserver/kubeconfig.ts';
import { SCHEMA_BOOK } from '../../lab/apiserver/schema-book.ts';
import { createServingAuthority, serveApiServer } from '../../lab/apiserver/serve-api-server.ts';
import { PATCH_RELEASES } from '../../lab/apiserver/version.ts';
import type { Story } from '../../lab/world/stories/story.ts';
import { profilesOf } from '../../lab/world/stories/story-run.ts';
import { createWorld, type World } from '../../lab/world/world.ts';
import { createMetricsApis } from '../../metrics/serve/metrics-apis.ts';
import { kubeconfigAccess } from '../../platform/kube/cluster-access.ts';
import type { KubeClientOptions } from '../../platform/kube/kube-client.ts';
import { createSocketTransport } from '../../platform/kube/socket-transport.ts';
import type { LabConfig } from '../config/lab-config.ts';

export interface LabClusterOptions {
  readonly config: Pick<LabConfig, 'port' | 'kubeconfigPath' | 'features' | 'kubernetesVersion'>;
  readonly stories: readonly Story[];
  readonly clock: Clock;
  readonly ioClock: IoClock;
  readonly ledger: DeliveryLedger;
  readonly log: Log;
}

/** A cluster on the loopback interface: an API server that kubectl talks to, and the world behind it. */
export interface LabCluster {
  readonly url: string;
  readonly apiServer: ApiServer;
  readonly world: World;
  /** A client's options over connections of its own, as the kubeconfig's user. */
  openClient(userAgent: string): Promise<KubeClientOptions>;
  close(): Promise<void>;
}

const ADMIN = { name: 'podtide-lab-admin', groups: ['system:masters', 'system:authenticated'] };

/** Starts the cluster and writes its kubeconfig. The parts talk to the API server over sockets, as kubectl does. */
export async function startLabCluster(options: LabClusterOptions): Promise<LabCluster> {
  const { config, clock, ioClock, ledger, log } = options;
  const authority = await createServingAuthority(ioClock);
  const profileOfImage = profilesOf(options.stories);
  const world = createWorld({ clock, ioClock, log, ledger, profileOfImage, kubeletAuthority: authority });
  const token = randomBytes(32).toString('base64url');
  const apiServer = createApiServer({
    clock,
    ioClock,
    log,
    ledger,
    kinds: [...BUILT_IN_KINDS, hpaKind(config.features, config.kubernetesVersion)],
    schemaBook: SCHEMA_BOOK,
    version: PATCH_RELEASES[config.kubernetesVersion],
    tokens: { [token]: ADMIN },
    metricsApis: createMetricsApis(world.source, clock),
    console: world.console,
    nodeProxy: world.kubelets.proxy,
    authorityCertificate: authority.certificate,
  });
  await using parts = new AsyncDisposableStack();
  parts.defer(() => apiServer.close());
  const served = await serveApiServer({ apiServer, ioClock, port: config.port, authority });
  parts.defer(() => served.close());
  const entry = { url: served.url, authorityCertificate: authority.certificate, token };
  await mkdir(dirname(config.kubeconfigPath), { recursive: true, mode: 0o700 });
  await writeKubeconfig(config.kubeconfigPath, entry);
  const connections = new Connections(config.kubeconfigPath, ioClock, log);
  parts.defer(() => connections.close());
  parts.defer(() => world.stop());
  await world.start(await connections.open('podtide-world/v1'));
  const started = parts.move();
  return {
    url: served.url,
    apiServer,
    world,
    openClient: (userAgent) => connections.open(userAgent),
    close: () => started.disposeAsync(),
  };
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

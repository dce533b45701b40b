import { untilAborted } from '../../base/cancellation.ts';
import type { Clock, DeliveryLedger, IoClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { createDirectKubelets } from '../../metrics/kubelet/direct-kubelets.ts';
import type { KubeletTrustOptions } from '../../metrics/kubelet/kubelet-trust.ts';
import type { KubeletClient } from '../../metrics/kubelet/port.ts';
import { createClientTelemetry } from '../../platform/kube/client-telemetry.ts';
import type { ClusterAccess } from '../../platform/kube/cluster-access.ts';
import { createPinoLog } from '../../platform/telemetry/pino-log.ts';
import { createTelemetry, type Telemetry } from '../../platform/telemetry/registry.ts';
import { createScaledClock } from '../../platform/time/scaled-clock.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import { watchWallSteps } from '../../platform/time/wall-step.ts';
import type { Environment } from '../config/environment.ts';
import type { KubeletConnection, MetricsServerConfig, MetricsServerStart } from '../config/metrics-server-config.ts';
import type { OpenCluster } from './cluster-connection.ts';
import { letHeapGrow } from './heap-growth.ts';
import { type MetricsServerProcess, startMetricsServer } from './metrics-server-process.ts';
import { NamedClusters } from './named-clusters.ts';
import { startedOrAborted } from './server-start.ts';
import { serverVersion } from './server-version.ts';

/** How the server names the program in its own logs and as field manager. */
const USER_AGENT = 'podtide-metrics-server/v1';

/**
 * By how much V8 lets the heap grow: each scrape leaves some 100 KB of buffers that nobody needs, and a heap that hardly
 * changes would be gone through for them every few seconds (bench/metrics-server.ts).
 */
const HEAP_GROWING_PERCENT = 100;

/** What a run is given beside its configuration. */
export interface MetricsServerRun {
  readonly environment: Environment;
  /** The program's own: `0.1.0`. */
  readonly programVersion: string;
  readonly signal: AbortSignal;
}

/** A metrics server with the way to its cluster, for a further part of the process. */
export interface RunningMetricsServer {
  readonly server: MetricsServerProcess;
  readonly cluster: OpenCluster;
  readonly ioClock: IoClock;
}

/** What a metrics server works with; a process of its own has it of the machine. */
export interface MetricsServerHost extends MetricsServerRun {
  /** Sample ages and the rhythm of scrapes. */
  readonly clock: Clock;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** Names tokens for its watches, so that a clock at full speed waits for them. */
  readonly deliveries?: DeliveryLedger;
}

/** What `podtide metrics-server` was told. */
export type MetricsServerOrder = Extract<MetricsServerStart, { kind: 'serve' }>;

/**
 * Runs a metrics server in this process until the signal aborts, or `beside` ends, which runs in the same process; then it
 * says that it is not ready, ends what is under way, and goes. Throws Failure when the cluster cannot be reached, when a
 * right is missing or a flag's file cannot be used, and what `beside` throws.
 */
export async function runMetricsServer(
  order: MetricsServerOrder,
  run: MetricsServerRun,
  beside: (running: RunningMetricsServer) => Promise<void> = () => untilAborted(run.signal),
): Promise<void> {
  letHeapGrow(HEAP_GROWING_PERCENT);
  const ioClock = createSystemClock();
  const log = createPinoLog({ level: order.config.logLevel });
  const telemetry = createTelemetry({ isProcessMeasured: true });
  const stopWatchingClock = watchWallSteps(ioClock, (stepMs) =>
    log.warn('the wall clock was set; times served differ from the machine’s', { stepSeconds: stepMs / 1000 }),
  );
  try {
    await serveMetrics(order, { ...run, clock: createScaledClock(ioClock), ioClock, log, telemetry }, beside);
  } finally {
    stopWatchingClock();
  }
}

/** The same with clocks, log and telemetry of the caller's, who may run several of them. */
export async function serveMetrics(
  { config, warnings }: MetricsServerOrder,
  { environment, programVersion, signal, ...host }: MetricsServerHost,
  beside: (running: RunningMetricsServer) => Promise<void>,
): Promise<void> {
  const { ioClock, log, telemetry } = host;
  for (const warning of warnings) log.warn(warning);
  const onAnswer = createClientTelemetry(telemetry);
  const clusters = new NamedClusters(config, environment, { ioClock, log, userAgent: USER_AGENT, onAnswer });
  try {
    const { cluster, client } = await clusters.open(null);
    const { authentication, authorization } = config;
    const starting = startMetricsServer({
      ...host,
      config,
      client,
      reviews: {
        authentication: (await clusters.open(authentication.kubeconfig, '--authentication-kubeconfig')).client,
        authorization: (await clusters.open(authorization.kubeconfig, '--authorization-kubeconfig')).client,
      },
      kubelets: await connectKubelets(config, cluster.access, ioClock),
      version: serverVersion(programVersion),
    });
    const server = await startedOrAborted(starting, signal);
    if (server === undefined) return;
    signal.addEventListener('abort', () => server.beginShutdown(), { once: true });
    try {
      await beside({ server, cluster, ioClock });
    } finally {
      log.info('the metrics server ends');
      await server.stop();
    }
  } finally {
    await clusters.close();
  }
}

/** Connections to kubelets outlive one resolution by this factor, so that scrapes reuse them. */
const KEPT_RESOLUTIONS = 3;

async function connectKubelets(
  { kubelet, resolutionMs }: MetricsServerConfig,
  access: ClusterAccess,
  ioClock: IoClock,
): Promise<KubeletClient> {
  const { connection, addressTypes, port, isNodeStatusPortUsed, requestTimeoutMs } = kubelet;
  const isPlain = connection.kind === 'plain';
  return createDirectKubelets({
    ioClock,
    target: { addressTypes, port, isStatusPortUsed: isNodeStatusPortUsed, scheme: isPlain ? 'http' : 'https' },
    trust: await kubeletTrust(connection, access),
    credentials: isPlain ? null : access.credentials,
    userAgent: USER_AGENT,
    requestTimeoutMs,
    keepAliveMs: KEPT_RESOLUTIONS * resolutionMs,
  });
}

/** As upstream: kubelets are shown what the API server is shown, unless flags name another certificate. */
async function kubeletTrust(
  connection: KubeletConnection,
  { tls, credentials }: ClusterAccess,
): Promise<KubeletTrustOptions> {
  if (connection.kind === 'plain') return { isVerified: false };
  const { trust, clientCertificate } = connection;
  const { certificate, privateKey } = await credentials.current();
  const own =
    certificate === undefined || privateKey === undefined ? {} : { clientCertificate: { certificate, privateKey } };
  const authority = tls.certificateAuthority === undefined ? {} : { certificateAuthority: tls.certificateAuthority };
  return {
    ...(trust.kind === 'file' ? { certificateAuthorityFile: trust.caFile } : authority),
    ...(clientCertificate === null
      ? own
      : { clientCertificateFile: clientCertificate.certFile, clientKeyFile: clientCertificate.keyFile }),
    isVerified: trust.kind !== 'anybody',
  };
}

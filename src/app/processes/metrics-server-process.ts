import type { Clock, DeliveryLedger, IoClock } from '../../base/clock.ts';
import { errorText } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { createKubeletSource } from '../../metrics/kubelet/kubelet-source.ts';
import type { KubeletClient, KubeletSource } from '../../metrics/kubelet/port.ts';
import { createAggregatedServer, type ServerVersion } from '../../metrics/serve/aggregated-server.ts';
import { addMetricsServerChecks } from '../../metrics/serve/health-checks.ts';
import { createMetricsApis, type MetricsApis } from '../../metrics/serve/metrics-apis.ts';
import { openAggregatedListener } from '../../platform/access/aggregated-listener.ts';
import { followTrust, type TrustSource } from '../../platform/access/trust-source.ts';
import { createKubeClient, type KubeClientOptions } from '../../platform/kube/kube-client.ts';
import { createHealth, type Health } from '../../platform/telemetry/health.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import type { MetricsServerConfig } from '../config/metrics-server-config.ts';
import { createReviewClient } from './access-clients.ts';
import { accessOptions, trustFlags } from './aggregated-server-settings.ts';
import { drainListener } from './listener-drain.ts';
import { requireMeasuringRights } from './measuring-rights.ts';
import { MetricsServerReadiness } from './metrics-server-readiness.ts';
import { openServingMaterial, type ServingHold } from './serving-hold.ts';

/** What a metrics server is put together from; nothing here is read from the machine but the files that flags name. */
export interface MetricsServerProcessOptions {
  readonly config: MetricsServerConfig;
  /** For what is measured, the Secret and the APIServices. */
  readonly client: KubeClientOptions;
  /** Where it is asked who somebody is, and whether they may. */
  readonly reviews: { readonly authentication: KubeClientOptions; readonly authorization: KubeClientOptions };
  readonly kubelets: KubeletClient;
  /** Sample ages and the rhythm of scrapes. */
  readonly clock: Clock;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly version: ServerVersion;
  /** Names tokens for the watches of what is measured, so that a clock at full speed waits for them. */
  readonly deliveries?: DeliveryLedger;
}

/** A metrics server at work. */
export interface MetricsServerProcess {
  readonly url: string;
  readonly port: number;
  /** The same numbers, without a way over HTTP. */
  readonly source: KubeletSource;
  /** Resolves when the numbers are good enough to be served, for the first time. */
  readonly ready: Promise<void>;
  /** Says that it is not ready any more; goes on serving. */
  beginShutdown(): void;
  /**
   * Says that it is not ready, takes requests for as long as `--shutdown-delay-duration` says, ends those under way, and
   * then the rest.
   */
  stop(): Promise<void>;
}

/**
 * Starts a metrics server: rights, whom to trust and the serving certificate first, because TLS says at the first handshake
 * whose certificates are of use; then it listens, so that probes are answered while the caches fill. Throws Failure
 * naming the flag, the file or the rule of RBAC that is wrong.
 */
export async function startMetricsServer(options: MetricsServerProcessOptions): Promise<MetricsServerProcess> {
  const { config, ioClock, log, client } = options;
  await requireMeasuringRights({ ...options, kubelet: config.kubelet });
  const authentication = {
    kube: options.reviews.authentication,
    client: createKubeClient(options.reviews.authentication),
  };
  const trust = await followTrust({ flags: trustFlags(config.authentication), ...authentication, ioClock, log });
  const begun: { stop(): void | Promise<void> }[] = [trust];
  try {
    const source = createSource(options);
    const apis = createMetricsApis({ resource: source }, options.clock, { telemetry: options.telemetry });
    const serving = await openServingMaterial(config.serving, {
      client: createKubeClient(client),
      kube: client,
      apiServices: apis.groups.flatMap(({ name, versions }) => versions.map((version) => `${version}.${name}`)),
      ioClock,
      log,
    });
    begun.push(serving);
    return await serve(options, { source, apis, trust, serving });
  } catch (thrown) {
    await Promise.all(begun.map((part) => part.stop()));
    throw thrown;
  }
}

function createSource(options: MetricsServerProcessOptions): KubeletSource {
  const { config } = options;
  return createKubeletSource({
    ...options,
    resolutionMs: config.resolutionMs,
    requestTimeoutMs: config.kubelet.requestTimeoutMs,
    nodeSelector: config.kubelet.nodeSelector,
    staleAfterMs: config.staleAfterMs,
  });
}

/** What is there before it listens. */
interface ServedParts {
  readonly source: KubeletSource;
  readonly apis: MetricsApis;
  readonly trust: TrustSource;
  readonly serving: ServingHold;
}

async function serve(options: MetricsServerProcessOptions, parts: ServedParts): Promise<MetricsServerProcess> {
  const { config, ioClock, log, telemetry, version } = options;
  const { source, apis, trust, serving } = parts;
  const readiness = new MetricsServerReadiness({
    standing: () => source.standing(),
    resolutionMs: config.resolutionMs,
    requestTimeoutMs: config.kubelet.requestTimeoutMs,
    isUpstreams: config.isReadinessUpstreams,
    client: createKubeClient(options.client),
    ioClock,
    log,
  });
  const health = createHealth({ isOpen: true });
  addChecks(health, source, readiness);
  const handle = createAggregatedServer({ apis, health, telemetry, version });
  const listener = await openAggregatedListener({
    ...accessOptions(config),
    trust,
    serving: serving.certificate,
    client: createReviewClient(options.reviews),
    ioClock,
    log,
    telemetry,
    handle: (request) => handle(request),
  });
  serving.announce();
  // Rejects only when it is stopped before.
  source.start().then(
    () => readiness.start(),
    (thrown) => log.debug('scraping has not begun', { error: errorText(thrown) }),
  );
  log.info('the metrics server listens', { url: listener.url });
  return {
    url: listener.url,
    port: listener.port,
    source,
    ready: readiness.reached,
    beginShutdown: () => readiness.beginShutdown(),
    stop: async () => {
      readiness.beginShutdown();
      await drainListener(listener, config.serving.shutdownDelayMs, ioClock);
      readiness.stop();
      await Promise.all([source.stop(), serving.stop(), trust.stop()]);
    },
  };
}

function addChecks(health: Health, source: KubeletSource, readiness: MetricsServerReadiness): void {
  const unsynced = (what: string) => () =>
    source.standing().isSynced ? undefined : `the watch cache of ${what} is not complete`;
  addMetricsServerChecks(health, {
    storage: () => readiness.problem(),
    informers: unsynced('nodes and pods'),
    podInformer: unsynced('pods'),
    collection: () =>
      source.standing().isTimely ? undefined : 'no round of scrapes has begun for one and a half resolutions',
    shutdown: () => (readiness.isEnding ? 'the process is about to end' : undefined),
  });
}

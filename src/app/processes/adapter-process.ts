import type { Clock, IoClock, Release } from '../../base/clock.ts';
import { errorText } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { ConfigFile } from '../../metrics/adapter/compiled-config.ts';
import { type AdapterSource, createAdapterSource } from '../../metrics/adapter/serving/adapter-source.ts';
import { exposeAdapterStanding } from '../../metrics/adapter/serving/adapter-telemetry.ts';
import { type FollowedObjects, followMeasuredObjects } from '../../metrics/adapter/serving/measured-objects.ts';
import { type FollowedDemand, followHpaDemand } from '../../metrics/adapter/serving/metric-demand.ts';
import type { PrometheusClients } from '../../metrics/prometheus/backends.ts';
import { createAggregatedServer, type ServerVersion } from '../../metrics/serve/aggregated-server.ts';
import { addAdapterChecks } from '../../metrics/serve/health-checks.ts';
import { createMetricsApis, type MetricsApis } from '../../metrics/serve/metrics-apis.ts';
import { openAggregatedListener } from '../../platform/access/aggregated-listener.ts';
import { followTrust, type TrustSource } from '../../platform/access/trust-source.ts';
import { createDiscovery } from '../../platform/kube/discovery.ts';
import { findHpaApi } from '../../platform/kube/hpa-api.ts';
import { createKubeClient, type KubeClientOptions } from '../../platform/kube/kube-client.ts';
import { createHealth } from '../../platform/telemetry/health.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import type { AdapterConfig } from '../config/adapter-config.ts';
import { createReviewClient } from './access-clients.ts';
import { ACCESS_REVIEWS, requireRights, TOKEN_REVIEWS } from './account-rights.ts';
import { accessOptions, trustFlags } from './aggregated-server-settings.ts';
import { drainListener } from './listener-drain.ts';
import type { PassedSources } from './pass-through-sources.ts';
import { namedBackends } from './prometheus-connection.ts';
import { ADAPTER_MANIFEST, RuleAdoption, requireAges } from './rule-adoption.ts';
import { parseRuleFiles, readRuleFiles } from './rule-files.ts';
import { followRuleFiles } from './rule-reload.ts';
import { type ApiNames, apiServicesOfApis, HPA_RIGHTS, rightsOfApis, ruledApis, USAGE_API } from './ruled-apis.ts';
import { openServingMaterial, type ServingHold } from './serving-hold.ts';

/** What an adapter is put together from; nothing here is read from the machine but the files that flags name. */
export interface AdapterProcessOptions {
  readonly config: AdapterConfig;
  /** For kinds, objects, the Secret and the APIServices. */
  readonly client: KubeClientOptions;
  /** Where it is asked who somebody is, and whether they may. */
  readonly reviews: { readonly authentication: KubeClientOptions; readonly authorization: KubeClientOptions };
  /** Those that rules may name are the ones of a backends file. They stay the caller's to close. */
  readonly prometheus: Pick<PrometheusClients, 'names' | 'get'>;
  /** Where metrics come from that no rule makes; it stays the caller's to close. */
  readonly passed?: PassedSources;
  /** What is asked for, and the rhythm of listings. */
  readonly clock: Clock;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly version: ServerVersion;
}

/** An adapter at work. */
export interface AdapterProcess {
  readonly url: string;
  readonly port: number;
  /** The same numbers, without a way over HTTP. */
  readonly source: AdapterSource;
  /** Says that it is not ready any more; goes on serving. */
  beginShutdown(): void;
  /**
   * Says that it is not ready, takes requests for as long as `--shutdown-delay-duration` says, ends those under way, and
   * then the rest.
   */
  stop(): Promise<void>;
}

/**
 * Starts an adapter: rules, rights, whom to trust and the serving certificate first; then it listens, and series are listed
 * behind it. Throws Failure naming the line of a file, the flag or the rule of RBAC that is wrong.
 */
export async function startAdapter(options: AdapterProcessOptions): Promise<AdapterProcess> {
  const { config, ioClock, log, client, reviews } = options;
  const texts = await readRuleFiles(config.rulesPath);
  const backends = namedBackends(config.prometheus, options.prometheus);
  const files = parseRuleFiles(texts, backends);
  requireAges(config, files);
  const ruled = ruledApis(files);
  await requireRights(
    [
      { client, rights: [...rightsOfApis(ruled), ...(config.discovery === 'minimal' ? HPA_RIGHTS : [])] },
      { client: reviews.authentication, rights: [TOKEN_REVIEWS] },
      { client: reviews.authorization, rights: [ACCESS_REVIEWS] },
    ],
    { log, manifest: ADAPTER_MANIFEST },
  );
  const authentication = { kube: reviews.authentication, client: createKubeClient(reviews.authentication) };
  const trust = await followTrust({ flags: trustFlags(config.authentication), ...authentication, ioClock, log });
  const begun: { stop(): void | Promise<void> }[] = [trust];
  try {
    const measured = followMeasuredObjects(client);
    const demand = config.discovery === 'minimal' ? await openDemand(options) : null;
    if (demand !== null) begun.push(demand);
    const source = createSource(options, { files, measured, demand });
    // Those of the start; rules that come later may bring more.
    const served = new Set([...ruled, ...(options.passed?.apis ?? [])]);
    const { custom, external, resource } = source;
    const all = options.passed?.behind({ custom, external, resource }) ?? { custom, external, resource };
    const isServed = (group: string): boolean => served.has(group);
    const apis = createMetricsApis(all, options.clock, { telemetry: options.telemetry, isServed });
    const serving = await openServingMaterial(config.serving, {
      client: createKubeClient(client),
      kube: client,
      apiServices: apiServicesOfApis(served),
      ioClock,
      log,
    });
    begun.push(serving);
    const adapter = await serve(options, { source, measured, served, apis, trust, serving });
    const adoption = new RuleAdoption({ ...options, source, measured, serving, ruled, served });
    const unfollow = followRuleFiles({
      ...options,
      path: config.rulesPath,
      files: texts,
      backends,
      onChange: (changed) => adoption.adopt(changed),
    });
    demand?.start().catch((thrown) => log.debug('HPAs are not followed', { error: errorText(thrown) }));
    return { ...adapter, stop: () => stopAll(adapter, unfollow, demand) };
  } catch (thrown) {
    await Promise.all(begun.map((part) => part.stop()));
    throw thrown;
  }
}

async function stopAll(adapter: AdapterProcess, unfollow: Release, demand: FollowedDemand | null): Promise<void> {
  unfollow();
  await adapter.stop();
  await demand?.stop();
}

/** HPAs as this cluster has them, whichever version of them it knows. */
async function openDemand({ client, clock, ioClock, log }: AdapterProcessOptions): Promise<FollowedDemand> {
  const search = { client: createKubeClient(client), ioClock, random: client.random ?? Math.random, log };
  return followHpaDemand(client, await findHpaApi(search), clock);
}

/** What the source is made of beside the options. */
interface SourceParts {
  readonly files: readonly ConfigFile[];
  readonly measured: FollowedObjects;
  /** Null: all rules' series are listed. */
  readonly demand: FollowedDemand | null;
}

function createSource(options: AdapterProcessOptions, { files, measured, demand }: SourceParts): AdapterSource {
  const { client, config, telemetry } = options;
  const source = createAdapterSource({
    ...options,
    files,
    discovery: createDiscovery(client),
    objects: createKubeClient(client),
    measured,
    relistIntervalMs: config.relistIntervalMs,
    maxAgeMs: config.maxAgeMs,
    keptListsCount: config.keptListsCount,
    ...(demand === null ? {} : { demand }),
  });
  exposeAdapterStanding(telemetry, () => source.standing());
  return source;
}

/** What is there before it listens. */
interface ServedParts {
  readonly source: AdapterSource;
  readonly measured: FollowedObjects;
  readonly served: ApiNames;
  readonly apis: MetricsApis;
  readonly trust: TrustSource;
  readonly serving: ServingHold;
}

async function serve(options: AdapterProcessOptions, parts: ServedParts): Promise<AdapterProcess> {
  const { config, ioClock, log, telemetry, version } = options;
  const { source, measured, served, apis, trust, serving } = parts;
  const ending = new AbortController();
  let isSynced = !served.has(USAGE_API);
  const health = createHealth({ isOpen: true });
  addAdapterChecks(health, {
    informers: () => (isSynced ? undefined : 'the watch caches of pods and nodes are not complete'),
    shutdown: () => (ending.signal.aborted ? 'the process is about to end' : undefined),
  });
  const handle = createAggregatedServer({ apis, health, telemetry, version });
  const listener = await openAggregatedListener({
    ...accessOptions(config),
    trust,
    serving: serving.certificate,
    client: createReviewClient(options.reviews),
    ioClock,
    log,
    telemetry,
    handle: (request, { user }) => handle(request, user),
  });
  source.start();
  if (served.has(USAGE_API)) {
    // Rejects only when it is stopped before.
    measured.start().then(
      () => {
        isSynced = true;
      },
      (thrown) => log.debug('pods and nodes are not followed', { error: errorText(thrown) }),
    );
  }
  log.info('the adapter listens', { url: listener.url, apis: apis.groups.map(({ name }) => name) });
  return {
    url: listener.url,
    port: listener.port,
    source,
    beginShutdown: () => ending.abort(),
    stop: async () => {
      ending.abort();
      await drainListener(listener, config.serving.shutdownDelayMs, ioClock);
      source.stop();
      await Promise.all([measured.stop(), serving.stop(), trust.stop()]);
    },
  };
}

import type { Clock, IoClock, Release } from '../../base/clock.ts';
import { errorText } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { ConfigFile } from '../../metrics/adapter/compiled-config.ts';
import { type AdapterSource, createAdapterSource } from '../../metrics/adapter/serving/adapter-source.ts';
import { exposeAdapterStanding } from '../../metrics/adapter/serving/adapter-telemetry.ts';
import { type FollowedObjects, followMeasuredObjects } from '../../metrics/adapter/serving/measured-objects.ts';
import { type FollowedDemand, followHpaDemand } from '../../metrics/adapter/serving/metric-demand.ts';
import type { PrometheusClients } from '../../metrics/prometheus/backends.ts';
import { createAnnotationSource } from '../../metrics/query/annotation-source.ts';
import { exposeAnnotations } from '../../metrics/query/annotation-telemetry.ts';
import { type FollowedAnnotations, followAnnotations } from '../../metrics/query/followed-annotations.ts';
import { createQuerySource } from '../../metrics/query/query-source.ts';
import { tellSeveralOnce } from '../../metrics/query/several-values.ts';
import { createAggregatedServer, type ServerVersion } from '../../metrics/serve/aggregated-server.ts';
import { EXTERNAL_METRICS_GROUP } from '../../metrics/serve/external-metrics.ts';
import { addAdapterChecks } from '../../metrics/serve/health-checks.ts';
import { createMetricsApis, type MetricsApis } from '../../metrics/serve/metrics-apis.ts';
import type { ExternalMetricsSource, MetricsSource } from '../../metrics/source/port.ts';
import { openAggregatedListener } from '../../platform/access/aggregated-listener.ts';
import { followTrust, type TrustSource } from '../../platform/access/trust-source.ts';
import { createDiscovery } from '../../platform/kube/discovery.ts';
import { findHpaApi, type HpaApi } from '../../platform/kube/hpa-api.ts';
import { createKubeClient, type KubeClientOptions } from '../../platform/kube/kube-client.ts';
import { createHealth } from '../../platform/telemetry/health.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import type { AdapterConfig } from '../config/adapter-config.ts';
import { createReviewClient } from './access-clients.ts';
import { ACCESS_REVIEWS, requireRights, TOKEN_REVIEWS } from './account-rights.ts';
import { accessOptions, trustFlags } from './aggregated-server-settings.ts';
import { drainListener } from './listener-drain.ts';
import { orderSources } from './ordered-metrics.ts';
import type { PassedSources } from './pass-through-sources.ts';
import { namedBackends } from './prometheus-connection.ts';
import { ADAPTER_MANIFEST, RuleAdoption, requireAges } from './rule-adoption.ts';
import { parseRuleFiles, type RuleFile, readRuleFiles } from './rule-files.ts';
import { followRuleFiles } from './rule-reload.ts';
import {
  type ApiNames,
  apiServicesOfApis,
  DEMAND_RIGHTS,
  QUERY_RIGHTS,
  rightsOfApis,
  ruledApis,
  USAGE_API,
} from './ruled-apis.ts';
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
  const texts = config.rulesPath === null ? [] : await readRuleFiles(config.rulesPath);
  const backends = namedBackends(config.prometheus, options.prometheus);
  const files = parseRuleFiles(texts, backends);
  requireAges(config, files);
  const ruled = ruledApis(files);
  await requireAllRights(options, ruled);
  const authentication = { kube: reviews.authentication, client: createKubeClient(reviews.authentication) };
  const trust = await followTrust({ flags: trustFlags(config.authentication), ...authentication, ioClock, log });
  const begun: { stop(): void | Promise<void> }[] = [trust];
  try {
    const measured = followMeasuredObjects(client);
    const demand = config.discovery === 'minimal' ? await openDemand(options) : null;
    if (demand !== null) begun.push(demand);
    const source = createSource(options, { files, measured, demand });
    const annotated = await openAnnotations(options);
    const shared = sharedApis(options);
    const served = new Set([...ruled, ...shared]);
    const apis = createMetricsApis(allSources(options, source, annotated), options.clock, {
      telemetry: options.telemetry,
      isServed: (group) => served.has(group),
    });
    const serving = await openServingMaterial(config.serving, {
      client: createKubeClient(client),
      kube: client,
      apiServices: apiServicesOfApis(served),
      ioClock,
      log,
    });
    begun.push(serving);
    const adapter = await serve(options, { source, measured, annotated, served, apis, trust, serving });
    const adoption = new RuleAdoption({ ...options, source, measured, serving, ruled, served, shared });
    const unfollow = followRules(options, { texts, backends, adoption });
    demand?.start().catch((thrown) => log.debug('HPAs are not followed', { error: errorText(thrown) }));
    return { ...adapter, stop: () => stopAll(adapter, unfollow, demand) };
  } catch (thrown) {
    await Promise.all(begun.map((part) => part.stop()));
    throw thrown;
  }
}

async function requireAllRights(
  { config, client, reviews, log }: AdapterProcessOptions,
  ruled: ApiNames,
): Promise<void> {
  await requireRights(
    [
      { client, rights: [...rightsOfApis(ruled), ...(config.discovery === 'minimal' ? DEMAND_RIGHTS : [])] },
      { client: reviews.authentication, rights: [TOKEN_REVIEWS] },
      { client: reviews.authorization, rights: [ACCESS_REVIEWS] },
    ],
    { log, manifest: ADAPTER_MANIFEST },
  );
  if (config.queries === null) return;
  await requireRights([{ client, rights: QUERY_RIGHTS }], { log, manifest: QUERIES_MANIFEST });
}

/** The file that grants what queries of HPAs need beside it. */
const QUERIES_MANIFEST = 'deploy/adapter-queries.yaml';

/** The APIs that are served without any rule: queries of HPAs and another server have metrics of them. */
function sharedApis({ config, passed }: AdapterProcessOptions): ApiNames {
  return new Set([...(config.queries === null ? [] : [EXTERNAL_METRICS_GROUP.name]), ...(passed?.apis ?? [])]);
}

/** Metrics that HPAs bring their queries along for. */
interface AnnotatedMetrics {
  readonly followed: FollowedAnnotations;
  readonly source: ExternalMetricsSource;
}

/** Undefined where no HPA may bring any; a query names no backend, so that the one is asked that is meant then. */
async function openAnnotations(options: AdapterProcessOptions): Promise<AnnotatedMetrics | undefined> {
  const { config, client, clock, log, telemetry } = options;
  const access = config.queries;
  if (access === null) return undefined;
  const followed = followAnnotations(client, { api: await hpaApiOf(options), access, log });
  exposeAnnotations(telemetry, followed.index);
  const prometheus = options.prometheus.get(null);
  const queries = createQuerySource({ prometheus, clock, access, onSeveral: tellSeveralOnce(log) });
  return { followed, source: createAnnotationSource({ index: followed.index, queries }) };
}

function allSources(
  { passed, log }: AdapterProcessOptions,
  { custom, external, resource }: AdapterSource,
  annotated: AnnotatedMetrics | undefined,
): MetricsSource {
  const rules = { custom, external, resource };
  const annotations = annotated?.source;
  if (passed !== undefined) return passed.behind(rules, annotations);
  return annotations === undefined ? rules : orderSources({ annotations, rules }, log);
}

/** Does nothing where there are no files of rules. */
function followRules(
  options: AdapterProcessOptions,
  parts: {
    readonly texts: readonly RuleFile[];
    readonly backends: readonly string[];
    readonly adoption: RuleAdoption;
  },
): Release {
  const { rulesPath: path } = options.config;
  if (path === null) return () => {};
  const { texts: files, backends, adoption } = parts;
  return followRuleFiles({ ...options, path, files, backends, onChange: (changed) => adoption.adopt(changed) });
}

async function stopAll(adapter: AdapterProcess, unfollow: Release, demand: FollowedDemand | null): Promise<void> {
  unfollow();
  await adapter.stop();
  await demand?.stop();
}

async function openDemand(options: AdapterProcessOptions): Promise<FollowedDemand> {
  return followHpaDemand(options.client, await hpaApiOf(options), options.clock);
}

/** HPAs as this cluster has them, whichever version of them it knows. */
function hpaApiOf({ client, ioClock, log }: AdapterProcessOptions): Promise<HpaApi> {
  return findHpaApi({ client: createKubeClient(client), ioClock, random: client.random ?? Math.random, log });
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
  readonly annotated: AnnotatedMetrics | undefined;
  readonly served: ApiNames;
  readonly apis: MetricsApis;
  readonly trust: TrustSource;
  readonly serving: ServingHold;
}

async function serve(options: AdapterProcessOptions, parts: ServedParts): Promise<AdapterProcess> {
  const { config, ioClock, log, telemetry, version } = options;
  const { source, measured, annotated, served, apis, trust, serving } = parts;
  const ending = new AbortController();
  const caches = [
    ...(served.has(USAGE_API) ? [{ of: 'pods and nodes', cache: measured }] : []),
    ...(annotated === undefined ? [] : [{ of: 'HPAs', cache: annotated.followed }]),
  ];
  const incomplete = new Set(caches.map(({ of }) => of));
  const health = createHealth({ isOpen: true });
  addAdapterChecks(health, {
    informers: () =>
      incomplete.size === 0 ? undefined : `the watch caches of ${[...incomplete].join(', ')} are not complete`,
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
    // A metric's value takes Prometheus as long as the API server takes for a verdict.
    answersEarly: true,
    handle: (request, { user }) => handle(request, user),
  });
  serving.announce();
  source.start();
  for (const { of, cache } of caches) {
    // Rejects only when it is stopped before.
    cache.start().then(
      () => incomplete.delete(of),
      (thrown) => log.debug(`${of} are not followed`, { error: errorText(thrown) }),
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
      await Promise.all([measured.stop(), annotated?.followed.stop(), serving.stop(), trust.stop()]);
    },
  };
}

import type { Clock, DeliveryLedger } from '../../base/clock.ts';
import { CONTROLLER_METRICS_CALL_MS_MAX } from '../../base/limits.ts';
import { unfailingLog } from '../../base/log.ts';
import { keyText, type ObjectKey } from '../../base/object-key.ts';
import { Controller, type ControllerPorts } from '../../control/controller/controller.ts';
import { joinCaches } from '../../control/controller/joined-caches.ts';
import { createControllerTelemetry } from '../../control/controller/prometheus-telemetry.ts';
import { anotherActs, proveSoleController } from '../../control/controller/sole-controller.ts';
import { PROCESS_MEMORY, StoredMemory, type SurvivingMemory } from '../../control/controller/surviving-memory.ts';
import type { ControllerStanding } from '../../control/controller/telemetry.ts';
import { projectHpa } from '../../control/facts/hpa-projection.ts';
import { type Pod, type PodEntry, PodProjection } from '../../control/facts/pod-projection.ts';
import type { DecisionHistory } from '../../control/history/decision-history.ts';
import type { DecisionFeed } from '../../control/history/feed.ts';
import type { HorizontalPodAutoscaler } from '../../core/autoscaling/types.ts';
import type { HpaFact } from '../../core/engine/facts.ts';
import { createHttpMetricsSource } from '../../metrics/source/http-source.ts';
import type { MetricsSource, QuerySource, ResourceMetricsSource } from '../../metrics/source/port.ts';
import { queriesAsReadOverHttp } from '../../metrics/source/wire-rounding.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../platform/kube/client.ts';
import { createDiscovery } from '../../platform/kube/discovery.ts';
import type { EventRegarding } from '../../platform/kube/event-correlator.ts';
import { createEventRecorder } from '../../platform/kube/event-recorder.ts';
import { findHpaApi, type HpaApi } from '../../platform/kube/hpa-api.ts';
import { createKubeClient, type KubeClientOptions } from '../../platform/kube/kube-client.ts';
import type { Reflector } from '../../platform/kube/reflector.ts';
import { createRestMapper } from '../../platform/kube/rest-mapper.ts';
import { createReflector } from '../../platform/kube/watch-cache.ts';
import { ConfigMapStore } from '../../platform/store/config-map-store.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import { type ControllerConfig, DEFAULT_LEASE_NAME } from '../config/controller-config.ts';
import { type ElectionHost, electorFor, Leadership } from './leadership.ts';

/** What a controller process is put together from; nothing here is read from the machine. */
export interface ControllerProcessOptions extends ElectionHost {
  readonly config: Pick<
    ControllerConfig,
    | 'mode'
    | 'engine'
    | 'syncPeriodMs'
    | 'concurrencyCount'
    | 'statusWrites'
    | 'sampleValues'
    | 'namespaces'
    | 'isSoleControllerAssumed'
    | 'clusterName'
    | 'leaderElection'
    | 'memory'
  >;
  readonly client: KubeClientOptions;
  /** Ends a start that waits for the API server. */
  readonly signal?: AbortSignal;
  /** Where decisions are recorded; whoever shows them may have it before the controller has started. */
  readonly history: DecisionHistory;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Podtide's own namespace, where the sentinel stands. */
  readonly ownNamespace: string;
  /** Where numbers come from; the API server's metrics APIs when absent. */
  readonly source?: MetricsSource;
  /** Instead of the API server's, of resource metrics alone: those that this process measures itself. */
  readonly resourceSource?: ResourceMetricsSource;
  /** Who puts queries that HPAs bring along to Prometheus; needed where some may. */
  readonly querySource?: QuerySource;
  /** Tells a clock at full speed which watch events have arrived. */
  readonly delivery?: DeliveryLedger;
}

/** A controller at work. */
export interface ControllerProcess {
  /** The version of HPAs that the server has. */
  readonly hpaApi: HpaApi;
  readonly feed: DecisionFeed;
  readonly standing: () => ControllerStanding;
  /** Whether this process may write: it leads, and has proved that nobody else acts. */
  readonly isActing: () => boolean;
  /** Rejects when the process must not go on: another controller acts. Never resolves. */
  readonly failed: Promise<never>;
  /** Ends the syncs under way, writes the events that wait, gives up the Lease. */
  stop(): Promise<void>;
}

/** How long syncs under way may take at the end, real ms. */
const DRAIN_MS = 20_000;

/** How long the last of the memory may take to be stored, real ms. */
const MEMORY_DRAIN_MS = 5_000;

const POD_TYPE: ResourceType = { group: '', version: 'v1', resource: 'pods', isNamespaced: true };

/** Starts a controller; resolves when its caches are complete and it observes, acts, or stands by. */
export async function startController(given: ControllerProcessOptions): Promise<ControllerProcess> {
  const options = { ...given, log: unfailingLog(given.log) };
  const { config, clock, ioClock, log } = options;
  const client = createKubeClient(options.client);
  const hpaApi = await findHpaApi({ ...options, client });
  if (hpaApi.type.version !== 'v2') {
    log.info('the API server has no autoscaling/v2; decisions follow Kubernetes 1.36', { used: hpaApi.apiVersion });
  }
  const sentinel: ObjectKey = { namespace: options.ownNamespace, name: 'podtide-sentinel' };
  const { history } = options;
  const memory = createMemory(options, client);
  const events = createEventRecorder({ client, clock, ioClock, component: 'horizontal-pod-autoscaler', log });
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  const controller: Controller = createController(
    options,
    { client, hpaApi },
    {
      sentinelKey: keyText(sentinel),
      memory,
      isLeader: () => leadership.isActing(),
      recordEvent: (hpa, note) => events.record(regardingOf(hpa, hpaApi), note),
      report: (report) => history.record(report),
      onForeignController: () => failure.reject(anotherActs(sentinel)),
      standing: () => controller.standing(),
    },
  );
  const leadership = new Leadership({
    // An observer acts on nothing.
    elector: electorFor(config.mode === 'observe' ? null : config.leaderElection, options, client),
    ioClock,
    log,
    prepare: async (signal) => {
      if (!config.isSoleControllerAssumed) {
        const { hpaCount } = controller.standing();
        const { syncPeriodMs } = config;
        const proof = { key: sentinel, syncPeriodMs, hpaCount };
        await proveSoleController(proof, { client, hpaApi, clock, log }, signal);
      }
      await memory.takeOver(signal);
    },
    begin: () => controller.beginSyncs(),
    end: async () => {
      await controller.endSyncs(DRAIN_MS);
      await memory.end(MEMORY_DRAIN_MS);
    },
    fail: (thrown) => failure.reject(thrown),
  });
  await controller.start();
  if (config.mode === 'observe') controller.beginSyncs();
  else leadership.start();
  return {
    hpaApi,
    feed: history,
    standing: () => controller.standing(),
    isActing: () => leadership.isActing(),
    failed: failure.promise,
    stop: async () => {
      await controller.stop(DRAIN_MS);
      await Promise.all([memory.end(MEMORY_DRAIN_MS), events.close()]);
      await leadership.stop();
    },
  };
}

/** An observer acts on nothing, so that its memory is nobody's business. */
function createMemory(options: ControllerProcessOptions, client: KubeClient): SurvivingMemory {
  const { config, ioClock, log, identity, ownNamespace } = options;
  if (config.memory === 'process' || config.mode === 'observe') return PROCESS_MEMORY;
  const written = options.telemetry.counter({
    name: 'podtide_memory_writes_total',
    help: 'Writes of ConfigMaps in which memory survives the process.',
  });
  const prefix = `${config.leaderElection?.name ?? DEFAULT_LEASE_NAME}-memory`;
  const onWritten = (): void => written.add();
  const place = { namespace: config.leaderElection?.namespace ?? ownNamespace, prefix };
  const rightsAdvice = { manifest: 'deploy/controller.yaml', without: '--memory=process' };
  return new StoredMemory(
    new ConfigMapStore({ client, ioClock, log, identity, onWritten, rightsAdvice, ...place }),
    log,
  );
}

/** What only the composition can tell a controller. */
interface ControllerHooks {
  readonly memory: SurvivingMemory;
  readonly sentinelKey: string;
  readonly isLeader: () => boolean;
  readonly recordEvent: ControllerPorts['recordEvent'];
  readonly report: ControllerPorts['report'];
  readonly onForeignController: () => void;
  readonly standing: () => ControllerStanding;
}

function createController(
  options: ControllerProcessOptions,
  { client, hpaApi }: { readonly client: KubeClient; readonly hpaApi: HpaApi },
  hooks: ControllerHooks,
): Controller {
  const { config, clock, ioClock, random, log } = options;
  const discovery = createDiscovery(options.client);
  const mapper = createRestMapper({ discovery, ioClock });
  const podProjection = new PodProjection();
  const http = {
    client,
    discovery,
    clock,
    discoveryMs: config.syncPeriodMs,
    deadlineMs: CONTROLLER_METRICS_CALL_MS_MAX,
  };
  return new Controller(
    {
      mode: config.mode,
      engine: config.engine,
      syncPeriodMs: config.syncPeriodMs,
      concurrencyCount: config.concurrencyCount,
      statusWrites: config.statusWrites,
      sampleValues: config.sampleValues,
      isClusterWide: config.namespaces === null,
      sentinelKey: hooks.sentinelKey,
    },
    {
      clock,
      ioClock,
      random,
      log,
      client,
      mapper,
      source: withOwnSources(options.source ?? createHttpMetricsSource(http), options),
      hpaApi,
      hpas: createCaches<KubeObject, HpaFact>(options, hpaApi.type, (hpa) => projectHpa(hpa, hpaApi)),
      pods: createCaches<Pod, PodEntry>(options, POD_TYPE, (pod) => podProjection.project(pod)),
      podProjection,
      telemetry: createControllerTelemetry(options.telemetry, hooks.standing),
      memory: hooks.memory,
      isLeader: hooks.isLeader,
      recordEvent: hooks.recordEvent,
      report: hooks.report,
      onForeignController: hooks.onForeignController,
    },
  );
}

function withOwnSources(
  source: MetricsSource,
  { resourceSource: resource, querySource: query }: Pick<ControllerProcessOptions, 'resourceSource' | 'querySource'>,
): MetricsSource {
  return {
    ...source,
    ...(resource === undefined ? {} : { resource }),
    ...(query === undefined ? {} : { query: queriesAsReadOverHttp(query) }),
  };
}

function createCaches<T extends KubeObject, P>(
  options: ControllerProcessOptions,
  type: ResourceType,
  project: (object: T) => P,
): Reflector<T, P> {
  const create = (namespace: string | null): Reflector<T, P> => {
    const name = `${options.identity}-${type.resource}-${namespace ?? 'all'}`;
    const delivery = options.delivery === undefined ? {} : { delivery: { ledger: options.delivery, name } };
    return createReflector<T, P>(options.client, { type, namespace, project, ...delivery });
  };
  const { namespaces } = options.config;
  if (namespaces === null) return create(null);
  return joinCaches(new Map(namespaces.map((namespace) => [namespace, create(namespace)])));
}

function regardingOf({ metadata }: HorizontalPodAutoscaler, { apiVersion }: HpaApi): EventRegarding {
  const { namespace = '', name, uid = '', resourceVersion } = metadata;
  return {
    apiVersion,
    kind: 'HorizontalPodAutoscaler',
    namespace,
    name,
    uid,
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

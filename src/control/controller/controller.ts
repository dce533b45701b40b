import type { Clock, IoClock, Release } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { keyText, type ObjectKey, parseKeyText } from '../../base/object-key.ts';
import type { HorizontalPodAutoscaler } from '../../core/autoscaling/types.ts';
import type { DecisionEvent } from '../../core/engine/decision.ts';
import type { HpaFact } from '../../core/engine/facts.ts';
import type { EngineOptions } from '../../core/engine/options.ts';
import type { MetricsSource, ResourceMetricsSource } from '../../metrics/source/port.ts';
import type { KubeClient, KubeObject } from '../../platform/kube/client.ts';
import type { HpaApi } from '../../platform/kube/hpa-api.ts';
import type { Reflector } from '../../platform/kube/reflector.ts';
import type { GatherPorts } from '../facts/gather.ts';
import { areOptionsChanged, isSpecChanged, ownSyncPeriodMs } from '../facts/hpa-projection.ts';
import type { KindMapper } from '../facts/kind-mapper.ts';
import { createMetricReader, NO_RESOURCE_API_TEXT } from '../facts/metric-reader.ts';
import { PodIndex } from '../facts/pod-index.ts';
import { PodOwners } from '../facts/pod-owners.ts';
import type { Pod, PodEntry, PodProjection } from '../facts/pod-projection.ts';
import type { DecisionReport } from '../facts/report.ts';
import type { SampleValues } from '../facts/samples.ts';
import { createScaleReader } from '../facts/scale-reader.ts';
import { SelectorRegistry } from '../facts/selector-registry.ts';
import { KeySyncs } from './key-syncs.ts';
import { Lanes } from './lanes.ts';
import { planLists } from './list-planner.ts';
import { spreadOverPeriod } from './phases.ts';
import { ScaleDownFleet } from './scale-down-fleet.ts';
import { cadenceMs, type DueSync, Schedule } from './schedule.ts';
import { SharedPodMetrics } from './shared-pod-metrics.ts';
import { isStatusWritten } from './sole-controller.ts';
import type { StatusWrites } from './status-thinning.ts';
import type { SurvivingMemory } from './surviving-memory.ts';
import type { ControllerStanding, ControllerTelemetry } from './telemetry.ts';
import { demandsOf } from './window-demands.ts';

/** How a controller behaves. */
export interface ControllerOptions {
  readonly mode: 'control' | 'observe';
  readonly engine: EngineOptions;
  readonly syncPeriodMs: number;
  /** Syncs that run at once, those that hang aside. */
  readonly concurrencyCount: number;
  readonly statusWrites: StatusWrites;
  readonly sampleValues: SampleValues;
  /** False for a tenant of some namespaces: no call asks for all of them. */
  readonly isClusterWide: boolean;
  /** The HPA that nobody may act on, `namespace/name`; null where none stands. */
  readonly sentinelKey: string | null;
}

/** What a controller works with. The caches are the caller's to make, the controller's to start and stop. */
export interface ControllerPorts {
  readonly clock: Clock;
  readonly ioClock: IoClock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly client: Pick<KubeClient, 'get' | 'getScale' | 'replaceScale' | 'replace'>;
  readonly mapper: KindMapper;
  readonly source: MetricsSource;
  readonly hpaApi: HpaApi;
  readonly hpas: Reflector<KubeObject, HpaFact>;
  readonly pods: Reflector<Pod, PodEntry>;
  readonly podProjection: PodProjection;
  /** Where memory goes on beyond the process. */
  readonly memory: SurvivingMemory;
  /** Asked immediately before each write. */
  readonly isLeader: () => boolean;
  readonly recordEvent: (regarding: HorizontalPodAutoscaler, event: DecisionEvent) => void;
  /** Told of each decision; must not throw. */
  readonly report: (report: DecisionReport) => void;
  readonly telemetry: ControllerTelemetry;
  /** Somebody wrote the sentinel's status: another controller acts. */
  readonly onForeignController: () => void;
}

/**
 * The control loop: keeps caches of HPAs and pods, syncs each HPA once a period, at once when it appears or its spec
 * changes, and bounds what one broken HPA or backend can cost the others. As a standby it only keeps its caches warm.
 */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #ports: ControllerPorts;
  readonly #pods = new PodIndex();
  readonly #registry = new SelectorRegistry();
  /** Null while the scale-down breaker is off. */
  readonly #fleet: ScaleDownFleet | null;
  readonly #lanes: Lanes;
  readonly #syncs: KeySyncs;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #unsubscribe: Release[] = [];
  #schedule: Schedule;
  #stopping = new AbortController();
  #isSyncing = false;
  #cancelTimer: Release = () => {};

  constructor(options: ControllerOptions, ports: ControllerPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#schedule = new Schedule(cadenceMs(options.syncPeriodMs));
    const onTrip = (api: string): void => ports.telemetry.breakerTripped(api);
    this.#fleet = options.engine.scaleDownBreaker === null ? null : new ScaleDownFleet(onTrip);
    this.#lanes = new Lanes(ports.ioClock, options.concurrencyCount);
    this.#lanes.onPlace(() => this.#pump());
    const sync = {
      ...ports,
      ...options,
      gather: this.#gatherPorts(),
      hpaCount: () => ports.hpas.size,
      absorb: (hpa: KubeObject) => ports.hpas.absorb(hpa),
    };
    this.#syncs = new KeySyncs({
      ...ports,
      sync,
      fleet: this.#fleet,
      hpaOf: (key) => ports.hpas.get(key),
      onForgotten: (key) => this.#onForgotten(key),
    });
  }

  /** Fills the caches; resolves when both are complete. */
  async start(): Promise<void> {
    const { hpas, pods } = this.#ports;
    this.#unsubscribe.push(
      pods.subscribe({
        added: (_key, entry) => this.#pods.add(entry),
        updated: (_key, before, entry) => this.#pods.update(before, entry),
        deleted: (_key, entry) => this.#pods.remove(entry),
      }),
      hpas.subscribe({
        added: (key) => this.#onAdded(key),
        updated: (key, before, after) => this.#onUpdated(key, before, after),
        deleted: (key) => this.#onDeleted(key),
      }),
    );
    await Promise.all([hpas.start(), pods.start()]);
  }

  /** Begins to sync: as an observer at once, otherwise on becoming the leader. The caches must be complete. */
  beginSyncs(): void {
    if (this.#isSyncing) return;
    this.#isSyncing = true;
    this.#stopping = new AbortController();
    this.#schedule = new Schedule(cadenceMs(this.#options.syncPeriodMs));
    this.#ports.memory.keepOnly(this.#uids());
    const nowMs = this.#ports.clock.nowMs();
    for (const { key, offsetMs, firstDelayMs } of spreadOverPeriod(this.#keys(), this.#options.syncPeriodMs)) {
      const text = keyText(key);
      this.#schedule.add(text, nowMs + firstDelayMs, nowMs + offsetMs, this.#ownCadenceMs(text));
    }
    this.#pump();
  }

  /**
   * Begins no further sync and waits for those under way; whatever is not over after `drainMs` of real time is cut off.
   * What was remembered is dropped: by the next time, somebody else may have acted.
   */
  async endSyncs(drainMs: number): Promise<void> {
    this.#isSyncing = false;
    this.#cancelTimer();
    const cancelCut = this.#ports.ioClock.after(drainMs, () =>
      this.#stopping.abort(new Failure('unavailable', 'the controller is stopping')),
    );
    await Promise.all(this.#inFlight);
    cancelCut();
    this.#syncs.clear();
  }

  /** Ends the syncs and the caches. */
  async stop(drainMs: number): Promise<void> {
    await this.endSyncs(drainMs);
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await Promise.all([this.#ports.hpas.stop(), this.#ports.pods.stop()]);
  }

  /** Where it stands, for gauges and health. */
  standing(): ControllerStanding {
    const nowMs = this.#ports.clock.nowMs();
    return {
      isSynced: this.#ports.hpas.isSynced && this.#ports.pods.isSynced,
      isSyncing: this.#isSyncing,
      hpaCount: this.#ports.hpas.size,
      podCount: this.#pods.totalCount,
      dueCount: this.#isSyncing ? this.#schedule.dueCount(nowMs) : 0,
      inFlightCount: this.#lanes.inFlightCount,
      latenessMs: this.#isSyncing ? this.#schedule.latenessMs(nowMs) : 0,
      quarantinedCount: this.#syncs.quarantinedCount(nowMs),
      breakerHeldCount: this.#fleet?.heldCount ?? 0,
    };
  }

  #onAdded(key: string): void {
    if (key === this.#options.sentinelKey) return;
    const parsed = parseKeyText(key);
    if (parsed !== undefined) this.#registry.register(parsed);
    if (!this.#isSyncing) return;
    const nowMs = this.#ports.clock.nowMs();
    const ownCadenceMs = this.#ownCadenceMs(key);
    if (this.#schedule.has(key)) {
      this.#schedule.setPeriod(key, ownCadenceMs);
      this.#schedule.hasten(key, nowMs, 'created');
    } else this.#schedule.add(key, nowMs, nowMs, ownCadenceMs);
    this.#pump();
  }

  #onUpdated(key: string, before: HpaFact, after: HpaFact): void {
    if (key === this.#options.sentinelKey) {
      if (after.kind === 'found' && isStatusWritten(after.object)) this.#ports.onForeignController();
      return;
    }
    if (!this.#isSyncing) return;
    const areOptionsNew = areOptionsChanged(before, after);
    if (areOptionsNew) this.#schedule.setPeriod(key, this.#ownCadenceMs(key));
    const isSpecNew = isSpecChanged(before, after);
    if (!isSpecNew && !areOptionsNew) return;
    this.#schedule.hasten(key, this.#ports.clock.nowMs(), isSpecNew ? 'specChanged' : 'optionsChanged');
    this.#pump();
  }

  /** From one sync of this HPA to its next, where it asks for a period of its own. */
  #ownCadenceMs(key: string): number | null {
    const periodMs = ownSyncPeriodMs(this.#ports.hpas.get(key));
    return periodMs === null ? null : cadenceMs(periodMs);
  }

  /** What was remembered goes when the next sync finds the HPA missing, as upstream's does. */
  #onDeleted(key: string): void {
    const parsed = parseKeyText(key);
    if (parsed !== undefined) this.#registry.unregister(parsed);
  }

  #onForgotten(key: string): void {
    // Created anew while the sync was under way: then the next one finds it.
    if (this.#ports.hpas.get(key) === undefined) this.#schedule.remove(key);
  }

  /** Begins what is due while there is room, and sets the timer for what comes next. */
  #pump(): void {
    if (!this.#isSyncing) return;
    this.#cancelTimer();
    const nowMs = this.#ports.clock.nowMs();
    while (this.#lanes.hasPlace) {
      const due = this.#schedule.take(nowMs);
      if (due === undefined) break;
      this.#begin(due, nowMs);
    }
    const nextAtMs = this.#lanes.hasPlace ? this.#schedule.nextAtMs() : undefined;
    if (nextAtMs === undefined) return;
    this.#cancelTimer = this.#ports.clock.after(nextAtMs - nowMs, () => this.#pump());
  }

  /** The clock is held from here until the sync's writes are answered. */
  #begin(due: DueSync, nowMs: number): void {
    const release = this.#ports.clock.hold('controller');
    const work = this.#lanes
      .run(() => this.#sync(due, nowMs))
      .finally(() => {
        this.#inFlight.delete(work);
        release();
      });
    this.#inFlight.add(work);
  }

  async #sync(due: DueSync, nowMs: number): Promise<void> {
    const key = parseKeyText(due.keyText);
    if (key !== undefined) await this.#syncs.run(key, due, nowMs, this.#stopping.signal);
    this.#schedule.finish(due.keyText, this.#ports.clock.nowMs());
  }

  #keys(): readonly ObjectKey[] {
    const keys: ObjectKey[] = [];
    for (const hpa of this.#ports.hpas.values()) keys.push(keyOfFact(hpa));
    return keys.filter((key) => keyText(key) !== this.#options.sentinelKey);
  }

  #uids(): ReadonlySet<string> {
    const uids = new Set<string>();
    for (const hpa of this.#ports.hpas.values()) if (hpa.kind === 'found') uids.add(hpa.object.metadata.uid ?? '');
    return uids;
  }

  #gatherPorts(): GatherPorts {
    const { client, mapper, clock, ioClock, source } = this.#ports;
    const { sampleValues: values } = this.#options;
    const fleet = this.#fleet;
    return {
      clock,
      options: this.#options.engine,
      readScale: createScaleReader(client, mapper),
      pods: this.#pods,
      owners: new PodOwners({ client, mapper, ioClock }),
      registry: this.#registry,
      metrics: createMetricReader({ podMetrics: this.#sharedPodMetrics(), source, mapper, ioClock, values }),
      ...(fleet === null ? {} : { pressureOf: (key) => fleet.pressureOf(keyText(key)) }),
    };
  }

  #sharedPodMetrics(): SharedPodMetrics {
    const { clock, source, pods, podProjection } = this.#ports;
    return new SharedPodMetrics({
      source: source.resource ?? NO_RESOURCE_API,
      clock,
      canListCluster: this.#options.isClusterWide,
      shortestPeriodMs: () => this.#schedule.shortestPeriodMs(),
      internLabels: (labels) => podProjection.internLabels(labels),
      labelsOfPod: (namespace, name) => pods.get(`${namespace}/${name}`)?.labels,
      planWindow: (untilMs, canListCluster) => {
        const members = this.#schedule.activeUntil(untilMs).flatMap((key) => {
          const hpa = this.#ports.hpas.get(key);
          return hpa === undefined ? [] : [{ hpa, demand: this.#syncs.demandOf(key) }];
        });
        const inNamespace = (namespace: string): number => this.#pods.inNamespace(namespace);
        const counts = { inNamespace, totalCount: this.#pods.totalCount };
        return planLists(demandsOf(members, inNamespace), counts, canListCluster);
      },
    });
  }
}

const NO_RESOURCE_API: ResourceMetricsSource = {
  listPods: async () => {
    throw new Failure('notFound', NO_RESOURCE_API_TEXT);
  },
  listNodes: async () => {
    throw new Failure('notFound', NO_RESOURCE_API_TEXT);
  },
};

function keyOfFact(hpa: HpaFact): ObjectKey {
  if (hpa.kind !== 'found') return { namespace: hpa.namespace, name: hpa.name };
  return { namespace: hpa.object.metadata.namespace ?? '', name: hpa.object.metadata.name };
}

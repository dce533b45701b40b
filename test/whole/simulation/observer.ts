import type { Cluster } from './cluster.ts';
import { ANY_DEMAND, demandOf, largest, type MetricValue } from './demand-model.ts';
import type { Journal, ScaleWrite, SyncView } from './journal.ts';
import type { Call } from './simulated-transport.ts';
import type { Story } from './story.ts';

interface ScaleObject {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number };
}

/** How long the answer of one list of pod metrics serves syncs that ask for it later. */
const SHARED_LIST_MS = 2_000;

/**
 * Watches what passes between processes and the world, and puts it down in the journal: what each sync was told, and
 * which scale writes were accepted.
 */
export class Observer {
  /** For how long a process's view of the pods has been whole. */
  podWatchAgeMs: (process: string) => number = () => 0;
  readonly #story: Story;
  readonly #journal: Journal;
  readonly #cluster: Cluster;
  readonly #judge: (write: ScaleWrite) => void;
  readonly #views = new Map<string, SyncView>();
  readonly #cpuReads = new Map<
    string,
    { readonly atMs: number; readonly value: MetricValue; readonly isPartial: boolean }
  >();
  /** Of each process and HPA, when the lists were begun that have brought nothing. */
  readonly #vainLists = new Map<string, number[]>();

  constructor(story: Story, journal: Journal, cluster: Cluster, judge: (write: ScaleWrite) => void) {
    this.#story = story;
    this.#journal = journal;
    this.#cluster = cluster;
    this.#judge = judge;
  }

  /** What the process knows when it sends the request: to be handed back when the server has done it. */
  sent(process: string, termMs: number, call: Call, nowMs: number): SyncView | undefined {
    const key = `${process}/${call.name}`;
    const current = this.#views.get(key);
    if (call.subject === 'scaleWrite') this.#journal.note(call.name, `${process} sends a scale write`);
    if (current !== undefined && call.subject !== 'scaleRead') current.isDecided = true;
    if (current !== undefined && call.subject === 'scaleWrite') current.writeSentAtMs ??= nowMs;
    if (call.subject !== 'scaleRead' || current?.isRefetchNext === true) return current;
    const view: SyncView = {
      process,
      termMs,
      hpa: call.name,
      startAtMs: nowMs,
      endAtMs: nowMs,
      writeSentAtMs: null,
      specReplicas: null,
      statusReplicas: 0,
      heldReplicas: null,
      isRefetchNext: false,
      isDecided: false,
      values: new Map(),
      demand: null,
      readableMost: 0,
    };
    this.#views.set(key, view);
    this.#journal.views.push(view);
    return view;
  }

  /** The process has the answer; 0 and null when it has none. */
  answered(view: SyncView | undefined, call: Call, status: number, answer: unknown, nowMs: number): void {
    if (view === undefined) return;
    if (call.subject === 'scaleWrite') {
      view.isRefetchNext = status !== 200;
      const write = this.#journal.writes.findLast((each) => each.view === view);
      if (write !== undefined) write.answeredAtMs = nowMs;
      if (status !== 200) this.#journal.note(call.name, `${view.process} is told ${status} for its scale write`);
    }
    if (call.subject !== 'scaleRead') return;
    view.isRefetchNext = false;
    if (status !== 200) return;
    const scale = answer as ScaleObject;
    view.heldReplicas = scale.spec?.replicas ?? 0;
    if (view.specReplicas !== null) return;
    view.specReplicas = view.heldReplicas;
    view.statusReplicas = scale.status?.replicas ?? 0;
    this.#learned(view, nowMs);
  }

  /** The server has accepted a scale write. */
  wrote(process: string, view: SyncView | undefined, call: Call, fromReplicas: number, nowMs: number): void {
    const scale = JSON.parse(call.body ?? '{}') as ScaleObject;
    const toReplicas = scale.spec?.replicas ?? 0;
    const isGuarded = (scale.metadata?.resourceVersion ?? '') !== '';
    this.#journal.note(call.name, `${process} writes ${fromReplicas} → ${toReplicas}`);
    const counts = { hpa: call.name, fromReplicas, toReplicas };
    const write: ScaleWrite = { atMs: nowMs, process, ...counts, isGuarded, answeredAtMs: null, view };
    this.#judge(write);
    this.#journal.writes.push(write);
  }

  /** A process says that its sync of an HPA is over. */
  concluded(process: string, hpa: string): void {
    const view = this.#views.get(`${process}/${hpa}`);
    if (view === undefined) return;
    view.isDecided = true;
    view.isRefetchNext = false;
  }

  /** A process has read a metric of one HPA, or failed to. */
  metricRead(process: string, hpa: string, metric: string, value: MetricValue, nowMs: number): void {
    const view = this.#views.get(`${process}/${hpa}`);
    if (view === undefined || view.isDecided) return;
    view.values.set(metric, value);
    this.#learned(view, nowMs);
  }

  /** A process begins to list the usage of the pods of some HPAs. What is returned is told when the list has come. */
  cpuAsked(process: string, hpas: readonly string[], beganAtMs: number): (isPartial: boolean, nowMs: number) => void {
    const keys = hpas.map((hpa) => `${process}/${hpa}`);
    for (const key of keys) this.#vainLists.set(key, [...(this.#vainLists.get(key) ?? []), beganAtMs]);
    this.#cpuRead(process, hpas, false, false, beganAtMs);
    return (isPartial, nowMs) => {
      for (const key of keys) {
        const vain = this.#vainLists.get(key) ?? [];
        vain.splice(vain.indexOf(beganAtMs), 1);
      }
      this.#cpuRead(process, hpas, true, isPartial, nowMs);
    };
  }

  #cpuRead(process: string, hpas: readonly string[], isRead: boolean, isPartial: boolean, nowMs: number): void {
    for (const hpa of hpas) {
      const value = isRead ? (this.#cluster.totals(hpa).get('cpu') ?? 0) : null;
      this.#cpuReads.set(`${process}/${hpa}`, { atMs: nowMs, value, isPartial });
      const view = this.#views.get(`${process}/${hpa}`);
      if (view !== undefined) this.#learned(view, nowMs);
    }
  }

  /**
   * Whether the sync may have waited for a list that never came: it waits for the one that it joined, and what another
   * brought meanwhile was for others.
   */
  #isVain({ process, hpa, startAtMs }: SyncView): boolean {
    const vain = this.#vainLists.get(`${process}/${hpa}`) ?? [];
    return vain.some((beganAtMs) => beganAtMs >= startAtMs - SHARED_LIST_MS);
  }

  /** Works out what the sync recommends from what it has been told so far. */
  #learned(view: SyncView, nowMs: number): void {
    const planned = this.#story.hpas.find(({ name }) => name === view.hpa);
    if (planned === undefined || view.specReplicas === null || view.isDecided) return;
    view.endAtMs = nowMs;
    const shared = this.#cpuReads.get(`${view.process}/${view.hpa}`);
    if (shared !== undefined && shared.atMs >= view.startAtMs - SHARED_LIST_MS) view.values.set('cpu', shared.value);
    const isCpuClear = this.#cluster.arePodsSettled(view.hpa) && this.podWatchAgeMs(view.process) > 70_000;
    const counts = {
      specReplicas: view.specReplicas,
      statusReplicas: view.statusReplicas,
      isCpuPartial: shared?.isPartial ?? false,
    };
    const demands = planned.metrics.flatMap((metric) => {
      const value = view.values.get(metric.name) ?? null;
      if (value === null) return [];
      const isClear = metric.kind !== 'cpu' || (isCpuClear && view.specReplicas === view.statusReplicas);
      return [isClear ? demandOf(metric, value, counts) : ANY_DEMAND];
    });
    if (demands.length === 0) return;
    const { least, most } = largest(demands);
    view.readableMost = most;
    // Of pods that are not settled no sample may count; then the metric is as good as missing, and nothing may shrink.
    const isUncertain = demands.includes(ANY_DEMAND) && least < view.specReplicas;
    const demand = isUncertain ? ANY_DEMAND : { least, most };
    view.demand = demands.length === planned.metrics.length && !this.#isVain(view) ? demand : null;
  }
}

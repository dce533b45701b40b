import { matchesSelector, parseSelector } from '../../../src/base/label-selector.ts';
import { SILENT_LOG } from '../../../src/base/log.ts';
import { formatRfc3339 } from '../../../src/base/rfc3339.ts';
import type { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { DEFAULT_API_FEATURES } from '../../../src/core/autoscaling/features.ts';
import type { HorizontalPodAutoscaler } from '../../../src/core/autoscaling/types.ts';
import { type ApiServer, createApiServer } from '../../../src/lab/apiserver/api-server.ts';
import { BUILT_IN_KINDS } from '../../../src/lab/apiserver/kinds/all.ts';
import { hpaKind } from '../../../src/lab/apiserver/kinds/hpa.ts';
import type { ApiObject } from '../../../src/lab/apiserver/object.ts';
import { SCHEMA_BOOK } from '../../../src/lab/apiserver/schema-book.ts';
import type { PodMetrics } from '../../../src/metrics/source/port.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../../src/platform/kube/client.ts';
import { createHandleTransport } from '../../../src/platform/kube/handle-transport.ts';
import { HPA_API_V2 } from '../../../src/platform/kube/hpa-api.ts';
import { createKubeClient } from '../../../src/platform/kube/kube-client.ts';
import { POD_REQUEST_MILLI, totalWorth } from './demand-model.ts';
import type { Journal } from './journal.ts';
import { type PlannedHpa, type Story, specOf } from './story.ts';

export const NAMESPACE = 'shop';
export const OWN_NAMESPACE = 'podtide-system';
const TOKEN = 'simulated';
const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', resource: 'deployments', isNamespaced: true };
const NAMESPACES: ResourceType = { group: '', version: 'v1', resource: 'namespaces', isNamespaced: false };
const DEPLOYMENT_STORE = 'apps/deployments';
const POD_STORE = '/pods';
/** Workloads look at their specs as often. */
const FOLLOW_MS = 1_000;
const POD_START_MS = 2_000;
/** How long after its birth a pod's usage may still be set aside. */
const POD_SETTLING_MS = 20_000;

interface Workload {
  readonly hpa: PlannedHpa;
  readonly totals: Map<string, number>;
  readonly hasPods: boolean;
  createdCount: number;
  isUnready: boolean;
  /** When its pods last changed. */
  podsChangedAtMs: number;
}

/**
 * The true world: the embedded API server, workloads that follow their specs once a second, and the loads on them. What
 * kubelets and workload controllers do goes straight into the store, because nothing is being tested there.
 */
export class Cluster {
  readonly server: ApiServer;
  readonly headers = { authorization: `Bearer ${TOKEN}` };
  readonly #clock: VirtualClock;
  readonly #journal: Journal;
  readonly #client: KubeClient;
  readonly #workloads = new Map<string, Workload>();

  constructor(clock: VirtualClock, journal: Journal) {
    this.#clock = clock;
    this.#journal = journal;
    this.server = createApiServer({
      clock,
      ioClock: clock,
      kinds: [...BUILT_IN_KINDS, hpaKind(DEFAULT_API_FEATURES)],
      version: '1.36.3',
      schemaBook: SCHEMA_BOOK,
      tokens: { [TOKEN]: { name: 'admin', groups: ['system:masters'] } },
    });
    const transport = createHandleTransport((request) => this.server.handle(request), { headers: this.headers });
    this.#client = createKubeClient({
      transport,
      ioClock: clock,
      userAgent: 'world',
      random: () => 0,
      log: SILENT_LOG,
    });
  }

  async begin(story: Story): Promise<void> {
    for (const name of [NAMESPACE, OWN_NAMESPACE]) await this.#client.create(NAMESPACES, { metadata: { name } });
    for (const hpa of story.hpas) {
      await this.createTarget(hpa, hpa.startReplicas);
      await this.createHpa(hpa, hpa);
    }
    const follow = (): void => {
      this.#clock.after(FOLLOW_MS, follow);
      for (const workload of this.#workloads.values()) this.#follow(workload);
    };
    follow();
  }

  /** Counts of the target; null while it is not there. */
  counts(name: string): { readonly specReplicas: number; readonly statusReplicas: number } | null {
    const deployment = this.server.store.get(DEPLOYMENT_STORE, NAMESPACE, name) as DeploymentObject | undefined;
    if (deployment === undefined) return null;
    return { specReplicas: deployment.spec.replicas, statusReplicas: deployment.status?.replicas ?? 0 };
  }

  hpa(name: string): HorizontalPodAutoscaler | undefined {
    const stored = this.server.store.get('autoscaling/horizontalpodautoscalers', NAMESPACE, name);
    return stored as HorizontalPodAutoscaler | undefined;
  }

  totals(name: string): ReadonlyMap<string, number> {
    return this.#workloads.get(name)?.totals ?? new Map();
  }

  setLoad(name: string, metric: string, podsWorth: number): void {
    const workload = this.#workloads.get(name);
    const planned = workload?.hpa.metrics.find((each) => each.name === metric);
    if (workload === undefined || planned === undefined) return;
    const total = totalWorth(planned, podsWorth);
    workload.totals.set(metric, total);
    this.#journal.note(name, `load ${metric} = ${total} (${podsWorth} pods' worth)`);
  }

  async createHpa(
    hpa: PlannedHpa,
    bounds: { readonly minReplicas: number; readonly maxReplicas: number },
  ): Promise<void> {
    const metadata = { namespace: NAMESPACE, name: hpa.name };
    await this.#client.create(HPA_API_V2.type, HPA_API_V2.encode({ metadata, spec: specOf(hpa, bounds) }));
    this.#journal.specChanged(hpa.name, { minReplicas: bounds.minReplicas, maxReplicas: bounds.maxReplicas });
  }

  async deleteHpa(name: string): Promise<void> {
    if (this.hpa(name) === undefined) return;
    await this.#client.delete(HPA_API_V2.type, { namespace: NAMESPACE, name });
    this.#journal.specChanged(name, null);
  }

  async editHpa(
    hpa: PlannedHpa,
    bounds: { readonly minReplicas: number; readonly maxReplicas: number },
  ): Promise<void> {
    const current = this.hpa(hpa.name);
    if (current === undefined) return;
    const edited = HPA_API_V2.encode({ ...current, spec: { ...current.spec, ...bounds } });
    await this.#client.replace(HPA_API_V2.type, edited);
    this.#journal.specChanged(hpa.name, bounds);
  }

  async createTarget(hpa: PlannedHpa, replicas: number): Promise<void> {
    const labels = { app: hpa.name };
    const template = { metadata: { labels }, spec: podSpec() };
    const spec = { replicas, selector: { matchLabels: labels }, template };
    await this.#client.create(DEPLOYMENTS, { metadata: { namespace: NAMESPACE, name: hpa.name }, spec } as KubeObject);
    const hasPods = hpa.metrics.some(({ kind }) => kind === 'cpu');
    const known = this.#workloads.get(hpa.name);
    const podsChangedAtMs = Number.NEGATIVE_INFINITY;
    const workload = known ?? { hpa, totals: new Map(), hasPods, createdCount: 0, isUnready: false, podsChangedAtMs };
    this.#workloads.set(hpa.name, workload);
    this.#journal.note(hpa.name, `target created with ${replicas}`);
    this.#follow(workload);
  }

  async deleteTarget(name: string): Promise<void> {
    if (this.counts(name) === null) return;
    await this.#client.delete(DEPLOYMENTS, { namespace: NAMESPACE, name });
    this.#journal.note(name, 'target deleted');
  }

  scaleByHand(name: string, replicas: number): void {
    const deployment = this.server.store.get(DEPLOYMENT_STORE, NAMESPACE, name) as DeploymentObject | undefined;
    if (deployment === undefined) return;
    this.server.store.put(DEPLOYMENT_STORE, { ...deployment, spec: { ...deployment.spec, replicas } });
    this.#journal.note(name, `scaled by hand ${deployment.spec.replicas} → ${replicas}`);
  }

  /** Takes all pods away; new ones come with the workload's next look. */
  churnPods(name: string): void {
    for (const pod of this.#pods(name)) this.server.store.remove(POD_STORE, NAMESPACE, pod.metadata.name);
    this.#podsChanged(name, 'pods replaced');
  }

  setUnready(name: string, isUnready: boolean): void {
    const workload = this.#workloads.get(name);
    if (workload === undefined) return;
    workload.isUnready = isUnready;
    for (const [index, pod] of this.#pods(name).entries()) if (index % 2 === 0) this.#setReady(pod, !isUnready);
    this.#podsChanged(name, isUnready ? 'half the pods are not ready' : 'all pods are ready again');
  }

  /** Whether the usage of its pods says what the model says: all there, for long enough. */
  arePodsSettled(name: string): boolean {
    const workload = this.#workloads.get(name);
    if (workload === undefined || workload.isUnready) return false;
    return this.#clock.nowMs() - workload.podsChangedAtMs > POD_SETTLING_MS;
  }

  /** What a metrics server would answer now. */
  podMetrics(labelSelector: string): readonly PodMetrics[] {
    const parsed = parseSelector(labelSelector);
    const atMs = this.#clock.nowMs();
    return [...this.#workloads.values()].flatMap((workload) => {
      const labels = { app: workload.hpa.name };
      if (parsed.kind === 'invalid' || !workload.hasPods || !matchesSelector(parsed.selector, labels)) return [];
      const pods = this.#pods(workload.hpa.name);
      const perPodMilli = Math.round((workload.totals.get('cpu') ?? 0) / pods.length);
      return pods.map(({ metadata }) => ({
        namespace: NAMESPACE,
        name: metadata.name,
        labels,
        atMs,
        windowMs: 15_000,
        containers: [{ name: 'app', usage: { cpu: `${perPodMilli}m` } }],
      }));
    });
  }

  #follow(workload: Workload): void {
    const { name } = workload.hpa;
    const deployment = this.server.store.get(DEPLOYMENT_STORE, NAMESPACE, name) as DeploymentObject | undefined;
    const wantedCount = deployment?.spec.replicas ?? 0;
    if (workload.hasPods) this.#followWithPods(workload, wantedCount);
    if (deployment === undefined || (deployment.status?.replicas ?? 0) === wantedCount) return;
    this.server.store.put(DEPLOYMENT_STORE, {
      ...deployment,
      status: { ...deployment.status, replicas: wantedCount, readyReplicas: wantedCount },
    });
  }

  #followWithPods(workload: Workload, wantedCount: number): void {
    const { name } = workload.hpa;
    const pods = this.#pods(name);
    if (pods.length === wantedCount) return;
    for (let count = pods.length; count < wantedCount; count++) this.#createPod(workload);
    for (const pod of pods.slice(wantedCount)) this.server.store.remove(POD_STORE, NAMESPACE, pod.metadata.name);
    this.#podsChanged(name, `pods ${pods.length} → ${wantedCount}`);
  }

  #createPod(workload: Workload): void {
    const { name } = workload.hpa;
    const podName = `${name}-${String(workload.createdCount++).padStart(4, '0')}`;
    const pod: PodObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: NAMESPACE, name: podName, uid: `pod-${podName}`, labels: { app: name } },
      spec: podSpec(),
      status: { phase: 'Running', startTime: formatRfc3339(this.#clock.nowMs()), conditions: [] },
    };
    this.#setReady(this.server.store.put(POD_STORE, pod) as PodObject, false);
    this.#clock.after(POD_START_MS, () => {
      const current = this.server.store.get(POD_STORE, NAMESPACE, podName) as PodObject | undefined;
      if (current !== undefined) this.#setReady(current, true);
    });
  }

  #setReady(pod: PodObject, isReady: boolean): void {
    const lastTransitionTime = formatRfc3339(this.#clock.nowMs());
    const conditions = [{ type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime }];
    this.server.store.put(POD_STORE, { ...pod, status: { ...pod.status, conditions } });
  }

  #podsChanged(name: string, text: string): void {
    const workload = this.#workloads.get(name);
    if (workload !== undefined) workload.podsChangedAtMs = this.#clock.nowMs();
    this.#journal.note(name, text);
  }

  #pods(name: string): readonly PodObject[] {
    return this.server.store
      .list(POD_STORE, NAMESPACE)
      .filter(({ metadata }) => metadata.labels?.['app'] === name) as unknown as readonly PodObject[];
  }
}

interface DeploymentObject extends ApiObject {
  readonly spec: { readonly replicas: number };
  readonly status?: { readonly replicas?: number };
}

interface PodObject extends ApiObject {
  readonly status: { readonly phase: string; readonly startTime: string; readonly conditions: readonly unknown[] };
}

function podSpec() {
  return { containers: [{ name: 'app', image: 'app:1', resources: { requests: { cpu: `${POD_REQUEST_MILLI}m` } } }] };
}

import { setImmediate } from 'node:timers/promises';
import { type ControllerFlags, parseControllerConfig } from '../../../src/app/config/controller-config.ts';
import {
  type ControllerProcess,
  type ControllerProcessOptions,
  startController,
} from '../../../src/app/processes/controller-process.ts';
import { SILENT_LOG } from '../../../src/base/log.ts';
import { formatRfc3339, parseRfc3339 } from '../../../src/base/rfc3339.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { DecisionHistory } from '../../../src/control/history/decision-history.ts';
import { DEFAULT_API_FEATURES } from '../../../src/core/autoscaling/features.ts';
import type { HorizontalPodAutoscaler, HpaSpec, OwnerReference } from '../../../src/core/autoscaling/types.ts';
import { type ApiServer, createApiServer } from '../../../src/lab/apiserver/api-server.ts';
import type { User } from '../../../src/lab/apiserver/authentication.ts';
import type { Fault } from '../../../src/lab/apiserver/fault.ts';
import type { Kind } from '../../../src/lab/apiserver/kind.ts';
import { BUILT_IN_KINDS } from '../../../src/lab/apiserver/kinds/all.ts';
import { hpaKind } from '../../../src/lab/apiserver/kinds/hpa.ts';
import { SCHEMA_BOOK } from '../../../src/lab/apiserver/schema-book.ts';
import type { MetricsSource, PodMetrics } from '../../../src/metrics/source/port.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../../src/platform/kube/client.ts';
import { createHandleTransport } from '../../../src/platform/kube/handle-transport.ts';
import { findHpaApi, HPA_API_V2, type HpaApi } from '../../../src/platform/kube/hpa-api.ts';
import { createKubeClient, type KubeClientOptions } from '../../../src/platform/kube/kube-client.ts';
import { createTelemetry } from '../../../src/platform/telemetry/registry.ts';
import { createDeliveryLedger } from '../../../src/platform/time/delivery-ledger.ts';

export const HPAS: ResourceType = {
  group: 'autoscaling',
  version: 'v2',
  resource: 'horizontalpodautoscalers',
  isNamespaced: true,
};
export const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', resource: 'deployments', isNamespaced: true };
export const EVENTS: ResourceType = { group: '', version: 'v1', resource: 'events', isNamespaced: true };
const REPLICA_SETS: ResourceType = { group: 'apps', version: 'v1', resource: 'replicasets', isNamespaced: true };
export const PODS: ResourceType = { group: '', version: 'v1', resource: 'pods', isNamespaced: true };
const NAMESPACES: ResourceType = { group: '', version: 'v1', resource: 'namespaces', isNamespaced: false };

const START_AT_MS = parseRfc3339('2026-01-01T00:00:00Z') ?? 0;
const NAMESPACE = 'shop';
const TOKEN = 'whole-test';
/** Beyond every initialization period. */
const OLD_POD_MS = 3_600_000;
const POD_START_MS = 2_000;

const CONTROLLER_AGENT = 'controller-under-test';

/** Whether a controller sent the request, and not the world itself. */
export function isOfController(request: Request): boolean {
  return request.headers.get('user-agent') === CONTROLLER_AGENT;
}

interface Deployment extends KubeObject {
  readonly spec: { readonly replicas?: number; readonly selector: { readonly matchLabels: Record<string, string> } };
  readonly status?: { readonly replicas?: number };
}

interface Workload {
  readonly name: string;
  /** The ReplicaSet that owns its pods, itself owned by the Deployment. */
  readonly owner: OwnerReference;
  /** CPU of all its pods together, milli, shared by them evenly. */
  loadMilli: number;
  podCount: number;
  createdCount: number;
}

/** What the API server shows of itself. */
export interface ServerFace {
  readonly version: string;
  readonly hpaKind: Kind;
}

const HPA_KIND = hpaKind(DEFAULT_API_FEATURES);

/** The whole controller against the embedded API server, in one process, under virtual clocks. */
export class ControllerWorld {
  readonly clock = new VirtualClock({ startAtMs: START_AT_MS, turn: () => setImmediate() });
  readonly io = new VirtualClock({ startAtMs: START_AT_MS });
  readonly server: ApiServer;
  readonly client: KubeClient;
  /** How the world itself reads and writes HPAs. */
  hpaApi: HpaApi = HPA_API_V2;
  /** `PUT /apis/…`, as sent, without the watches. */
  readonly requests: string[] = [];
  /** Requests that were answered with 403. */
  readonly refusals: string[] = [];
  fault: ((request: Request) => Fault | undefined) | undefined;
  /** Instead of the workloads' CPU, when set. */
  listPods: ((namespace: string | null, labelSelector: string) => Promise<readonly PodMetrics[]>) | undefined;
  /** Answers what is asked of the metrics APIs, byte for byte, when set before a controller starts. */
  metricsApi: ((path: string, signal: AbortSignal) => Response | Promise<Response>) | undefined;
  readonly #ledger = createDeliveryLedger(this.clock);
  readonly #workloads: Workload[] = [];
  /** Deployments that somebody wrote since they were last followed. */
  readonly #written = new Set<string>();
  readonly #watchCuts: (() => void)[] = [];
  readonly #controllers: ControllerProcess[] = [];

  /** `users` by bearer token, beside the administrator that the world itself is; the face of 1.36 when none is given. */
  constructor(users: Readonly<Record<string, User>> = {}, face: ServerFace = { version: '1.36.3', hpaKind: HPA_KIND }) {
    this.server = createApiServer({
      clock: this.clock,
      ioClock: this.io,
      kinds: [...BUILT_IN_KINDS, face.hpaKind],
      version: face.version,
      schemaBook: SCHEMA_BOOK,
      tokens: { ...users, [TOKEN]: { name: 'admin', groups: ['system:masters'] } },
      ledger: this.#ledger,
      faults: (request) => {
        const url = new URL(request.url);
        if (!url.searchParams.has('watch')) this.requests.push(`${request.method} ${url.pathname}`);
        const written = request.method === 'GET' ? undefined : /\/deployments\/([^/]+)/.exec(url.pathname)?.[1];
        if (written !== undefined) this.#written.add(written);
        return this.fault?.(request);
      },
    });
    this.client = createKubeClient(this.clientOptions());
  }

  /** Makes the namespace, and lets workloads follow their specs once a second. */
  async begin(): Promise<void> {
    this.hpaApi = await findHpaApi({ client: this.client, ioClock: this.io, random: () => 0, log: SILENT_LOG });
    await this.client.create(NAMESPACES, { metadata: { name: NAMESPACE } });
    const follow = (): Promise<void> => {
      this.clock.after(1_000, follow);
      return this.#followSpecs();
    };
    this.clock.after(1_000, follow);
  }

  /** Starts a controller that acts, unless the flags or options say otherwise. */
  async controller(
    flags: ControllerFlags = {},
    options: Partial<ControllerProcessOptions> = {},
  ): Promise<ControllerProcess> {
    const config = parseControllerConfig({
      mode: 'control',
      'assume-sole-controller': true,
      'leader-elect': false,
      ...flags,
    });
    const controller = await this.#drive(
      startController({
        config,
        history: new DecisionHistory(config.clusterName, SILENT_LOG),
        client: this.clientOptions(TOKEN, CONTROLLER_AGENT),
        clock: this.clock,
        ioClock: this.io,
        random: () => 0.5,
        log: SILENT_LOG,
        telemetry: createTelemetry(),
        identity: `controller-${this.#controllers.length}`,
        ownNamespace: NAMESPACE,
        ...(this.metricsApi === undefined ? { source: this.#source() } : {}),
        delivery: this.#ledger,
        ...options,
      }),
      0,
    );
    this.#controllers.push(controller);
    return controller;
  }

  /** A Deployment whose pods request 200m and share `loadMilli`. */
  async deploy(name: string, podCount: number, loadMilli: number): Promise<Workload> {
    const labels = { app: name };
    const spec = { replicas: podCount, selector: { matchLabels: labels }, template: podTemplate(labels) };
    const deployment = await this.client.create(DEPLOYMENTS, { metadata: { namespace: NAMESPACE, name }, spec });
    const ownerReferences = [controllerReference('Deployment', deployment)];
    const metadata = { namespace: NAMESPACE, name: `${name}-set`, ownerReferences };
    const set = await this.client.create<KubeObject>(REPLICA_SETS, { metadata, spec } as KubeObject);
    const owner = controllerReference('ReplicaSet', set);
    const workload: Workload = { name, owner, loadMilli, podCount: 0, createdCount: 0 };
    this.#workloads.push(workload);
    await this.#follow(workload, true);
    return workload;
  }

  /** Options are Podtide's own annotations, without their domain. */
  async hpa(
    name: string,
    target: string,
    spec: Partial<HpaSpec> = {},
    options: Readonly<Record<string, string>> = {},
  ): Promise<HorizontalPodAutoscaler> {
    const { type, encode, decode } = this.hpaApi;
    const created = encode({
      metadata: { namespace: NAMESPACE, name, annotations: annotationsOf(options) },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target },
        minReplicas: 1,
        maxReplicas: 10,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
        ],
        ...spec,
      },
    });
    return decode(await this.client.create(type, created));
  }

  /** Gives an HPA these options of Podtide's own in place of those it has. */
  async setOptions(name: string, options: Readonly<Record<string, string>>): Promise<void> {
    const { type, encode } = this.hpaApi;
    const hpa = await this.getHpa(name);
    await this.client.replace(
      type,
      encode({ ...hpa, metadata: { ...hpa.metadata, annotations: annotationsOf(options) } }),
    );
  }

  async getHpa(name: string): Promise<HorizontalPodAutoscaler> {
    return this.hpaApi.decode(await this.client.get(this.hpaApi.type, { namespace: NAMESPACE, name }));
  }

  async specReplicas(name: string): Promise<number | undefined> {
    return (await this.client.get<Deployment>(DEPLOYMENTS, { namespace: NAMESPACE, name })).spec.replicas;
  }

  /** `type/status/reason` of each condition. */
  async conditions(name: string): Promise<readonly string[]> {
    const { status } = await this.getHpa(name);
    return (status?.conditions ?? []).map((condition) => `${condition.type}/${condition.status}/${condition.reason}`);
  }

  /** `Type Reason: message` of each event, in the order of their first occurrence. */
  async events(): Promise<readonly string[]> {
    const { items } = await this.client.list<KubeObject & Record<string, string>>(EVENTS, { namespace: NAMESPACE });
    return items
      .toSorted((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1))
      .map((event) => `${event['type']} ${event['reason']}: ${event['message']}`);
  }

  /** Seconds since the start, for stories. */
  secondsOf(atMs: number): number {
    return Math.floor((atMs - START_AT_MS) / 1000);
  }

  /** Lets domain time run to this many seconds after the start; real time only as far as `ioMsMax` for each wait. */
  runTo(seconds: number, ioMsMax = 100): Promise<void> {
    return this.#drive(this.clock.runTo(START_AT_MS + seconds * 1000), ioMsMax);
  }

  /** Lets real time run, domain time standing still. */
  async runIo(durationMs: number): Promise<void> {
    const untilMs = this.io.nowMs() + durationMs;
    for (;;) {
      for (let turn = 0; turn < 20; turn++) await setImmediate();
      const nextAtMs = this.io.nextAtMs();
      if (nextAtMs === undefined || nextAtMs > untilMs) break;
      this.io.runNext();
    }
    this.io.advanceTo(untilMs);
    for (let turn = 0; turn < 20; turn++) await setImmediate();
  }

  async end(): Promise<void> {
    for (const controller of this.#controllers) await this.#drive(controller.stop(), 100);
  }

  stop(controller: ControllerProcess): Promise<void> {
    this.#controllers.splice(this.#controllers.indexOf(controller), 1);
    return this.#drive(controller.stop(), 100);
  }

  /** Real time moves on only while nothing else does, and only to timers that are due soon. */
  async #drive<T>(work: Promise<T>, ioMsMax: number): Promise<T> {
    let isDone = false;
    const done = (): void => {
      isDone = true;
    };
    work.then(done, done);
    for (let idleCount = 0; !isDone; idleCount++) {
      await setImmediate();
      const nextAtMs = this.io.nextAtMs();
      if (idleCount < 50 || nextAtMs === undefined || nextAtMs - this.io.nowMs() > ioMsMax) continue;
      this.io.runNext();
      idleCount = 0;
    }
    return work;
  }

  /** A way in as the user of this token. */
  clientOptions(token = TOKEN, userAgent = 'whole-test'): KubeClientOptions {
    const transport = createHandleTransport((request) => this.#handle(request), {
      headers: { authorization: `Bearer ${token}` },
    });
    return { transport, ioClock: this.io, userAgent, random: () => 0.5 };
  }

  async #handle(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const isMetrics = /^\/apis\/([a-z]+\.)?metrics\.k8s\.io\//.test(pathname);
    if (isMetrics && this.metricsApi !== undefined) return this.metricsApi(pathname, request.signal);
    const answer = await this.server.handle(request);
    if (request.url.includes('watch=true')) return this.#cuttable(answer);
    if (answer.status === 403) this.refusals.push(`${request.method} ${new URL(request.url).pathname}`);
    return answer;
  }

  /** Breaks every watch that is open. */
  dropWatches(): void {
    for (const cut of this.#watchCuts.splice(0)) cut();
  }

  #cuttable(answer: Response): Response {
    if (answer.body === null) return answer;
    const line = new TransformStream<Uint8Array, Uint8Array>({
      start: (controller) => void this.#watchCuts.push(() => controller.error(new Error('read ECONNRESET'))),
    });
    return new Response(answer.body.pipeThrough(line), { status: answer.status, headers: answer.headers });
  }

  #source(): MetricsSource {
    return {
      resource: {
        listPods: ({ namespace, labelSelector }) =>
          this.listPods?.(namespace, labelSelector) ?? Promise.resolve(this.usage()),
        listNodes: async () => [],
      },
    };
  }

  /** The CPU of every pod now. */
  usage(): readonly PodMetrics[] {
    return this.#workloads.flatMap(({ name, loadMilli, podCount, createdCount }) =>
      Array.from({ length: podCount }, (_, index) => ({
        namespace: NAMESPACE,
        name: `${name}-${createdCount - podCount + index}`,
        labels: { app: name },
        atMs: this.clock.nowMs(),
        windowMs: 15_000,
        containers: [{ name: 'app', usage: { cpu: `${Math.round(loadMilli / podCount)}m` } }],
      })),
    );
  }

  async #followSpecs(): Promise<void> {
    const written = this.#workloads.filter(({ name }) => this.#written.has(name));
    this.#written.clear();
    for (const workload of written) await this.#follow(workload);
  }

  /** New pods are ready two seconds later, unless they are to be old ones; the oldest go first. */
  async #follow(workload: Workload, isOld = false): Promise<void> {
    const ref = { namespace: NAMESPACE, name: workload.name };
    const deployment = await this.client.get<Deployment>(DEPLOYMENTS, ref);
    const wantedCount = deployment.spec.replicas ?? 1;
    if (wantedCount === workload.podCount) return;
    for (; workload.podCount < wantedCount; workload.podCount++) await this.#createPod(workload, isOld);
    for (; workload.podCount > wantedCount; workload.podCount--) {
      const name = `${workload.name}-${workload.createdCount - workload.podCount}`;
      await this.client.delete(PODS, { namespace: NAMESPACE, name }, { gracePeriodSeconds: 0 });
    }
    const current = await this.client.get<Deployment>(DEPLOYMENTS, ref);
    const status = { ...current.status, replicas: wantedCount, readyReplicas: wantedCount };
    await this.client.replace(DEPLOYMENTS, { ...current, status } as Deployment, { subresource: 'status' });
  }

  async #createPod(workload: Workload, isOld: boolean): Promise<void> {
    const labels = { app: workload.name };
    const { spec } = podTemplate(labels);
    const name = `${workload.name}-${workload.createdCount++}`;
    const metadata = { namespace: NAMESPACE, name, labels, ownerReferences: [workload.owner] };
    await this.client.create(PODS, { metadata, spec } as KubeObject);
    const startAtMs = this.clock.nowMs() - (isOld ? OLD_POD_MS : 0);
    if (isOld) return this.#setReady(name, startAtMs, startAtMs);
    await this.#setReady(name, startAtMs, null);
    this.clock.after(POD_START_MS, () => this.#setReady(name, startAtMs, this.clock.nowMs()));
  }

  async #setReady(name: string, startAtMs: number, readyAtMs: number | null): Promise<void> {
    const pod = await this.client.get(PODS, { namespace: NAMESPACE, name });
    const condition = { type: 'Ready', status: readyAtMs === null ? 'False' : 'True' };
    const conditions = [{ ...condition, lastTransitionTime: formatRfc3339(readyAtMs ?? startAtMs) }];
    const status = { phase: 'Running', startTime: formatRfc3339(startAtMs), conditions };
    await this.client.replace(PODS, { ...pod, status } as KubeObject, { subresource: 'status' });
  }
}

function annotationsOf(options: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [`podtide.dev/${name}`, value]));
}

function controllerReference(kind: string, { metadata }: KubeObject): OwnerReference {
  return { apiVersion: 'apps/v1', kind, name: metadata.name, uid: metadata.uid ?? '', controller: true };
}

function podTemplate(labels: Record<string, string>) {
  const container = { name: 'app', image: 'app:1', resources: { requests: { cpu: '200m' } } };
  return { metadata: { labels }, spec: { containers: [container] } };
}

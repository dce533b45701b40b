import { setImmediate } from 'node:timers/promises';
import { type NotifierWatch, openNotifierWatch } from '../../../src/app/processes/notifier-watch.ts';
import { SILENT_LOG } from '../../../src/base/log.ts';
import { formatRfc3339, parseRfc3339 } from '../../../src/base/rfc3339.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { DEFAULT_API_FEATURES } from '../../../src/core/autoscaling/features.ts';
import type { HorizontalPodAutoscaler, HpaCondition, HpaSpec, HpaStatus } from '../../../src/core/autoscaling/types.ts';
import { type ApiServer, createApiServer } from '../../../src/lab/apiserver/api-server.ts';
import type { User } from '../../../src/lab/apiserver/authentication.ts';
import type { Fault } from '../../../src/lab/apiserver/fault.ts';
import type { Kind } from '../../../src/lab/apiserver/kind.ts';
import { BUILT_IN_KINDS } from '../../../src/lab/apiserver/kinds/all.ts';
import { hpaKind } from '../../../src/lab/apiserver/kinds/hpa.ts';
import { SCHEMA_BOOK } from '../../../src/lab/apiserver/schema-book.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../../src/platform/kube/client.ts';
import { createHandleTransport } from '../../../src/platform/kube/handle-transport.ts';
import { findHpaApi, type HpaApi } from '../../../src/platform/kube/hpa-api.ts';
import { createKubeClient, type KubeClientOptions } from '../../../src/platform/kube/kube-client.ts';

export const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', resource: 'deployments', isNamespaced: true };
const PODS: ResourceType = { group: '', version: 'v1', resource: 'pods', isNamespaced: true };
const NAMESPACES: ResourceType = { group: '', version: 'v1', resource: 'namespaces', isNamespaced: false };

export const START_AT_MS = parseRfc3339('2026-01-01T00:00:00Z') ?? 0;
export const SHOP = 'shop';
const TOKEN = 'whole-test';
/** What is under way in the process ends within so many turns of the event loop. */
const TURNS_COUNT = 12;

/** What the API server shows of itself. */
export interface WatchedFace {
  readonly version: string;
  readonly hpaKind: Kind;
}

const HPA_KIND_1_20 = hpaKind(DEFAULT_API_FEATURES, '1.20');
const [v1, ...newer] = HPA_KIND_1_20.versions;

export const FACE_1_36: WatchedFace = { version: '1.36.3', hpaKind: hpaKind(DEFAULT_API_FEATURES) };

/** Servers by the best version of HPAs that they have. */
export const FACES: readonly (readonly [version: string, face: WatchedFace])[] = [
  ['v2', FACE_1_36],
  ['v2beta2', { version: '1.20.11', hpaKind: HPA_KIND_1_20 }],
  [
    'v1',
    {
      version: '1.20.11',
      hpaKind: { ...HPA_KIND_1_20, versions: [v1, ...newer.map((version) => ({ ...version, isHidden: true }))] },
    },
  ],
];

/** What a controller says of an HPA that has nothing to do. */
const IDLE_CONDITIONS: readonly HpaCondition[] = [
  { type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale', message: 'recommended size matches current size' },
  { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', message: 'the HPA was able to calculate' },
  { type: 'ScalingLimited', status: 'False', reason: 'DesiredWithinRange', message: 'within the acceptable range' },
];

interface Deployment extends KubeObject {
  readonly spec: { readonly replicas?: number };
  readonly status?: object;
}

/** HPAs, Deployments and pods on the embedded API server, moved by hand, and whoever watches them; one virtual clock. */
export class WatchedWorld {
  readonly clock = new VirtualClock({
    startAtMs: START_AT_MS,
    turn: async () => {
      for (let turn = 0; turn < TURNS_COUNT; turn++) await setImmediate();
    },
  });
  readonly server: ApiServer;
  readonly client: KubeClient;
  hpaApi: HpaApi | undefined;
  fault: ((request: Request) => Fault | undefined) | undefined;
  /** `GET /api/v1/namespaces/shop/pods?labelSelector=…`, of watchers. */
  readonly watches: string[] = [];
  readonly #lines = new Set<(reason: Error | null) => void>();
  /** Watches that were open when it was last raised say nothing any more. */
  #stallCount = 0;
  readonly #closers: (() => Promise<void>)[] = [];

  /** `users` by bearer token, beside the administrator that the world itself is. */
  constructor(face: WatchedFace = FACE_1_36, users: Readonly<Record<string, User>> = {}) {
    this.server = createApiServer({
      clock: this.clock,
      ioClock: this.clock,
      kinds: [...BUILT_IN_KINDS, face.hpaKind],
      version: face.version,
      schemaBook: SCHEMA_BOOK,
      tokens: { ...users, [TOKEN]: { name: 'admin', groups: ['system:masters'] } },
      faults: (request) => this.fault?.(request),
    });
    this.client = createKubeClient(this.clientOptions(TOKEN, { 'x-world': 'true' }));
  }

  async begin(): Promise<void> {
    this.hpaApi = await findHpaApi({ client: this.client, ioClock: this.clock, random: () => 0, log: SILENT_LOG });
    await this.client.create(NAMESPACES, { metadata: { name: SHOP } });
  }

  /** A way in as the user of this token; the world's own requests have a header `x-world`. */
  clientOptions(token = TOKEN, headers: Readonly<Record<string, string>> = {}): KubeClientOptions {
    const transport = createHandleTransport((request) => this.#handle(request), {
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
    return { transport, ioClock: this.clock, userAgent: 'whole-test', random: () => 0.5 };
  }

  async watch(options: Partial<Parameters<typeof openNotifierWatch>[0]> = {}): Promise<NotifierWatch> {
    const opening = openNotifierWatch({
      client: this.clientOptions(),
      namespaces: null,
      clock: this.clock,
      ioClock: this.clock,
      random: () => 0.5,
      log: SILENT_LOG,
      ...options,
    });
    const opened = await this.drive(opening);
    this.onEnd(() => opened.stop());
    return opened;
  }

  onEnd(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  async end(): Promise<void> {
    for (const close of this.#closers.splice(0)) await this.drive(close());
  }

  /** Lets time run to this many seconds after the start. */
  runTo(seconds: number): Promise<void> {
    return this.clock.runTo(START_AT_MS + seconds * 1000);
  }

  runBy(seconds: number): Promise<void> {
    return this.clock.runBy(seconds * 1000);
  }

  secondsOf(atMs: number): number {
    return (atMs - START_AT_MS) / 1000;
  }

  /** Waits for work that waits for time. */
  async drive<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = (): void => {
      isDone = true;
    };
    work.then(done, done);
    for (let turn = 0; !isDone; turn++) {
      await setImmediate();
      if (turn % 50 === 49) await this.clock.runNextFree();
    }
    return work;
  }

  async hpa(name: string, spec: Partial<HpaSpec> = {}, namespace = SHOP): Promise<HorizontalPodAutoscaler> {
    const { type, encode, decode } = this.#api();
    const created = encode({
      metadata: { namespace, name },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: 1,
        maxReplicas: 10,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
        ],
        ...spec,
      },
    });
    return decode(await this.client.create(type, created));
  }

  /** Adds labels and annotations to an HPA. */
  async mark(
    name: string,
    marks: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> },
  ): Promise<void> {
    const { type } = this.#api();
    const { metadata, ...rest } = await this.client.get<KubeObject>(type, { namespace: SHOP, name });
    const labels = { ...metadata.labels, ...marks.labels };
    const annotations = { ...metadata.annotations, ...marks.annotations };
    await this.client.replace(type, { ...rest, metadata: { ...metadata, labels, annotations } } as KubeObject);
  }

  async deleteHpa(name: string): Promise<void> {
    await this.client.delete(this.#api().type, { namespace: SHOP, name });
  }

  /** A Deployment all of whose pods are available. */
  async deployment(name: string, count: number, namespace = SHOP): Promise<void> {
    const labels = { app: name };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1' }] } };
    const spec = { replicas: count, selector: { matchLabels: labels }, template };
    await this.client.create(DEPLOYMENTS, { metadata: { namespace, name }, spec } as KubeObject);
    await this.available(name, count, namespace);
  }

  /** Says that so many pods of a Deployment are available, and no more than those are there unless said. */
  async available(name: string, count: number, namespace = SHOP, statusReplicas = count): Promise<void> {
    const found = await this.client.get<Deployment>(DEPLOYMENTS, { namespace, name });
    const status = {
      replicas: statusReplicas,
      readyReplicas: count,
      availableReplicas: count,
      observedGeneration: found.metadata.generation,
    };
    await this.client.replace(DEPLOYMENTS, { ...found, status } as Deployment, { subresource: 'status' });
  }

  /** What a person does with `kubectl scale`, and an HPA's controller too. */
  async scale(name: string, to: number, namespace = SHOP): Promise<void> {
    const scale = await this.client.getScale(DEPLOYMENTS, { namespace, name });
    await this.client.replaceScale(DEPLOYMENTS, { ...scale, spec: { replicas: to } });
  }

  /** A sync that scales: the scale, then a status with the old count and the new one (specification 2.1). */
  async rescale(name: string, to: number, status: Partial<HpaStatus> = {}): Promise<void> {
    const { spec } = await this.client.getScale(DEPLOYMENTS, { namespace: SHOP, name });
    await this.scale(name, to);
    await this.status(name, {
      currentReplicas: spec.replicas ?? 0,
      desiredReplicas: to,
      lastScaleTime: formatRfc3339(this.clock.nowMs()),
      ...status,
    });
  }

  /** A sync that does not scale. */
  async sync(name: string, count: number, status: Partial<HpaStatus> = {}): Promise<void> {
    await this.status(name, { currentReplicas: count, desiredReplicas: count, ...status });
  }

  async status(name: string, status: Partial<HpaStatus>): Promise<void> {
    const { type, decode, encode } = this.#api();
    const hpa = decode(await this.client.get(type, { namespace: SHOP, name }));
    const unwritten = { currentMetrics: null, desiredReplicas: 0, conditions: IDLE_CONDITIONS };
    const conditions = hpa.status?.conditions ?? IDLE_CONDITIONS;
    const merged = { ...unwritten, ...hpa.status, conditions, ...status };
    await this.client.replace(type, encode({ ...hpa, status: merged }), { subresource: 'status' });
  }

  /** Makes or changes a pod of a Deployment; its status as it stands on the wire. */
  async pod(app: string, name: string, status: object): Promise<void> {
    const ref = { namespace: SHOP, name };
    const labels = { app };
    const spec = { containers: [{ name: 'app', image: 'app:1' }] };
    const found = await this.client
      .get<KubeObject>(PODS, ref)
      .catch(() => this.client.create<KubeObject>(PODS, { metadata: { ...ref, labels }, spec } as KubeObject));
    await this.client.replace(PODS, { ...found, status } as KubeObject, { subresource: 'status' });
  }

  async deletePod(name: string): Promise<void> {
    await this.client.delete(PODS, { namespace: SHOP, name }, { gracePeriodSeconds: 0 });
  }

  /** Ends every watch that is open: as a server does, or as a network. */
  endWatches(how: 'closed' | 'reset'): void {
    for (const end of [...this.#lines]) end(how === 'closed' ? null : new Error('read ECONNRESET'));
  }

  /** Watches that are open now say nothing any more, and do not end. */
  stallWatches(): void {
    this.#stallCount += 1;
  }

  async #handle(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const answer = await this.server.handle(request);
    if (searchParams.get('watch') !== 'true' || answer.body === null) return answer;
    const selector = searchParams.get('labelSelector');
    this.watches.push(`${pathname}${selector === null ? '' : `?${selector}`}`);
    const lines = this.#lines;
    let end: (reason: Error | null) => void = () => {};
    const stallCount = this.#stallCount;
    const isStalled = (): boolean => this.#stallCount > stallCount;
    const line = new TransformStream<Uint8Array, Uint8Array>({
      start(controller) {
        end = (reason) => {
          lines.delete(end);
          if (reason === null) controller.terminate();
          else controller.error(reason);
        };
        lines.add(end);
      },
      transform(chunk, controller) {
        if (!isStalled()) controller.enqueue(chunk);
      },
      // One that has ended by itself, or that its reader has left, is not kept.
      flush: () => void lines.delete(end),
      cancel: () => void lines.delete(end),
    });
    return new Response(answer.body.pipeThrough(line), { status: answer.status, headers: answer.headers });
  }

  #api(): HpaApi {
    if (this.hpaApi === undefined) throw new Error('the world has not begun');
    return this.hpaApi;
  }
}

import { setImmediate } from 'node:timers/promises';
import { parseControllerConfig } from '../../../src/app/config/controller-config.ts';
import {
  type ControllerProcess,
  type ControllerProcessOptions,
  startController,
} from '../../../src/app/processes/controller-process.ts';
import { createLabUsage } from '../../../src/app/processes/lab-usage.ts';
import { type Log, SILENT_LOG } from '../../../src/base/log.ts';
import { parseRfc3339 } from '../../../src/base/rfc3339.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { DecisionHistory } from '../../../src/control/history/decision-history.ts';
import { type ApiServer, createApiServer } from '../../../src/lab/apiserver/api-server.ts';
import type { Fault } from '../../../src/lab/apiserver/fault.ts';
import { BUILT_IN_KINDS } from '../../../src/lab/apiserver/kinds/all.ts';
import { hpaKind } from '../../../src/lab/apiserver/kinds/hpa.ts';
import { SCHEMA_BOOK } from '../../../src/lab/apiserver/schema-book.ts';
import type { Story } from '../../../src/lab/world/stories/story.ts';
import { runStory } from '../../../src/lab/world/stories/story-run.ts';
import { createWorld, type World, type WorldOptions } from '../../../src/lab/world/world.ts';
import type { KubeletSource } from '../../../src/metrics/kubelet/port.ts';
import { createMetricsApis } from '../../../src/metrics/serve/metrics-apis.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../../src/platform/kube/client.ts';
import { createHandleTransport } from '../../../src/platform/kube/handle-transport.ts';
import { HPA_API_V2 } from '../../../src/platform/kube/hpa-api.ts';
import { createKubeClient, type KubeClientOptions } from '../../../src/platform/kube/kube-client.ts';
import type { KubeTransport } from '../../../src/platform/kube/transport.ts';
import { createTelemetry } from '../../../src/platform/telemetry/registry.ts';
import { createDeliveryLedger } from '../../../src/platform/time/delivery-ledger.ts';

const START_AT_MS = parseRfc3339('2026-01-01T00:00:00Z') ?? 0;
const TOKEN = 'whole-test';

/** The embedded API server and the world behind it, in one process under virtual clocks; a controller when asked for. */
export class LabCluster {
  readonly clock = new VirtualClock({ startAtMs: START_AT_MS, turn: () => setImmediate() });
  /** Stands still: nothing in here waits for real time. */
  readonly io = new VirtualClock({ startAtMs: START_AT_MS });
  readonly server: ApiServer;
  readonly world: World;
  /** What runs uses, by its kubelets. */
  readonly usage: KubeletSource;
  readonly client: KubeClient;
  /** Breaks requests that change something, when set: of a review that fails, a kubelet would ask again in real time. */
  fault: ((request: Request) => Fault | undefined) | undefined;
  /** Warnings and errors of every part. */
  readonly complaints: string[] = [];
  readonly ledger = createDeliveryLedger(this.clock);
  readonly #log: Log = {
    ...SILENT_LOG,
    warn: (message, fields) => void this.complaints.push(`${message} ${JSON.stringify(fields ?? {})}`),
    error: (message, fields) => void this.complaints.push(`${message} ${JSON.stringify(fields ?? {})}`),
    with: () => this.#log,
  };
  #controller: ControllerProcess | undefined;

  constructor(options: Partial<WorldOptions> = {}) {
    const { clock, io } = this;
    this.world = createWorld({ clock, ioClock: io, log: this.#log, ledger: this.ledger, ...options });
    const transport = this.#transport();
    this.usage = createLabUsage({
      world: this.world,
      transport,
      clock,
      ioClock: io,
      ledger: this.ledger,
      log: this.#log,
    });
    this.server = createApiServer({
      clock,
      ioClock: io,
      kinds: [...BUILT_IN_KINDS, hpaKind({ HPAScaleToZero: false, HPAConfigurableTolerance: true })],
      schemaBook: SCHEMA_BOOK,
      tokens: { [TOKEN]: { name: 'admin', groups: ['system:masters'] } },
      ledger: this.ledger,
      metricsApis: createMetricsApis({ ...this.world.source, resource: this.usage }, clock),
      console: this.world.console,
      nodeProxy: this.world.kubelets.proxy,
      faults: (request) => (isQuestion(request) ? undefined : this.fault?.(request)),
    });
    this.client = createKubeClient(this.kube());
  }

  async start(): Promise<void> {
    await this.world.start(this.kube());
    await this.usage.start();
  }

  /** One that acts, and reads the world's own numbers unless the options say otherwise. */
  async startController(options: Partial<ControllerProcessOptions> = {}): Promise<void> {
    const config = parseControllerConfig({ mode: 'control', 'assume-sole-controller': true, 'leader-elect': false });
    this.#controller = await startController({
      config,
      history: new DecisionHistory(config.clusterName, this.#log),
      client: this.kube(),
      clock: this.clock,
      ioClock: this.io,
      random: () => 0.5,
      log: this.#log,
      telemetry: createTelemetry(),
      identity: 'controller',
      ownNamespace: 'default',
      source: { ...this.world.source, resource: this.usage },
      delivery: this.ledger,
      ...options,
    });
  }

  /** Plays a story to its end. */
  async play(story: Story): Promise<void> {
    const { clock, client, world } = this;
    const untilMs = clock.nowMs() + story.durationMs;
    const told = runStory(story, {
      hpaApi: HPA_API_V2,
      clock,
      client,
      world,
      signal: new AbortController().signal,
      onFailure: (action, failure) => this.complaints.push(`${action.kind}: ${failure}`),
    });
    await clock.runTo(untilMs);
    await told;
  }

  /** Lets domain time run to this many seconds after the start. */
  runTo(seconds: number): Promise<void> {
    return this.clock.runTo(START_AT_MS + seconds * 1000);
  }

  secondsNow(): number {
    return (this.clock.nowMs() - START_AT_MS) / 1000;
  }

  get<T extends KubeObject>(type: ResourceType, namespace: string, name: string): Promise<T> {
    return this.client.get<T>(type, { namespace, name });
  }

  async list<T extends KubeObject>(type: ResourceType, namespace: string): Promise<readonly T[]> {
    return (await this.client.list<T>(type, { namespace })).items;
  }

  async end(): Promise<void> {
    await this.#controller?.stop();
    await this.usage.stop();
    await this.world.stop();
  }

  /** A client's settings, of one more part of this process. */
  kube(): KubeClientOptions {
    return {
      transport: this.#transport(),
      ioClock: this.io,
      userAgent: 'whole-test',
      random: () => 0.5,
      log: this.#log,
    };
  }

  #transport(): KubeTransport {
    return createHandleTransport((request) => this.server.handle(request), {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
  }
}

function isQuestion({ method, url }: Request): boolean {
  return method === 'GET' || url.endsWith('reviews');
}

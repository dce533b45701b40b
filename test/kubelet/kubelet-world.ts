import { setImmediate } from 'node:timers/promises';
import type { Log, LogFields } from '../../src/base/log.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { ScrapeProblem } from '../../src/core/explain/scrape-problem.ts';
import { createKubeletSource } from '../../src/metrics/kubelet/kubelet-source.ts';
import type { NodeEntry } from '../../src/metrics/kubelet/node-projection.ts';
import { nodeTarget } from '../../src/metrics/kubelet/node-target.ts';
import type { KubeletClient, KubeletSource, KubeletSourceOptions } from '../../src/metrics/kubelet/port.ts';
import { ScrapeFailure } from '../../src/metrics/kubelet/scrape-failure.ts';
import { createTelemetry, type Telemetry } from '../../src/platform/telemetry/registry.ts';
import { NodePodServer } from './node-pod-server.ts';
import { type ContainerReading, resourceAnswer } from './resource-answer.ts';

export const START_AT_MS = 1_767_320_000_000;
export const RESOLUTION_MS = 15_000;

/** How a kubelet behaves: it measures its pods, answers something else instead, fails, or never answers. */
export type Behaviour = 'measures' | ((answer: string) => string) | 'hangs' | ScrapeProblem;

/** A cluster of nodes, pods and kubelets in process, under a virtual clock, and a source over it. */
export class KubeletWorld {
  readonly clock = new VirtualClock({ startAtMs: START_AT_MS, turn: () => setImmediate() });
  /** Time of input and output; the same clock, unless something hangs. */
  readonly ioClock: VirtualClock;
  readonly api = new NodePodServer();
  readonly telemetry: Telemetry = createTelemetry();
  /** `level message code node` of each line. */
  readonly lines: string[] = [];
  /** `node at seconds since the start` of each scrape. */
  readonly scrapes: { readonly node: string; readonly atMs: number; readonly url: string }[] = [];
  readonly forgotten: string[] = [];
  readonly behaviours = new Map<string, Behaviour>();
  /** CPU seconds per second of each container `namespace/pod/container`, on its node. */
  readonly #containers = new Map<string, { readonly node: string; readonly cores: number }>();
  readonly source: KubeletSource;

  constructor(options: Partial<KubeletSourceOptions> & { readonly hasOwnIoClock?: boolean } = {}) {
    this.ioClock = options.hasOwnIoClock === true ? new VirtualClock({ turn: () => setImmediate() }) : this.clock;
    this.source = createKubeletSource({
      client: { transport: this.api.transport, ioClock: this.ioClock, userAgent: 'test', random: () => 0 },
      kubelets: this.#kubelets(),
      clock: this.clock,
      ioClock: this.ioClock,
      log: this.#log({}),
      telemetry: this.telemetry,
      resolutionMs: RESOLUTION_MS,
      requestTimeoutMs: 10_000,
      ...options,
    });
  }

  runContainer(namespace: string, pod: string, container: string, node: string, cores: number): void {
    this.#containers.set(`${namespace}/${pod}/${container}`, { node, cores });
  }

  endContainer(key: string): void {
    this.#containers.delete(key);
  }

  /** Starts the source and lets the first scrapes be answered. */
  async start(): Promise<void> {
    await this.source.start();
    await this.clock.runBy(0);
  }

  /** Lets everything under way make progress, whoever holds the clock. */
  async turns(count = 20): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) await setImmediate();
  }

  #kubelets(): KubeletClient {
    const target = { addressTypes: ['InternalIP'], port: 10250, isStatusPortUsed: false, scheme: 'https' } as const;
    return {
      urlOf: (node) => nodeTarget(node, target).href,
      fetch: async (node) => {
        const url = nodeTarget(node, target).href;
        this.scrapes.push({ node: node.name, atMs: this.clock.nowMs() - START_AT_MS, url });
        return await this.#answer(node);
      },
      forget: (name) => {
        this.forgotten.push(name);
      },
      close: async () => {},
    };
  }

  async #answer(node: NodeEntry): Promise<Uint8Array> {
    const behaviour = this.behaviours.get(node.name) ?? 'measures';
    if (behaviour === 'hangs') return await new Promise<never>(() => {});
    if (typeof behaviour === 'object') throw new ScrapeFailure(node.name, behaviour);
    const atSeconds = this.clock.nowMs() / 1000;
    const readings = [...this.#containers].flatMap(([key, { node: of, cores }]): ContainerReading[] => {
      const [namespace = '', pod = '', container = ''] = key.split('/');
      const cpuSeconds = Math.round((atSeconds - 1_700_000_000) * cores);
      return of === node.name ? [{ namespace, pod, container, cpuSeconds, memoryBytes: 2 ** 20, atSeconds }] : [];
    });
    const usage = { cpuSeconds: Math.round(atSeconds - 1_700_000_000), memoryBytes: 2 ** 30, atSeconds };
    const answer = resourceAnswer(readings, usage);
    return Buffer.from(typeof behaviour === 'function' ? behaviour(answer) : answer);
  }

  #log(base: LogFields): Log {
    const write =
      (level: string) =>
      (message: string, fields: LogFields = {}) => {
        const { node, code } = { ...base, ...fields } as { node?: string; code?: string };
        if (node !== undefined)
          this.lines.push([level, message, code, node].filter((part) => part !== undefined).join(' '));
      };
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      with: (fields) => this.#log({ ...base, ...fields }),
    };
  }
}

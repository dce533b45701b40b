import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../../scripts/cluster/cluster.ts';
import type { ClusterSize } from './measured-cluster.ts';

/** What the kubelets are told. */
export type KubeletsOrder =
  | { readonly kind: 'serve'; readonly size: ClusterSize; readonly cert: string; readonly key: string }
  /** The counter of the node's probe jumps at that instant. */
  | { readonly kind: 'step'; readonly node: number; readonly atMs: number }
  | { readonly kind: 'count' };

/** What they tell. */
export type KubeletsReport =
  /** By node. */
  | { readonly kind: 'listening'; readonly ports: readonly number[] }
  /** The first scrape that has a step in it was answered then. */
  | { readonly kind: 'stepScraped'; readonly node: number; readonly atMs: number }
  | ({ readonly kind: 'counted' } & ScrapeCounts);

/** Everything answered so far. */
export interface ScrapeCounts {
  readonly scrapeCount: number;
  /** As sent, compressed for whoever takes that. */
  readonly sentBytes: number;
  readonly plainBytes: number;
}

/** The process of the kubelets. It ends with this one. */
export class KubeletsChild {
  /** The port of each node's kubelet. */
  readonly ports: readonly number[];
  readonly #process: ChildProcess;
  readonly #scrapedAtMs = new Map<number, number>();

  private constructor(child: ChildProcess, ports: readonly number[]) {
    this.#process = child;
    this.ports = ports;
    child.on('message', (report: KubeletsReport) => {
      if (report.kind === 'stepScraped') this.#scrapedAtMs.set(report.node, report.atMs);
    });
  }

  /** Starts it with a certificate of the cluster's authority for this machine. */
  static async start(cluster: Cluster, size: ClusterSize): Promise<KubeletsChild> {
    const pem = (name: string): Promise<string> => readFile(join(cluster.folder, 'pki', name), 'utf8');
    const [cert, key] = await Promise.all([pem('kubelet.crt'), pem('kubelet.key')]);
    const child = fork(join(import.meta.dirname, 'kubelets-process.ts'));
    child.send({ kind: 'serve', size, cert, key } satisfies KubeletsOrder);
    const report = await nextReport(child, 'listening');
    return new KubeletsChild(child, report.ports);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Steps the probe of a node; `stepScrapedAtMs` is about this step from now on. */
  step(node: number, atMs: number): void {
    this.#scrapedAtMs.delete(node);
    this.#process.send({ kind: 'step', node, atMs } satisfies KubeletsOrder);
  }

  /** When the first scrape of the node with its last step was answered; undefined before. */
  stepScrapedAtMs(node: number): number | undefined {
    return this.#scrapedAtMs.get(node);
  }

  async count(): Promise<ScrapeCounts> {
    this.#process.send({ kind: 'count' } satisfies KubeletsOrder);
    return await nextReport(this.#process, 'counted');
  }

  stop(): void {
    this.#process.disconnect();
  }
}

async function nextReport<Kind extends KubeletsReport['kind']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<KubeletsReport, { kind: Kind }>> {
  const ended = new AbortController();
  child.once('exit', () => ended.abort(new Error('the process of the kubelets ended')));
  for (;;) {
    const [report] = (await once(child, 'message', { signal: ended.signal })) as [KubeletsReport];
    if (report.kind === kind) return report as Extract<KubeletsReport, { kind: Kind }>;
  }
}

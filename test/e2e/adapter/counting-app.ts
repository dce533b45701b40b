import { rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import { findFreePorts } from '../../../scripts/cluster/ports.ts';
import { type ProcessRecord, stopProcess } from '../../../scripts/cluster/process.ts';

const PROGRAM = resolve('examples/custom-metrics/app/server.ts');
const POLL_MS = 250;
const GRACE_MS = 2_000;
const DEADLINE_MS = 5_000;

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

interface Instance {
  readonly port: number;
  readonly record: ProcessRecord;
}

/**
 * The app of the example behind the pods that kwok plays: a process for each pod that is ready, which Prometheus finds in
 * a file of targets as it would find the pod.
 */
export class CountingApp {
  /** The file of targets; Prometheus reads it again whenever it changes. */
  readonly targetsFile: string;
  readonly #cluster: Cluster;
  readonly #instances = new Map<string, Instance>();
  readonly #stopped = new AbortController();
  #following: Promise<void> = Promise.resolve();
  #turn = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.targetsFile = join(cluster.folder, 'targets.json');
  }

  /** Writes a file without targets and begins to follow the pods. */
  async start(): Promise<void> {
    await this.#writeTargets();
    this.#following = this.#follow();
  }

  /** One request to the Service: the ready pods take turns. Resolves with what the app said. */
  async visit(): Promise<string> {
    const instances = [...this.#instances.values()];
    const instance = instances[this.#turn++ % instances.length];
    if (instance === undefined) throw new Error('no pod of the app is ready');
    const answer = await request(`http://127.0.0.1:${instance.port}/`, { signal: AbortSignal.timeout(DEADLINE_MS) });
    return await answer.body.text();
  }

  /** So many requests a second until stopped. */
  load(perSecond: number): { stop(): Promise<void> } {
    const stopped = new AbortController();
    const visiting = (async () => {
      while (!stopped.signal.aborted) {
        const [visited] = await Promise.allSettled([this.visit(), delay(1000 / perSecond)]);
        // A pod that has just ended refuses a last request.
        if (visited.status === 'rejected') await delay(POLL_MS);
      }
    })();
    return {
      stop: async () => {
        stopped.abort();
        await visiting;
      },
    };
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#following;
    for (const { record } of this.#instances.values()) await stopProcess(record, GRACE_MS);
  }

  async #follow(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const ready = await this.#readyPods();
      const gone = [...this.#instances].filter(([name]) => !ready.includes(name));
      const added = ready.filter((name) => !this.#instances.has(name));
      for (const [name] of gone) this.#instances.delete(name);
      for (const name of added) this.#instances.set(name, await this.#startInstance(name));
      if (gone.length + added.length > 0) await this.#writeTargets();
      for (const [, { record }] of gone) await stopProcess(record, GRACE_MS);
      await delay(POLL_MS);
    }
  }

  async #readyPods(): Promise<readonly string[]> {
    const path = '/api/v1/namespaces/default/pods?labelSelector=app%3Dtest-prometheus';
    const { items } = (await this.#cluster.api.get(path)) as PodList;
    return items
      .filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && isReady(status))
      .map(({ metadata }) => metadata.name);
  }

  async #startInstance(pod: string): Promise<Instance> {
    const [port = 0] = await findFreePorts(1);
    const record = await this.#cluster.run({
      name: pod,
      program: process.execPath,
      args: [PROGRAM],
      environment: { HOST: '127.0.0.1', PORT: String(port) },
    });
    return { port, record };
  }

  async #writeTargets(): Promise<void> {
    const targets = [...this.#instances].map(([pod, { port }]) => ({
      targets: [`127.0.0.1:${port}`],
      labels: { namespace: 'default', pod, service: 'test-prometheus' },
    }));
    await writeFile(`${this.targetsFile}.new`, JSON.stringify(targets));
    await rename(`${this.targetsFile}.new`, this.targetsFile);
  }
}

function isReady({ conditions }: PodList['items'][number]['status']): boolean {
  return conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Cluster } from '../../scripts/cluster/cluster.ts';
import {
  frontProxyAuthorityFile,
  type MetricsAddress,
  registerMetricsApis,
} from '../../test/e2e/support/metrics-api.ts';
import type { FleetSize } from './fleet.ts';

/** What the metrics process is told. */
export type MetricsOrder =
  | {
      readonly kind: 'serve';
      readonly size: FleetSize;
      readonly seed: number;
      readonly frontProxyAuthorityFile: string;
    }
  /** Loads are those of the start until then, and every target has its first pods again. */
  | { readonly kind: 'beginRound'; readonly startAtMs: number }
  | { readonly kind: 'podCount'; readonly index: number; readonly podCount: number };

/** The process that answers for the fleet's pods. It ends with this one. */
export class MetricsChild {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** Starts it and makes it known to the cluster. */
  static async start(cluster: Cluster, size: FleetSize, seed: number): Promise<MetricsChild> {
    const child = new MetricsChild(fork(join(import.meta.dirname, 'metrics-process.ts')));
    const listening = new Promise<MetricsAddress>((resolve, reject) => {
      child.#process.once('message', (address) => resolve(address as MetricsAddress));
      child.#process.once('exit', (code) => reject(new Error(`the metrics process ended with ${code}`)));
    });
    child.tell({ kind: 'serve', size, seed, frontProxyAuthorityFile: frontProxyAuthorityFile(cluster) });
    await registerMetricsApis(cluster, await listening);
    return child;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  tell(order: MetricsOrder): void {
    this.#process.send(order);
  }

  stop(): void {
    this.#process.disconnect();
  }
}

import type { Clock, IoClock, Release } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import type { Log } from '../../../base/log.ts';
import { isApiFailure } from '../../../platform/kube/api-failure.ts';
import type { KubeClient } from '../../../platform/kube/client.ts';
import { LEASES, type Node } from '../objects.ts';
import { HEARTBEAT_MS, leaseRenewal, nodeLease } from './lab-nodes.ts';

export interface HeartbeatOptions {
  readonly client: KubeClient;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Leases run on real time. */
  readonly ioClock: IoClock;
  readonly log: Log;
  nodes(): readonly Node[];
}

/** Renews the Lease of every node, as kubelets do to show that they live. */
export class Heartbeats {
  readonly #options: HeartbeatOptions;
  readonly #stopping = new AbortController();
  #cancel: Release = () => {};

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  start(): void {
    this.#beat().catch((thrown: unknown) => {
      if (!this.#stopping.signal.aborted) this.#options.log.error('heartbeats end', { error: String(thrown) });
    });
  }

  stop(): void {
    this.#cancel();
    this.#stopping.abort(new Failure('unavailable', 'the world stops'));
  }

  async #beat(): Promise<void> {
    for (const node of this.#options.nodes()) await this.#renew(node.metadata.name);
    if (!this.#stopping.signal.aborted) this.#cancel = this.#options.ioClock.after(HEARTBEAT_MS, () => this.start());
  }

  async #renew(nodeName: string): Promise<void> {
    const { client, clock, log } = this.#options;
    const { signal } = this.#stopping;
    const ref = { namespace: 'kube-node-lease', name: nodeName };
    const body = { spec: leaseRenewal(nodeName, clock.nowMs()) };
    try {
      await client.patch(LEASES, ref, { kind: 'merge', body }, { signal });
    } catch (thrown) {
      if (isApiFailure(thrown, 404)) {
        await client.create(LEASES, nodeLease(nodeName, clock.nowMs()), { signal });
      } else if (thrown instanceof Failure) {
        if (!signal.aborted) log.warn('a heartbeat is lost', { node: nodeName, error: thrown.message });
      } else throw thrown;
    }
  }
}

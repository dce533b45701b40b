import type { Clock, IoClock } from '../../../../base/clock.ts';
import type { KeyPair } from '../../../../platform/http/certificates.ts';
import type { KubeClient } from '../../../../platform/kube/client.ts';
import type { User } from '../../../apiserver/authentication.ts';
import type { NodeProxy } from '../../../apiserver/node-proxy.ts';
import type { Node, Pod } from '../../objects.ts';
import { Kubelet } from './kubelet.ts';
import { KubeletAccess } from './kubelet-access.ts';
import { KUBELET_PORT, type KubeletListener, openKubeletListener } from './kubelet-listener.ts';
import type { Meters } from './node-usage.ts';

export interface KubeletsOptions {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ioClock: IoClock;
  readonly meters: Meters;
  /** The lab's authority, when kubelets are to listen; without it they are reached in process alone. */
  readonly authority?: KeyPair | undefined;
  readonly seed: number;
  client(): KubeClient;
  nodes(): readonly Node[];
  pods(): readonly Pod[];
}

/** Where a node is reached: the truth of its status. */
export interface NodeAddress {
  readonly address: string;
  readonly port: number;
}

/** Nodes are up when the lab begins, so that their first scrape finds something. */
const UP_BEFORE_MS = 60_000;

/** As whom the API server's node proxy asks a kubelet. */
const API_SERVER: User = { name: 'kube-apiserver-kubelet-client', groups: ['system:masters', 'system:authenticated'] };

/** The kubelets of the lab's nodes. */
export class Kubelets {
  readonly #options: KubeletsOptions;
  readonly #access: KubeletAccess;
  readonly #kubelets = new Map<string, Kubelet>();
  readonly #addresses = new Map<string, NodeAddress>();
  readonly #listeners: KubeletListener[] = [];

  constructor(options: KubeletsOptions) {
    this.#options = options;
    this.#access = new KubeletAccess(options);
  }

  /** Starts the kubelet of a node, the `number`th of the lab, and says where it is reached. Throws Failure when it cannot listen. */
  async start(nodeName: string, number: number): Promise<NodeAddress> {
    const { clock, ioClock, meters, seed, authority } = this.#options;
    const kubelet = new Kubelet({
      nodeName,
      bootedAtMs: clock.nowMs() - UP_BEFORE_MS,
      meters,
      access: this.#access,
      seed,
      node: () => this.#options.nodes().find(({ metadata }) => metadata.name === nodeName),
      pods: () => this.#options.pods().filter(({ spec }) => spec.nodeName === nodeName),
    });
    this.#kubelets.set(nodeName, kubelet);
    const address = nodeAddress(number);
    const handle = (request: Request, client: User | undefined): Promise<Response> => kubelet.handle(request, client);
    const listener =
      authority === undefined
        ? undefined
        : await openKubeletListener({ nodeName, address, authority, ioClock, handle });
    if (listener !== undefined) this.#listeners.push(listener);
    const found = { address: listener?.address ?? address, port: listener?.port ?? KUBELET_PORT };
    this.#addresses.set(nodeName, found);
    return found;
  }

  /** The kubelet of a node, to be asked in process; undefined for a node that the lab did not make. */
  get(nodeName: string): Pick<Kubelet, 'handle'> | undefined {
    return this.#kubelets.get(nodeName);
  }

  /** The API server's way to kubelets: as itself, in process, on the kubelet's port. */
  readonly proxy: NodeProxy = ({ node, port, path }, request) => {
    const kubelet = this.#kubelets.get(node);
    const known = this.#addresses.get(node);
    if (kubelet === undefined || known === undefined) return undefined;
    if (port !== '' && Number(port) !== known.port) return undefined;
    const url = `https://${known.address}:${known.port}${path}`;
    const { method, headers, signal } = request;
    return kubelet.handle(new Request(url, { method, headers, signal }), API_SERVER);
  };

  async close(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }
}

/** A loopback address for each node of the lab: 127.0.10.1, 127.0.10.2, … */
export function nodeAddress(number: number): string {
  return `127.0.${10 + (number >> 8)}.${number & 255}`;
}

import type { IoClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { targetPort } from '../world/node/endpoints.ts';
import type { Pod, Service } from '../world/objects.ts';
import type { ServiceLoad } from '../world/runtime/container-runtime.ts';
import { keyOf, readyPods } from '../world/traffic/scene.ts';
import { boundPort, type LoopbackNetwork } from './loopback-network.ts';
import { type Backend, ServiceBalancer } from './service-balancer.ts';

export interface ServiceNetworkOptions {
  readonly network: LoopbackNetwork;
  readonly ioClock: IoClock;
  readonly log: Log;
}

/** What kube-proxy is on a node: every Service's cluster address and ports, kept on its ready pods. */
export class ServiceNetwork {
  readonly #options: ServiceNetworkOptions;
  /** By the Service's uid and port. */
  readonly #balancers = new Map<string, { readonly serviceKey: string; readonly balancer: ServiceBalancer }>();

  constructor(options: ServiceNetworkOptions) {
    this.#options = options;
  }

  /** Makes the balancers what the Services and pods of this moment ask for. */
  reconcile(services: readonly Service[], running: readonly Pod[]): void {
    const wanted = new Set<string>();
    for (const service of services) {
      const { clusterIP = 'None', ports = [], selector = {} } = service.spec;
      if (clusterIP === 'None' || Object.keys(selector).length === 0) continue;
      const ready = readyPods(service, running);
      for (const port of ports) {
        if ((port.protocol ?? 'TCP') !== 'TCP') continue;
        const id = `${service.metadata.uid}:${clusterIP}:${port.port}`;
        wanted.add(id);
        const backends = ready.flatMap((pod) => this.#backend(pod, targetPort(port, pod)));
        this.#balancer(id, keyOf(service), clusterIP, port.port).setBackends(backends);
      }
    }
    for (const [id, { balancer }] of this.#balancers) {
      if (wanted.has(id)) continue;
      balancer.close();
      this.#balancers.delete(id);
    }
  }

  /** The balancer of a Service's first port. */
  balancerOf(serviceKey: string): ServiceBalancer | undefined {
    for (const entry of this.#balancers.values()) if (entry.serviceKey === serviceKey) return entry.balancer;
    return undefined;
  }

  /** Requests to all ports of a Service; undefined when it has no balancer. */
  loadOf(serviceKey: string): ServiceLoad | undefined {
    return this.balancerOf(serviceKey)?.load();
  }

  close(): void {
    for (const { balancer } of this.#balancers.values()) balancer.close();
    this.#balancers.clear();
  }

  #balancer(id: string, serviceKey: string, address: string, port: number): ServiceBalancer {
    const known = this.#balancers.get(id);
    if (known !== undefined) return known.balancer;
    const { network, ioClock, log } = this.#options;
    const balancer = new ServiceBalancer({ serviceKey, address, port: boundPort(network, port), ioClock, log });
    this.#balancers.set(id, { serviceKey, balancer });
    return balancer;
  }

  #backend(pod: Pod, port: number): readonly Backend[] {
    const address = pod.status?.podIP;
    return address === undefined ? [] : [{ key: keyOf(pod), address, port: boundPort(this.#options.network, port) }];
  }
}

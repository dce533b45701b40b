import { createServer } from 'node:net';
import type { IoClock, Release } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import { LAB_SERVICE_LISTENERS_COUNT_MAX } from '../../base/limits.ts';
import type { Log } from '../../base/log.ts';
import { type Backend, ServiceBalancer } from '../../lab/runtime/service-balancer.ts';
import { targetPort } from '../../lab/world/node/endpoints.ts';
import { PODS, type Pod, SERVICES, type Service } from '../../lab/world/objects.ts';
import { keyOf, readyPods } from '../../lab/world/traffic/scene.ts';
import { serviceOfHost } from '../../lab/world/traffic/service-address.ts';
import type { KubeObject, ResourceType } from '../../platform/kube/client.ts';
import type { KubeClientOptions } from '../../platform/kube/kube-client.ts';
import type { Reflector } from '../../platform/kube/reflector.ts';
import { createReflector } from '../../platform/kube/watch-cache.ts';

export interface LabServicesOptions {
  readonly kube: KubeClientOptions;
  readonly ioClock: IoClock;
  readonly log: Log;
  /** Where a port of a pod's address is reached on this machine; undefined where no program of ours listens. */
  urlOf(podIp: string, port: number): string | undefined;
}

/** What a listener on this machine leads to. */
interface Way {
  /** For messages, and what it is known by. */
  readonly key: string;
  readonly backends: readonly Backend[];
}

/** A name of the cluster's inside that a program has asked for. */
interface AskedName {
  readonly key: string;
  readonly host: string;
  readonly port: number;
  readonly namespace: string;
}

interface ServiceListener {
  readonly balancer: ServiceBalancer;
  readonly port: number;
}

const ADDRESS = '127.0.0.1';
const LOOPBACK_NAME = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** A program listens a moment after its pod runs, and nobody tells. */
const LOOK_AGAIN_MS = 500;

/**
 * Services whose pods are programs of the lab, on this machine's loopback interface: their node ports, for whoever is outside
 * of the cluster, and what programs of the lab itself ask for by name. A node port that somebody else has is replaced by
 * another one, which the log names.
 */
export class LabServices {
  readonly #options: LabServicesOptions;
  readonly #services: Reflector<Service, Service>;
  readonly #pods: Reflector<Pod, Pod>;
  readonly #listeners = new Map<string, Promise<ServiceListener>>();
  readonly #asked = new Map<string, AskedName>();
  #cancelLook: Release = () => undefined;
  #isStopped = false;

  constructor(options: LabServicesOptions) {
    this.#options = options;
    this.#services = cacheOf<Service>(options.kube, SERVICES);
    this.#pods = cacheOf<Pod>(options.kube, PODS);
  }

  async start(): Promise<void> {
    await Promise.all([this.#services.start(), this.#pods.start()]);
    await this.#look();
    this.#lookLater();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelLook();
    await Promise.all([
      this.#services.stop(),
      this.#pods.stop(),
      ...[...this.#listeners.values()].map(async (listener) => (await listener).balancer.close()),
    ]);
  }

  /**
   * Where a URL of the cluster's inside is reached on this machine, for as long as the lab runs; while no ready pod stands
   * behind its Service, connections are refused. One of this machine's own stays as it is. Throws Failure for one that is not
   * plain HTTP, which the lab does not lead on.
   */
  async insideUrlOf(text: string, namespace: string): Promise<string> {
    const url = new URL(text);
    if (LOOPBACK_NAME.test(url.hostname)) return text;
    if (url.protocol !== 'http:')
      throw new Failure('invalid', `${text}: programs of the lab reach Services over http alone`);
    const port = url.port === '' ? 80 : Number(url.port);
    const key = `${url.hostname}:${port} of ${namespace}`;
    const name = { key, host: url.hostname, port, namespace };
    const listening = this.#listenerOf(key, 0);
    this.#asked.set(key, name);
    const listener = await listening;
    listener.balancer.setBackends(this.#backendsOf(name));
    return `http://${ADDRESS}:${listener.port}${url.pathname === '/' ? '' : url.pathname}`;
  }

  #lookLater(): void {
    if (this.#isStopped) return;
    this.#cancelLook = this.#options.ioClock.after(LOOK_AGAIN_MS, () => {
      this.#look()
        .catch((thrown: unknown) =>
          this.#options.log.warn('not every Service is reached', { error: errorText(thrown) }),
        )
        .finally(() => this.#lookLater());
    });
  }

  async #look(): Promise<void> {
    const outside = this.#outsidePorts();
    const known = new Set([...outside.map(({ key }) => key), ...this.#asked.keys()]);
    for (const [key, listener] of this.#listeners) {
      if (known.has(key)) continue;
      this.#listeners.delete(key);
      (await listener).balancer.close();
    }
    for (const name of this.#asked.values())
      (await this.#listenerOf(name.key, 0)).balancer.setBackends(this.#backendsOf(name));
    for (const { key, nodePort, backends } of outside)
      (await this.#listenerOf(key, nodePort)).balancer.setBackends(backends);
  }

  #outsidePorts(): readonly (Way & { readonly nodePort: number })[] {
    return [...this.#services.values()].flatMap((service) =>
      (service.spec.ports ?? []).flatMap((port) => {
        const { nodePort } = port;
        const backends = this.#readyBackends(service, port);
        // A Service of pods that are computed has nobody who could answer.
        if (nodePort === undefined || backends.length === 0) return [];
        return [{ key: `${keyOf(service)}:${nodePort}`, nodePort, backends }];
      }),
    );
  }

  #backendsOf({ host, port, namespace }: AskedName): readonly Backend[] {
    const service = serviceOfHost(host, namespace, this.#services.values());
    const found = service?.spec.ports?.find((candidate) => candidate.port === port);
    return service === undefined || found === undefined ? [] : this.#readyBackends(service, found);
  }

  #readyBackends(service: Service, port: ServicePort): readonly Backend[] {
    const running = [...this.#pods.values()].filter(({ status }) => status?.phase === 'Running');
    return readyPods(service, running).flatMap((pod) => {
      const url = this.#options.urlOf(pod.status?.podIP ?? '', targetPort(port, pod));
      if (url === undefined) return [];
      const { hostname, port: ownPort } = new URL(url);
      return [{ key: keyOf(pod), address: hostname, port: Number(ownPort) }];
    });
  }

  /**
   * The listener of a way, the same for everybody who asks; made on the port that is wanted, or on another one that is free.
   * Throws Failure when there are as many as there may be.
   */
  #listenerOf(key: string, wantedPort: number): Promise<ServiceListener> {
    const known = this.#listeners.get(key);
    if (known !== undefined) return known;
    if (this.#listeners.size >= LAB_SERVICE_LISTENERS_COUNT_MAX)
      throw new Failure(
        'unavailable',
        `${key}: a lab leads to at most ${LAB_SERVICE_LISTENERS_COUNT_MAX} ports of Services`,
      );
    const made = this.#makeListener(key, wantedPort);
    this.#listeners.set(key, made);
    return made;
  }

  async #makeListener(key: string, wantedPort: number): Promise<ServiceListener> {
    const { ioClock, log } = this.#options;
    const port = (await freePort(wantedPort)) ?? (await freePort(0)) ?? wantedPort;
    if (wantedPort !== 0 && port !== wantedPort)
      log.warn('a node port is taken on this machine; the Service is reached at another one', {
        service: key,
        url: `http://${ADDRESS}:${port}`,
      });
    const balancer = new ServiceBalancer({ serviceKey: key, address: ADDRESS, port, ioClock, log });
    // Backends that come after the end open nothing.
    if (this.#isStopped) balancer.close();
    return { balancer, port };
  }
}

type ServicePort = NonNullable<Service['spec']['ports']>[number];

function cacheOf<T extends KubeObject>(kube: KubeClientOptions, type: ResourceType): Reflector<T, T> {
  return createReflector<T, T>(kube, { type, project: (object) => object });
}

/** The port, or one that the system chooses for 0; undefined when it cannot be had. */
function freePort(port: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen({ host: ADDRESS, port, exclusive: true }, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : undefined));
    });
  });
}

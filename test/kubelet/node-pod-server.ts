import type { Node } from '../../src/metrics/kubelet/node-projection.ts';
import type { Pod } from '../../src/metrics/kubelet/pod-projection.ts';
import { createHandleTransport } from '../../src/platform/kube/handle-transport.ts';
import type { KubeTransport } from '../../src/platform/kube/transport.ts';

type Resource = 'nodes' | 'pods';
type Send = (line: string) => void;

/** An API server that has nodes and pods, lists and watches them, and can be away. */
export class NodePodServer {
  readonly transport: KubeTransport = createHandleTransport((request) => this.#handle(request));
  /** Path and query of each request. */
  readonly requests: string[] = [];
  readonly #objects: Readonly<Record<Resource, Map<string, Node | Pod>>> = { nodes: new Map(), pods: new Map() };
  readonly #followers: Readonly<Record<Resource, Set<ReadableStreamDefaultController<Uint8Array>>>> = {
    nodes: new Set(),
    pods: new Set(),
  };
  #version = 1;
  readonly #away = new Set<Resource>();

  putNode(
    name: string,
    node: Omit<Partial<Node>, 'metadata'> & { readonly labels?: Record<string, string> } = {},
  ): void {
    const { labels = {}, ...rest } = node;
    const addresses = [{ type: 'InternalIP', address: `${name}.test` }];
    const conditions = [{ type: 'Ready', status: 'True' }];
    this.#put('nodes', { metadata: { name, labels }, status: { addresses, conditions }, ...rest });
  }

  putPod(
    namespace: string,
    name: string,
    nodeName: string,
    pod: Partial<Pod> & { readonly labels?: Record<string, string> } = {},
  ): void {
    const { labels = {}, ...rest } = pod;
    this.#put('pods', {
      metadata: { namespace, name, labels, uid: `${namespace}-${name}` },
      spec: { nodeName },
      ...rest,
    });
  }

  delete(resource: Resource, key: string): void {
    const object = this.#objects[resource].get(key);
    this.#objects[resource].delete(key);
    if (object !== undefined) this.#publish(resource, 'DELETED', object);
  }

  /** Breaks all connections and takes no new ones; with a resource, those that ask for it. */
  goAway(resources: readonly Resource[] = ['nodes', 'pods']): void {
    for (const resource of resources) {
      this.#away.add(resource);
      for (const follower of this.#followers[resource]) follower.error(new Error('read ECONNRESET'));
      this.#followers[resource].clear();
    }
  }

  comeBack(): void {
    this.#away.clear();
  }

  #put(resource: Resource, object: Node | Pod): void {
    const { namespace, name } = object.metadata;
    const key = namespace === undefined ? name : `${namespace}/${name}`;
    const type = this.#objects[resource].has(key) ? 'MODIFIED' : 'ADDED';
    this.#objects[resource].set(key, object);
    this.#publish(resource, type, object);
  }

  #publish(resource: Resource, type: string, object: Node | Pod): void {
    this.#version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    const bytes = new TextEncoder().encode(`${JSON.stringify({ type, object: { ...object, metadata } })}\n`);
    for (const follower of this.#followers[resource]) follower.enqueue(bytes);
  }

  async #handle(request: Request): Promise<Response> {
    const url = new URL(request.url);
    this.requests.push(`${url.pathname}${url.search}`);
    const resource = url.pathname.endsWith('/nodes') ? 'nodes' : 'pods';
    if (this.#away.has(resource)) throw new Error('connect ECONNREFUSED');
    if (url.searchParams.get('watch') !== 'true') return this.#list(resource);
    return this.#watch(resource, url.searchParams.get('sendInitialEvents') === 'true');
  }

  #list(resource: Resource): Response {
    const items = [...this.#objects[resource].values()].map((object) => this.#versioned(object));
    return Response.json({ metadata: { resourceVersion: String(this.#version) }, items });
  }

  #watch(resource: Resource, isList: boolean): Response {
    const followers = this.#followers[resource];
    let own: ReadableStreamDefaultController<Uint8Array> | undefined;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        const send: Send = (line) => controller.enqueue(new TextEncoder().encode(`${line}\n`));
        if (isList) this.#sendList(resource, send);
        followers.add(controller);
      },
      cancel: () => {
        if (own !== undefined) followers.delete(own);
      },
    });
    return new Response(stream);
  }

  #sendList(resource: Resource, send: Send): void {
    for (const object of this.#objects[resource].values()) {
      send(JSON.stringify({ type: 'ADDED', object: this.#versioned(object) }));
    }
    const metadata = { resourceVersion: String(this.#version), annotations: { 'k8s.io/initial-events-end': 'true' } };
    send(JSON.stringify({ type: 'BOOKMARK', object: { metadata } }));
  }

  #versioned(object: Node | Pod): Node | Pod {
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
  }
}

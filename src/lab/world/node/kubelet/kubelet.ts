import { Failure } from '../../../../base/failure.ts';
import { LAB_KUBELET_PATH_LENGTH_MAX } from '../../../../base/limits.ts';
import type { User } from '../../../apiserver/authentication.ts';
import type { Node, Pod } from '../../objects.ts';
import { cadvisorFamilies } from './cadvisor-page.ts';
import { expositionText, type Family } from './exposition.ts';
import type { KubeletAccess } from './kubelet-access.ts';
import { KUBELET_PATHS, type KubeletPath, kubeletVerb, nodeSubresources, unknownPathText } from './kubelet-paths.ts';
import { type Meters, type NodeUsage, readNodeUsage } from './node-usage.ts';
import { ownFamilies } from './own-page.ts';
import { resourceFamilies } from './resource-page.ts';
import { summaryDocument } from './summary-document.ts';

export interface KubeletOptions {
  readonly nodeName: string;
  /** Epoch ms of the domain clock: the node's counter begins here. */
  readonly bootedAtMs: number;
  readonly meters: Meters;
  readonly access: Pick<KubeletAccess, 'userOf' | 'isAllowed'>;
  /** Of the instants at which cAdvisor looks. */
  readonly seed: number;
  /** The node itself; undefined when it is gone. */
  node(): Node | undefined;
  /** Those of this node. */
  pods(): readonly Pod[];
}

/**
 * The kubelet of a node of the lab, as far as measuring goes: real pages in the real format, behind the authentication and
 * authorization of a kubelet 1.36 that allows nobody anonymous.
 */
export class Kubelet {
  readonly #options: KubeletOptions;

  constructor(options: KubeletOptions) {
    this.#options = options;
  }

  /**
   * Answers a request. `client` is the user of a verified client certificate; without one the request is asked for its
   * bearer token. Never rejects: when the API server does not say who asks, or whether they may, the answer is a 500.
   */
  async handle(request: Request, client?: User): Promise<Response> {
    try {
      return await this.#answer(request, client);
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      return plain(500, `Internal Error: ${thrown.message}\n`);
    }
  }

  async #answer(request: Request, client: User | undefined): Promise<Response> {
    const { nodeName: node, access } = this.#options;
    const { pathname, searchParams } = new URL(request.url);
    const user = client ?? (await this.#userOf(request));
    if (user === undefined) return plain(401, 'Unauthorized');
    const verb = kubeletVerb(request.method);
    const subresources = nodeSubresources(pathname);
    if (!(await access.isAllowed(user, { node, verb, subresources }, request.signal))) {
      const asked = `user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}]`;
      return plain(403, `Forbidden (${asked})\n`);
    }
    const path = KUBELET_PATHS.find((each) => each === pathname.replace(/(?<=.)\/$/, ''));
    if (path === undefined) return plain(404, unknownPathText(pathname.slice(0, LAB_KUBELET_PATH_LENGTH_MAX)));
    if (request.method !== 'GET') return plain(405, '405: Method Not Allowed\n');
    return this.#page(path, searchParams);
  }

  async #userOf(request: Request): Promise<User | undefined> {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    return token === undefined ? undefined : this.#options.access.userOf(token, request.signal);
  }

  #page(path: KubeletPath, query: URLSearchParams): Response {
    const { bootedAtMs } = this.#options;
    switch (path) {
      case '/healthz':
        return plain(200, 'ok');
      case '/pods':
        return Response.json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: this.#options.pods() });
      case '/metrics':
        return exposition(this.#usage((usage) => ownFamilies(usage, bootedAtMs)));
      case '/metrics/resource':
        return exposition(this.#usage(resourceFamilies));
      case '/metrics/cadvisor':
        return exposition(this.#usage(cadvisorFamilies));
      case '/stats/summary':
        return Response.json(
          this.#usage((usage) =>
            summaryDocument(usage, { bootedAtMs, isShort: isTrue(query.get('only_cpu_and_memory')) }),
          ),
        );
    }
  }

  #usage<T>(show: (usage: NodeUsage) => T): T {
    const { node, bootedAtMs, pods, meters, seed, nodeName } = this.#options;
    const found = node();
    if (found === undefined) throw new Failure('unavailable', `node ${JSON.stringify(nodeName)} is gone`);
    return show(readNodeUsage({ node: found, bootedAtMs, pods: pods(), meters, seed }));
  }
}

/** As Go's forms read a boolean. */
function isTrue(text: string | null): boolean {
  return text !== null && /^(1|t|T|true|TRUE|True)$/.test(text);
}

function exposition(families: readonly Family[]): Response {
  return new Response(expositionText(families), {
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores' },
  });
}

function plain(status: number, text: string): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}

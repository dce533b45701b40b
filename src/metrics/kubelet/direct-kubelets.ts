import type { IoClock } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import { connectionFault } from '../../platform/http/connection-fault.ts';
import { createOutbound, type Outbound, type OutboundAnswer } from '../../platform/http/outbound.ts';
import type { CredentialSource } from '../../platform/kube/credential.ts';
import { decompressAnswer, readAnswer, readRefusal } from './answer-bytes.ts';
import { KubeletTrust, type KubeletTrustOptions, type TrustState } from './kubelet-trust.ts';
import type { NodeEntry } from './node-projection.ts';
import { type NodeTargetOptions, nodeTarget } from './node-target.ts';
import type { KubeletClient } from './port.ts';
import { statusProblem } from './problem-classification.ts';
import { ScrapeFailure } from './scrape-failure.ts';

/** How kubelets are asked, one connection to each. */
export interface DirectKubeletsOptions {
  readonly ioClock: IoClock;
  readonly target: NodeTargetOptions;
  readonly trust: KubeletTrustOptions;
  /** Whose token is shown; null: none, as on the port without encryption. */
  readonly credentials: CredentialSource | null;
  readonly userAgent: string;
  /** `--kubelet-request-timeout`. */
  readonly requestTimeoutMs: number;
  /** How long an unused connection stays open; more than one resolution, so that scrapes reuse it. */
  readonly keepAliveMs: number;
}

/** A node's connection, and what it was made with. */
interface Connection {
  readonly origin: string;
  readonly trust: TrustState;
  readonly outbound: Outbound;
}

/** Asks kubelets straight, as upstream's metrics-server does. */
export function createDirectKubelets(options: DirectKubeletsOptions): KubeletClient {
  return new DirectKubelets(options);
}

class DirectKubelets implements KubeletClient {
  readonly #options: DirectKubeletsOptions;
  readonly #trust: KubeletTrust;
  readonly #connections = new Map<string, Connection>();

  constructor(options: DirectKubeletsOptions) {
    this.#options = options;
    this.#trust = new KubeletTrust(options.trust, options.ioClock);
  }

  urlOf(node: NodeEntry): string {
    return nodeTarget(node, this.#options.target).href;
  }

  async fetch(node: NodeEntry, signal: AbortSignal): Promise<Uint8Array> {
    const url = nodeTarget(node, this.#options.target);
    const { connection, token } = await this.#prepare(node, url);
    const answer = await this.#ask(node, url, connection, token, signal);
    if (answer.status !== 401 || token === undefined || !(await this.#renew(node, token))) {
      return await this.#read(node, url, answer, signal);
    }
    await readRefusal(answer.body);
    const renewed = await this.#prepare(node, url);
    return await this.#read(node, url, await this.#ask(node, url, renewed.connection, renewed.token, signal), signal);
  }

  forget(nodeName: string): void {
    const connection = this.#connections.get(nodeName);
    this.#connections.delete(nodeName);
    // Closing only breaks what nobody waits for any more.
    connection?.outbound.close().catch(() => undefined);
  }

  async close(): Promise<void> {
    const connections = [...this.#connections.values()];
    this.#connections.clear();
    await Promise.all(connections.map(({ outbound }) => outbound.close()));
  }

  async #prepare(
    node: NodeEntry,
    url: URL,
  ): Promise<{ readonly connection: Connection; readonly token: string | undefined }> {
    try {
      const [trust, credential] = await Promise.all([this.#trust.current(), this.#options.credentials?.current()]);
      return { connection: this.#connect(node.name, url, trust), token: credential?.token };
    } catch (thrown) {
      throw new ScrapeFailure(node.name, { code: 'NoCredential', detail: errorText(thrown) }, thrown);
    }
  }

  /** The node's connection; a new one when its address, or our trust, has changed. */
  #connect(nodeName: string, url: URL, trust: TrustState): Connection {
    const known = this.#connections.get(nodeName);
    if (known?.origin === url.origin && known.trust === trust) return known;
    if (known !== undefined) this.forget(nodeName);
    const { ioClock, requestTimeoutMs, keepAliveMs } = this.#options;
    const outbound = createOutbound({
      ioClock,
      tls: trust.tls,
      tlsContext: trust.context,
      connectDeadlineMs: SPARE_DEADLINES * requestTimeoutMs,
      connectionsPerOriginCountMax: 1,
      keepAliveMs,
    });
    const connection = { origin: url.origin, trust, outbound };
    this.#connections.set(nodeName, connection);
    return connection;
  }

  async #ask(
    node: NodeEntry,
    url: URL,
    { outbound }: Connection,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<OutboundAnswer> {
    const { requestTimeoutMs, userAgent } = this.#options;
    try {
      return await outbound.request({
        method: 'GET',
        url: url.href,
        headers: {
          'accept-encoding': 'gzip',
          'user-agent': userAgent,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        signal,
        headDeadlineMs: SPARE_DEADLINES * requestTimeoutMs,
        idleDeadlineMs: SPARE_DEADLINES * requestTimeoutMs,
        isBodyRaw: true,
      });
    } catch (thrown) {
      signal.throwIfAborted();
      throw new ScrapeFailure(node.name, connectionFault(thrown, url), thrown);
    }
  }

  async #renew(node: NodeEntry, token: string): Promise<boolean> {
    try {
      return (await this.#options.credentials?.renew({ token })) ?? false;
    } catch (thrown) {
      throw new ScrapeFailure(node.name, { code: 'NoCredential', detail: errorText(thrown) }, thrown);
    }
  }

  async #read(node: NodeEntry, url: URL, answer: OutboundAnswer, signal: AbortSignal): Promise<Uint8Array> {
    const isCompressed = answer.headers['content-encoding'] === 'gzip';
    try {
      if (answer.status === 200) {
        const bytes = await readAnswer(answer.body, node.name);
        return isCompressed ? await decompressAnswer(bytes, node.name) : bytes;
      }
      const refusal = await readRefusal(answer.body, isCompressed);
      throw new ScrapeFailure(node.name, statusProblem(answer.status, refusal, url));
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof ScrapeFailure) throw thrown;
      if (!(thrown instanceof Failure)) throw thrown;
      throw new ScrapeFailure(node.name, connectionFault(thrown, url), thrown);
    }
  }
}

/** The caller's signal ends a scrape in time; deadlines of single steps only bound a caller that forgot it. */
const SPARE_DEADLINES = 2;

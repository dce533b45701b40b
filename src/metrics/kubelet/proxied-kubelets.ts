import { Failure } from '../../base/failure.ts';
import { connectionFault } from '../../platform/http/connection-fault.ts';
import type { KubeTransport, WireResponse } from '../../platform/kube/transport.ts';
import { readAnswer, readRefusal } from './answer-bytes.ts';
import type { NodeEntry } from './node-projection.ts';
import { metricsPath } from './node-target.ts';
import type { KubeletClient } from './port.ts';
import { proxiedProblem } from './problem-classification.ts';
import { ScrapeFailure } from './scrape-failure.ts';

/** How kubelets are asked through the API server. */
export interface ProxiedKubeletsOptions {
  /** Stays the caller's to close. */
  readonly transport: KubeTransport;
  /** Of the API server, for messages. */
  readonly server: string;
  readonly userAgent: string;
  readonly requestTimeoutMs: number;
}

/**
 * Asks kubelets through the API server's node proxy, for people whose machine reaches no node: `top` without any metrics
 * API. Needs `get` on `nodes/proxy`, which is as good as root on every node: nothing that runs by itself should have it.
 */
export function createProxiedKubelets(options: ProxiedKubeletsOptions): KubeletClient {
  const { transport, server, userAgent, requestTimeoutMs } = options;
  const pathOf = (node: NodeEntry): string =>
    `/api/v1/nodes/${encodeURIComponent(node.name)}/proxy${metricsPath(node)}`;
  const urlOf = (node: NodeEntry): string => `${server}${pathOf(node)}`;
  return {
    urlOf,
    fetch: async (node, signal) => {
      const path = pathOf(node);
      const url = new URL(urlOf(node));
      try {
        const answer = await transport.send({
          method: 'GET',
          path,
          headers: { 'user-agent': userAgent, 'accept-encoding': 'gzip' },
          signal,
          headDeadlineMs: requestTimeoutMs,
          idleDeadlineMs: requestTimeoutMs,
        });
        return await readProxied(answer, node.name, url);
      } catch (thrown) {
        signal.throwIfAborted();
        if (thrown instanceof ScrapeFailure || !(thrown instanceof Failure)) throw thrown;
        throw new ScrapeFailure(node.name, connectionFault(thrown, url), thrown);
      }
    },
    forget: () => {},
    close: async () => {},
  };
}

async function readProxied({ status, body }: WireResponse, nodeName: string, url: URL): Promise<Uint8Array> {
  if (status === 200) return await readAnswer(body, nodeName);
  throw new ScrapeFailure(nodeName, proxiedProblem(status, await readRefusal(body), url));
}

import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { resourceAnswer } from '../../kubelet/resource-answer.ts';
import { listenOnLoopback } from '../support/loopback-server.ts';

/** A container that works evenly. */
export interface WorkingContainer {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly cores: number;
  readonly memoryBytes: number;
}

export interface LiveKubeletOptions {
  /** Its serving certificate. */
  readonly cert: string;
  readonly key: string;
  /** Whose clients it lets in. */
  readonly clientAuthority: string;
  readonly containers: readonly WorkingContainer[];
  /** Of the whole node. */
  readonly cores: number;
  readonly memoryBytes: number;
}

export interface LiveKubelet {
  readonly port: number;
  stop(): Promise<void>;
}

/** As whom the API server asks. */
const API_SERVER_USER = 'kube-apiserver-kubelet-client';
/** Between two samples of a cgroup, as cAdvisor takes them. */
const SAMPLE_PERIOD_MS = 10_000;

/**
 * A kubelet whose counters rise while it runs, seen every 10 s as cAdvisor sees them. It lets in nobody but the API server,
 * by its client certificate, and has the pages of resource metrics and of its own.
 */
export async function startLiveKubelet(options: LiveKubeletOptions): Promise<LiveKubelet> {
  const { cert, key, clientAuthority } = options;
  const startedAtMs = Date.now() - 3_600_000;
  const tls = { cert, key, ca: clientAuthority, requestCert: true, rejectUnauthorized: false };
  const server = createServer(tls, (incoming, outgoing) => {
    const answer = (status: number, body: string): void => {
      outgoing.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      outgoing.end(body);
    };
    const user = userOf(incoming.socket);
    if (user === undefined) return answer(401, 'Unauthorized');
    if (user !== API_SERVER_USER) return answer(403, `Forbidden (user=${user}, verb=get, resource=nodes)`);
    if (incoming.url === '/metrics/resource') return answer(200, pageOf(options, startedAtMs));
    if (incoming.url === '/metrics')
      return answer(200, '# TYPE kubelet_cgroup_version gauge\nkubelet_cgroup_version 2\n');
    return answer(404, '404 page not found\n');
  });
  return listenOnLoopback(server);
}

function userOf(socket: Socket): string | undefined {
  const { authorized, getPeerCertificate } = socket as TLSSocket;
  if (!authorized) return undefined;
  const name = getPeerCertificate.call(socket).subject?.CN;
  return typeof name === 'string' ? name : undefined;
}

function pageOf({ containers, cores, memoryBytes }: LiveKubeletOptions, startedAtMs: number): string {
  const sampledAtMs = Math.floor(Date.now() / SAMPLE_PERIOD_MS) * SAMPLE_PERIOD_MS;
  const elapsedSeconds = (sampledAtMs - startedAtMs) / 1000;
  const atSeconds = sampledAtMs / 1000;
  return resourceAnswer(
    containers.map((each) => ({
      ...each,
      cpuSeconds: each.cores * elapsedSeconds,
      startSeconds: startedAtMs / 1000,
      atSeconds,
    })),
    { cpuSeconds: cores * elapsedSeconds, memoryBytes, atSeconds },
  );
}

import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { IoClock } from '../../base/clock.ts';
import { errorText } from '../../base/failure.ts';
import { BALANCER_CONNECTIONS_COUNT_MAX } from '../../base/limits.ts';
import type { Log } from '../../base/log.ts';
import type { ServiceLoad } from '../world/runtime/container-runtime.ts';
import { RequestWindow } from './request-window.ts';

/** A ready pod behind a Service. */
export interface Backend {
  /** `namespace/name` of the pod. */
  readonly key: string;
  readonly address: string;
  readonly port: number;
}

export interface ServiceBalancerOptions {
  /** `namespace/name` of the Service, for messages. */
  readonly serviceKey: string;
  readonly address: string;
  readonly port: number;
  readonly ioClock: IoClock;
  readonly log: Log;
}

/** Shorter than the pods keep connections, so that no request goes out on one that its pod is closing. */
const IDLE_CONNECTION_MS = 15_000;
const BACKLOG_COUNT = 4_096;
/** Pods that are tried for one request. */
const ATTEMPT_COUNT_MAX = 4;
/** Methods that may be sent twice (RFC 9110, 9.2.2). */
const IDEMPOTENT_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'];
/** Headers of one connection only (RFC 9110, 7.6.1). */
const CONNECTION_HEADERS: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
];

/**
 * A Service's cluster address: a listener of HTTP that hands each request to the next ready pod in turn, over connections
 * that it keeps. kube-proxy hands out connections instead; requests are what shows within seconds that a pod was added,
 * however long clients keep their connections. A pod that does not answer is passed over. Without a ready pod the
 * connection is refused.
 */
export class ServiceBalancer {
  readonly #options: ServiceBalancerOptions;
  readonly #agent = new Agent({ keepAlive: true, timeout: IDLE_CONNECTION_MS, maxSockets: Number.POSITIVE_INFINITY });
  readonly #window = new RequestWindow();
  #backends: readonly Backend[] = [];
  #turn = 0;
  #server: Server | undefined;
  #isClosed = false;

  constructor(options: ServiceBalancerOptions) {
    this.#options = options;
  }

  /** From now on requests go to these. */
  setBackends(backends: readonly Backend[]): void {
    this.#backends = backends;
    if (backends.length === 0) this.#shut();
    else if (this.#server === undefined && !this.#isClosed) this.#open();
  }

  /** Requests and response times of the last seconds. */
  load(): ServiceLoad {
    return this.#window.loadAt(this.#options.ioClock.monotonicMs());
  }

  /** Counts a request that came to nothing. */
  noteFailure(): void {
    this.#window.note(this.#options.ioClock.monotonicMs(), 0, true);
  }

  close(): void {
    this.#isClosed = true;
    this.#server?.closeAllConnections();
    this.#shut();
    this.#agent.destroy();
  }

  #open(): void {
    const { address, port, serviceKey, log } = this.#options;
    const server = createServer((incoming, outgoing) => this.#take(incoming, outgoing));
    server.maxConnections = BALANCER_CONNECTIONS_COUNT_MAX;
    this.#server = server;
    server.on('error', (error) => {
      log.warn('a Service cannot be reached', { service: serviceKey, address, port, error: errorText(error) });
      if (this.#server === server) this.#server = undefined;
    });
    server.listen({ host: address, port, backlog: BACKLOG_COUNT });
  }

  /** What is under way is answered; nothing new is taken. */
  #shut(): void {
    const server = this.#server;
    this.#server = undefined;
    server?.close();
    server?.closeIdleConnections();
  }

  #take(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { ioClock } = this.#options;
    const startedAtMs = ioClock.monotonicMs();
    outgoing.once('close', () => {
      const atMs = ioClock.monotonicMs();
      // A client that went away before its answer was not failed by anybody.
      if (outgoing.writableFinished) this.#window.note(atMs, atMs - startedAtMs, outgoing.statusCode >= 500);
    });
    this.#forward(incoming, outgoing, []);
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse, tried: readonly Backend[]): void {
    const backend = this.#next(tried);
    if (backend === undefined) {
      outgoing.writeHead(503, { 'content-type': 'text/plain' });
      outgoing.end(`no pod of ${this.#options.serviceKey} answers\n`);
      return;
    }
    const { method = 'GET', url = '/', headers } = incoming;
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    const sent = request({
      host: backend.address,
      port: backend.port,
      method,
      path: url,
      headers: endToEnd(headers),
      // A body can be sent once only, so it goes over a connection that no pod has begun to close.
      agent: hasBody ? false : this.#agent,
    });
    const isRepeatable = !hasBody && IDEMPOTENT_METHODS.includes(method);
    outgoing.once('close', () => sent.destroy());
    sent.once('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      answer.pipe(outgoing);
      answer.once('error', () => this.#break(outgoing));
    });
    sent.on('error', () => {
      if (outgoing.destroyed) return;
      if (outgoing.headersSent) this.#break(outgoing);
      else if (isRepeatable && tried.length + 1 < ATTEMPT_COUNT_MAX)
        this.#forward(incoming, outgoing, [...tried, backend]);
      else {
        outgoing.writeHead(502, { 'content-type': 'text/plain' });
        outgoing.end(`${backend.key} of ${this.#options.serviceKey} did not answer\n`);
      }
    });
    if (hasBody) incoming.pipe(sent);
    else sent.end();
  }

  /** Its pod went in the middle of an answer: nothing is left but to let the client see it. */
  #break(outgoing: ServerResponse): void {
    if (outgoing.destroyed) return;
    outgoing.destroy();
    this.noteFailure();
  }

  /** The next in turn that was not tried yet; one that was tried when there is no other. */
  #next(tried: readonly Backend[]): Backend | undefined {
    const fresh = this.#backends.filter(({ key }) => !tried.some((backend) => backend.key === key));
    const candidates = fresh.length === 0 ? this.#backends : fresh;
    const backend = candidates[this.#turn % candidates.length];
    this.#turn = (this.#turn + 1) % Number.MAX_SAFE_INTEGER;
    return backend;
  }
}

function endToEnd(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CONNECTION_HEADERS.includes(name)));
}

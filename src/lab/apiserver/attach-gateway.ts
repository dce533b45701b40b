import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import { errorText } from '../../base/failure.ts';
import { API_SERVER_ATTACHED_BACKLOG_BYTES_MAX, API_SERVER_BODY_BYTES_MAX } from '../../base/limits.ts';
import type { ApiServer } from './api-server.ts';
import { AttachedInput } from './attached-input.ts';
import type { ContainerRef } from './pod-console.ts';
import { findContainer } from './pod-subresource.ts';
import { parseTarget } from './request-path.ts';

/** The newer protocol can end the client's input alone; otherwise they are the same. */
const PROTOCOLS: readonly string[] = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/** The first byte of every message to the client. */
const CHANNEL = { stdout: 1, stderr: 2, error: 3 } as const;

/** Takes over connections that attach to a container; everything else that asks for an upgrade gets a plain answer. */
export class AttachGateway {
  readonly #apiServer: ApiServer;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: API_SERVER_BODY_BYTES_MAX,
    handleProtocols: (offered) => PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
  });

  constructor(apiServer: ApiServer) {
    this.#apiServer = apiServer;
  }

  /** Answers a request for an upgrade; one that cannot be read has its connection closed. Never rejects. */
  async upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    try {
      await this.#answer(incoming, socket, head);
    } catch {
      // Anybody may send anything here, and nothing has been answered that could say what is wrong.
      socket.destroy();
    }
  }

  async #answer(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = new URL(incoming.url ?? '/', `https://${incoming.headers.host ?? 'localhost'}`);
    const container = this.#attachable(incoming, url);
    if (container === undefined) {
      await this.#refuse(incoming, url, socket);
      return;
    }
    this.#webSockets.handleUpgrade(incoming, socket, head, (webSocket) => {
      void this.#attach(webSocket, container, url.searchParams);
    });
  }

  close(): void {
    for (const webSocket of this.#webSockets.clients) webSocket.terminate();
    this.#webSockets.close();
  }

  /** The container to attach to, when the request is one for that and may be. */
  #attachable(incoming: IncomingMessage, url: URL): ContainerRef | undefined {
    const target = parseTarget('GET', url);
    const isAttach = target.isResource && target.resource === 'pods' && target.subresource === 'attach';
    if (!isAttach || incoming.headers.upgrade?.toLowerCase() !== 'websocket') return undefined;
    const offered = (incoming.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
    if (!PROTOCOLS.some((protocol) => offered.includes(protocol))) return undefined;
    const user = this.#apiServer.authenticate(headersOf(incoming));
    if (user === undefined || !this.#apiServer.isAllowed(user, target)) return undefined;
    try {
      return findContainer(this.#apiServer.store, target, url.searchParams);
    } catch {
      return undefined;
    }
  }

  /** The answer that the same request would get without an upgrade says what is wrong. */
  async #refuse(incoming: IncomingMessage, url: URL, socket: Duplex): Promise<void> {
    const method = incoming.method === 'POST' ? 'POST' : 'GET';
    const response = await this.#apiServer.handle(new Request(url, { method, headers: headersOf(incoming) }));
    const body = Buffer.from(await response.arrayBuffer());
    const lines = [
      `HTTP/1.1 ${response.status} Refused`,
      'content-type: application/json',
      `content-length: ${body.length}`,
    ];
    socket.end(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\nconnection: close\r\n\r\n`), body]));
  }

  async #attach(webSocket: WebSocket, container: ContainerRef, query: URLSearchParams): Promise<void> {
    const ending = new AbortController();
    webSocket.on('close', () => ending.abort());
    webSocket.on('error', () => ending.abort());
    const isTty = query.get('tty') === 'true';
    const send = (channel: number, chunk: Uint8Array): void => {
      if (webSocket.readyState !== webSocket.OPEN) return;
      webSocket.send(Buffer.concat([Buffer.of(channel), chunk]));
      // What is printed does not wait for who reads it.
      if (webSocket.bufferedAmount > API_SERVER_ATTACHED_BACKLOG_BYTES_MAX) webSocket.terminate();
    };
    let status: unknown;
    try {
      const running = this.#apiServer.console?.attach(
        container,
        { hasStdin: query.get('stdin') === 'true', isTty },
        {
          stdin: new AttachedInput(webSocket),
          writeStdout: (chunk) => send(CHANNEL.stdout, chunk),
          // A terminal has one stream only.
          writeStderr: (chunk) => send(isTty ? CHANNEL.stdout : CHANNEL.stderr, chunk),
        },
        ending.signal,
      );
      await running;
      status = running === undefined ? failureStatus('nothing runs in the container') : SUCCESS_STATUS;
    } catch (thrown) {
      status = failureStatus(errorText(thrown));
    }
    send(CHANNEL.error, Buffer.from(JSON.stringify(status)));
    webSocket.close(1000);
  }
}

/** How attaching ended, as the error channel says it. The exit code of what ran is in the pod's status, never here. */
const SUCCESS_STATUS = { metadata: {}, status: 'Success' };

function failureStatus(message: string): unknown {
  return { metadata: {}, status: 'Failure', message, reason: 'InternalError' };
}

function headersOf(incoming: IncomingMessage): Headers {
  const headers = new Headers();
  for (const name of ['authorization', 'accept', 'user-agent']) {
    const value = incoming.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  return headers;
}

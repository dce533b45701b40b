import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A company's proxy: tunnels to whatever name lead to one port of this machine. */
export interface ConnectProxy {
  readonly url: URL;
  /** Whom clients asked for. */
  readonly targets: readonly string[];
  close(): Promise<void>;
}

/** With a `password` it refuses whoever does not send `user:password`. */
export async function startConnectProxy(targetPort: number, password?: string): Promise<ConnectProxy> {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const wanted = password === undefined ? undefined : `Basic ${Buffer.from(`user:${password}`).toString('base64')}`;
  const server = createServer((_incoming, outgoing) => outgoing.writeHead(405).end());
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    targets.push(incoming.url ?? '');
    if (wanted !== undefined && incoming.headers['proxy-authorization'] !== wanted) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const target = connect(targetPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    for (const end of [target, socket]) {
      sockets.add(end);
      end.on('error', () => [target, socket].map((one) => one.destroy()));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    targets,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';

/** A way from an API server to nodes whose addresses nobody else knows. */
export interface NodeTunnel {
  /** For kube-apiserver. */
  readonly flag: string;
  /** What is dialled for `address:10250` is answered on this port of loopback. */
  route(address: string, port: number): void;
  stop(): Promise<void>;
}

/** The port that nodes of a tunnel say they have. */
export const KUBELET_PORT = 10_250;

/**
 * API servers proxy to no node whose address is of loopback, so the nodes of a test have other ones, and the API server
 * dials them through this HTTP CONNECT proxy: its own egress selection, on a socket of the folder. Everything else that
 * it dials that way is of loopback.
 */
export async function openNodeTunnel(folder: string): Promise<NodeTunnel> {
  const socketPath = join(folder, 'egress.sock');
  const configFile = join(folder, 'egress.json');
  const ports = new Map<string, number>();
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const [address = '', port] = (request.url ?? '').split(':');
    const onward = connect(ports.get(address) ?? Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    for (const each of [socket, onward]) {
      sockets.add(each);
      each.on('error', () => each.destroy());
      each.on('close', () => {
        sockets.delete(each);
        socket.destroy();
        onward.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  await writeFile(configFile, JSON.stringify(egressOver(socketPath)));
  return {
    flag: `--egress-selector-config-file=${configFile}`,
    route: (address, port) => ports.set(address, port),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function egressOver(udsName: string) {
  return {
    apiVersion: 'apiserver.k8s.io/v1beta1',
    kind: 'EgressSelectorConfiguration',
    egressSelections: [
      { name: 'cluster', connection: { proxyProtocol: 'HTTPConnect', transport: { uds: { udsName } } } },
    ],
  };
}

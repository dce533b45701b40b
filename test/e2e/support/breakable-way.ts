import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be broken and mended, TLS and all. */
export interface BreakableWay {
  readonly port: number;
  /** Resets what is open and takes no new connections. */
  break(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a way on loopback to a port of this machine. */
export async function openBreakableWay(targetPort: number): Promise<BreakableWay> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const end = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
  return { port, break: end, mend: () => listen(port), close: end };
}

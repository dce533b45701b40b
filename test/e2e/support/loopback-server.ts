import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A server of a test, on a port of 127.0.0.1 that the system chose. */
export interface LoopbackServer {
  readonly port: number;
  /** Breaks what is under way. */
  stop(): Promise<void>;
}

/** Lets a server listen on loopback. */
export async function listenOnLoopback(server: HttpServer | HttpsServer): Promise<LoopbackServer> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

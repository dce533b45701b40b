import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Report } from './report.ts';

const RETRY_MS = 500;

/**
 * Runs `work` while no other process of this machine holds the lock of that name, waiting as long as it takes. The lock
 * is an abstract Unix socket: the kernel frees it when its holder dies, so that no stale lock can be left behind.
 */
export async function withLock<T>(name: string, report: Report, work: () => Promise<T>): Promise<T> {
  const address = `\0podtide-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
  let held = await tryListen(address);
  if (held === undefined) report(`waiting for another run that holds ${name}`);
  while (held === undefined) {
    await delay(RETRY_MS);
    held = await tryListen(address);
  }
  try {
    return await work();
  } finally {
    held.close();
  }
}

function tryListen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => resolve(server));
  });
}

import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { Failure } from '../../src/base/failure.ts';

const LOWEST_PORT = 20_000;
const TRIES_MAX = 1000;

/**
 * Ports of 127.0.0.1 that nobody listens on, different from all that were given before, here or by another process, as long
 * as that process lives. They lie below the range that the kernel hands to outgoing connections: a port of that range may be
 * taken by somebody's connection before the program that it is meant for binds it.
 */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  const end = await ephemeralRangeStart();
  const found = new Set<number>();
  for (let tries = 0; tries < TRIES_MAX && found.size < count; tries += 1) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (end - LOWEST_PORT));
    if ((await isFree(port)) && (await claim(port))) found.add(port);
  }
  if (found.size < count) throw new Failure('unavailable', `no ${count} free ports between ${LOWEST_PORT} and ${end}`);
  return [...found];
}

async function ephemeralRangeStart(): Promise<number> {
  const range = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  return Math.max(Number.parseInt(range, 10), LOWEST_PORT + TRIES_MAX);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** A UDP socket of the same number, held until this process ends: it keeps no program from the port, but other searches. */
function claim(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      socket.unref();
      resolve(true);
    });
  });
}

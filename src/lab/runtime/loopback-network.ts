import { createServer, type Server } from 'node:net';
import { Failure } from '../../base/failure.ts';

/** Addresses of this machine's loopback interface that belong to one lab alone. */
export interface LoopbackNetwork {
  /** The first two numbers of the addresses of Services: `127.96`. */
  readonly serviceAddressPrefix: string;
  /** The first two numbers of the addresses of pods: `127.112`. */
  readonly podAddressPrefix: string;
  /** How much is added to ports below 1024: 0 where the user may have them. */
  readonly lowPortShift: number;
  /** Gives the addresses back. */
  close(): Promise<void>;
}

/** The port that is listened on for a port that a manifest names. */
export function boundPort(network: Pick<LoopbackNetwork, 'lowPortShift'>, port: number): number {
  return port < LOW_PORT_END ? port + network.lowPortShift : port;
}

/** Labs that may have networks at the same time. */
const NETWORK_COUNT_MAX = 16;
const FIRST_SERVICE_RANGE = 96;
const FIRST_POD_RANGE = FIRST_SERVICE_RANGE + NETWORK_COUNT_MAX;
/** Held in each range as long as its lab lives; the system lets go of it however the lab ends. No service is known for it. */
const LOCK_PORT = 20_096;
const LOCK_HOST = '255.254';
const LOW_PORT_END = 1024;
/** 80 becomes 8080, 443 becomes 8443. */
const LOW_PORT_SHIFT = 8_000;

/**
 * Takes the first free range of 127.96.0.0/12. Throws Failure `unavailable` on a machine without the whole of 127.0.0.0/8 on
 * its loopback interface, `conflict` when all ranges are taken.
 */
export async function openLoopbackNetwork(): Promise<LoopbackNetwork> {
  for (let number = 0; number < NETWORK_COUNT_MAX; number++) {
    const serviceAddressPrefix = `127.${FIRST_SERVICE_RANGE + number}`;
    const lock = await listen(`${serviceAddressPrefix}.${LOCK_HOST}`, LOCK_PORT);
    if (lock === 'EADDRINUSE') continue;
    if (typeof lock === 'string') throw noLoopback(serviceAddressPrefix, lock);
    return {
      serviceAddressPrefix,
      podAddressPrefix: `127.${FIRST_POD_RANGE + number}`,
      lowPortShift: await lowPortShift(`${serviceAddressPrefix}.${LOCK_HOST}`),
      close: () => closed(lock),
    };
  }
  throw new Failure('conflict', `${NETWORK_COUNT_MAX} labs with --real run on this machine already`, {
    hint: 'end one of them',
  });
}

function noLoopback(prefix: string, code: string): Failure {
  return new Failure('unavailable', `${prefix}.${LOCK_HOST} is no address of this machine: ${code}`, {
    hint: '--real needs the whole of 127.0.0.0/8 on the loopback interface, as Linux has it',
  });
}

/** Whether the user may have low ports is tried: rights, the system's setting and namespaces all have a say in it. */
async function lowPortShift(address: string): Promise<number> {
  const server = await listen(address, 80);
  // A server of the machine on every address takes the port away as well.
  if (typeof server === 'string') return LOW_PORT_SHIFT;
  await closed(server);
  return 0;
}

/** The server, or the system's code of why not. */
function listen(address: string, port: number): Promise<Server | string> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: address, port, exclusive: true }, () => resolve(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}

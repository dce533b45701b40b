import { parentPort } from 'node:worker_threads';
import { openListener } from '../../src/platform/http/listener.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { LeaseServer } from './lease-server.ts';

/** A Lease behind sockets in a thread of its own, so that a test may stop its own thread. Answers any message with the Lease. */
const server = new LeaseServer();
const listener = await openListener({
  handle: (request) => server.handle(request),
  port: 0,
  ioClock: createSystemClock(),
});
parentPort?.on('message', () => parentPort?.postMessage(server.lease?.spec));
parentPort?.postMessage(listener.url);

import { createServer, get, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { DutyCycle } from './duty-cycle.ts';
import { squareRootSum } from './square-roots.ts';
import type { ResolveAnswer, WorkerOrder, WorkerReport } from './worker-messages.ts';

/** A container of the lab as a process: does what its one argument says, and ends with the lab, however that ends. */

type Answer = () => Promise<string>;

/** Longer than the load balancer keeps unused connections, so that it is the balancer who closes them. */
const KEEP_ALIVE_MS = 75_000;
const BACKLOG_COUNT = 4_096;
const ANSWER_MS_MAX = 60_000;
/** Between two looks for connections that have become idle, once told to stop. */
const DRAIN_LOOK_MS = 20;
/** A client that gets no answer does not ask in a hot loop: starting a process takes a real one this long. */
const COMPLAINT_PAUSE_MS = 100;

const PAGE =
  '<!DOCTYPE html>\n<html>\n<head><title>Welcome to nginx!</title></head>\n<body><h1>Welcome to nginx!</h1></body>\n</html>\n';

const order: WorkerOrder = JSON.parse(process.argv[2] ?? '');
process.title = order.title;
// The channel closes with the lab, a lab that was killed included: nobody is left to end this process then.
process.on('disconnect', () => process.exit(0));
// A Ctrl-C in the lab's terminal is meant for the lab, which ends its containers in order.
process.on('SIGINT', () => undefined);

const { work } = order;
if (work.kind === 'requests') {
  process.on('SIGTERM', () => process.exit(143));
  report({ kind: 'up' });
  await ask();
} else {
  serve(work.kind === 'page' ? async () => PAGE : squareRoots(work.rootCount), work.address, work.port);
}

function squareRoots(rootCount: number): Answer {
  const duty = order.dutyCores === null ? undefined : new DutyCycle(order.dutyCores);
  return async () => {
    await duty?.turn();
    return Number.isFinite(squareRootSum(rootCount)) ? 'OK!' : '';
  };
}

function serve(answer: Answer, address: string, port: number): void {
  const server = createServer(async (_request, response) => {
    const text = await answer();
    response.writeHead(200, { 'content-type': 'text/html', 'content-length': Buffer.byteLength(text) });
    response.end(text);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  server.listen({ host: address, port, backlog: BACKLOG_COUNT }, () => report({ kind: 'up' }));
  process.on('SIGTERM', () => drain(server));
}

/** Takes no more connections, answers what it has been asked, and ends. */
function drain(server: Server): void {
  server.close(() => process.exit(0));
  setInterval(() => server.closeIdleConnections(), DRAIN_LOOK_MS);
}

/** The client's loop, or its one request: each on a connection of its own, as a wget is a process of its own. */
async function ask(): Promise<void> {
  if (work.kind !== 'requests') return;
  const { command, pauseMs } = work;
  for (;;) {
    const { target, complaint } = await resolve();
    const text = target === null ? undefined : await request(target.address, target.port);
    if (text === undefined) process.stdout.write(complaint);
    else if (command.isPrinting) process.stdout.write(text);
    if (pauseMs === null) {
      process.stdout.write('', () => process.exit(text === undefined ? 1 : 0));
      return;
    }
    await delay(text === undefined ? Math.max(pauseMs, COMPLAINT_PAUSE_MS) : pauseMs);
  }
}

function resolve(): Promise<ResolveAnswer> {
  return new Promise((settle) => {
    process.once('message', (message) => settle(message as ResolveAnswer));
    report({ kind: 'resolve' });
  });
}

/** The body of the answer; undefined when there was none. */
function request(host: string, port: number): Promise<string | undefined> {
  return new Promise((settle) => {
    const options = { host, port, agent: false, signal: AbortSignal.timeout(ANSWER_MS_MAX) };
    const sent = get(options, async (response) => {
      try {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        settle(response.statusCode === 200 ? text : undefined);
      } catch {
        settle(undefined);
      }
    });
    sent.on('error', () => settle(undefined));
  });
}

function report(message: WorkerReport): void {
  process.send?.(message);
}

import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BALANCER_CONNECTIONS_COUNT_MAX } from '../../base/limits.ts';
import { SILENT_LOG } from '../../base/log.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import { type LoopbackNetwork, openLoopbackNetwork } from './loopback-network.ts';
import { type Backend, ServiceBalancer } from './service-balancer.ts';

const PORT = 8080;

let network: LoopbackNetwork;
let stack: AsyncDisposableStack;
let balancer: ServiceBalancer;
/** Connections that each pod has had. */
let connectionCounts: Map<string, number>;
beforeEach(async () => {
  connectionCounts = new Map();
  stack = new AsyncDisposableStack();
  network = await openLoopbackNetwork();
  stack.defer(() => network.close());
  const address = `${network.serviceAddressPrefix}.0.1`;
  const options = { serviceKey: 'default/web', address, port: PORT, ioClock: createSystemClock(), log: SILENT_LOG };
  balancer = new ServiceBalancer(options);
  stack.defer(() => balancer.close());
});
afterEach(() => stack.disposeAsync());

/** A pod that answers with its name, or does what it is told to with a request. */
async function pod(
  number: number,
  act?: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
): Promise<Backend> {
  const key = `default/web-${number}`;
  const address = `${network.podAddressPrefix}.0.${number}`;
  const server = createServer(async (incoming, outgoing) => {
    if (act !== undefined) return act(incoming, outgoing);
    let body = '';
    for await (const chunk of incoming) body += chunk;
    outgoing.end(`${key}${body}`);
  });
  server.on('connection', () => connectionCounts.set(key, (connectionCounts.get(key) ?? 0) + 1));
  server.listen(PORT, address);
  await once(server, 'listening');
  stack.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { key, address, port: PORT };
}

interface Answered {
  readonly status: number | undefined;
  readonly text: string;
  readonly isReused: boolean;
}

function ask(options: { method?: string; body?: string; agent?: Agent } = {}): Promise<Answered> {
  const { method = 'GET', body, agent = false } = options;
  const host = `${network.serviceAddressPrefix}.0.1`;
  return new Promise((resolve, reject) => {
    const sent = request({ host, port: PORT, method, agent }, async (answer) => {
      let text = '';
      for await (const chunk of answer) text += chunk;
      resolve({ status: answer.statusCode, text, isReused: sent.reusedSocket });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The listener opens in a later turn. */
async function answering(): Promise<void> {
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('requests', () => {
  test('go to the pods in turn, over kept connections on both sides', async () => {
    balancer.setBackends([await pod(1), await pod(2), await pod(3)]);
    await answering();
    const agent = new Agent({ keepAlive: true });
    const answers: Answered[] = [];
    for (let count = 0; count < 6; count++) answers.push(await ask({ agent }));
    agent.destroy();
    expect(answers.slice(1).every(({ isReused }) => isReused)).toBe(true);
    const names = answers.map(({ text }) => text);
    expect(names.slice(3)).toEqual(names.slice(0, 3));
    expect(new Set(names).size).toBe(3);
    expect([...connectionCounts.values()]).toEqual([1, 1, 1]);
  });

  test('follow the pods: one that comes has its share at once, one that goes has none', async () => {
    const [first, second] = [await pod(1), await pod(2)];
    balancer.setBackends([first]);
    await answering();
    balancer.setBackends([first, second]);
    expect(new Set([(await ask()).text, (await ask()).text])).toEqual(new Set([first.key, second.key]));
    balancer.setBackends([second]);
    expect([(await ask()).text, (await ask()).text]).toEqual([second.key, second.key]);
  });

  test('are refused while there is no pod, and taken again', async () => {
    const first = await pod(1);
    balancer.setBackends([first]);
    await answering();
    balancer.setBackends([]);
    await expect(ask()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    balancer.setBackends([first]);
    await answering();
    expect((await ask()).text).toBe(first.key);
  });

  test('carry their body and method', async () => {
    balancer.setBackends([await pod(1)]);
    await answering();
    expect(await ask({ method: 'POST', body: ' takes this' })).toMatchObject({
      status: 200,
      text: 'default/web-1 takes this',
    });
  });
});

describe('a pod that does not answer', () => {
  const absent = async (): Promise<Backend> => ({
    key: 'default/web-9',
    address: `${network.podAddressPrefix}.0.9`,
    port: PORT,
  });
  const resetting = (): Promise<Backend> => pod(8, (incoming) => incoming.socket.resetAndDestroy());

  test.each([
    ['nobody listens', absent],
    ['it resets the connection', resetting],
  ])('is passed over: %s', async (_why, broken) => {
    balancer.setBackends([await broken(), await pod(1)]);
    await answering();
    for (let count = 0; count < 4; count++) expect((await ask()).text).toBe('default/web-1');
  });

  test('is asked once only for what must not be done twice', async () => {
    let askedCount = 0;
    const broken = await pod(8, (incoming) => {
      askedCount++;
      incoming.socket.resetAndDestroy();
    });
    balancer.setBackends([broken]);
    while (askedCount === 0) await ask({ method: 'POST', body: 'x' }).catch(() => undefined);
    askedCount = 0;
    expect(await ask({ method: 'POST', body: 'x' })).toMatchObject({
      status: 502,
      text: 'default/web-8 of default/web did not answer\n',
    });
    expect(askedCount).toBe(1);
  });

  test('fails the request when there is no other', async () => {
    balancer.setBackends([await absent()]);
    await answering();
    expect((await ask()).status).toBe(502);
  });
});

test.each([
  ['an answer that its pod breaks off is a failure', true, 0.2],
  ['a client that goes away is none', false, 0],
])('%s', async (_why, isPodBreaking, failedPerSecond) => {
  let nowMs = 0;
  const address = `${network.serviceAddressPrefix}.0.1`;
  const ioClock = { ...createSystemClock(), monotonicMs: () => nowMs };
  const counting = new ServiceBalancer({ serviceKey: 'a/b', address, port: PORT, ioClock, log: SILENT_LOG });
  stack.defer(() => counting.close());
  const asked: IncomingMessage[] = [];
  const halfway = await pod(1, (incoming, outgoing) => {
    incoming.on('error', () => undefined);
    asked.push(incoming);
    outgoing.writeHead(200, { 'content-length': 10 }).write('half');
  });
  counting.setBackends([halfway]);
  for (;;) {
    const sent = get({ host: address, port: PORT, agent: false });
    const isClosed = new Promise((resolve) => sent.once('close', resolve));
    const answer = await new Promise<IncomingMessage | undefined>((resolve) => {
      sent.once('response', resolve).once('error', () => resolve(undefined));
    });
    // The listener opens in a later turn.
    if (answer === undefined) continue;
    answer.on('error', () => undefined).resume();
    const [incoming] = asked;
    const isLeft = new Promise((resolve) => incoming?.once('close', resolve));
    if (isPodBreaking) incoming?.socket.destroy();
    else sent.destroy();
    await Promise.all([isClosed, isLeft]);
    break;
  }
  nowMs = 1_000;
  expect(counting.load()).toMatchObject({ requestsPerSecond: failedPerSecond, failedPerSecond });
});

test('requests and failures are counted', async () => {
  let nowMs = 0;
  const ioClock = { ...createSystemClock(), monotonicMs: () => nowMs };
  const address = `${network.serviceAddressPrefix}.0.1`;
  const counting = new ServiceBalancer({ serviceKey: 'a/b', address, port: PORT, ioClock, log: SILENT_LOG });
  stack.defer(() => counting.close());
  counting.setBackends([await pod(1)]);
  await answering();
  for (let count = 0; count < 9; count++) await ask();
  counting.noteFailure();
  nowMs = 1_000;
  const { requestsPerSecond, failedPerSecond, latencyP95Ms } = counting.load();
  expect({ requestsPerSecond: Math.floor(requestsPerSecond), failedPerSecond }).toEqual({
    requestsPerSecond: 2,
    failedPerSecond: 0.2,
  });
  expect(latencyP95Ms).not.toBeNull();
});

test('a client that goes away before its answer frees its pod', async () => {
  let isGone: Promise<unknown> | undefined;
  balancer.setBackends([
    await pod(1, (incoming) => {
      isGone = once(incoming.socket, 'close');
    }),
  ]);
  while (isGone === undefined) {
    const sent = get({ host: `${network.serviceAddressPrefix}.0.1`, port: PORT });
    sent.on('error', () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    sent.destroy();
  }
  await isGone;
});

test('connections beyond those that it may hold are closed', async () => {
  balancer.setBackends([await pod(1)]);
  await answering();
  const host = `${network.serviceAddressPrefix}.0.1`;
  const sockets: Socket[] = [];
  stack.defer(() => {
    for (const socket of sockets) socket.destroy();
  });
  const open = async (): Promise<Socket> => {
    const socket = connect(PORT, host);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  for (let count = 0; count < BALANCER_CONNECTIONS_COUNT_MAX; count++) await open();
  const beyond = await open();
  await new Promise((resolve) =>
    beyond
      .once('close', resolve)
      .on('error', () => undefined)
      .resume(),
  );
  expect(sockets.filter((socket) => !socket.destroyed).length).toBeLessThanOrEqual(BALANCER_CONNECTIONS_COUNT_MAX);
});

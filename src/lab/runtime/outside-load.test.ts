import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { REAL_LOAD_IN_FLIGHT_COUNT_MAX } from '../../base/limits.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { LoadProfile } from '../../core/plant/load.ts';
import { OutsideLoad } from './outside-load.ts';

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

const clock = () => new VirtualClock({ startAtMs: 0, turn: () => new Promise((resolve) => setImmediate(resolve)) });

async function serve(answer: RequestListener): Promise<{ address: string; port: number }> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1', 4_096);
  await once(server, 'listening');
  stack.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

function start(profile: LoadProfile, target: () => { address: string; port: number } | undefined) {
  const virtual = clock();
  const leftOut = { count: 0 };
  const onLeftOut = (): void => void leftOut.count++;
  const load = new OutsideLoad({ clock: virtual, profile, target, onLeftOut });
  stack.defer(() => load.stop());
  return { virtual, leftOut, load };
}

test('requests go out at the rate of the profile, whether or not earlier ones are answered', async () => {
  const waiting: ServerResponse[] = [];
  let onHundred = (): void => undefined;
  const hundred = new Promise<void>((resolve) => {
    onHundred = resolve;
  });
  const target = await serve((_request, response) => {
    waiting.push(response);
    if (waiting.length === 100) onHundred();
  });
  const { virtual, leftOut } = start({ kind: 'constant', perSecond: 50 }, () => target);
  await virtual.runTo(2_000);
  await hundred;
  expect([waiting.length, leftOut.count]).toEqual([100, 0]);
});

test('no more are under way than may be, and those beyond are told of', async () => {
  let openCount = 0;
  let onFull = (): void => undefined;
  const full = new Promise<void>((resolve) => {
    onFull = resolve;
  });
  const target = await serve(() => {
    openCount++;
    if (openCount === REAL_LOAD_IN_FLIGHT_COUNT_MAX) onFull();
  });
  const { virtual, leftOut } = start({ kind: 'constant', perSecond: 1_000 }, () => target);
  await virtual.runTo(1_000);
  await full;
  expect([openCount, leftOut.count]).toEqual([REAL_LOAD_IN_FLIGHT_COUNT_MAX, 1_000 - REAL_LOAD_IN_FLIGHT_COUNT_MAX]);
});

test('without a Service every request is left out, and after its end there is none', async () => {
  const { virtual, leftOut, load } = start({ kind: 'constant', perSecond: 100 }, () => undefined);
  await virtual.runTo(1_000);
  load.stop();
  await virtual.runTo(2_000);
  expect(leftOut.count).toBe(100);
});

import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { type Listener, openListener } from '../../../platform/http/listener.ts';
import { createSystemClock } from '../../../platform/time/system-clock.ts';
import type { Container, Probe } from '../objects.ts';
import { ReadinessProbe } from './readiness-probe.ts';

const io = createSystemClock();

let clock: VirtualClock;
let listener: Listener;
let asked: string[];
let status: number;
let probe: ReadinessProbe | undefined;

beforeEach(async () => {
  clock = new VirtualClock({ startAtMs: 0, turn: () => setImmediate() });
  asked = [];
  status = 200;
  listener = await openListener({
    port: 0,
    ioClock: io,
    handle: (request) => {
      asked.push(`${clock.nowMs() / 1000} s ${new URL(request.url).pathname}`);
      return new Response('x', { status });
    },
  });
});

afterEach(async () => {
  probe?.stop();
  await listener.close(0);
});

function start(
  readinessProbe: Probe | undefined,
  urlOf = (port: number) => (port === 4443 ? listener.url : undefined),
) {
  let changeCount = 0;
  const container: Container = {
    name: 'ms',
    image: 'metrics-server',
    ports: [{ name: 'https', containerPort: 4443 }],
    ...(readinessProbe === undefined ? {} : { readinessProbe }),
  };
  probe = new ReadinessProbe({ clock, ioClock: io, container, urlOf, onChange: () => changeCount++ });
  return { probe, changes: () => changeCount };
}

const HTTP_GET = { path: '/readyz', port: 'https' };

test('a container without a probe is ready when it runs', () => {
  expect(start(undefined).probe.isReady).toBe(true);
});

test('it asks after the initial delay, and then in every period', async () => {
  const { probe: begun, changes } = start({ httpGet: HTTP_GET, initialDelaySeconds: 20, periodSeconds: 5 });
  await clock.runTo(19_999);
  expect([asked, begun.isReady]).toEqual([[], false]);
  await clock.runTo(30_000);
  expect([asked, begun.isReady, changes()]).toEqual([['20 s /readyz', '25 s /readyz', '30 s /readyz'], true, 1]);
});

test('one bad answer before it is ready is enough, and three in a row after it', async () => {
  const { probe: begun, changes } = start({ httpGet: HTTP_GET, periodSeconds: 1 });
  const seen: boolean[] = [];
  for (const [second, each] of [500, 200, 500, 500, 302, 503, 503, 404, 200].entries()) {
    status = each;
    await clock.runTo(second * 1000);
    seen.push(begun.isReady);
  }
  expect(seen).toEqual([false, true, true, true, true, true, true, false, true]);
  expect(changes()).toBe(3);
});

test.each<readonly [why: string, httpGet: NonNullable<Probe['httpGet']>]>([
  ['a port that nothing listens on', { path: '/readyz', port: 9999 }],
  ['a name that no port has', { path: '/readyz', port: 'http' }],
  ['TLS, where there is none', { path: '/readyz', port: 4443, scheme: 'HTTPS' }],
])('%s is never ready', async (_why, httpGet) => {
  const { probe: begun } = start({ httpGet, periodSeconds: 1 });
  await clock.runTo(3_000);
  expect([begun.isReady, asked]).toEqual([false, []]);
});

test('it asks nothing any more when the container ends', async () => {
  const { probe: begun } = start({ httpGet: HTTP_GET, periodSeconds: 1 });
  await clock.runTo(1_000);
  begun.stop();
  await clock.runTo(5_000);
  expect(asked).toEqual(['0 s /readyz', '1 s /readyz']);
});

import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { SILENT_LOG } from '../../src/base/log.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { Deliveries } from '../../src/people/notify/delivery/deliveries.ts';
import { plainMessage } from '../../src/people/notify/delivery/plain-message.ts';
import type { Delivery, DeliveryOutcome, Sink } from '../../src/people/sink/sink.ts';
import { createHandleTransport } from '../../src/platform/kube/handle-transport.ts';
import { createKubeClient } from '../../src/platform/kube/kube-client.ts';
import { ConfigMapStore } from '../../src/platform/store/config-map-store.ts';
import { ADMIN_TOKEN, STARTS_AT_MS, startApiServer, type TestedApiServer } from '../fixtures/api-server.ts';
import { stageOf } from '../notify/notices.ts';
import { routeOf } from '../notify/routes.ts';

const NEVER = new AbortController().signal;
const NAMESPACE = 'podtide-system';

let clock: VirtualClock;
let tested: TestedApiServer;
/** `process: types`, as messages arrive. */
let arrived: string[];
/** Answers of the receiver that are being held back, by process. */
let held: Map<string, (outcome: DeliveryOutcome) => void>;
let isHeld: boolean;

beforeEach(async () => {
  clock = new VirtualClock({ startAtMs: STARTS_AT_MS, turn: () => setImmediate() });
  tested = startApiServer({ clock, ioClock: clock });
  await tested.send('POST', '/api/v1/namespaces', { body: { metadata: { name: NAMESPACE } } });
  arrived = [];
  held = new Map();
  isHeld = false;
});

interface Process {
  readonly deliveries: Deliveries;
  mayAct: boolean;
  readonly losses: string[];
}

function processOf(identity: string): Process {
  const transport = createHandleTransport((request) => tested.apiServer.handle(request), {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  const client = createKubeClient({ transport, ioClock: clock, userAgent: 'test', random: () => 0 });
  const rightsAdvice = { manifest: 'deploy/notifier.yaml', without: '--store=memory' };
  const place = { namespace: NAMESPACE, prefix: 'notifier' };
  const store = new ConfigMapStore({ client, ioClock: clock, log: SILENT_LOG, identity, rightsAdvice, ...place });
  const sink: Sink = {
    name: 'ding',
    quota: { key: 'robot', countMax: 18, periodMs: 60_000, burstCount: 6 },
    send: (delivery) => receive(identity, delivery),
  };
  const state = { mayAct: true, losses: [] as string[] };
  const deliveries = new Deliveries({
    store,
    ioClock: clock,
    log: SILENT_LOG,
    random: () => 0.5,
    render: plainMessage,
    maySend: () => state.mayAct,
    onLost: ({ kind }) => state.losses.push(kind),
    routing: {
      cluster: 'prod',
      sinks: new Map([['ding', sink]]),
      routes: [routeOf()],
      mustAsk: false,
      expireAfterMs: 86_400_000,
      onDoubt: 'resend',
    },
  });
  return Object.assign(state, { deliveries });
}

function receive(identity: string, { notices, isPossibleDuplicate }: Delivery): Promise<DeliveryOutcome> {
  const about = notices.map(({ type, subject }) => `${type} ${subject?.hpaName}`).join(', ');
  arrived.push(`${identity}: ${about}${isPossibleDuplicate ? ' (possible duplicate)' : ''}`);
  if (!isHeld) return Promise.resolve({ kind: 'sent' });
  return new Promise((resolve) => held.set(identity, resolve));
}

function tell({ deliveries }: Process, index: number): Promise<void> {
  const place = `uid-web-${index}`;
  const notices = [stageOf(index, 'scale.up.started')];
  return deliveries.record({ place, entries: new Map([[`${place}.state`, 'started']]), notices }, NEVER);
}

/** Lets requests in process be answered, which take turns and no time. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 300; turn++) await setImmediate();
}

async function runFor(durationMs: number): Promise<void> {
  await settled();
  await clock.runBy(durationMs);
  await settled();
}

test('a standby goes on where the leader was, and what that one still tries is refused', async () => {
  const [first, second] = [processOf('first'), processOf('second')];
  await first.deliveries.begin(NEVER);
  await tell(first, 1);
  await settled();
  isHeld = true;
  await tell(first, 2);
  await tell(first, 3);
  await settled();
  expect(arrived).toEqual(['first: scale.up.started web-1', 'first: scale.up.started web-2']);

  // The first stands still; its Lease runs out, and the second takes over.
  isHeld = false;
  expect([...(await second.deliveries.begin(NEVER)).keys()].sort()).toEqual([
    'uid-web-1.state',
    'uid-web-2.state',
    'uid-web-3.state',
  ]);
  await runFor(1_000);
  held.get('first')?.({ kind: 'sent' });
  await runFor(60_000);
  expect(arrived.slice(2).sort()).toEqual([
    'second: scale.up.started web-2 (possible duplicate)',
    'second: scale.up.started web-3',
  ]);
  await expect(tell(first, 4)).rejects.toMatchObject({ kind: 'conflict' });
  await runFor(60_000);
  expect([arrived.length, first.losses, second.losses]).toEqual([4, ['conflict'], []]);

  await tell(second, 4);
  await runFor(1_000);
  expect(arrived.slice(4)).toEqual(['second: scale.up.started web-4']);
});

test('a leader whose time is over sends nothing, although nobody has taken over', async () => {
  const first = processOf('first');
  await first.deliveries.begin(NEVER);
  first.mayAct = false;
  await tell(first, 1);
  await runFor(30_000);
  expect(arrived).toEqual([]);
  first.mayAct = true;
  await runFor(2_000);
  expect(arrived).toEqual(['first: scale.up.started web-1']);
});

test('a leader that ends in peace leaves nothing doubtful', async () => {
  const [first, second] = [processOf('first'), processOf('second')];
  await first.deliveries.begin(NEVER);
  isHeld = true;
  await tell(first, 1);
  await settled();
  isHeld = false;
  const ended = first.deliveries.end(10_000);
  await settled();
  held.get('first')?.({ kind: 'sent' });
  await ended;
  await second.deliveries.begin(NEVER);
  await runFor(60_000);
  expect(arrived).toEqual(['first: scale.up.started web-1']);
});

test('how often a robot was used is known to the next leader', async () => {
  const [first, second] = [processOf('first'), processOf('second')];
  await first.deliveries.begin(NEVER);
  for (let index = 0; index < 6; index++) {
    await tell(first, index);
    await settled();
  }
  await first.deliveries.end(10_000);
  await second.deliveries.begin(NEVER);
  await tell(second, 6);
  await settled();
  expect(arrived.length).toBe(6);
  await runFor(5_001);
  expect(arrived.length).toBe(7);
});

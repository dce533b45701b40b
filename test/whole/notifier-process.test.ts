import { afterEach, describe, expect, test } from 'vitest';
import { type NotifierPlan, type NotifierProcess, startNotifier } from '../../src/app/processes/notifier-process.ts';
import { addSilence } from '../../src/app/processes/silence-map.ts';
import { SILENT_LOG } from '../../src/base/log.ts';
import { DEFAULT_DETECT_OPTIONS } from '../../src/core/episode/options.ts';
import type { Route } from '../../src/people/notify/delivery/route.ts';
import { createRenderer } from '../../src/people/notify/notice-rendering.ts';
import { RECENT_KEY, readRecentNotices } from '../../src/people/notify/recent-notices.ts';
import type { Delivery, DeliveryOutcome, Sink } from '../../src/people/sink/sink.ts';
import { createKubeClient } from '../../src/platform/kube/kube-client.ts';
import { ConfigMapStore, readConfigMapEntry } from '../../src/platform/store/config-map-store.ts';
import { createTelemetry, type Telemetry } from '../../src/platform/telemetry/registry.ts';
import { routeOf } from '../notify/routes.ts';
import { FACE_1_36, SHOP, WatchedWorld } from './support/watched-world.ts';

const OWN = 'podtide-system';
const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces', isNamespaced: false };
const ROUTE = routeOf();

interface Running {
  readonly process: NotifierProcess;
  readonly telemetry: Telemetry;
  /** Nothing of it reaches the API server any more, and nothing reaches it. */
  cutOff(): void;
}

let world: WatchedWorld;
/** `first [扩容开始] shop/web 1→3` of each message that arrived: which process sent it, and its title. */
let arrivals: string[];
let cutOff: Set<string>;
let answer: (delivery: Delivery, process: string) => DeliveryOutcome | Promise<DeliveryOutcome>;
/** When each process sent something, in order. */
let sendings: { readonly process: string; readonly atMs: number }[];

async function begin(): Promise<void> {
  world = new WatchedWorld(FACE_1_36);
  arrivals = [];
  cutOff = new Set();
  sendings = [];
  answer = () => ({ kind: 'sent' });
  await world.begin();
  await world.client.create(NAMESPACES, { metadata: { name: OWN } });
  world.fault = (request) => (cutOff.has(request.headers.get('x-process') ?? '') ? { kind: 'reset' } : undefined);
  await world.deployment('web', 1);
  await world.hpa('web');
  await world.sync('web', 1);
}

function planOf(process: string, route: Partial<Route> = {}): NotifierPlan {
  const sink: Sink = {
    name: 'ding',
    quota: { key: 'ding', countMax: 18, periodMs: 60_000, burstCount: 6 },
    send: async (delivery) => {
      sendings.push({ process, atMs: world.clock.nowMs() });
      const outcome = await answer(delivery, process);
      const mark = delivery.isPossibleDuplicate ? ' (possible duplicate)' : '';
      if (outcome.kind === 'sent') arrivals.push(`${process} ${delivery.message.title}${mark}`);
      return outcome;
    },
  };
  return {
    detect: DEFAULT_DETECT_OPTIONS,
    routing: {
      cluster: 'prod',
      sinks: new Map([['ding', sink]]),
      routes: [{ ...ROUTE, ...route }],
      mustAsk: false,
      expireAfterMs: 86_400_000,
      onDoubt: 'resend',
    },
  };
}

/** A notifier as its manifest starts it, in process. */
async function start(name: string): Promise<Running> {
  const client = world.clientOptions(undefined, { 'x-process': name });
  const telemetry = createTelemetry();
  const { clock } = world;
  const kube = createKubeClient(client);
  const rightsAdvice = { manifest: 'deploy/notifier.yaml', without: '--state=file:PATH' };
  const place = { namespace: OWN, prefix: 'podtide-notifier-state', identity: name, rightsAdvice };
  const starting = startNotifier({
    plan: planOf(name),
    render: createRenderer(() => ({ clusterName: '生产', isSeedForm: () => false })),
    store: new ConfigMapStore({ client: kube, ioClock: clock, log: SILENT_LOG, ...place }),
    client,
    namespaces: null,
    leaderElection: {
      namespace: OWN,
      name: 'podtide-notifier',
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
    },
    ownNamespace: OWN,
    clock,
    ioClock: clock,
    random: () => 0.5,
    log: SILENT_LOG,
    telemetry,
    identity: name,
  });
  const process = await world.drive(starting);
  world.onEnd(() => process.stop());
  return {
    process,
    telemetry,
    cutOff: () => {
      cutOff.add(name);
      world.endWatches('reset');
    },
  };
}

async function comeUp(from: number, to: number): Promise<void> {
  for (let count = from + 1; count <= to; count++) {
    await world.runBy(3);
    await world.available('web', count, SHOP, to);
  }
  await world.sync('web', to);
}

afterEach(() => world.end());

describe('a notifier', () => {
  test('tells of a scaling once, from its start to the pods that are there, and of the next one too', async () => {
    await begin();
    const { process, telemetry } = await start('first');
    await world.runBy(10);
    expect(process.standing()).toMatchObject({ isTelling: true, isInSight: true, hpaCount: 1 });
    await world.rescale('web', 3);
    await world.runBy(2);
    expect(arrivals).toEqual(['first [扩容开始] shop/web 1→3']);
    await comeUp(1, 3);
    await world.runBy(20);
    expect(arrivals).toHaveLength(2);
    expect(arrivals[1]).toMatch(/^first \[扩容完成\] shop\/web 1→3/);
    const { text } = await telemetry.expose();
    expect(text).toContain('podtide_notifier_notices_total{type="scale.up.started"} 1');
    expect(text).toContain('podtide_notifier_deliveries_total{sink="ding",outcome="sent"} 2');
    expect(text).toContain('podtide_notifier_telling 1');
    const place = { client: world.client, namespace: OWN, prefix: 'podtide-notifier-state' };
    const remembered = readRecentNotices((await readConfigMapEntry(place, RECENT_KEY)) ?? '');
    expect(remembered.map(({ type }) => type)).toEqual(['scale.up.started', 'scale.up.completed']);
    expect(await readConfigMapEntry({ ...place, prefix: 'other' }, RECENT_KEY)).toBeUndefined();
    expect(text).toContain('podtide_notifier_queue_notices{sink="ding"} 0');
  });

  test('of two one tells; when it is cut off the other goes on within 20 s, and nobody is told twice', async () => {
    await begin();
    const first = await start('first');
    await world.runBy(5);
    const second = await start('second');
    await world.runBy(10);
    await world.rescale('web', 3);
    await world.runBy(2);
    expect([first.process.standing().isTelling, second.process.standing().isTelling]).toEqual([true, false]);
    first.cutOff();
    await world.runBy(20);
    expect([first.process.standing().isTelling, second.process.standing().isTelling]).toEqual([false, true]);
    await comeUp(1, 3);
    await world.runBy(30);
    expect(arrivals.map((arrival) => arrival.slice(0, 13))).toEqual(['first [扩容开始] ', 'second [扩容完成]']);
  });

  test('that is cut off with a message under way: within 20 s the other sends that one again, marked, and the first nothing any more (N20)', async () => {
    await begin();
    const first = await start('first');
    await world.runBy(5);
    const second = await start('second');
    await world.runBy(10);
    const held = Promise.withResolvers<DeliveryOutcome>();
    answer = (_, process) => (process === 'first' ? held.promise : { kind: 'sent' });
    await world.rescale('web', 3);
    await world.runBy(1);
    expect(sendings.map(({ process }) => process)).toEqual(['first']);
    first.cutOff();
    const cutOffAtMs = world.clock.nowMs();
    await world.runBy(20);
    expect(second.process.standing().isTelling).toBe(true);
    await world.runBy(5);
    // The receiver had the message all along.
    held.resolve({ kind: 'sent' });
    await comeUp(1, 3);
    await world.runBy(60);
    expect(arrivals.map((arrival) => arrival.replace(/\] shop.*?( \(|$)/, ']$1'))).toEqual([
      'second [扩容开始] (possible duplicate)',
      'first [扩容开始]',
      'second [扩容完成]',
    ]);
    const since = sendings.slice(1);
    expect(since.map(({ process }) => process)).toEqual(['second', 'second']);
    expect((since[0]?.atMs ?? 0) - cutOffAtMs).toBeLessThanOrEqual(20_000);
  });

  test('that is stopped leaves what it could not send to the next', async () => {
    await begin();
    answer = () => ({ kind: 'transient', detail: 'away', retryAfterMs: undefined });
    const first = await start('first');
    await world.runBy(10);
    await world.rescale('web', 3);
    await world.runBy(30);
    await world.drive(first.process.stop());
    expect(arrivals).toEqual([]);
    answer = () => ({ kind: 'sent' });
    await start('second');
    await comeUp(1, 3);
    await world.runBy(60);
    expect(arrivals.map((arrival) => arrival.slice(0, 13))).toEqual(['second [扩容开始]', 'second [扩容完成]']);
  });

  test('goes by another configuration while it runs', async () => {
    await begin();
    const { process } = await start('first');
    await world.runBy(10);
    await world.drive(process.reconfigure(planOf('first', { language: 'en' })));
    await world.rescale('web', 3);
    await world.runBy(2);
    expect(arrivals).toEqual(['first [Scaling up] shop/web 1→3']);
  });

  test('gives a sign of life each day through the routes, where that is asked for', async () => {
    await begin();
    const minute = Math.floor(world.clock.nowMs() / 60_000) + 2;
    const heartbeat = { minute: minute % 1_440, timeZone: 'UTC' };
    const { process } = await start('first');
    await world.runBy(10);
    await world.drive(process.reconfigure({ ...planOf('first'), heartbeat }));
    await world.runBy(130);
    expect(arrivals).toEqual(['first [通知器运行正常] 生产']);
  });

  test('goes by a configuration that changes while it takes over', async () => {
    await begin();
    const first = await start('first');
    await world.runBy(5);
    const second = await start('second');
    await world.runBy(10);
    const isCutOff = world.fault;
    let changing: Promise<void> | undefined;
    world.fault = (request) => {
      const isClaim = request.headers.get('x-process') === 'second' && request.url.includes('/configmaps');
      if (isClaim) changing ??= second.process.reconfigure(planOf('second', { language: 'en' }));
      return isCutOff?.(request);
    };
    first.cutOff();
    await world.runBy(20);
    await world.rescale('web', 3);
    await world.runBy(2);
    expect(arrivals).toEqual(['second [Scaling up] shop/web 1→3']);
    await changing;
  });

  test('obeys silences that people put into the ConfigMap, until they are taken away', async () => {
    await begin();
    await start('first');
    await world.runBy(10);
    const nowMs = world.clock.nowMs();
    const match = { ...ROUTE.match, namespaces: ['sh*'] };
    const span = { startsAtMs: nowMs, endsAtMs: nowMs + 120_000 };
    await addSilence(world.client, OWN, { id: 'a1', match, author: 'li', comment: 'release', ...span }, nowMs);
    await world.runBy(2);
    await world.rescale('web', 3);
    await comeUp(1, 3);
    await world.runBy(60);
    expect(arrivals).toEqual([]);
    await world.runBy(60);
    await world.rescale('web', 4);
    await world.runBy(2);
    expect(arrivals).toEqual(['first [扩容开始] shop/web 3→4']);
  });
});

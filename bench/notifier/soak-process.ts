/**
 * A notifier under a virtual clock for many hours, with the embedded API server in the same process:
 * `node --expose-gc bench/notifier/soak-process.ts HPAS HOURS`. Says what it holds after each hour as a line of JSON. Started
 * by `soak.ts`, in a process of its own so that nothing else is in its heap.
 */
import { startNotifier } from '../../src/app/processes/notifier-process.ts';
import { SILENT_LOG } from '../../src/base/log.ts';
import { DEFAULT_DETECT_OPTIONS } from '../../src/core/episode/options.ts';
import { createRenderer } from '../../src/people/notify/notice-rendering.ts';
import type { Sink } from '../../src/people/sink/sink.ts';
import { createKubeClient } from '../../src/platform/kube/kube-client.ts';
import { ConfigMapStore } from '../../src/platform/store/config-map-store.ts';
import { createTelemetry } from '../../src/platform/telemetry/registry.ts';
import { routeOf } from '../../test/notify/routes.ts';
import { FACE_1_36, WatchedWorld } from '../../test/whole/support/watched-world.ts';
import type { SoakHour } from './soak.ts';

const OWN = 'podtide-system';
const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces', isNamespaced: false };
/** Each HPA is up for half of it and down for half: reversals far enough apart that they are no flapping. */
const CYCLE_MINUTES = 30;
/** A status that changes its numbers, each HPA in a minute of its own. */
const STATUS_EVERY_MINUTES = 5;
const PODS_COME_AFTER_SECONDS = 10;
const LOW = 2;
const HIGH = 4;

const [hpaCount = 0, hourCount = 0] = process.argv.slice(2).map(Number);
const { gc } = globalThis;
if (gc === undefined) throw new Error('needs --expose-gc');

const world = new WatchedWorld(FACE_1_36);
await world.begin();
await world.client.create(NAMESPACES, { metadata: { name: OWN } });
const names = Array.from({ length: hpaCount }, (_, index) => `web-${index}`);
for (const name of names) {
  await world.deployment(name, LOW);
  await world.hpa(name);
  await world.sync(name, LOW);
}

/** Those that have been scaled. */
const counts = new Map<string, number>();
let messageCount = 0;
const sink: Sink = {
  name: 'ding',
  quota: { key: 'ding', countMax: 18, periodMs: 60_000, burstCount: 6 },
  send: async () => {
    messageCount += 1;
    return { kind: 'sent' };
  },
};
const notifier = await world.drive(startNotifier(optionsOf(sink)));

for (let hour = 1; hour <= hourCount; hour += 1) {
  for (let minute = 0; minute < 60; minute += 1) await liveThrough((hour - 1) * 60 + minute);
  // What is not the notifier's: what the world writes down for tests, and the past that etcd would have forgotten.
  world.watches.length = 0;
  world.server.compact();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  const said: SoakHour = { hour, messageCount, heldBytes: heapUsed + external };
  console.log(JSON.stringify(said));
}
await world.drive(notifier.stop());

async function liveThrough(minute: number): Promise<void> {
  const scaled: { readonly name: string; readonly to: number }[] = [];
  for (const [index, name] of names.entries()) {
    const place = (minute + index) % CYCLE_MINUTES;
    const count = counts.get(name) ?? LOW;
    const wanted = place < CYCLE_MINUTES / 2 ? HIGH : LOW;
    if (wanted !== count) {
      counts.set(name, wanted);
      await world.rescale(name, wanted);
      scaled.push({ name, to: wanted });
    } else if (place % STATUS_EVERY_MINUTES === 0) {
      const current = { averageUtilization: 20 + ((minute * 7 + index) % 40), averageValue: '100m' };
      await world.sync(name, count, { currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current } }] });
    }
  }
  await world.runBy(PODS_COME_AFTER_SECONDS);
  for (const { name, to } of scaled) {
    await world.available(name, to);
    await world.sync(name, to);
  }
  await world.runBy(60 - PODS_COME_AFTER_SECONDS);
}

function optionsOf(onlySink: Sink): Parameters<typeof startNotifier>[0] {
  const client = world.clientOptions();
  const { clock } = world;
  const rightsAdvice = { manifest: 'deploy/notifier.yaml', without: '--state=file:PATH' };
  const place = { namespace: OWN, prefix: 'podtide-notifier-state', identity: 'soak', rightsAdvice };
  return {
    plan: {
      detect: DEFAULT_DETECT_OPTIONS,
      routing: {
        cluster: 'prod',
        sinks: new Map([[onlySink.name, onlySink]]),
        routes: [routeOf()],
        mustAsk: false,
        expireAfterMs: 86_400_000,
        onDoubt: 'resend',
      },
    },
    render: createRenderer(() => ({ clusterName: 'prod', isSeedForm: () => false })),
    store: new ConfigMapStore({ client: createKubeClient(client), ioClock: clock, log: SILENT_LOG, ...place }),
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
    telemetry: createTelemetry(),
    identity: 'soak',
  };
}

import { setTimeout as realTimeout, setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createNotifierTelemetry } from '../../src/app/processes/notifier-telemetry.ts';
import { SILENT_LOG } from '../../src/base/log.ts';
import { Deliveries } from '../../src/people/notify/delivery/deliveries.ts';
import { createRenderer } from '../../src/people/notify/notice-rendering.ts';
import type { Sink } from '../../src/people/sink/sink.ts';
import { createSink } from '../../src/people/sink/sink-kinds.ts';
import { createHandleTransport } from '../../src/platform/kube/handle-transport.ts';
import { createKubeClient } from '../../src/platform/kube/kube-client.ts';
import { ConfigMapStore } from '../../src/platform/store/config-map-store.ts';
import { createPinoLog } from '../../src/platform/telemetry/pino-log.ts';
import { createTelemetry } from '../../src/platform/telemetry/registry.ts';
import { ADMIN_TOKEN, startApiServer, type TestedApiServer } from '../fixtures/api-server.ts';
import { stageOf } from '../notify/notices.ts';
import { routeOf } from '../notify/routes.ts';
import { type HttpKind, RIGS, type SinkBench, sinkBench } from '../sinks/sink-bench.ts';
import type { SinkFault, SinkServer } from '../sinks/sink-server.ts';

const NEVER = new AbortController().signal;
const NAMESPACE = 'podtide-system';
const KINDS: readonly HttpKind[] = ['dingtalk', 'feishu', 'wecom', 'slack', 'webhook'];
const MOBILE = '13800138000';
/** As long as a sink that was refused is left alone, twice. */
const ROUND_MS_MAX = 600_000;

let bench: SinkBench;
let tested: TestedApiServer;
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  bench = sinkBench();
  tested = startApiServer({ clock: bench.clock, ioClock: bench.clock });
  await tested.send('POST', '/api/v1/namespaces', { body: { metadata: { name: NAMESPACE } } });
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await bench.close();
});

/** Every part of a secret that would do as well as the whole, as it stands and as it is written into URLs and headers. */
function canaries(): readonly string[] {
  const parts = [...bench.secrets.values()].flatMap((secret) => {
    const url = secret.includes('://') ? URL.parse(secret) : null;
    if (url === null) return [secret];
    return [...url.searchParams.values(), ...url.pathname.split('/').filter((part) => part.length >= 16)];
  });
  return [...parts, MOBILE].flatMap((part) => [part, encodeURIComponent(part), Buffer.from(part).toString('base64')]);
}

/** It says back whatever it was sent, in the form that each vendor's refusals have. */
function echoOf(server: SinkServer): SinkFault {
  const [arrival] = server.received();
  const words = `no robot at ${arrival?.target} for ${arrival?.body.toString()} ${JSON.stringify(arrival?.headers)}`;
  const body = JSON.stringify({ errcode: 300_005, code: 19_001, errmsg: words, msg: words });
  return { kind: 'answer', answer: { status: 400, body, isTaken: false } };
}

test('no secret leaves the process but to its receiver: not into logs, metrics, the stored state, events or what it says of itself (N16)', async () => {
  const servers: SinkServer[] = [];
  // Requests are real: time stands still while one is under way.
  let pendingCount = 0;
  const idle = async (): Promise<void> => {
    do {
      if (pendingCount > 0) await realTimeout(1);
      for (let turn = 0; turn < 10; turn++) await setImmediate();
    } while (pendingCount > 0);
  };
  const sinks: Sink[] = [];
  for (const kind of KINDS) {
    const { server, settings } = await RIGS[kind](bench);
    closing.push(server.close);
    servers.push(server);
    const sink = await createSink(kind, settings, bench.environment);
    const send: Sink['send'] = async (delivery, signal) => {
      pendingCount += 1;
      return sink.send(delivery, signal).finally(() => {
        pendingCount -= 1;
      });
    };
    sinks.push({ name: sink.name, quota: sink.quota, send });
  }
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  const log = createPinoLog({ level: 'debug', stream, redact: (line) => bench.known.redact(line) });
  const telemetry = createTelemetry();
  const transport = createHandleTransport((request) => tested.apiServer.handle(request), {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  const client = createKubeClient({ transport, ioClock: bench.clock, userAgent: 'test', random: () => 0 });
  const rightsAdvice = { manifest: 'deploy/notifier.yaml', without: '--state=file:PATH' };
  const place = { namespace: NAMESPACE, prefix: 'notifier', identity: 'one', rightsAdvice };
  const store = new ConfigMapStore({ client, ioClock: bench.clock, log: SILENT_LOG, ...place });
  const standing = () => ({
    hpaCount: 0,
    ageMs: 0,
    isInSight: true,
    isSynced: true,
    podWatchCount: 0,
    isTelling: true,
    unstoredCount: 0,
    sinks: deliveries.statuses(),
  });
  const deliveries = new Deliveries({
    store,
    ioClock: bench.clock,
    log,
    random: () => 0.5,
    listener: createNotifierTelemetry(telemetry, standing).delivered,
    render: createRenderer(() => ({ clusterName: 'prod', isSeedForm: () => false })),
    routing: {
      cluster: 'prod',
      sinks: new Map(sinks.map((sink) => [sink.name, sink])),
      routes: [routeOf({ sinks: [...KINDS], mention: { mobiles: [MOBILE], userIds: [], isEverybody: false } })],
      mustAsk: false,
      expireAfterMs: 86_400_000,
      onDoubt: 'resend',
    },
  });
  await deliveries.begin(NEVER);

  const stateUrl = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
  /** Tells of something, lets every receiver meet it, and takes down all that could be read meanwhile. */
  const readable: string[] = [];
  const round = async (index: number): Promise<void> => {
    const counts = servers.map((server) => server.received().length);
    const notices = [stageOf(index, 'scale.up.completed')];
    await deliveries.record({ place: `uid-web-${index}`, entries: new Map(), notices }, NEVER);
    readable.push(JSON.stringify((await tested.send('GET', stateUrl)).body));
    const untilMs = bench.clock.nowMs() + ROUND_MS_MAX;
    for (;;) {
      await idle();
      const isOpen = deliveries.statuses().some(({ openCount }) => openCount > 0);
      if (!isOpen || bench.clock.nowMs() > untilMs) break;
      bench.clock.runNext();
    }
    expect(servers.every((server, at) => server.received().length > (counts[at] ?? 0))).toBe(true);
    readable.push((await telemetry.expose()).text, JSON.stringify(deliveries.statuses()));
    for (const url of [stateUrl, '/api/v1/events']) readable.push(JSON.stringify((await tested.send('GET', url)).body));
  };
  await round(0);
  const faults: readonly ((server: SinkServer) => SinkFault)[] = [
    echoOf,
    () => ({ kind: 'reset' }),
    () => ({ kind: 'html' }),
    () => ({ kind: 'redirect', location: 'https://elsewhere.example/' }),
  ];
  for (const [index, fault] of faults.entries()) {
    for (const server of servers) server.fail(fault(server), 1);
    await round(index + 1);
  }
  bench.secrets.set('ding-secret', 'SEC-that-nobody-has-set');
  await round(faults.length + 1);
  await deliveries.end(0);

  const text = [...readable, ...lines].join('\n');
  expect(canaries().filter((canary) => text.includes(canary))).toEqual([]);
  // What is looked through has in it what it should: each receiver by its name, with what became of its messages.
  for (const kind of KINDS) expect(text).toContain(`podtide_notifier_deliveries_total{sink="${kind}",outcome="sent"}`);
  expect(lines.length).toBeGreaterThan(KINDS.length);
  expect(text).toContain('scale.up.completed e0');
  const wire = servers.flatMap((server) => server.received().map(({ target, body }) => `${target} ${body}`)).join('\n');
  expect(canaries().filter((canary) => wire.includes(canary)).length).toBeGreaterThan(5);
});

import { afterEach, describe, expect, test } from 'vitest';
import { type FakeAlertmanager, startFakeAlertmanager } from '../../../test/sinks/fake-alertmanager.ts';
import { type FakeWebhook, startFakeWebhook } from '../../../test/sinks/fake-webhook.ts';
import { SAMPLE_AT_MS, sampleDelivery, sampleMessage, sampleNotice } from '../../../test/sinks/sample-delivery.ts';
import { type SinkBench, sinkBench } from '../../../test/sinks/sink-bench.ts';
import { SINK_WEBHOOK_BODY_BYTES_MAX } from '../../base/sink-limits.ts';
import { NOTICE_TYPES, type NoticeType } from '../../core/episode/notice.ts';
import type { Resolver } from '../../platform/http/outbound-guard.ts';
import { alertsOf } from './alertmanager-alerts.ts';
import { cloudEvent } from './cloud-event.ts';
import type { DeliveryOutcome } from './sink.ts';
import { createSinkOutbound } from './sink-outbound.ts';
import type { WebhookSettings } from './webhook-sink.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const SIGNAL = new AbortController().signal;
const LINK = sampleMessage().link?.url;

function bench(): SinkBench {
  const made = sinkBench();
  closing.push(made.close);
  return made;
}

async function alertmanagers(
  count: number,
  options: Parameters<typeof startFakeAlertmanager>[0] = {},
): Promise<readonly FakeAlertmanager[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => startFakeAlertmanager(options)));
  closing.push(...servers.map(({ close }) => close));
  return servers;
}

describe('Alertmanager', () => {
  test('every replica has the alert, whose labels say what it is about and nothing that changes', async () => {
    const servers = await alertmanagers(2, { prefix: '/alertmanager' });
    const sink = await bench().create({ kind: 'alertmanager', urls: servers.map(({ url }) => `${url}/alertmanager/`) });
    const notice = sampleNotice({ type: 'limit.max.entered', severity: 'warning' });
    expect(await sink.send(sampleDelivery({ notices: [notice] }), SIGNAL)).toEqual({ kind: 'sent' });
    for (const server of servers) {
      expect(server.alerts()).toEqual([
        {
          labels: {
            alertname: 'PodtideAtMaximum',
            severity: 'critical',
            cluster: 'prod-sh-1',
            namespace: 'prod',
            horizontalpodautoscaler: 'nginx',
          },
          annotations: {
            summary: '[扩容完成] prod/nginx 1→5',
            description: expect.stringMatching(/^集群：prod-sh-1\n.*\n就绪 5\/5。$/s),
            episode: '#a1b2c3',
          },
          startsAt: '2026-11-22T03:04:41.000Z',
          endsAt: '2026-11-23T03:04:41.000Z',
          generatorURL: LINK,
        },
      ]);
    }
  });

  test('the same again changes nothing, and the end of a state ends its alert', async () => {
    const [server] = await alertmanagers(1);
    const one = bench();
    const sink = await one.create({ kind: 'alertmanager', urls: [server?.url ?? ''] });
    const entered = sampleNotice({ type: 'limit.max.entered' });
    await sink.send(sampleDelivery({ notices: [entered] }), SIGNAL);
    await sink.send(sampleDelivery({ notices: [entered], isPossibleDuplicate: true }), SIGNAL);
    expect(server?.alerts()).toHaveLength(1);
    one.clock.advanceBy(600_000);
    const episode = { ...(entered.episode ?? ({} as never)), targetReplicas: 3 };
    const cleared = sampleNotice({
      type: 'limit.max.cleared',
      severity: 'info',
      atMs: SAMPLE_AT_MS + 590_000,
      episode,
    });
    await sink.send(sampleDelivery({ notices: [cleared] }), SIGNAL);
    expect(server?.alerts()).toHaveLength(1);
    expect(server?.alerts()[0]).toMatchObject({
      startsAt: '2026-11-22T03:04:41.000Z',
      endsAt: '2026-11-22T03:14:31.000Z',
    });
  });

  test('one replica is enough, and the other is remarked', async () => {
    const servers = await alertmanagers(2);
    const sink = await bench().create({ kind: 'alertmanager', urls: servers.map(({ url }) => url) });
    await servers[0]?.refuse();
    const down = `127.0.0.1:${servers[0]?.port}`;
    expect(await sink.send(sampleDelivery(), SIGNAL)).toEqual({
      kind: 'sent',
      remark: `${down}: ${down}: connection refused`,
    });
    await servers[1]?.refuse();
    expect((await sink.send(sampleDelivery(), SIGNAL)).kind).toBe('transient');
  });

  test('its credentials are sent, and asked for', async () => {
    const [server] = await alertmanagers(1, { authorization: 'Bearer alert-canary' });
    const one = bench();
    one.secrets.set('auth', 'Bearer alert-canary');
    const urls = [server?.url ?? ''];
    const sink = await one.create({ kind: 'alertmanager', urls, authorization: { file: 'auth' } });
    expect((await sink.send(sampleDelivery(), SIGNAL)).kind).toBe('sent');
    expect(await (await one.create({ kind: 'alertmanager', urls })).send(sampleDelivery(), SIGNAL)).toMatchObject({
      kind: 'misconfigured',
      detail: 'HTTP 401: Unauthorized',
    });
  });

  test.each([
    ['none', [], 'at least one'],
    ['no URL', ['alertmanager:9093'], 'no http or https URL'],
    ['a password', ['http://u:p@alertmanager:9093'], 'must not carry a user or a password'],
  ])('%s is refused', async (_why, urls, says) => {
    await expect(bench().create({ kind: 'alertmanager', urls })).rejects.toThrow(says);
  });

  test('each type of notice begins, ends or is an alert, and what ends a state has the labels that began it', () => {
    const labelsOf = (type: NoticeType) =>
      alertsOf(sampleNotice({ type }), sampleMessage(), SAMPLE_AT_MS).map(({ labels }) => JSON.stringify(labels));
    for (const type of NOTICE_TYPES) expect(labelsOf(type).length, type).toBeGreaterThan(0);
    const pairs: readonly [begins: NoticeType, ends: NoticeType][] = [
      ['limit.max.entered', 'limit.max.cleared'],
      ['target.unreachable', 'target.reachable'],
      ['metrics.lost', 'metrics.recovered'],
      ['metrics.partial', 'metrics.recovered'],
      ['metrics.provider_down', 'metrics.provider_recovered'],
      ['flapping.started', 'flapping.ended'],
      ['scale.stuck', 'scale.up.completed'],
      ['scale.stuck', 'scale.down.completed'],
      ['scale.stuck', 'scale.reverted'],
      ['scale.stuck', 'scale.superseded'],
      ['scale.stuck', 'scale.aborted'],
      ['watcher.sink_down', 'watcher.sink_recovered'],
    ];
    for (const [begins, ends] of pairs) expect(labelsOf(ends), ends).toContain(labelsOf(begins)[0]);
    expect(labelsOf('flapping.digest')).toEqual(labelsOf('flapping.started'));
  });

  test('an event that is told late is still shown', () => {
    const nowMs = SAMPLE_AT_MS + 7_200_000;
    const [alert] = alertsOf(sampleNotice({ type: 'scale.up.started' }), sampleMessage(), nowMs);
    expect(alert?.startsAt).toBe('2026-11-22T03:04:41.000Z');
    expect(Date.parse(alert?.endsAt ?? '')).toBe(nowMs + 300_000);
  });

  test('what is about the cluster has no namespace', () => {
    const [alert] = alertsOf(
      sampleNotice({ type: 'metrics.provider_down', subject: undefined }),
      sampleMessage(),
      SAMPLE_AT_MS,
    );
    expect(Object.keys(alert?.labels ?? {})).toEqual(['alertname', 'severity', 'cluster']);
  });
});

describe('a webhook', () => {
  async function setUp(
    settings: Partial<WebhookSettings> = {},
  ): Promise<{ one: SinkBench; server: FakeWebhook; send: (id: string) => Promise<DeliveryOutcome> }> {
    const one = bench();
    const server = await startFakeWebhook({ nowMs: () => one.clock.wallMs() });
    closing.push(server.close);
    one.secrets.set('url', `${server.url}/podtide?x=1`);
    const sink = await one.create({ kind: 'webhook', url: { file: 'url' }, allowedOrigins: [server.url], ...settings });
    return { one, server, send: (id) => sink.send(sampleDelivery({ id }), SIGNAL) };
  }

  test('gets an event of CloudEvents 1.0 with what people read and what happened', async () => {
    const { server, send } = await setUp();
    expect(await send('d-1')).toEqual({ kind: 'sent' });
    expect(server.received()[0]).toMatchObject({
      target: '/podtide?x=1',
      headers: { 'webhook-id': 'd-1', 'webhook-timestamp': String(SAMPLE_AT_MS / 1_000) },
    });
    expect(server.events()).toEqual([
      {
        specversion: '1.0',
        id: 'd-1',
        source: '/podtide/clusters/prod-sh-1',
        type: 'dev.podtide.scale.up.completed.v1',
        subject: 'prod/nginx',
        time: '2026-11-22T03:04:41.000Z',
        datacontenttype: 'application/json',
        data: {
          message: sampleMessage(),
          notices: [sampleNotice()],
          omittedNoticeCount: 0,
          isPossibleDuplicate: false,
        },
      },
    ]);
  });

  test('may have the same twice and know it by its id', async () => {
    const { server, send } = await setUp();
    for (const id of ['d-1', 'd-1', 'd-2']) await send(id);
    expect(server.received()).toHaveLength(3);
    expect(server.events()).toHaveLength(2);
  });

  test('that the configuration does not name must be public: this one is not reached', async () => {
    const { server, send } = await setUp({ allowedOrigins: [] });
    expect(await send('d-1')).toMatchObject({ kind: 'misconfigured', detail: '127.0.0.1: only https may be used' });
    expect(server.received()).toEqual([]);
  });

  test('whose name leads to this machine is not reached', async () => {
    const { one, server } = await setUp();
    const resolve: Resolver = (_hostname, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
    const connections = createSinkOutbound({ ioClock: one.clock }, { ports: [server.port], resolve });
    closing.push(connections.close);
    one.secrets.set('rebind', `https://rebind.example.com:${server.port}/`);
    const environment = { ...one.environment, publicOutbound: connections.publicOutbound };
    const { createWebhookSink } = await import('./webhook-sink.ts');
    const sink = await createWebhookSink('rebind', { url: { file: 'rebind' } }, environment);
    expect(await sink.send(sampleDelivery(), SIGNAL)).toMatchObject({
      kind: 'misconfigured',
      detail: 'rebind.example.com: 127.0.0.1 is no public address',
    });
    expect(server.received()).toEqual([]);
  });

  test('gets the header that it wants', async () => {
    const one = bench();
    one.secrets.set('auth', 'Bearer hook-canary');
    const server = await startFakeWebhook({ nowMs: () => one.clock.wallMs() });
    closing.push(server.close);
    one.secrets.set('url', server.url);
    const sink = await one.create({
      kind: 'webhook',
      url: { file: 'url' },
      authorization: { file: 'auth' },
      allowedOrigins: [server.url],
    });
    await sink.send(sampleDelivery(), SIGNAL);
    expect(server.received()[0]?.headers.authorization).toBe('Bearer hook-canary');
  });

  test('whose secret is no base64 is refused, without showing it', async () => {
    const one = bench();
    one.secrets.set('url', 'https://hooks.example.com/');
    one.secrets.set('key', 'whsec_not-base64!');
    const creating = one.create({ kind: 'webhook', url: { file: 'url' }, secret: { file: 'key' } });
    await expect(creating).rejects.toThrow(/^key: must be whsec_ and base64$/);
  });
});

describe('an event of many notices', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => sampleNotice({ id: `n-${index}` }));

  test('is a digest, and says how many are left out', () => {
    const event = JSON.parse(cloudEvent(sampleDelivery({ notices: many(3) })) ?? '');
    expect(event).toMatchObject({ type: 'dev.podtide.digest.v1', data: { omittedNoticeCount: 0 } });
    expect(event.subject).toBeUndefined();
    const large = cloudEvent(sampleDelivery({ notices: many(2_000) })) ?? '';
    expect(Buffer.byteLength(large)).toBeLessThanOrEqual(SINK_WEBHOOK_BODY_BYTES_MAX);
    const { notices, omittedNoticeCount } = JSON.parse(large).data;
    expect(notices.length).toBeGreaterThan(100);
    expect(notices.length + omittedNoticeCount).toBe(2_000);
    expect(notices[0].id).toBe('n-0');
  });

  test('is cut where its message alone is too long', () => {
    const message = sampleMessage({ paragraphs: ['扩'.repeat(SINK_WEBHOOK_BODY_BYTES_MAX)] });
    const event = cloudEvent(sampleDelivery({ message })) ?? '';
    expect(Buffer.byteLength(event)).toBeLessThanOrEqual(SINK_WEBHOOK_BODY_BYTES_MAX);
    expect(JSON.parse(event).data.message.paragraphs[0]).toContain('已截断');
  });
});

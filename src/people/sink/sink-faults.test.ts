import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sampleDelivery } from '../../../test/sinks/sample-delivery.ts';
import { HTTP_KINDS, type HttpKind, RIGS, sinkBench } from '../../../test/sinks/sink-bench.ts';
import { type SinkFault, type SinkServerOptions, startSinkServer } from '../../../test/sinks/sink-server.ts';
import { createCertificateAuthority, issueServingCertificate, type KeyPair } from '../../platform/http/certificates.ts';
import type { OutboundOptions } from '../../platform/http/outbound.ts';
import type { DeliveryOutcome } from './sink.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function setUp(kind: HttpKind, server: SinkServerOptions = {}, outbound: Partial<OutboundOptions> = {}) {
  const bench = sinkBench(outbound);
  const rig = await RIGS[kind](bench, server);
  closing.push(bench.close, rig.server.close);
  return { bench, server: rig.server, sink: await bench.create(rig.settings) };
}

const SIGNAL = new AbortController().signal;

/** Sends, and lets ten seconds pass once the fault keeps the sink waiting. */
async function sendThrough(
  { bench, server, sink }: Awaited<ReturnType<typeof setUp>>,
  fault: SinkFault,
): Promise<DeliveryOutcome> {
  const sending = sink.send(sampleDelivery(), SIGNAL);
  if (fault.kind === 'hang') await server.arrived(1);
  if (fault.kind === 'slowBody') await bench.answered(1);
  if (fault.kind === 'hang' || fault.kind === 'slowBody') bench.clock.advanceBy(10_000);
  return await sending;
}

/** Receivers whose status is their word: they have it, whatever becomes of the rest of the answer. */
const BY_STATUS: readonly HttpKind[] = ['webhook'];

const FAULTS: readonly [
  fault: SinkFault,
  kind: DeliveryOutcome['kind'],
  byStatus: DeliveryOutcome['kind'],
  says: string,
][] = [
  [{ kind: 'hang' }, 'unknown', 'unknown', 'no answer within 10 s'],
  [{ kind: 'reset' }, 'unknown', 'unknown', ''],
  [{ kind: 'reset', isTaken: true }, 'unknown', 'unknown', ''],
  [{ kind: 'slowBody' }, 'unknown', 'sent', 'did not come whole'],
  [{ kind: 'truncated' }, 'unknown', 'sent', 'did not come whole'],
  [{ kind: 'gzipBomb' }, 'unknown', 'sent', 'did not come whole'],
  [{ kind: 'html' }, 'unknown', 'sent', 'Please sign in'],
];

describe.each(HTTP_KINDS)('when the world fails, %s', (kind) => {
  test.each(FAULTS)('%j', async (fault, expected, byStatus, says) => {
    const rig = await setUp(kind);
    rig.server.fail(fault, 1);
    const outcome = await sendThrough(rig, fault);
    const wanted = BY_STATUS.includes(kind) ? byStatus : expected;
    expect(outcome).toMatchObject({
      kind: wanted,
      ...(wanted === 'sent' ? {} : { detail: expect.stringContaining(says) }),
    });
    expect(rig.server.taken()).toHaveLength('isTaken' in fault ? 1 : 0);
    // The next attempt is an attempt like any other.
    expect((await rig.sink.send(sampleDelivery(), SIGNAL)).kind).toBe('sent');
    expect(rig.bench.clock.timerCount).toBe(0);
  });

  test('nobody listens: nothing has arrived', async () => {
    const { server, sink } = await setUp(kind);
    await server.refuse();
    expect(await sink.send(sampleDelivery(), SIGNAL)).toMatchObject({
      kind: 'transient',
      detail: `127.0.0.1:${server.port}: connection refused`,
    });
    await server.open();
    expect((await sink.send(sampleDelivery(), SIGNAL)).kind).toBe('sent');
  });

  test('a redirect is not followed, least of all to where nobody may go', async () => {
    const trap = await startSinkServer(() => ({ status: 200, body: 'ok', isTaken: true }));
    closing.push(trap.close);
    const { server, sink } = await setUp(kind);
    for (const location of [trap.url, 'http://169.254.169.254/latest/meta-data/', '/robot/send']) {
      server.fail({ kind: 'redirect', location }, 1);
      expect(await sink.send(sampleDelivery(), SIGNAL)).toMatchObject({
        kind: 'misconfigured',
        detail: 'HTTP 302',
        hint: expect.stringContaining('redirects are not followed'),
      });
    }
    expect(trap.received()).toEqual([]);
    expect(server.received()).toHaveLength(3);
  });

  const statuses: readonly [status: number, kind: DeliveryOutcome['kind'], extra: object][] = [
    [500, 'transient', {}],
    [503, 'transient', { retryAfterMs: 7_000 }],
    [502, 'unknown', {}],
    [504, 'unknown', {}],
    [429, 'throttled', { pauseMs: 7_000 }],
    [408, 'transient', {}],
    [401, 'misconfigured', {}],
    [403, 'misconfigured', {}],
    [407, 'misconfigured', {}],
    [404, 'deadDestination', {}],
    [410, 'deadDestination', {}],
    [413, 'tooLarge', {}],
    [400, 'contentRefused', {}],
    [422, 'contentRefused', {}],
  ];
  test.each(statuses)('HTTP %d without the vendor’s words', async (status, expected, extra) => {
    const { server, sink } = await setUp(kind);
    const headers = { 'retry-after': '7' };
    server.fail({ kind: 'answer', answer: { status, headers, body: '<h1>Sorry</h1>', isTaken: false } });
    expect(await sink.send(sampleDelivery(), SIGNAL)).toMatchObject({ kind: expected, ...extra });
  });

  test('given up before and while it is under way', async () => {
    const { server, sink } = await setUp(kind);
    expect(await sink.send(sampleDelivery(), AbortSignal.abort())).toMatchObject({
      kind: 'transient',
      detail: 'given up',
    });
    expect(server.received()).toEqual([]);
    server.fail({ kind: 'hang' });
    const controller = new AbortController();
    const sending = sink.send(sampleDelivery(), controller.signal);
    await server.arrived(1);
    controller.abort();
    expect(await sending).toEqual({ kind: 'unknown', detail: 'given up' });
  });
});

describe('TLS', () => {
  let authority: KeyPair;
  const certificates = new Map<string, KeyPair>();
  beforeAll(async () => {
    const now = { nowMs: Date.now(), validityMs: 86_400_000 };
    authority = await createCertificateAuthority({ commonName: 'company', ...now });
    const names = { dnsNames: [], addresses: ['127.0.0.1'] };
    const past = { nowMs: Date.now() - 7_200_000, validityMs: 3_600_000 };
    certificates.set('valid', await issueServingCertificate(authority, { commonName: 'sink', ...now }, names));
    certificates.set('expired', await issueServingCertificate(authority, { commonName: 'sink', ...past }, names));
    const others = { dnsNames: ['elsewhere.example'], addresses: [] };
    certificates.set(
      'of another name',
      await issueServingCertificate(authority, { commonName: 'sink', ...now }, others),
    );
  });

  const rows: readonly [shown: string, isTrusted: boolean, kind: DeliveryOutcome['kind'], says: string][] = [
    ['valid', true, 'sent', ''],
    ['valid', false, 'misconfigured', 'unknown authority'],
    ['expired', true, 'misconfigured', 'has expired or is not yet valid'],
    ['of another name', true, 'misconfigured', 'its certificate is for elsewhere.example'],
  ];
  test.each(rows)('a certificate that is %s, its authority trusted: %s', async (shown, isTrusted, kind, says) => {
    const pair = certificates.get(shown);
    const tls = { cert: pair?.certificate ?? '', key: pair?.privateKey ?? '' };
    const trust = isTrusted ? { tls: { certificateAuthority: authority.certificate } } : {};
    for (const sinkKind of ['dingtalk', 'webhook'] as const) {
      const { server, sink } = await setUp(sinkKind, { tls }, trust);
      expect(await sink.send(sampleDelivery(), SIGNAL)).toMatchObject(
        kind === 'sent'
          ? { kind }
          : { kind, detail: expect.stringContaining(says), hint: expect.stringMatching(/authority|certificate/) },
      );
      expect(server.received()).toHaveLength(kind === 'sent' ? 1 : 0);
    }
  });
});

describe('clocks that differ', () => {
  const HOURS_MS = 3_600_000;
  test.each([2 * HOURS_MS, -2 * HOURS_MS])(
    'by %d ms: signed by the receiver’s from the second attempt on',
    async (skewMs) => {
      for (const kind of ['dingtalk', 'feishu'] as const) {
        const { bench, server, sink } = await setUp(kind, { skewMs });
        expect(await sink.send(sampleDelivery(), SIGNAL)).toMatchObject({
          kind: 'transient',
          retryAfterMs: 0,
          detail: expect.stringContaining(`clock is 2h 0m ${skewMs > 0 ? 'behind' : 'ahead of'} the receiver's`),
        });
        expect((await sink.send(sampleDelivery(), SIGNAL)).kind).toBe('sent');
        expect(server.taken()).toHaveLength(1);
        expect(bench.skewsMs.at(-1)).toBe(Math.floor(skewMs / 1_000) * 1_000);
      }
    },
  );

  test('and that agree again: signed by ours', async () => {
    const clock = { aheadMs: 2 * HOURS_MS };
    const bench = sinkBench();
    const rig = await RIGS.dingtalk(bench, { nowMs: () => bench.clock.wallMs() + clock.aheadMs });
    closing.push(bench.close, rig.server.close);
    const sink = await bench.create(rig.settings);
    const kinds: string[] = [];
    const send = async () => kinds.push((await sink.send(sampleDelivery(), SIGNAL)).kind);
    await send();
    await send();
    clock.aheadMs = 0;
    await send();
    await send();
    expect(kinds).toEqual(['transient', 'sent', 'transient', 'sent']);
  });

  test('and a receiver that finds its own time wrong: our clock is not to blame for ever', async () => {
    const { server, sink } = await setUp('dingtalk', { skewMs: 2 * HOURS_MS });
    const body = JSON.stringify({ errcode: 310_000, errmsg: 'invalid timestamp' });
    server.fail({ kind: 'answer', answer: { status: 200, body, isTaken: false } });
    expect((await sink.send(sampleDelivery(), SIGNAL)).kind).toBe('transient');
    expect(await sink.send(sampleDelivery(), SIGNAL)).toMatchObject({
      kind: 'misconfigured',
      hint: "set the clock of this machine: this machine's clock is 2h 0m behind the receiver's",
    });
  });
});

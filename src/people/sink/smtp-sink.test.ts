import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type FakeSmtp, type FakeSmtpOptions, startFakeSmtp } from '../../../test/sinks/fake-smtp.ts';
import { sampleDelivery, sampleMessage, sampleNotice } from '../../../test/sinks/sample-delivery.ts';
import { type SinkBench, sinkBench } from '../../../test/sinks/sink-bench.ts';
import { createCertificateAuthority, issueServingCertificate, type KeyPair } from '../../platform/http/certificates.ts';
import type { Delivery, DeliveryOutcome } from './sink.ts';
import type { SmtpSettings } from './smtp-sink.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const SIGNAL = new AbortController().signal;
let authority: KeyPair;
let tls: FakeSmtpOptions['tls'];
let expired: FakeSmtpOptions['tls'];

beforeAll(async () => {
  const now = { nowMs: Date.now(), validityMs: 86_400_000 };
  authority = await createCertificateAuthority({ commonName: 'company', ...now });
  const names = { dnsNames: ['localhost'], addresses: ['127.0.0.1'] };
  const show = ({ certificate, privateKey }: KeyPair) => ({ cert: certificate, key: privateKey });
  tls = show(await issueServingCertificate(authority, { commonName: 'mail', ...now }, names));
  const past = { nowMs: Date.now() - 7_200_000, validityMs: 3_600_000 };
  expired = show(await issueServingCertificate(authority, { commonName: 'mail', ...past }, names));
});

interface Rig {
  readonly server: FakeSmtp;
  readonly bench: SinkBench;
  readonly send: (changes?: Partial<Delivery>, signal?: AbortSignal) => Promise<DeliveryOutcome>;
}

async function setUp(
  options: Partial<FakeSmtpOptions> = {},
  settings: Partial<SmtpSettings> = {},
  isTrusted = true,
): Promise<Rig> {
  const bench = sinkBench(isTrusted ? { certificateAuthority: authority.certificate } : {});
  const server = await startFakeSmtp({ tls, nowMs: () => bench.clock.wallMs(), ...options });
  closing.push(bench.close, server.close);
  bench.secrets.set('smtp', 'password-canary');
  const sink = await bench.create({
    kind: 'smtp',
    host: '127.0.0.1',
    port: server.port,
    tls: 'starttls',
    from: 'Podtide <podtide@example.com>',
    to: ['sre@example.com'],
    ...settings,
  });
  return { server, bench, send: (changes, signal = SIGNAL) => sink.send(sampleDelivery(changes), signal) };
}

/** A header of a mail, unfolded. */
function header(raw: string, name: string): string | undefined {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ');
  return new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1];
}

describe('a mail', () => {
  test('has text and HTML, says that a machine wrote it, and goes over TLS', async () => {
    const { server, send } = await setUp();
    expect(await send()).toEqual({ kind: 'sent' });
    const [mail] = server.mails();
    const raw = mail?.raw ?? '';
    expect(mail).toMatchObject({ to: ['sre@example.com'], isTls: true });
    expect(header(raw, 'From')).toBe('Podtide <podtide@example.com>');
    expect(header(raw, 'To')).toBe('sre@example.com');
    expect(header(raw, 'Auto-Submitted')).toBe('auto-generated');
    expect(header(raw, 'Content-Type')).toMatch(/^multipart\/alternative/);
    expect(raw).toMatch(/Content-Type: text\/plain; charset=utf-8/);
    expect(raw).toMatch(/Content-Type: text\/html; charset=utf-8/);
    const date = Date.parse(header(raw, 'Date') ?? '');
    expect(date).toBe(sampleNotice().atMs);
  });

  test('is the same mail at each attempt, and of one thread with the others of its episode', async () => {
    const { server, send } = await setUp();
    await send();
    await send({ isPossibleDuplicate: true });
    await send({ id: 'd-2', notices: [sampleNotice({ id: 'n-2', type: 'scale.stuck' })] });
    await send({ id: 'd-3', notices: [sampleNotice({ id: 'n-3', episode: undefined })] });
    const ids = server.mails().map(({ raw }) => header(raw, 'Message-ID'));
    expect(ids[0]).toMatch(/^<[0-9a-f]{32}@example\.com>$/);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(3);
    const threads = server.mails().map(({ raw }) => [header(raw, 'References'), header(raw, 'In-Reply-To')]);
    expect(threads[0]?.[0]).toMatch(/^<[0-9a-f]{32}@example\.com>$/);
    expect(new Set(threads.slice(0, 3).flat())).toEqual(new Set([threads[0]?.[0]]));
    expect(threads[3]).toEqual([undefined, undefined]);
    expect(ids).not.toContain(threads[0]?.[0]);
  });

  test('takes no header and no recipient from the words of a cluster', async () => {
    const { server, send } = await setUp();
    const title = 'x\r\nBcc: evil@example.com\r\nSubject: y\u2028\n\nbody';
    expect((await send({ message: sampleMessage({ title, language: 'en' }) })).kind).toBe('sent');
    const [mail] = server.mails();
    expect(mail?.to).toEqual(['sre@example.com']);
    expect(header(mail?.raw ?? '', 'Bcc')).toBeUndefined();
    expect((mail?.raw ?? '').match(/^Subject:/gim)).toHaveLength(1);
  });
});

describe('what a mail server says', () => {
  const replies: readonly [
    why: string,
    options: Partial<FakeSmtpOptions>,
    kind: DeliveryOutcome['kind'],
    says: string,
  ][] = [
    ['no such mailbox', { replies: { 'RCPT TO': [550, '5.1.1 no such user here'] } }, 'deadDestination', '550'],
    ['a full mailbox', { replies: { 'RCPT TO': [452, '4.2.2 mailbox full'] } }, 'transient', '452'],
    ['too many connections', { replies: { 'MAIL FROM': [421, '4.7.0 try again later'] } }, 'transient', '421'],
    ['not this sender', { replies: { 'MAIL FROM': [553, '5.7.1 sender refused'] } }, 'misconfigured', '553'],
    [
      'not without a password',
      { replies: { 'MAIL FROM': [530, '5.7.0 authentication required'] } },
      'misconfigured',
      '530',
    ],
    ['spam', { replies: { DATA: [554, '5.7.1 rejected as spam'] } }, 'contentRefused', '554'],
    ['later', { replies: { DATA: [451, '4.3.0 try again later'] } }, 'transient', '451'],
    ['too big', { replies: { DATA: [552, '5.3.4 message too big'] } }, 'tooLarge', '552'],
    ['too big by its own word', { sizeBytesMax: 100 }, 'tooLarge', 'size'],
    ['no STARTTLS', { isPlain: true }, 'misconfigured', 'STARTTLS'],
  ];
  test.each(replies)('%s', async (_why, options, kind, says) => {
    const { server, send } = await setUp(options);
    const outcome = await send();
    expect(outcome).toMatchObject({ kind, detail: expect.stringContaining(says) });
    if (outcome.kind === 'misconfigured') expect(outcome.hint).not.toBe('');
    expect(server.mails()).toEqual([]);
  });

  test('come back in a few minutes: greylisting passes', async () => {
    const { bench, send } = await setUp({ greylistMs: 300_000 });
    expect(await send()).toMatchObject({ kind: 'transient', detail: expect.stringContaining('Greylisted') });
    bench.clock.advanceBy(60_000);
    expect((await send()).kind).toBe('transient');
    bench.clock.advanceBy(240_000);
    expect((await send()).kind).toBe('sent');
  });

  test('one of two recipients is unknown: sent, and remarked', async () => {
    const { server, send } = await setUp(
      { unknownRecipients: ['gone@example.com'] },
      { to: ['gone@example.com', 'sre@example.com'] },
    );
    expect(await send()).toEqual({ kind: 'sent', remark: 'not taken for 1 of 2 recipients' });
    expect(server.mails()[0]?.to).toEqual(['sre@example.com']);
  });

  test('user and password, and nothing else', async () => {
    const auth = { user: 'podtide', password: 'password-canary' };
    const settings = { user: 'podtide', password: { file: 'smtp' } };
    const right = await setUp(auth, settings);
    expect((await right.send()).kind).toBe('sent');
    right.bench.secrets.set('smtp', 'another-password');
    const outcome = await right.send();
    expect(outcome).toMatchObject({ kind: 'misconfigured', detail: expect.stringContaining('535') });
    expect(JSON.stringify(outcome)).not.toContain('another-password');
    expect((await (await setUp(auth)).send()).kind).toBe('misconfigured');
    expect((await (await setUp({}, settings)).send()).kind).toBe('misconfigured');
  });

  test('TLS from the start', async () => {
    expect((await (await setUp({ isImplicitTls: true }, { tls: 'implicit' })).send()).kind).toBe('sent');
  });

  test.each([
    ['of an unknown authority', {}, false],
    ['that has expired', { isExpired: true }, true],
  ])('a certificate %s: nothing goes out', async (_why, { isExpired }: { isExpired?: boolean }, isTrusted) => {
    for (const how of ['starttls', 'implicit'] as const) {
      const options = { isImplicitTls: how === 'implicit', ...(isExpired === true ? { tls: expired } : {}) };
      const { server, send } = await setUp(options, { tls: how }, isTrusted);
      expect(await send()).toMatchObject({ kind: 'misconfigured', hint: expect.stringContaining('certificate') });
      expect(server.dataCount).toBe(0);
    }
  });
});

describe('a conversation that breaks', () => {
  test('before the mail was on its way: nothing has arrived', async () => {
    const { server, send } = await setUp();
    await server.close();
    expect(await send()).toMatchObject({ kind: 'transient' });
    expect(await send({}, AbortSignal.abort())).toMatchObject({
      kind: 'transient',
      detail: expect.stringContaining('given up'),
    });
  });

  test('after it was: it may have', async () => {
    const { bench, server, send } = await setUp({ isSilentAfterData: true });
    const sending = send();
    await server.dataArrived(1);
    bench.clock.advanceBy(10_000);
    expect(await sending).toEqual({ kind: 'unknown', detail: 'SMTP no answer within 10 s' });
    expect(bench.clock.timerCount).toBe(0);
    const controller = new AbortController();
    const given = send({}, controller.signal);
    await server.dataArrived(2);
    controller.abort();
    expect((await given).kind).toBe('unknown');
  });
});

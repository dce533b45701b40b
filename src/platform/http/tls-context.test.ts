import { type ConnectionOptions, connect } from 'node:tls';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { createCertificateAuthority, issueServingCertificate, type KeyPair } from './certificates.ts';
import { type Listener, openListener } from './listener.ts';
import type { ListenerTls } from './tls-context.ts';

let authority: KeyPair;
let listener: Listener | undefined;

beforeAll(async () => {
  authority = await createCertificateAuthority({ commonName: 'ca', ...lifetime() });
});

afterEach(async () => {
  await listener?.close();
  listener = undefined;
});

const lifetime = () => ({ nowMs: Date.now(), validityMs: 86_400_000 });

const issue = (commonName: string, ...dnsNames: string[]): Promise<KeyPair> =>
  issueServingCertificate(authority, { commonName, ...lifetime() }, { dnsNames, addresses: ['127.0.0.1'] });

async function open(tls: ListenerTls): Promise<Listener> {
  listener = await openListener({ handle: () => new Response(), port: 0, ioClock: new VirtualClock(), tls });
  return listener;
}

/** What came of a handshake: whose certificate, and what was agreed on; or how it was refused. */
function shake(port: number, options: ConnectionOptions = {}): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
      const { subject } = socket.getPeerCertificate();
      resolve({ name: subject.CN, version: socket.getProtocol(), cipher: socket.getCipher().standardName });
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve({ refusal: error.code }));
  });
}

test('the certificate goes by the name that is asked for, as upstream’s servers choose', async () => {
  const { port } = await open({
    ...(await issue('own', 'own.test')),
    named: [
      { ...(await issue('first', 'a.test', 'b.test')), names: [] },
      { ...(await issue('second', 'a.test')), names: [] },
      { ...(await issue('said', 'x.test')), names: ['B.test', '*.wild.test'] },
    ],
  });
  const rows: readonly [servername: string, name: string, why: string][] = [
    ['own.test', 'own', 'the server’s own'],
    ['nobody.test', 'own', 'a name that nobody has'],
    ['a.test', 'first', 'the first pair that has a name has it'],
    ['b.test', 'said', 'a name that was said comes before those of certificates, in any case'],
    ['x.test', 'own', 'where names were said, those of the certificate do not count'],
    ['c.wild.test', 'said', 'a wildcard'],
    ['c.d.wild.test', 'own', 'a wildcard stands for one label'],
  ];
  for (const [servername, name, why] of rows)
    expect([why, await shake(port, { servername })]).toMatchObject([why, { name }]);
});

test('a renewed pair is shown to whoever asks for its names next', async () => {
  const opened = await open({ ...(await issue('own')), named: [{ ...(await issue('old', 'a.test')), names: [] }] });
  opened.renewNamedTls(0, await issue('new', 'a.test'));
  expect(await shake(opened.port, { servername: 'a.test' })).toMatchObject({ name: 'new' });
  expect(() => opened.renewNamedTls(0, { certificate: 'no', privateKey: 'pair' })).toThrow();
  expect(await shake(opened.port, { servername: 'a.test' })).toMatchObject({ name: 'new' });
});

const OLD = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;

test.each([
  ['TLS 1.1 is refused unless asked for', {}, { ...OLD, maxVersion: 'TLSv1.1' }, { refusal: expect.any(String) }],
  ['TLS 1.1 where it is', { versionMin: 'TLSv1.1' }, { ...OLD, maxVersion: 'TLSv1.1' }, { version: 'TLSv1.1' }],
  ['TLS 1.2 by default', {}, { maxVersion: 'TLSv1.2' }, { version: 'TLSv1.2' }],
  ['TLS 1.3 alone', { versionMin: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' }, { refusal: expect.any(String) }],
  [
    'the suites of the list',
    { ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
    { maxVersion: 'TLSv1.2' },
    { cipher: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384' },
  ],
  [
    'and no others',
    { ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
    { refusal: expect.any(String) },
  ],
  ['those of TLS 1.3 whatever the list says', { ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' }, {}, { version: 'TLSv1.3' }],
  ['a group of the list', { groups: 'P-384' }, { ecdhCurve: 'P-384' }, { version: 'TLSv1.3' }],
  ['and no others', { groups: 'P-384' }, { ecdhCurve: 'P-256' }, { refusal: expect.any(String) }],
] as const)('%s', async (_why, terms, asked, expected) => {
  const { port } = await open({ ...(await issue('own')), terms });
  expect(await shake(port, asked)).toMatchObject(expected);
});

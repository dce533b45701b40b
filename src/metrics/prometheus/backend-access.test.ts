import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { faultServer, type SocketAnswer } from '../../../test/kube/fault-server.ts';
import { answers, plainBackend, vectorOf } from '../../../test/prometheus/scripted-prometheus.ts';
import type { IoClock } from '../../base/clock.ts';
import {
  createCertificateAuthority,
  issueClientCertificate,
  issueServingCertificate,
  type KeyPair,
} from '../../platform/http/certificates.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import type { BackendTls, PrometheusBackend } from './backend.ts';
import { createPrometheusClient, type PrometheusClient } from './client.ts';

const SIGNAL = new AbortController().signal;
const DAY_MS = 86_400_000;
/** Longer than files are believed. */
const MINUTE_MS = 61_000;

let authority: KeyPair;
let serving: KeyPair;
let laterMs = 0;
let folder = '';
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  authority = await createCertificateAuthority({ commonName: 'ca', nowMs: Date.now(), validityMs: DAY_MS });
  const subject = { commonName: 'prometheus', nowMs: Date.now(), validityMs: DAY_MS };
  serving = await issueServingCertificate(authority, subject, { dnsNames: ['prom.test'], addresses: ['127.0.0.1'] });
});

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
  folder = '';
  laterMs = 0;
});

function file(name: string, text: string): string {
  if (folder === '') folder = mkdtempSync(join(tmpdir(), 'podtide-backend-'));
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function clientOf(url: string, settings: Partial<PrometheusBackend>): PrometheusClient {
  const system = createSystemClock();
  const ioClock: IoClock = { ...system, monotonicMs: () => system.monotonicMs() + laterMs };
  const client = createPrometheusClient(plainBackend(url, settings), { ioClock, userAgent: 'test', environment: {} });
  opened.push(client);
  return client;
}

async function serve(script: readonly SocketAnswer[], tls?: Parameters<typeof faultServer>[1]) {
  const server = await faultServer(script, tls);
  opened.push(server);
  return server;
}

/** `1` for an answer, or what went wrong. */
async function outcomeOf(client: PrometheusClient): Promise<unknown> {
  try {
    const { value } = await client.query({ query: 'up', atMs: 1 }, SIGNAL);
    return value.kind === 'vector' ? value.samples[0]?.value : value.kind;
  } catch (thrown) {
    return (thrown as { readonly problem?: unknown }).problem ?? thrown;
  }
}

describe('what is shown in a header', () => {
  const basic = `Basic ${Buffer.from('alice:sé:cret').toString('base64')}`;

  test.each([
    { why: 'nothing', authentication: () => ({ kind: 'none' }) as const, shown: undefined },
    {
      why: 'a password',
      authentication: () => ({ kind: 'basic', username: 'alice', password: 'sé:cret' }) as const,
      shown: basic,
    },
    {
      why: 'a password in a file that an editor ended',
      authentication: () => ({ kind: 'basicFile', username: 'alice', passwordFile: file('pw', 'sé:cret\n') }) as const,
      shown: basic,
    },
    { why: 'a token', authentication: () => ({ kind: 'token', token: 'abc' }) as const, shown: 'Bearer abc' },
    {
      why: 'a token in a file that an editor ended, which upstream would send broken',
      authentication: () => ({ kind: 'tokenFile', tokenFile: file('token', 'abc\n') }) as const,
      shown: 'Bearer abc',
    },
  ])('$why', async ({ authentication, shown }) => {
    const server = await serve([vectorOf(1)]);
    expect(await outcomeOf(clientOf(server.url, { authentication: authentication() }))).toBe(1);
    expect(server.headers[0]?.authorization).toBe(shown);
  });

  test('a token file is read again after a minute', async () => {
    const server = await serve([vectorOf(1)]);
    const tokenFile = file('token', 'old');
    const client = clientOf(server.url, { authentication: { kind: 'tokenFile', tokenFile } });
    await outcomeOf(client);
    writeFileSync(tokenFile, 'new');
    await outcomeOf(client);
    laterMs = MINUTE_MS;
    await outcomeOf(client);
    expect(server.headers.map(({ authorization }) => authorization)).toEqual([
      'Bearer old',
      'Bearer old',
      'Bearer new',
    ]);
  });

  test('a refused token is read again at once, and shown once more only if it is another', async () => {
    const server = await serve([vectorOf(1), answers(401, 'expired'), vectorOf(2), answers(401, 'expired')]);
    const tokenFile = file('token', 'old');
    const client = clientOf(server.url, { authentication: { kind: 'tokenFile', tokenFile } });
    expect(await outcomeOf(client)).toBe(1);
    writeFileSync(tokenFile, 'new');
    expect(await outcomeOf(client)).toBe(2);
    expect(await outcomeOf(client)).toEqual({ code: 'Unauthorized' });
    expect(server.headers.map(({ authorization }) => authorization?.slice(7))).toEqual(['old', 'old', 'new', 'new']);
  });

  test('a file that is not there is named, and looked for again the next time', async () => {
    const server = await serve([vectorOf(1)]);
    const tokenFile = join(file('other', ''), '..', 'token');
    const client = clientOf(server.url, { authentication: { kind: 'tokenFile', tokenFile } });
    expect(await outcomeOf(client)).toEqual({ code: 'NoCredential', detail: expect.stringContaining(tokenFile) });
    file('token', 'abc');
    expect(await outcomeOf(client)).toBe(1);
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    { why: 'nothing', text: '\n' },
    { why: 'two lines', text: 'abc\ndef' },
  ])('a file that holds no token is not shown: $why', async ({ text }) => {
    const server = await serve([vectorOf(1)]);
    const tokenFile = file('token', text);
    expect(await outcomeOf(clientOf(server.url, { authentication: { kind: 'tokenFile', tokenFile } }))).toEqual({
      code: 'NoCredential',
      detail: `${tokenFile}: must hold a token, which is one word`,
    });
    expect(server.requests).toEqual([]);
  });

  test('a kubeconfig’s token, with impersonation; its server is not asked', async () => {
    const server = await serve([vectorOf(1)]);
    const kubeconfigFile = file(
      'config',
      JSON.stringify({
        'current-context': 'x',
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        clusters: [{ name: 'c', cluster: { server: 'https://elsewhere.test' } }],
        users: [{ name: 'u', user: { token: 'from-kubeconfig', as: 'bob' } }],
      }),
    );
    expect(await outcomeOf(clientOf(server.url, { kubeconfigFile: `${kubeconfigFile}-not` }))).toEqual({
      code: 'NoCredential',
      detail: `no kubeconfig at ${kubeconfigFile}-not`,
    });
    expect(await outcomeOf(clientOf(server.url, { kubeconfigFile }))).toBe(1);
    expect(server.headers[0]).toMatchObject({ authorization: 'Bearer from-kubeconfig', 'impersonate-user': 'bob' });
    const authentication = { kind: 'token', token: 'our-own' } as const;
    expect(await outcomeOf(clientOf(server.url, { kubeconfigFile, authentication }))).toBe(1);
    expect(server.headers[1]).toMatchObject({ authorization: 'Bearer our-own', 'impersonate-user': 'bob' });
  });
});

describe('what is shown and believed in TLS', () => {
  const tls = (settings: Partial<BackendTls>) => ({ tls: { isVerified: true, ...settings } });
  const pair = () => ({ cert: serving.certificate, key: serving.privateKey });

  test('only the authority of the file is believed; a name may be given for a server that is reached by another', async () => {
    const server = await serve([vectorOf(1)], pair());
    const caFile = file('ca.crt', authority.certificate);
    expect(await outcomeOf(clientOf(server.url, tls({ caFile })))).toBe(1);
    expect(await outcomeOf(clientOf(server.url, tls({ caFile, serverName: 'prom.test' })))).toBe(1);
    expect(await outcomeOf(clientOf(server.url, tls({ caFile, serverName: 'other.test' })))).toEqual({
      code: 'CertificateNames',
      address: `127.0.0.1:${server.port}`,
      names: 'prom.test, 127.0.0.1',
    });
    expect(await outcomeOf(clientOf(server.url, tls({})))).toEqual({
      code: 'UnknownAuthority',
      address: `127.0.0.1:${server.port}`,
    });
    expect(await outcomeOf(clientOf(server.url, tls({ isVerified: false })))).toBe(1);
  });

  test('a redirect to TLS is followed with the credential, one away from it is not', async () => {
    const authentication = { kind: 'token', token: 'abc' } as const;
    const settings = { authentication, ...tls({ caFile: file('ca.crt', authority.certificate) }) };
    const secure = await serve([vectorOf(1)], pair());
    const plain = await serve([answers(301, '', { location: `${secure.url}/api/v1/query` })]);
    expect(await outcomeOf(clientOf(plain.url, settings))).toBe(1);
    expect(secure.headers[0]?.authorization).toBe('Bearer abc');
    const leading = await serve([answers(301, '', { location: `${plain.url}/api/v1/query` })], pair());
    expect(await outcomeOf(clientOf(leading.url, settings))).toEqual({
      code: 'Redirected',
      status: 301,
      location: `${plain.url}/api/v1/query`,
    });
    expect(plain.requests).toHaveLength(1);
  });

  test('an authority that was renewed counts after a minute, one that is no certificate is said to be none', async () => {
    const server = await serve([vectorOf(1)], pair());
    const other = await createCertificateAuthority({ commonName: 'other', nowMs: Date.now(), validityMs: DAY_MS });
    const caFile = file('ca.crt', other.certificate);
    const client = clientOf(server.url, tls({ caFile }));
    expect(await outcomeOf(client)).toMatchObject({ code: 'UnknownAuthority' });
    writeFileSync(caFile, authority.certificate);
    laterMs = MINUTE_MS;
    expect(await outcomeOf(client)).toBe(1);
    writeFileSync(caFile, '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n');
    laterMs = 2 * MINUTE_MS;
    expect(await outcomeOf(client)).toEqual({ code: 'NoCredential', detail: `${caFile}: must be certificates in PEM` });
  });

  test('a client certificate that was renewed is shown on new connections, while requests on the old ones end in peace', async () => {
    const certificateOf = (commonName: string): Promise<KeyPair> =>
      issueClientCertificate(authority, { commonName, nowMs: Date.now(), validityMs: DAY_MS });
    const [old, renewed] = [await certificateOf('old'), await certificateOf('renewed')];
    const names: string[] = [];
    let answerHeld = (): void => {};
    const held = Promise.withResolvers<void>();
    const name: SocketAnswer = (incoming, outgoing) => {
      names.push(String((incoming.socket as TLSSocket).getPeerCertificate().subject.CN));
      vectorOf(names.length)(incoming, outgoing);
    };
    const server = await serve(
      [
        name,
        (incoming, outgoing) => {
          answerHeld = () => name(incoming, outgoing);
          held.resolve();
        },
        name,
      ],
      { ...pair(), requestCert: true, ca: authority.certificate },
    );
    const files = {
      caFile: file('ca.crt', authority.certificate),
      certificateFile: file('tls.crt', old.certificate),
      privateKeyFile: file('tls.key', old.privateKey),
    };
    const client = clientOf(server.url, tls(files));
    expect(await outcomeOf(client)).toBe(1);
    const underWay = client.query({ query: 'slow', atMs: 1 }, SIGNAL);
    await held.promise;
    file('tls.crt', renewed.certificate);
    file('tls.key', renewed.privateKey);
    laterMs = MINUTE_MS;
    expect(await outcomeOf(client)).toBe(2);
    answerHeld();
    expect(await underWay).toMatchObject({ value: { kind: 'vector' } });
    expect(names).toEqual(['old', 'renewed', 'old']);
  });
});

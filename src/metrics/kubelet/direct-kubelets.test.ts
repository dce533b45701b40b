import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { cuts, type FaultServer, faultServer, hangs, type SocketAnswer } from '../../../test/kube/fault-server.ts';
import { KUBELET_ANSWER_BYTES_MAX, KUBELET_REFUSAL_BYTES_MAX } from '../../base/limits.ts';
import {
  createCertificateAuthority,
  issueClientCertificate,
  issueServingCertificate,
  type KeyPair,
} from '../../platform/http/certificates.ts';
import { openListener } from '../../platform/http/listener.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import { createDirectKubelets, type DirectKubeletsOptions } from './direct-kubelets.ts';
import { projectNode } from './node-projection.ts';
import type { KubeletClient } from './port.ts';
import { ScrapeFailure } from './scrape-failure.ts';

const TEXT = 'node_cpu_usage_seconds_total 1 1\n';
const DAY_MS = 86_400_000;
const SIGNAL = new AbortController().signal;

let authority: KeyPair;
let good: KeyPair;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  authority = await createCertificateAuthority({ commonName: 'ca', nowMs: Date.now(), validityMs: DAY_MS });
  good = await servingCertificate({ addresses: ['127.0.0.1'] });
});

afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

function servingCertificate({ addresses = [] as readonly string[], nowMs = Date.now(), by = authority }) {
  return issueServingCertificate(by, { commonName: 'n1', nowMs, validityMs: DAY_MS }, { dnsNames: ['n1'], addresses });
}

async function kubelet(
  script: readonly SocketAnswer[],
  { certificate, privateKey }: KeyPair = good,
): Promise<FaultServer> {
  const server = await faultServer(script, { cert: certificate, key: privateKey });
  opened.push(server);
  return server;
}

function clientOf(port: number, options: Partial<DirectKubeletsOptions> = {}): KubeletClient {
  const client = createDirectKubelets({
    ioClock: createSystemClock(),
    target: { addressTypes: ['InternalIP'], port, isStatusPortUsed: true, scheme: 'https' },
    trust: { certificateAuthority: authority.certificate, isVerified: true },
    credentials: { current: async () => ({ token: 'secret' }), renew: async () => false },
    userAgent: 'podtide-test',
    requestTimeoutMs: 10_000,
    keepAliveMs: 60_000,
    ...options,
  });
  opened.push(client);
  return client;
}

function nodeAt(port?: number) {
  const daemonEndpoints = port === undefined ? {} : { daemonEndpoints: { kubeletEndpoint: { Port: port } } };
  return projectNode({
    metadata: { name: 'n1' },
    status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], ...daemonEndpoints },
  });
}

function answers(status: number, body: string | Buffer, headers: Record<string, string> = {}): SocketAnswer {
  return (_incoming, outgoing) => {
    outgoing.writeHead(status, headers);
    outgoing.end(body);
  };
}

/** A reset, as TLS has it: the connection ends instead of an answer. */
const breaks: SocketAnswer = (incoming) => {
  incoming.socket.destroy();
};

async function problemOf(client: KubeletClient): Promise<unknown> {
  try {
    return Buffer.from(await client.fetch(nodeAt(), SIGNAL)).toString();
  } catch (thrown) {
    return thrown instanceof ScrapeFailure ? thrown.problem : thrown;
  }
}

describe('createDirectKubelets', () => {
  test('asks with the token over one connection, and takes gzip', async () => {
    const server = await kubelet([answers(200, TEXT), answers(200, gzipSync(TEXT), { 'content-encoding': 'gzip' })]);
    const client = clientOf(server.port);
    expect([await problemOf(client), await problemOf(client)]).toEqual([TEXT, TEXT]);
    expect(server.requests).toEqual(['GET /metrics/resource', 'GET /metrics/resource']);
    expect(server.headers[0]).toMatchObject({ authorization: 'Bearer secret', 'accept-encoding': 'gzip' });
    expect(server.connectionCount).toBe(1);
  });

  test('takes a compressed answer that is large, and one whose end lies about its length', async () => {
    // Digests do not compress well, so that this is beyond what is decompressed at once.
    const large = Array.from({ length: 4_000 }, (_, index) =>
      createHash('sha256').update(`${index}`).digest('hex'),
    ).join();
    const lying = (lengthBytes: number): Buffer => {
      const bytes = gzipSync(TEXT);
      bytes.writeUInt32LE(lengthBytes, bytes.length - 4);
      return bytes;
    };
    const gzip = { 'content-encoding': 'gzip' };
    const server = await kubelet([
      answers(200, gzipSync(large), gzip),
      answers(200, lying(2 ** 32 - 1), gzip),
      answers(200, lying(0), gzip),
      answers(200, gzipSync(''), gzip),
      answers(200, '', gzip),
    ]);
    const client = clientOf(server.port);
    expect(await problemOf(client)).toBe(large);
    for (let lie = 0; lie < 2; lie += 1) expect(await problemOf(client)).toMatchObject({ code: 'Broken' });
    expect(await problemOf(client)).toBe('');
    expect(await problemOf(client)).toMatchObject({ code: 'Broken', detail: 'unexpected EOF' });
  });

  test.each([
    { why: 'no credential that it knows', script: [answers(401, 'Unauthorized')], problem: { code: 'Unauthorized' } },
    {
      why: 'no right',
      script: [answers(403, 'Forbidden (user=x, verb=get,\n resource=nodes, subresource=[metrics])\n')],
      problem: { code: 'Forbidden', answer: 'Forbidden (user=x, verb=get, resource=nodes, subresource=[metrics])' },
    },
    { why: 'no such path', script: [answers(404, 'no')], problem: { code: 'PathNotFound', path: '/metrics/resource' } },
    {
      why: 'an error that is compressed',
      script: [answers(500, gzipSync('oops'), { 'content-encoding': 'gzip' })],
      problem: { code: 'HttpStatus', status: 500, answer: 'oops' },
    },
    { why: 'an error', script: [answers(500, 'oops')], problem: { code: 'HttpStatus', status: 500, answer: 'oops' } },
    {
      why: 'a redirect',
      script: [answers(302, '', { location: '/x' })],
      problem: { code: 'HttpStatus', status: 302, answer: '' },
    },
    { why: 'a broken connection', script: [breaks], problem: { code: 'Broken' } },
    { why: 'half an answer', script: [cuts(TEXT)], problem: { code: 'Broken', detail: 'unexpected EOF' } },
    {
      why: 'half a compressed answer',
      script: [answers(200, gzipSync(TEXT.repeat(500)).subarray(0, 60), { 'content-encoding': 'gzip' })],
      problem: { code: 'Broken', detail: 'unexpected EOF' },
    },
    {
      why: 'an answer that says gzip and is none',
      script: [answers(200, TEXT, { 'content-encoding': 'gzip' })],
      problem: { code: 'Broken' },
    },
    {
      why: 'an answer that is small on the wire and large when decompressed',
      script: [
        answers(200, gzipSync(Buffer.alloc(KUBELET_ANSWER_BYTES_MAX + 1, '\n')), { 'content-encoding': 'gzip' }),
      ],
      problem: { code: 'TooLarge', bytesMax: KUBELET_ANSWER_BYTES_MAX },
    },
  ])('names the problem: $why', async ({ script, problem }) => {
    const server = await kubelet(script);
    expect(await problemOf(clientOf(server.port))).toMatchObject(problem);
  });

  test('names what is wrong with a certificate, and what to do before giving up verification', async () => {
    const address = (server: FaultServer): string => `127.0.0.1:${server.port}`;
    const named = await kubelet([answers(200, TEXT)], await servingCertificate({}));
    expect(await problemOf(clientOf(named.port))).toEqual({
      code: 'CertificateNames',
      address: address(named),
      names: 'n1',
    });
    const other = await createCertificateAuthority({ commonName: 'other', nowMs: Date.now(), validityMs: DAY_MS });
    const foreign = await kubelet(
      [answers(200, TEXT)],
      await servingCertificate({ by: other, addresses: ['127.0.0.1'] }),
    );
    expect(await problemOf(clientOf(foreign.port))).toEqual({ code: 'UnknownAuthority', address: address(foreign) });
    const old = { addresses: ['127.0.0.1'], nowMs: Date.now() - 3 * DAY_MS };
    const expired = await kubelet([answers(200, TEXT)], await servingCertificate(old));
    expect(await problemOf(clientOf(expired.port))).toEqual({ code: 'CertificateExpired', address: address(expired) });
    expect(await problemOf(clientOf(named.port, { trust: { isVerified: false } }))).toBe(TEXT);
    const { hint } = new ScrapeFailure('n1', { code: 'CertificateNames', address: 'a', names: 'n1' });
    expect(hint).toMatch(/serverTLSBootstrap.*kubectl certificate approve.*--kubelet-insecure-tls/);
  });

  test('a serving certificate that the kubelet has renewed counts from its next connection on', async () => {
    const renew = (server: FaultServer, { certificate, privateKey }: KeyPair): Promise<void> =>
      server.renewTls({ cert: certificate, key: privateKey });
    const old = await servingCertificate({ addresses: ['127.0.0.1'], nowMs: Date.now() - 3 * DAY_MS });
    const server = await kubelet([answers(200, TEXT)], old);
    const client = clientOf(server.port);
    expect(await problemOf(client)).toMatchObject({ code: 'CertificateExpired' });
    await renew(server, await servingCertificate({ addresses: ['127.0.0.1'] }));
    expect([await problemOf(client), await problemOf(client)]).toEqual([TEXT, TEXT]);
    // Nothing of the session before vouches for what comes after it.
    await renew(server, await servingCertificate({}));
    expect(await problemOf(client)).toMatchObject({ code: 'CertificateNames', names: 'n1' });
    expect(server.requests).toHaveLength(2);
  });

  test('of a refusal only the beginning is read and kept', async () => {
    const server = await kubelet([
      (_incoming, outgoing) => {
        outgoing.writeHead(500);
        outgoing.write('x'.repeat(KUBELET_REFUSAL_BYTES_MAX + 1));
      },
    ]);
    expect(await problemOf(clientOf(server.port))).toEqual({
      code: 'HttpStatus',
      status: 500,
      answer: 'x'.repeat(KUBELET_REFUSAL_BYTES_MAX),
    });
  });

  test('a kubelet that is not there refuses', async () => {
    const server = await faultServer([hangs]);
    await server.close();
    expect(await problemOf(clientOf(server.port))).toEqual({ code: 'Refused', address: `127.0.0.1:${server.port}` });
  });

  test('a refused token is read again once, and the new one is shown', async () => {
    const server = await kubelet([answers(401, 'Unauthorized'), answers(200, TEXT)]);
    let token = 'old';
    const renew = async (): Promise<boolean> => {
      token = 'new';
      return true;
    };
    const client = clientOf(server.port, { credentials: { current: async () => ({ token }), renew } });
    expect(await problemOf(client)).toBe(TEXT);
    expect(server.headers.map(({ authorization }) => authorization)).toEqual(['Bearer old', 'Bearer new']);
  });

  test('an aborted scrape rejects with its reason and leaves the node usable', async () => {
    const server = await kubelet([hangs, answers(200, TEXT)]);
    const client = clientOf(server.port);
    const controller = new AbortController();
    const scrape = client.fetch(nodeAt(), controller.signal);
    await server.received(1);
    controller.abort(new Error('late'));
    await expect(scrape).rejects.toThrow('late');
    expect(await problemOf(client)).toBe(TEXT);
  });

  test('a node at another address gets another connection, a forgotten one none', async () => {
    const [first, second] = [await kubelet([answers(200, TEXT)]), await kubelet([answers(200, TEXT)])];
    const client = clientOf(0);
    await client.fetch(nodeAt(first.port), SIGNAL);
    await client.fetch(nodeAt(second.port), SIGNAL);
    client.forget('n1');
    await client.fetch(nodeAt(second.port), SIGNAL);
    expect([first.connectionCount, second.connectionCount]).toEqual([1, 2]);
  });

  test('a kubeconfig’s certificate is shown to kubelets', async () => {
    const subject = { commonName: 'admin', nowMs: Date.now(), validityMs: DAY_MS };
    const admin = await issueClientCertificate(authority, subject);
    const listener = await openListener({
      handle: (_request, { socket }) =>
        new Response(
          (socket as TLSSocket).authorized ? String((socket as TLSSocket).getPeerCertificate().subject.CN) : 'nobody',
        ),
      port: 0,
      ioClock: createSystemClock(),
      tls: { ...good, clientAuthorities: authority.certificate },
    });
    opened.push({ close: () => listener.close(0) });
    const trust = { certificateAuthority: authority.certificate, isVerified: true };
    expect(await problemOf(clientOf(listener.port, { trust: { ...trust, clientCertificate: admin } }))).toBe('admin');
    expect(await problemOf(clientOf(listener.port, { trust }))).toBe('nobody');
  });

  test('an authority file that was renewed is trusted from the next reading on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'podtide-trust-'));
    const file = join(folder, 'ca.crt');
    try {
      const other = await createCertificateAuthority({ commonName: 'ca', nowMs: Date.now(), validityMs: DAY_MS });
      writeFileSync(file, other.certificate);
      const server = await kubelet([answers(200, TEXT)]);
      const system = createSystemClock();
      let laterMs = 0;
      const ioClock = { ...system, monotonicMs: () => system.monotonicMs() + laterMs };
      const client = clientOf(server.port, { ioClock, trust: { certificateAuthorityFile: file, isVerified: true } });
      expect(await problemOf(client)).toMatchObject({ code: 'UnknownAuthority' });
      writeFileSync(file, authority.certificate);
      laterMs = 61_000;
      expect(await problemOf(client)).toBe(TEXT);
      rmSync(file);
      laterMs = 122_000;
      expect(await problemOf(client)).toMatchObject({ code: 'NoCredential', detail: expect.stringContaining(file) });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

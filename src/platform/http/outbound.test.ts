import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { faultServer, resets, type SocketAnswer, stalls, whole } from '../../../test/kube/fault-server.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { readBody } from './body.ts';
import { createCertificateAuthority, issueServingCertificate, type KeyPair } from './certificates.ts';
import { createOutbound, type Outbound, type OutboundOptions } from './outbound.ts';
import { isMetadataAddress, METADATA_GUARD } from './outbound-guard.ts';

const closing: (() => Promise<unknown>)[] = [];
let authority: KeyPair;
let serving: KeyPair;

beforeAll(async () => {
  const subject = { nowMs: Date.now(), validityMs: 86_400_000 };
  authority = await createCertificateAuthority({ commonName: 'test-ca', ...subject });
  serving = await issueServingCertificate(
    authority,
    { commonName: 'test', ...subject },
    { dnsNames: ['api.test'], addresses: ['127.0.0.1'] },
  );
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function outbound(options: Partial<OutboundOptions> = {}): Outbound {
  const made = createOutbound({ ioClock: new VirtualClock(), ...options });
  closing.push(() => made.close());
  return made;
}

async function fetchText(client: Outbound, url: string, method = 'GET'): Promise<string> {
  const answer = await client.request({
    method,
    url,
    signal: new AbortController().signal,
    headDeadlineMs: 1_000,
    idleDeadlineMs: 1_000,
  });
  return `${answer.status} ${new TextDecoder().decode(await readBody(answer.body, 1_000_000))}`;
}

/** A corporate proxy that leads every name to one port of this machine. */
async function proxyServer(targetPort: number) {
  const seen: string[] = [];
  const note = (incoming: IncomingMessage): void => {
    seen.push(`${incoming.method} ${incoming.url} ${incoming.headers['proxy-authorization'] ?? '-'}`);
  };
  const server = createServer((incoming, outgoing) => {
    note(incoming);
    outgoing.end('"forwarded"');
  });
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    note(incoming);
    const target = connect(targetPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    for (const end of [target, socket]) end.on('error', () => [target, socket].map((one) => one.destroy()));
    socket.on('close', () => target.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  closing.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return { seen, url: new URL(`http://user:p%40ss@127.0.0.1:${port}`) };
}

describe('outbound requests', () => {
  test('https goes through a tunnel of the proxy, authenticated, and the target’s certificate is still checked', async () => {
    const target = await faultServer([whole('through')], { cert: serving.certificate, key: serving.privateKey });
    closing.push(() => target.close());
    const proxy = await proxyServer(target.port);
    const client = outbound({ proxy: () => proxy.url, tls: { certificateAuthority: authority.certificate } });
    expect(await fetchText(client, 'https://api.test:6443/x')).toBe('200 "through"');
    expect(await fetchText(client, 'https://api.test:6443/y')).toBe('200 "through"');
    // The pool may open a second tunnel before it knows that the first is free again.
    expect([...new Set(proxy.seen)]).toEqual([
      `CONNECT api.test:6443 Basic ${Buffer.from('user:p@ss').toString('base64')}`,
    ]);
    await expect(fetchText(client, 'https://wrong.test/')).rejects.toThrow(
      'x509: certificate is valid for api.test, 127.0.0.1, not wrong.test',
    );
  });

  test('plain http is forwarded by the proxy', async () => {
    const proxy = await proxyServer(1);
    expect(await fetchText(outbound({ proxy: () => proxy.url }), 'http://metrics.test/api?x=1')).toBe(
      '200 "forwarded"',
    );
    expect(proxy.seen).toEqual([
      `GET http://metrics.test/api?x=1 Basic ${Buffer.from('user:p@ss').toString('base64')}`,
    ]);
  });

  test('what is excepted goes straight', async () => {
    const target = await faultServer([whole('straight')]);
    closing.push(() => target.close());
    expect(await fetchText(outbound({ proxy: () => undefined }), `${target.url}/`)).toBe('200 "straight"');
  });

  test('nobody listening reads as in Go', async () => {
    const target = await faultServer([whole('')]);
    await target.close();
    await expect(fetchText(outbound(), `${target.url}/x`)).rejects.toThrow(
      `Get "${target.url}/x": dial tcp 127.0.0.1:${target.port}: connect: connection refused`,
    );
  });

  describe('tells when a request begins to be written', () => {
    const begins = async (client: Outbound, url: string): Promise<string> => {
      const told: string[] = [];
      const signal = new AbortController().signal;
      const deadlines = { headDeadlineMs: 1_000, idleDeadlineMs: 1_000 };
      const onSending = (): void => {
        told.push('began');
      };
      const asked = client.request({ method: 'POST', url, body: '{}', signal, ...deadlines, onSending });
      told.push(await asked.then(({ status }) => String(status)).catch(() => 'failed'));
      return told.join(', ');
    };

    test('which it does where somebody listens, also through a proxy and again on a kept connection', async () => {
      const target = await faultServer([whole('one'), resets]);
      closing.push(() => target.close());
      const client = outbound();
      expect(await begins(client, target.url)).toBe('began, 200');
      expect(await begins(client, target.url)).toBe('began, failed');
      const proxy = await proxyServer(target.port);
      expect(await begins(outbound({ proxy: () => proxy.url }), 'http://metrics.test/')).toBe('began, 200');
    });

    test('and does not where nobody does, or where TLS is not to be trusted', async () => {
      const target = await faultServer([whole('')], { cert: serving.certificate, key: serving.privateKey });
      closing.push(() => target.close());
      expect(await begins(outbound(), target.url)).toBe('failed');
      await target.close();
      expect(await begins(outbound(), target.url)).toBe('failed');
      expect(target.requests).toEqual([]);
    });
  });

  test('a redirect is an answer', async () => {
    const target = await faultServer([whole('elsewhere', 302, { location: 'http://169.254.169.254/' })]);
    closing.push(() => target.close());
    expect(await fetchText(outbound(), `${target.url}/`)).toBe('302 "elsewhere"');
  });

  test('a body that pauses too long ends with its deadline, a body that is too large with its bound', async () => {
    const target = await faultServer([stalls('{"half'), whole('x'.repeat(1_000_001))]);
    closing.push(() => target.close());
    const clock = new VirtualClock();
    const client = outbound({ ioClock: clock });
    const answer = await client.request({
      method: 'GET',
      url: `${target.url}/`,
      signal: new AbortController().signal,
      headDeadlineMs: 1_000,
      idleDeadlineMs: 5_000,
    });
    const chunks = answer.body[Symbol.asyncIterator]();
    expect(new TextDecoder().decode((await chunks.next()).value)).toBe('{"half');
    const rest = chunks.next();
    clock.advanceBy(5_000);
    await expect(rest).rejects.toThrow('context deadline exceeded');
    await expect(fetchText(client, `${target.url}/`)).rejects.toThrow('answer is larger than 1000000 bytes');
  });

  test('a compressed body that its reader leaves gives its connection back', async () => {
    const endless: SocketAnswer = (_incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-encoding': 'gzip' });
      outgoing.write(gzipSync(new Uint8Array(2_000_000)));
    };
    const target = await faultServer([endless, whole('next')]);
    closing.push(() => target.close());
    const client = outbound({ connectionsPerOriginCountMax: 1 });
    await expect(fetchText(client, `${target.url}/`)).rejects.toThrow('answer is larger than 1000000 bytes');
    expect(await fetchText(client, `${target.url}/`)).toBe('200 "next"');
  });
});

describe('a connection that its server closes', () => {
  const breaks: SocketAnswer = (incoming) => void incoming.socket.destroy();
  const rows: readonly [why: string, method: string, script: readonly SocketAnswer[], told: string, seen: number][] = [
    ['a used one: nobody read the request', 'GET', [whole('first'), breaks, whole('again')], '200 "again"', 3],
    ['a new one: the server means it', 'GET', [breaks, whole('never')], 'EOF', 1],
    ['a used one, then a new one', 'GET', [whole('first'), breaks, breaks, whole('never')], 'EOF', 3],
    ['a POST may have been read', 'POST', [whole('first'), breaks, whole('never')], 'EOF', 2],
  ];
  test.each(rows)('%s: %s', async (_why, method, script, told, seen) => {
    const target = await faultServer(script);
    closing.push(() => target.close());
    const client = outbound({ connectionsPerOriginCountMax: 1 });
    const ask = () => fetchText(client, `${target.url}/`, method).catch((thrown: Error) => thrown.message);
    let answer = await ask();
    if (answer === '200 "first"') answer = await ask();
    expect(answer).toContain(told);
    expect(target.requests.length).toBe(seen);
  });
});

describe('the outbound guard', () => {
  const rows: readonly [address: string, isRefused: boolean][] = [
    ['169.254.169.254', true],
    ['100.100.100.200', true],
    ['fe80::1', true],
    ['fd00:ec2::254', true],
    ['::ffff:169.254.169.254', true],
    ['127.0.0.1', false],
    ['10.0.0.1', false],
    ['fd00::1', false],
    ['a name', false],
  ];
  for (const [address, isRefused] of rows) test(address, () => expect(isMetadataAddress(address)).toBe(isRefused));

  test('refuses an address in the URL in whatever notation, and lets others through', async () => {
    const target = await faultServer([whole('fine')]);
    closing.push(() => target.close());
    const client = outbound({ guard: METADATA_GUARD });
    for (const url of ['http://169.254.169.254/latest/meta-data', 'http://0xa9fea9fe/', 'http://[::ffff:a9fe:a9fe]/']) {
      await expect(fetchText(client, url)).rejects.toThrow('is a link-local or metadata address');
    }
    expect(await fetchText(client, target.url.replace('127.0.0.1', 'localhost'))).toBe('200 "fine"');
  });
});

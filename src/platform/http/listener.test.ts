import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { LISTENER_HEAD_BYTES_MAX } from '../../base/limits.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { createCertificateAuthority, issueServingCertificate } from './certificates.ts';
import { openListener } from './listener.ts';
import { followTlsFiles, readTlsFiles } from './tls-files.ts';

function askHost(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpRequest({ port, host: '127.0.0.1', headers: { host }, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

function peerSerial(port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = tlsConnect({ port, host: '127.0.0.1', ca }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

describe('a listener', () => {
  const hosts: readonly { why: string; host: string; status: number }[] = [
    { why: 'loopback by address', host: '127.0.0.1:1', status: 200 },
    { why: 'loopback by name', host: 'localhost', status: 200 },
    { why: 'loopback in IPv6', host: '[::1]:8080', status: 200 },
    { why: 'a name that was allowed', host: 'Lab.test:9', status: 200 },
    { why: 'a web page’s own name that resolves to this machine', host: 'evil.example:80', status: 421 },
    { why: 'a name that only begins like loopback', host: 'localhost.evil.example', status: 421 },
  ];
  for (const row of hosts) {
    test(`${row.why}: ${row.status}`, async () => {
      const listener = await openListener({
        handle: () => new Response('hi'),
        port: 0,
        ioClock: new VirtualClock(),
        hosts: ['lab.test'],
      });
      expect(await askHost(listener.port, row.host)).toBe(row.status);
      await listener.close();
    });
  }

  test('sends a stream’s head before its first byte, and drains it for as long as allowed', async () => {
    const clock = new VirtualClock();
    const never = () => new Response(new ReadableStream({}), { headers: { 'content-type': 'application/json' } });
    const listener = await openListener({ handle: never, port: 0, ioClock: clock });
    const answer = await fetch(listener.url);
    expect(answer.status).toBe(200);
    const body = answer.text().catch(() => 'broken off');
    const closed = listener.close(5_000);
    await expect(fetch(listener.url)).rejects.toThrow();
    clock.advanceBy(5_000);
    await closed;
    expect(await body).toBe('broken off');
  });

  test('a connection that becomes idle after the close began is not waited for', async () => {
    const clock = new VirtualClock();
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Response>();
    const handle = () => {
      asked.resolve();
      return answer.promise;
    };
    const listener = await openListener({ handle, port: 0, ioClock: clock });
    const agent = new Agent({ keepAlive: true });
    const answered = new Promise<string | undefined>((resolve, reject) => {
      httpRequest({ port: listener.port, host: '127.0.0.1', agent }, (message) => {
        message.resume().on('end', () => resolve(message.headers.connection));
      })
        .on('error', reject)
        .end();
    });
    await asked.promise;
    let isClosed = false;
    const closed = listener.close(5_000).then(() => {
      isClosed = true;
    });
    answer.resolve(new Response('late'));
    await answered;
    while (!isClosed && clock.monotonicMs() < 4_000) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advanceBy(50);
    }
    expect(clock.monotonicMs()).toBeLessThan(4_000);
    await closed;
    expect(clock.timerCount).toBe(0);
    agent.destroy();
  });

  test('a body that breaks ends the connection, and nothing is printed', async () => {
    const printed: unknown[] = [];
    const { error } = console;
    console.error = (...words: unknown[]) => printed.push(words);
    const broken = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('half of ')),
      pull: (controller) => controller.error(new Error('the rest is lost')),
    });
    const headers = { 'transfer-encoding': 'chunked' };
    const handle = () => new Response(broken, { headers });
    const listener = await openListener({ handle, port: 0, ioClock: new VirtualClock() });
    try {
      await expect(fetch(listener.url).then((answer) => answer.text())).rejects.toThrow();
      await listener.close();
      expect(printed).toEqual([]);
    } finally {
      console.error = error;
    }
  });

  test('unused connections are kept for longer than Go’s clients keep them, which is 90 s', async () => {
    const listener = await openListener({ handle: () => new Response(), port: 0, ioClock: new VirtualClock() });
    const agent = new Agent({ keepAlive: true });
    const promise = await new Promise<string>((resolve, reject) => {
      httpRequest({ port: listener.port, host: '127.0.0.1', agent }, (answer) => {
        answer.resume().on('end', () => resolve(String(answer.headers['keep-alive'])));
      })
        .on('error', reject)
        .end();
    });
    expect(promise).toBe('timeout=120');
    agent.destroy();
    await listener.close();
  });

  test('heads up to the bound are read with every header, larger ones are refused', async () => {
    let namesCount = 0;
    const handle = (_request: Request, incoming: IncomingMessage) => {
      namesCount = incoming.rawHeaders.length / 2;
      return new Response();
    };
    const listener = await openListener({ handle, port: 0, ioClock: new VirtualClock() });
    const statusOf = (headers: Record<string, string>): Promise<number | undefined> =>
      new Promise((resolve) => {
        httpRequest({ port: listener.port, host: '127.0.0.1', headers, agent: false }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        })
          .on('error', () => resolve(undefined))
          .end();
      });
    const many = Object.fromEntries(Array.from({ length: 4_000 }, (_, index) => [`x-${index}`, 'a']));
    expect(await statusOf(many)).toBe(200);
    expect(namesCount).toBeGreaterThanOrEqual(4_000);
    expect(await statusOf({ 'x-large': 'a'.repeat(LISTENER_HEAD_BYTES_MAX - 1_024) })).toBe(200);
    expect(await statusOf({ 'x-large': 'a'.repeat(LISTENER_HEAD_BYTES_MAX) })).not.toBe(200);
    await listener.close();
  });

  test('a taken port is a conflict, which names the flag that chooses another', async () => {
    const options = { handle: () => new Response(), ioClock: new VirtualClock(), portFlag: '--port' };
    const first = await openListener({ ...options, port: 0 });
    await expect(openListener({ ...options, port: first.port })).rejects.toMatchObject({
      kind: 'conflict',
      message: `listening on 127.0.0.1:${first.port}: another program has this port`,
      hint: 'choose another port with --port; 0 lets the system choose',
    });
    await first.close();
  });

  test('an upgrade that nobody takes is refused', async () => {
    const listener = await openListener({ handle: () => new Response(), port: 0, ioClock: new VirtualClock() });
    const status = await new Promise((resolve, reject) => {
      const headers = { connection: 'upgrade', upgrade: 'websocket' };
      httpRequest({ port: listener.port, host: '127.0.0.1', headers, agent: false }, (answer) =>
        resolve(answer.statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBe(421);
    await listener.close();
  });

  test('renewed certificate files serve new connections; a half-written pair does not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'podtide-'));
    const files = { certificateFile: join(folder, 'tls.crt'), privateKeyFile: join(folder, 'tls.key') };
    const subject = { commonName: 'x', nowMs: Date.now(), validityMs: 86_400_000 };
    const authority = await createCertificateAuthority(subject);
    const issue = () => issueServingCertificate(authority, subject, { dnsNames: [], addresses: ['127.0.0.1'] });
    const [first, second] = [await issue(), await issue()];
    const write = (certificate: string, privateKey: string) =>
      Promise.all([writeFile(files.certificateFile, certificate), writeFile(files.privateKeyFile, privateKey)]);
    await write(first.certificate, first.privateKey);
    const clock = new VirtualClock({ turn: () => new Promise((resolve) => setImmediate(resolve)) });
    const pair = await readTlsFiles(files);
    const listener = await openListener({ handle: () => new Response(), port: 0, ioClock: clock, tls: pair });
    const failures: string[] = [];
    const stop = followTlsFiles(files, pair, {
      ioClock: clock,
      onChange: (renewed) => listener.renewTls(renewed),
      onFailure: (failure) => failures.push(failure.kind),
    });
    const before = await peerSerial(listener.port, authority.certificate);
    await write(second.certificate, first.privateKey);
    await clock.runBy(30_000);
    await clock.settle();
    expect([await peerSerial(listener.port, authority.certificate), failures]).toEqual([before, ['invalid']]);
    await write(second.certificate, second.privateKey);
    await clock.runBy(30_000);
    await clock.settle();
    expect(await peerSerial(listener.port, authority.certificate)).not.toBe(before);
    stop();
    expect(clock.timerCount).toBe(0);
    await listener.close();
    await rm(folder, { recursive: true });
  });
});

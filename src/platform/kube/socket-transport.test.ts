import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  cuts,
  type FaultServer,
  faultServer,
  hangs,
  refusal,
  resets,
  type SocketAnswer,
  stalls,
  whole,
} from '../../../test/kube/fault-server.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import {
  createCertificateAuthority,
  issueClientCertificate,
  issueServingCertificate,
  type KeyPair,
} from '../http/certificates.ts';
import type { ApiFailure } from './api-failure.ts';
import type { KubeClient, KubeObject, ResourceType } from './client.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { type Credential, fileCredential, fixedCredential } from './credential.ts';
import { createKubeClient } from './kube-client.ts';
import { createSocketTransport } from './socket-transport.ts';
import { createReflector } from './watch-cache.ts';

const PODS: ResourceType = { group: '', version: 'v1', resource: 'pods', isNamespaced: true };
const POD = { metadata: { name: 'a', namespace: 'shop', resourceVersion: '7' } };
const REF = { namespace: 'shop', name: 'a' };
const DAY_MS = 86_400_000;

let authority: KeyPair;
let serving: KeyPair;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const subject = { nowMs: Date.now(), validityMs: DAY_MS };
  authority = await createCertificateAuthority({ commonName: 'test-ca', ...subject });
  serving = await issueServingCertificate(
    authority,
    { commonName: 'test', ...subject },
    { dnsNames: ['api.example.com'], addresses: ['127.0.0.1'] },
  );
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Setting {
  readonly server: FaultServer;
  readonly client: KubeClient;
  readonly clock: VirtualClock;
  readonly transport: ReturnType<typeof createSocketTransport>;
}

async function setting(
  script: readonly SocketAnswer[],
  access: Partial<ClusterAccess> = {},
  tls: ServerOptions | undefined = undefined,
): Promise<Setting> {
  const server = await faultServer(script, tls);
  const clock = new VirtualClock();
  const transport = createSocketTransport({
    access: {
      server: server.url,
      namespace: 'shop',
      tls: {},
      credentials: fixedCredential({}),
      headers: {},
      ...access,
    },
    ioClock: clock,
  });
  closing.push(
    () => transport.close(),
    () => server.close(),
  );
  return {
    server,
    clock,
    transport,
    client: createKubeClient({ transport, ioClock: clock, userAgent: 'test', random: () => 0 }),
  };
}

function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => value,
    (thrown: Error) => thrown.message.replaceAll(/127\.0\.0\.1:\d+/g, 'SERVER'),
  );
}

describe('requests that meet a fault', () => {
  const rows: readonly {
    why: string;
    script: readonly SocketAnswer[];
    call?: (client: KubeClient) => Promise<unknown>;
    /** It takes time after the first request has come. */
    isTimed?: boolean;
    requestCount: number;
    outcome: unknown;
  }[] = [
    { why: 'an answer', script: [whole(POD)], requestCount: 1, outcome: POD },
    {
      why: 'a GET whose connection breaks is sent once more',
      script: [resets, whole(POD)],
      requestCount: 2,
      outcome: POD,
    },
    {
      why: 'but only once',
      script: [resets],
      requestCount: 2,
      outcome: 'Get "http://SERVER/api/v1/namespaces/shop/pods/a": read: connection reset by peer',
    },
    {
      why: 'a write is never sent twice',
      script: [resets],
      call: (client) => client.replace(PODS, POD),
      requestCount: 1,
      outcome: 'Put "http://SERVER/api/v1/namespaces/shop/pods/a": read: connection reset by peer',
    },
    {
      why: 'no answer at all ends with the deadline',
      script: [hangs],
      isTimed: true,
      requestCount: 1,
      outcome: 'Get "http://SERVER/api/v1/namespaces/shop/pods/a": context deadline exceeded',
    },
    {
      why: 'so does a body that stops half way',
      script: [stalls('{"meta')],
      isTimed: true,
      requestCount: 1,
      outcome: 'context deadline exceeded',
    },
    { why: 'a body that is cut off', script: [cuts('{"meta')], requestCount: 1, outcome: 'unexpected EOF' },
    {
      why: '429 is obeyed within the deadline',
      script: [refusal(429, 'TooManyRequests', 'slow down', { 'retry-after': '2' }), whole(POD)],
      isTimed: true,
      requestCount: 2,
      outcome: POD,
    },
    {
      why: 'a pause beyond the deadline is not waited for',
      script: [refusal(503, 'ServiceUnavailable', 'starting', { 'retry-after': '60' })],
      requestCount: 1,
      outcome: 'starting',
    },
    {
      why: '503 without a pause is final',
      script: [refusal(503, 'ServiceUnavailable', 'starting')],
      requestCount: 1,
      outcome: 'starting',
    },
    {
      why: 'a conflict is the caller’s affair',
      script: [refusal(409, 'Conflict', 'the object has been modified')],
      call: (client) => client.replace(PODS, POD),
      requestCount: 1,
      outcome: 'the object has been modified',
    },
    {
      why: 'compressed answers',
      script: [
        (_incoming, outgoing) => {
          outgoing.writeHead(200, { 'content-encoding': 'gzip' });
          outgoing.end(gzipSync(JSON.stringify(POD)));
        },
      ],
      requestCount: 1,
      outcome: POD,
    },
  ];
  for (const row of rows) {
    test(row.why, async () => {
      const { server, client, clock } = await setting(row.script);
      const call = outcomeOf((row.call ?? ((one: KubeClient) => one.get<KubeObject>(PODS, REF)))(client));
      if (row.isTimed === true) await runUntilSettled(call, server, clock);
      expect(await call).toEqual(row.outcome);
      expect(server.requests.length).toBe(row.requestCount);
      expect(clock.timerCount).toBe(0);
    });
  }

  test('a caller that leaves gets its own reason back', async () => {
    const { server, client } = await setting([hangs]);
    const controller = new AbortController();
    const call = client.get(PODS, REF, { signal: controller.signal });
    await server.received(1);
    controller.abort(new Error('shutting down'));
    await expect(call).rejects.toThrow('shutting down');
  });

  test('a thousand requests, fifty at a time, need few connections', async () => {
    const { server, client } = await setting([whole(POD)]);
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(Array.from({ length: 50 }, () => client.get(PODS, REF)));
    }
    expect(server.requests.length).toBe(1_000);
    expect(server.connectionCount).toBeLessThanOrEqual(64);
  });
});

describe('credentials', () => {
  test('a credential that does not come is waited for no longer than the call', async () => {
    const never = { current: () => new Promise<Credential>(() => {}), renew: async () => false };
    const { server, client, clock } = await setting([whole(POD)], { credentials: never });
    const call = outcomeOf(client.get(PODS, REF, { deadlineMs: 5_000 }));
    clock.advanceBy(5_000);
    expect(await call).toBe('Get "http://SERVER/api/v1/namespaces/shop/pods/a": context deadline exceeded');
    expect(server.requests).toEqual([]);
  });

  const unauthorized = refusal(401, 'Unauthorized', 'Unauthorized');

  test('a token file that has been renewed is read again after a 401, and the request sent once more', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'podtide-'));
    closing.push(() => rm(folder, { recursive: true }));
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 'old\n');
    const clock = new VirtualClock();
    const accept: SocketAnswer = (incoming, outgoing) => {
      const answer = incoming.headers.authorization === 'Bearer new' ? whole(POD) : unauthorized;
      answer(incoming, outgoing);
    };
    const { server, client } = await setting([accept], { credentials: fileCredential({ tokenFile }, clock) });
    expect(await outcomeOf(client.get(PODS, REF))).toBe('Unauthorized');
    expect(server.requests.length).toBe(1);
    await writeFile(tokenFile, 'new\n');
    expect(await client.get(PODS, REF)).toEqual(POD);
    expect(server.headers.map((headers) => headers.authorization)).toEqual(['Bearer old', 'Bearer old', 'Bearer new']);
    await writeFile(tokenFile, 'newer\n');
    clock.advanceBy(60_000);
    await outcomeOf(client.get(PODS, REF));
    expect(server.headers.at(-1)?.authorization).toBe('Bearer newer');
  });

  test('a private authority is trusted when named, and only then', async () => {
    const tls = { cert: serving.certificate, key: serving.privateKey };
    const { client } = await setting([whole(POD)], { tls: { certificateAuthority: authority.certificate } }, tls);
    expect(await client.get(PODS, REF)).toEqual(POD);
    const stranger = await setting([whole(POD)], {}, tls);
    expect(await outcomeOf(stranger.client.get(PODS, REF))).toBe(
      'Get "https://SERVER/api/v1/namespaces/shop/pods/a": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    );
    const careless = await setting([whole(POD)], { tls: { isVerified: false } }, tls);
    expect(await careless.client.get(PODS, REF)).toEqual(POD);
  });

  test('a server name replaces the URL’s, and a wrong one is refused', async () => {
    const tls = { cert: serving.certificate, key: serving.privateKey };
    const trust = { certificateAuthority: authority.certificate };
    const named = await setting([whole(POD)], { tls: { ...trust, serverName: 'api.example.com' } }, tls);
    expect(await named.client.get(PODS, REF)).toEqual(POD);
    const wrong = await setting([whole(POD)], { tls: { ...trust, serverName: 'other.example.com' } }, tls);
    expect(await outcomeOf(wrong.client.get(PODS, REF))).toBe(
      'Get "https://SERVER/api/v1/namespaces/shop/pods/a": tls: failed to verify certificate: x509: certificate is valid for api.example.com, 127.0.0.1, not other.example.com',
    );
  });

  test('a client certificate is shown, and impersonation names each group in a header of its own', async () => {
    const user = await issueClientCertificate(authority, {
      commonName: 'alice',
      nowMs: Date.now(),
      validityMs: DAY_MS,
    });
    const seen: unknown[] = [];
    const look: SocketAnswer = (incoming, outgoing) => {
      const socket = incoming.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } };
      seen.push(socket.getPeerCertificate().subject.CN, incoming.headersDistinct['impersonate-group']);
      whole(POD)(incoming, outgoing);
    };
    const { client } = await setting(
      [look],
      {
        tls: { certificateAuthority: authority.certificate },
        credentials: fixedCredential(user),
        headers: { 'impersonate-group': ['dev', 'ops'] },
      },
      { cert: serving.certificate, key: serving.privateKey, ca: authority.certificate, requestCert: true },
    );
    await client.get(PODS, REF);
    expect(seen).toEqual(['alice', ['dev', 'ops']]);
  });
});

test('a watch cache over sockets survives a reset in the middle of a character', async () => {
  const line = Buffer.from(
    `${JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'ä', namespace: 'shop', resourceVersion: '6' } } })}\n`,
  );
  const inCharacter = line.indexOf(Buffer.from('ä')) + 1;
  const split: SocketAnswer = (incoming, outgoing) => {
    outgoing.writeHead(200);
    outgoing.write(line.subarray(0, inCharacter), () => {
      outgoing.write(line.subarray(inCharacter), () => outgoing.write('{"type":"ADD', () => incoming.socket.destroy()));
    });
  };
  const rest = stalls(
    `${JSON.stringify({ type: 'DELETED', object: { metadata: { name: 'ä', namespace: 'shop', resourceVersion: '8' } } })}\n`,
  );
  const { server, transport, clock } = await setting([
    whole({ metadata: { resourceVersion: '5' }, items: [] }),
    split,
    rest,
  ]);
  const cache = createReflector<KubeObject, string>(
    { transport, ioClock: clock, userAgent: 'test', random: () => 0 },
    { type: PODS, project: (object) => object.metadata.name, isListStreamed: false },
  );
  const told: string[] = [];
  const gone = new Promise<void>((resolve) => {
    cache.subscribe({
      added: (key) => told.push(`+${key}`),
      deleted: (key) => {
        told.push(`-${key}`);
        resolve();
      },
    });
  });
  await cache.start();
  const driver = setInterval(() => clock.advanceBy(100), 1);
  await gone;
  clearInterval(driver);
  expect(told).toEqual(['+shop/ä', '-shop/ä']);
  expect(server.requests.slice(1).map((request) => /resourceVersion=(\d+)/.exec(request)?.[1])).toEqual(['5', '6']);
  await cache.stop();
});

test('ApiFailure carries the server’s reason', async () => {
  const { client } = await setting([refusal(404, 'NotFound', 'pods "a" not found')]);
  const failure = (await client.get(PODS, REF).catch((thrown) => thrown)) as ApiFailure;
  expect([failure.kind, failure.status, failure.reason, failure.message]).toEqual([
    'notFound',
    404,
    'NotFound',
    'pods "a" not found',
  ]);
});

/** The client's timers are set when the head of an answer has been read: nothing tells when, so it is given a moment. */
async function runUntilSettled(
  call: Promise<unknown>,
  server: Pick<FaultServer, 'received'>,
  clock: VirtualClock,
): Promise<void> {
  let isSettled = false;
  void call.finally(() => {
    isSettled = true;
  });
  await server.received(1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  while (!isSettled) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    clock.advanceBy(500);
  }
}

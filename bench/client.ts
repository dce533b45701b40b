import { type ChildProcess, fork } from 'node:child_process';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { createCertificateAuthority, issueServingCertificate } from '../src/platform/http/certificates.ts';
import { openListener } from '../src/platform/http/listener.ts';
import type { ResourceType } from '../src/platform/kube/client.ts';
import { fixedCredential } from '../src/platform/kube/credential.ts';
import { createKubeClient } from '../src/platform/kube/kube-client.ts';
import { createSocketTransport } from '../src/platform/kube/socket-transport.ts';
import { createSystemClock } from '../src/platform/time/system-clock.ts';

/**
 * Our client beside the official one, on the same TLS server in a process of its own: GETs of one Pod of 4 KB, one after the
 * other and sixteen at a time. `node bench/client.ts`
 */
const PODS: ResourceType = { group: '', version: 'v1', resource: 'pods', isNamespaced: true };
const REQUEST_COUNT = 2_000;

interface Serving {
  readonly url: string;
  readonly certificateAuthority: string;
  readonly process: ChildProcess;
}

interface Run {
  readonly name: string;
  readonly inFlightCount: number;
  readonly requestsPerSecond: number;
  readonly cpuMsPerRequest: number;
  readonly connectionCount: number;
}

if (process.argv[2] === 'serve') await serve();
else await measureAll();

async function serve(): Promise<void> {
  const subject = { nowMs: Date.now(), validityMs: 86_400_000 };
  const authority = await createCertificateAuthority({ commonName: 'bench-ca', ...subject });
  const tls = await issueServingCertificate(
    authority,
    { commonName: 'bench', ...subject },
    { dnsNames: ['localhost'], addresses: ['127.0.0.1'] },
  );
  const body = JSON.stringify({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: 'web', namespace: 'shop', annotations: { padding: 'x'.repeat(4_000) } },
    spec: { containers: [{ name: 'app', image: 'app' }] },
  });
  const sockets = new Set<unknown>();
  const listener = await openListener({
    handle: (request, incoming) => {
      if (new URL(request.url).pathname === '/connections') {
        const count = sockets.size;
        sockets.clear();
        return Response.json(count);
      }
      sockets.add(incoming.socket);
      return new Response(body, { headers: { 'content-type': 'application/json' } });
    },
    port: 0,
    ioClock: createSystemClock(),
    tls,
  });
  process.send?.({ url: listener.url, certificateAuthority: authority.certificate });
}

function startServer(): Promise<Serving> {
  const child = fork(process.argv[1] ?? '', ['serve']);
  return new Promise((resolve) =>
    child.once('message', (message) => resolve({ ...(message as Serving), process: child })),
  );
}

async function measureAll(): Promise<void> {
  const serving = await startServer();
  const transport = createSocketTransport({
    access: {
      server: serving.url,
      namespace: 'shop',
      tls: { certificateAuthority: serving.certificateAuthority },
      credentials: fixedCredential({ token: 't' }),
      headers: {},
    },
    ioClock: createSystemClock(),
  });
  const ours = createKubeClient({ transport, ioClock: createSystemClock(), userAgent: 'podtide-bench' });
  const official = officialClient(serving);
  const clients: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['podtide', () => ours.get(PODS, { namespace: 'shop', name: 'web' })],
    ['@kubernetes/client-node', () => official.readNamespacedPod({ namespace: 'shop', name: 'web' })],
  ];
  const countConnections = async (): Promise<number> => Number(await ours.getJson('/connections'));
  console.log('| client | in flight | requests/s | CPU ms per GET | connections |\n| --- | --- | --- | --- | --- |');
  for (const inFlightCount of [1, 16]) {
    for (const [name, get] of clients) {
      await repeat(get, 200, inFlightCount);
      await countConnections();
      print(await measure(name, get, inFlightCount, countConnections));
    }
  }
  await transport.close();
  serving.process.kill();
}

function officialClient(serving: Serving): CoreV1Api {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [
      { name: 'bench', server: serving.url, caData: Buffer.from(serving.certificateAuthority).toString('base64') },
    ],
    users: [{ name: 'bench', token: 't' }],
    contexts: [{ name: 'bench', cluster: 'bench', user: 'bench' }],
    currentContext: 'bench',
  });
  return config.makeApiClient(CoreV1Api);
}

async function measure(
  name: string,
  get: () => Promise<unknown>,
  inFlightCount: number,
  countConnections: () => Promise<number>,
): Promise<Run> {
  const cpuBefore = process.cpuUsage();
  const startedAtMs = performance.now();
  await repeat(get, REQUEST_COUNT, inFlightCount);
  const elapsedMs = performance.now() - startedAtMs;
  const cpu = process.cpuUsage(cpuBefore);
  return {
    name,
    inFlightCount,
    requestsPerSecond: (REQUEST_COUNT * 1000) / elapsedMs,
    cpuMsPerRequest: (cpu.user + cpu.system) / 1000 / REQUEST_COUNT,
    connectionCount: await countConnections(),
  };
}

async function repeat(get: () => Promise<unknown>, count: number, inFlightCount: number): Promise<void> {
  let left = count;
  const lane = async (): Promise<void> => {
    for (; left > 0; ) {
      left -= 1;
      await get();
    }
  };
  await Promise.all(Array.from({ length: inFlightCount }, lane));
}

function print(run: Run): void {
  const figures = [
    run.name,
    run.inFlightCount,
    Math.round(run.requestsPerSecond),
    run.cpuMsPerRequest.toFixed(3),
    run.connectionCount,
  ];
  console.log(`| ${figures.join(' | ')} |`);
}

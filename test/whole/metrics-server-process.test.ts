import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { connect } from 'node:tls';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseMetricsServerWords } from '../../src/app/config/metrics-server-config.ts';
import { type MetricsServerProcess, startMetricsServer } from '../../src/app/processes/metrics-server-process.ts';
import { type Log, SILENT_LOG } from '../../src/base/log.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { KubeletClient } from '../../src/metrics/kubelet/port.ts';
import { createCertificateAuthority, issueServingCertificate } from '../../src/platform/http/certificates.ts';
import { createHandleTransport } from '../../src/platform/kube/handle-transport.ts';
import type { KubeClientOptions } from '../../src/platform/kube/kube-client.ts';
import { createTelemetry } from '../../src/platform/telemetry/registry.ts';
import { ADMIN_TOKEN, STARTS_AT_MS, startApiServer, type TestedApiServer } from '../fixtures/api-server.ts';

const POOR_TOKEN = 'of-somebody-without-rights';
const PODS = '/apis/metrics.k8s.io/v1beta1/pods';
const NO_KUBELETS: KubeletClient = {
  urlOf: () => 'https://nowhere',
  fetch: () => Promise.reject(new Error('there are no nodes')),
  forget: () => {},
  close: async () => {},
};
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });

let clock: VirtualClock;
let tested: TestedApiServer;
let folder: string;
let server: MetricsServerProcess | undefined;
let warnings: string[];
/** Each request with the user agent that sent it. */
let requests: string[];

const log: Log = {
  ...SILENT_LOG,
  warn: (message, fields) => warnings.push(`${message}: ${fields?.['hint'] ?? ''}`),
  with: () => log,
};

beforeEach(async () => {
  clock = new VirtualClock({ startAtMs: STARTS_AT_MS, turn: () => setImmediate() });
  warnings = [];
  requests = [];
  folder = await mkdtemp(join(tmpdir(), 'podtide-'));
  tested = startApiServer({
    clock,
    ioClock: clock,
    tokens: {
      [ADMIN_TOKEN]: { name: 'admin', groups: ['system:masters'] },
      [POOR_TOKEN]: { name: 'poor', groups: ['system:authenticated'] },
    },
    faults: (each) => {
      requests.push(`${each.headers.get('user-agent')}: ${each.method} ${new URL(each.url).pathname}`);
      return undefined;
    },
  });
});

afterEach(async () => {
  await stopped();
  await rm(folder, { recursive: true });
});

async function stopped(): Promise<void> {
  const stopping = server?.stop();
  server = undefined;
  if (stopping !== undefined) await clock.runBy(60_000);
  await stopping;
}

function kube(userAgent: string, token = ADMIN_TOKEN): KubeClientOptions {
  const transport = createHandleTransport((each) => tested.apiServer.handle(each), {
    headers: { authorization: `Bearer ${token}` },
  });
  return { transport, ioClock: clock, userAgent, random: () => 0.5 };
}

async function start(words: readonly string[] = [], token = ADMIN_TOKEN): Promise<MetricsServerProcess> {
  const begun = parseMetricsServerWords([
    '--bind-address=127.0.0.1',
    '--secure-port=0',
    `--cert-dir=${folder}`,
    ...words,
  ]);
  if (begun.kind !== 'serve') throw new Error('nothing is served');
  server = await startMetricsServer({
    config: begun.config,
    client: kube('own', token),
    reviews: { authentication: kube('authentication', token), authorization: kube('authorization', token) },
    kubelets: NO_KUBELETS,
    clock,
    ioClock: clock,
    log,
    telemetry: createTelemetry(),
    version: {
      major: '0',
      minor: '1',
      gitVersion: 'v0.1.0',
      gitCommit: '',
      gitTreeState: '',
      buildDate: '',
      goVersion: '',
      compiler: '',
      platform: '',
    },
  });
  return server;
}

async function ask(path: string, token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await request(`${server?.url}${path}`, { dispatcher, headers });
  return { status: answer.statusCode, text: await answer.body.text() };
}

async function writePair(commonName: string, names: readonly [string, string]): Promise<readonly [string, string]> {
  const lifetime = { nowMs: Date.now(), validityMs: 86_400_000 };
  const authority = await createCertificateAuthority({ commonName: 'ca', ...lifetime });
  const subject = { commonName, ...lifetime };
  const pair = await issueServingCertificate(authority, subject, { dnsNames: [`${commonName}.test`], addresses: [] });
  const [certFile, keyFile] = [join(folder, names[0]), join(folder, names[1])];
  await writeFile(certFile, pair.certificate);
  await writeFile(keyFile, pair.privateKey);
  return [certFile, keyFile];
}

function shownName(servername: string): Promise<string> {
  const port = server?.port ?? 0;
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

test('an account without rights is told every rule that is missing, at once', async () => {
  await expect(start([], POOR_TOKEN)).rejects.toMatchObject({
    kind: 'denied',
    message:
      'this account may not: list nodes (nodes are not known), watch nodes (nodes are not known), list pods (pods are not known), watch pods (pods are not known), create subjectaccessreviews.authorization.k8s.io (nobody is let in)',
    hint: expect.stringMatching(
      /^a ClusterRole must grant rules: \[\{"apiGroups":\[""\],"resources":\["nodes"\],"verbs":\["list"\]\}/,
    ),
  });
});

test('files that are no pair are named, and nothing listens', async () => {
  const [certFile] = await writePair('one', ['one.crt', 'one.key']);
  const [, otherKey] = await writePair('other', ['other.crt', 'other.key']);
  await expect(start([`--tls-cert-file=${certFile}`, `--tls-private-key-file=${otherKey}`])).rejects.toMatchObject({
    kind: 'invalid',
    message: expect.stringContaining(`${certFile}, ${otherKey}: must be a certificate and its private key`),
  });
  await expect(start(['--client-ca-file=/no/such/file'])).rejects.toThrow('/no/such/file');
});

test('what is served: files of flags, those of --cert-dir, those for names, or one made here', async () => {
  await start();
  expect(await shownName('localhost')).toMatch(/metrics-server/);
  await stopped();

  await writePair('found', ['apiserver.crt', 'apiserver.key']);
  await start();
  expect(await shownName('localhost')).toBe('found');
  await stopped();

  const given = await writePair('given', ['given.crt', 'given.key']);
  const named = await writePair('named', ['named.crt', 'named.key']);
  await start([
    `--tls-cert-file=${given[0]}`,
    `--tls-private-key-file=${given[1]}`,
    `--tls-sni-cert-key=${named.join()}`,
  ]);
  expect([await shownName('localhost'), await shownName('named.test')]).toEqual(['given', 'named']);
});

test('each kind of review is asked where its flag says', async () => {
  await start();
  expect((await ask(PODS, ADMIN_TOKEN)).status).toBe(200);
  expect((await ask(PODS, POOR_TOKEN)).status).toBe(403);
  const reviews = requests.filter((text) => /\/(token|subjectaccess)reviews$/.test(text));
  expect(new Set(reviews)).toEqual(
    new Set([
      'authentication: POST /apis/authentication.k8s.io/v1/tokenreviews',
      'authorization: POST /apis/authorization.k8s.io/v1/subjectaccessreviews',
    ]),
  );
});

test('paths that were opened are open, and no others', async () => {
  await start(['--authorization-always-allow-paths=/livez,/metrics']);
  expect((await ask('/metrics')).status).toBe(200);
  expect((await ask('/readyz')).status).toBe(403);
});

test('at the end: not ready, requests taken for as long as the flag says, then none', async () => {
  await start(['--shutdown-delay-duration=20s', '--authorization-always-allow-paths=/livez,/readyz,/readyz/*']);
  const url = server?.url;
  expect((await ask('/readyz/shutdown')).text).toBe('ok');
  const stopping = server?.stop();
  expect(await ask('/readyz/shutdown')).toEqual({
    status: 500,
    text: 'internal server error: the process is about to end\n',
  });
  await clock.runBy(19_000);
  expect((await ask(PODS, ADMIN_TOKEN)).status).toBe(200);
  expect((await ask('/livez')).status).toBe(200);
  await clock.runBy(60_000);
  await stopping;
  await expect(request(`${url}/livez`, { dispatcher })).rejects.toThrow();
  server = undefined;
  expect(clock.timerCount).toBe(0);
});

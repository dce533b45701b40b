import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Log, SILENT_LOG } from '../../src/base/log.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { DEFAULT_FRONT_PROXY_HEADERS } from '../../src/platform/access/access-trust.ts';
import { keepAuthorities } from '../../src/platform/access/authority-keeper.ts';
import { openServingCertificate, serviceNames } from '../../src/platform/access/serving-certificate.ts';
import { followTrust, type TrustFlags, type TrustSource } from '../../src/platform/access/trust-source.ts';
import type { KeyPair } from '../../src/platform/http/certificates.ts';
import { createHandleTransport } from '../../src/platform/kube/handle-transport.ts';
import { createKubeClient, type KubeClientOptions } from '../../src/platform/kube/kube-client.ts';
import { ADMIN_TOKEN, STARTS_AT_MS, startApiServer, type TestedApiServer } from '../fixtures/api-server.ts';
import { authorityOf } from '../fixtures/client-certificates.ts';

const CONFIG_MAPS = '/api/v1/namespaces/kube-system/configmaps';
const CONFIG_MAP = `${CONFIG_MAPS}/extension-apiserver-authentication`;
const API_SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const SERVICE = { namespace: 'kube-system', name: 'metrics-server' };
const SECRET = { namespace: 'kube-system', name: 'serving' };
const POOR_TOKEN = 'of-somebody-without-rights';

let clock: VirtualClock;
let tested: TestedApiServer;
let complaints: string[];
let patchesCount: number;
let endings: (() => unknown)[];
let one: KeyPair;
let other: KeyPair;

const log: Log = {
  ...SILENT_LOG,
  warn: (message, fields) => complaints.push(`${message}: ${fields?.['error'] ?? ''} ${fields?.['hint'] ?? ''}`),
  with: () => log,
};

beforeAll(async () => {
  [one, other] = await Promise.all([authorityOf('one', STARTS_AT_MS), authorityOf('other', STARTS_AT_MS)]);
});

beforeEach(() => {
  clock = new VirtualClock({ startAtMs: STARTS_AT_MS, turn: () => setImmediate() });
  complaints = [];
  patchesCount = 0;
  endings = [];
  tested = startApiServer({
    clock,
    ioClock: clock,
    tokens: {
      [ADMIN_TOKEN]: { name: 'admin', groups: ['system:masters'] },
      [POOR_TOKEN]: { name: 'poor', groups: [] },
    },
    faults: (request) => {
      if (request.method === 'PATCH' && request.headers.get('user-agent') === 'podtide') patchesCount += 1;
      return undefined;
    },
  });
});

afterEach(async () => {
  for (const end of endings) await end();
});

function kubeOf(token = ADMIN_TOKEN): KubeClientOptions {
  const headers = { authorization: `Bearer ${token}` };
  const transport = createHandleTransport((request) => tested.apiServer.handle(request), { headers });
  return { transport, ioClock: clock, userAgent: 'podtide', random: () => 0, log };
}

async function until(isMet: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 20_000; turn++) {
    if (await isMet()) return;
    await setImmediate();
  }
  throw new Error('it never came');
}

describe('whom to trust', () => {
  async function trustOf(flags: TrustFlags = {}, token?: string): Promise<TrustSource> {
    const kube = kubeOf(token);
    const source = await followTrust({ flags, client: createKubeClient(kube), kube, ioClock: clock, log });
    endings.push(() => source.stop());
    return source;
  }

  const configMap = (data: Readonly<Record<string, string>>) => ({
    metadata: { name: 'extension-apiserver-authentication' },
    data,
  });
  const full = (front: KeyPair, users: KeyPair, names = '["front-proxy-client"]') => ({
    'client-ca-file': users.certificate,
    'requestheader-client-ca-file': front.certificate,
    'requestheader-allowed-names': names,
    'requestheader-username-headers': '["X-Remote-User"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
  });
  const shown = ({ current: { clients, frontProxy } }: TrustSource) => ({
    clients: nameOf(clients?.pem),
    front: nameOf(frontProxy?.authorities.pem),
  });
  const nameOf = (pem: string | undefined): string =>
    pem === undefined
      ? 'nobody'
      : [one, other]
          .map(({ certificate }, at) => (pem.includes(certificate.trim()) ? ['one', 'other'][at] : ''))
          .join('');

  test('the ConfigMap is read and followed; what breaks or goes leaves the last good trust, each kind by itself', async () => {
    await tested.send('POST', CONFIG_MAPS, { body: configMap(full(one, other)) });
    const source = await trustOf();
    const changes: unknown[] = [];
    source.subscribe(() => changes.push(shown(source)));
    expect([shown(source), source.current.frontProxy?.usernameHeaders, complaints]).toEqual([
      { clients: 'other', front: 'one' },
      ['X-Remote-User'],
      [],
    ]);
    await tested.send('PATCH', CONFIG_MAP, { body: { data: full(other, one) } });
    await until(() => changes.length === 1);
    const broken = { 'client-ca-file': other.certificate, 'requestheader-group-headers': 'X-Remote-Group' };
    await tested.send('PATCH', CONFIG_MAP, { body: { data: broken } });
    await until(() => changes.length === 2);
    await tested.send('DELETE', CONFIG_MAP);
    await until(() => complaints.length === 2);
    expect(changes).toEqual([
      { clients: 'one', front: 'other' },
      { clients: 'other', front: 'other' },
    ]);
    expect(complaints).toEqual([
      'whom to trust is not known in full: ConfigMap kube-system/extension-apiserver-authentication requestheader-group-headers: "X-Remote-Group" must be a JSON array of strings ',
      'the ConfigMap that says whom to trust is gone; what it said stays in force:  ',
    ]);
  });

  test('without the ConfigMap nobody is trusted, and each gap names the flag; it may come later', async () => {
    const source = await trustOf();
    expect(shown(source)).toEqual({ clients: 'nobody', front: 'nobody' });
    expect(complaints.map((text) => /--[a-z-]+/.exec(text)?.[0])).toEqual(
      ['--client-ca', '--requestheader-client-ca-file'].map((flag) => expect.stringContaining(flag)),
    );
    await tested.send('POST', CONFIG_MAPS, { body: configMap(full(one, other)) });
    await until(() => shown(source).front === 'one');
  });

  test('who may not read it is told which RoleBinding is missing, unless that is tolerated', async () => {
    await expect(trustOf({}, POOR_TOKEN)).rejects.toMatchObject({
      kind: 'denied',
      hint: expect.stringContaining('extension-apiserver-authentication-reader'),
    });
    expect(shown(await trustOf({ isLookupFailureTolerated: true }, POOR_TOKEN))).toEqual({
      clients: 'nobody',
      front: 'nobody',
    });
    expect(shown(await trustOf({ isLookupSkipped: true }, POOR_TOKEN))).toEqual({ clients: 'nobody', front: 'nobody' });
  });

  test('one authority for both and any name allowed: the front proxy is not believed before names are given', async () => {
    await tested.send('POST', CONFIG_MAPS, { body: configMap(full(one, one, '[]')) });
    const source = await trustOf();
    expect([shown(source), complaints]).toEqual([
      { clients: 'one', front: 'nobody' },
      [expect.stringContaining('--requestheader-allowed-names')],
    ]);
    await tested.send('PATCH', CONFIG_MAP, {
      body: { data: { 'requestheader-allowed-names': '["front-proxy-client"]' } },
    });
    await until(() => shown(source).front === 'one');
  });

  test('a file goes before the ConfigMap for its kind alone, and is read again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'podtide-trust-'));
    endings.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'ca.crt');
    await writeFile(file, one.certificate);
    await tested.send('POST', CONFIG_MAPS, { body: configMap(full(other, other)) });
    const source = await trustOf({ frontProxy: { ...DEFAULT_FRONT_PROXY_HEADERS, authorityFile: file } });
    expect([shown(source), source.current.frontProxy?.allowedNames]).toEqual([{ clients: 'other', front: 'one' }, []]);
    await writeFile(file, 'half of');
    await clock.runBy(30_000);
    expect([shown(source).front, complaints]).toEqual([
      'one',
      [expect.stringContaining('holds no certificate in PEM form')],
    ]);
    await writeFile(file, other.certificate);
    await clock.runBy(30_000);
    // The ConfigMap's users are of the same authority now, and any name is allowed.
    expect([shown(source).front, complaints.at(-1)]).toEqual(['nobody', expect.stringContaining('signs users too')]);
  });
});

describe('the serving certificate', () => {
  async function openOne(token?: string) {
    const certificate = await openServingCertificate({
      client: createKubeClient(kubeOf(token)),
      ioClock: clock,
      log,
      secret: SECRET,
      names: serviceNames(SERVICE),
      isPublished: () => true,
    });
    endings.push(() => certificate.stop());
    return certificate;
  }

  test('replicas that start together agree, and a later one takes over what is there', async () => {
    const replicas = await Promise.all([openOne(), openOne(), openOne()]);
    replicas.push(await openOne());
    expect(new Set(replicas.map(({ pair }) => pair.certificate)).size).toBe(1);
    expect(new Set(replicas.map(({ caBundle }) => caBundle)).size).toBe(1);
    expect(complaints).toEqual([]);
  });

  test('a Secret that somebody deletes or breaks is put back as it was', async () => {
    const certificate = await openOne();
    const path = `/api/v1/namespaces/${SECRET.namespace}/secrets/${SECRET.name}`;
    const { body } = await tested.send('GET', path);
    await tested.send('DELETE', path);
    await clock.runBy(60_000);
    expect((await tested.send('GET', path)).body.data).toEqual(body.data);
    await tested.send('PATCH', path, { body: { data: { 'ca.crt': '' } } });
    await clock.runBy(60_000);
    expect((await tested.send('GET', path)).body.data).toEqual(body.data);
    expect([certificate.pair.certificate, complaints]).toEqual([
      Buffer.from(body.data['tls.crt'], 'base64').toString(),
      [],
    ]);
  });

  test('without the right to the Secret there is a certificate all the same, and a warning with the rules', async () => {
    const certificate = await openOne(POOR_TOKEN);
    expect(certificate.pair.certificate).toContain('BEGIN CERTIFICATE');
    await clock.runBy(120_000);
    expect(complaints).toEqual([
      expect.stringContaining(
        'a Role in kube-system must grant rules: [{"apiGroups":[""],"resources":["secrets"],"verbs":["create"]},{"apiGroups":[""],"resources":["secrets"],"resourceNames":["serving"],"verbs":["get","update"]}]',
      ),
    ]);
  });
});

describe('the authority in our APIServices', () => {
  const NAME = 'v1beta1.metrics.k8s.io';
  const apiService = (service: unknown = { ...SERVICE, port: 443 }) => ({
    metadata: { name: NAME },
    spec: {
      group: 'metrics.k8s.io',
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service,
    },
  });

  function keep(token?: string) {
    const kube = kubeOf(token);
    const keeper = keepAuthorities({
      client: createKubeClient(kube),
      kube,
      ioClock: clock,
      log,
      apiServices: [NAME],
      service: SERVICE,
      random: () => 0,
    });
    endings.push(() => keeper.stop());
    return keeper;
  }

  const spec = async () => {
    const { caBundle, insecureSkipTLSVerify } = (await tested.send('GET', `${API_SERVICES}/${NAME}`)).body.spec;
    return [caBundle, insecureSkipTLSVerify ?? false];
  };
  const isRight = async (text: string): Promise<boolean> => {
    const [caBundle, isSkipped] = await spec();
    return caBundle === Buffer.from(text).toString('base64') && isSkipped === false;
  };

  test('is put there when the APIService comes, together with the end of unverified calls, and again when it changes', async () => {
    const keeper = keep();
    keeper.publish('first');
    await tested.send('POST', API_SERVICES, { body: apiService() });
    // The server writes the new APIService's status meanwhile, which the first patch conflicts with.
    await until(() => patchesCount === 1);
    await clock.runBy(2_000);
    await until(() => isRight('first'));
    await until(() => keeper.isPublished('first'));
    expect(keeper.isPublished('second')).toBe(false);
    keeper.publish('second');
    await clock.runBy(2_000);
    await until(() => isRight('second'));
    await clock.runBy(60_000);
    await tested.send('PATCH', `${API_SERVICES}/${NAME}`, {
      body: { spec: { caBundle: null, insecureSkipTLSVerify: true } },
    });
    await until(() => isRight('second'));
    expect([patchesCount, complaints]).toEqual([4, []]);
  });

  test('somebody who keeps writing something else is not answered write for write', async () => {
    await tested.send('POST', API_SERVICES, { body: apiService() });
    const keeper = keep();
    keeper.publish('ours');
    await until(() => isRight('ours'));
    for (let second = 0; second < 300; second++) {
      await tested.send('PATCH', `${API_SERVICES}/${NAME}`, { body: { spec: { caBundle: 'dGhlaXJz' } } });
      await clock.runBy(1_000);
    }
    expect(patchesCount).toBeGreaterThan(3);
    expect(patchesCount).toBeLessThan(15);
  });

  test('an APIService of another server is left alone', async () => {
    await tested.send('POST', API_SERVICES, {
      body: apiService({ namespace: 'monitoring', name: 'theirs', port: 443 }),
    });
    const keeper = keep();
    keeper.publish('ours');
    await until(() => complaints.length > 0);
    expect([await spec(), patchesCount, complaints.length]).toEqual([[undefined, true], 0, 1]);
    expect(keeper.isPublished('ours')).toBe(true);
  });

  test('without the right nothing crashes, and a warning has the rule', async () => {
    await tested.send('POST', API_SERVICES, { body: apiService() });
    keep(POOR_TOKEN).publish('ours');
    const rule =
      'rules: [{"apiGroups":["apiregistration.k8s.io"],"resources":["apiservices"],"resourceNames":["v1beta1.metrics.k8s.io"],"verbs":["get","list","watch","patch"]}]';
    await until(() => complaints.some((text) => text.includes(rule)));
    expect((await spec())[1]).toBe(true);
  });
});

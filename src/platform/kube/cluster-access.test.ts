import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXEC_CREDENTIAL_BYTES_MAX } from '../../base/limits.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { type ClusterAccess, inClusterAccess, kubeconfigAccess } from './cluster-access.ts';

let folder: string;
let clock: VirtualClock;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-'));
  clock = new VirtualClock({ startAtMs: Date.UTC(2030, 0, 1) });
});

afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** A kubeconfig with one cluster, user and context, all of the same name. */
function config(name: string, cluster: object, user: object, context: object = {}): string {
  return JSON.stringify({
    'current-context': name,
    clusters: [{ name, cluster: { server: 'https://api.test:6443', ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, ...context } }],
  });
}

async function access(texts: readonly string[], options: object = {}): Promise<ClusterAccess> {
  const paths = await Promise.all(texts.map((text, index) => write(`config-${index}`, text)));
  return kubeconfigAccess({
    paths,
    ioClock: clock,
    environment: { PATH: process.env['PATH'], FROM_PARENT: 'yes' },
    ...options,
  });
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('a kubeconfig', () => {
  test('of every kind of entry', async () => {
    await write('ca.crt', 'CA PEM');
    await write('client.crt', 'CERT PEM');
    const found = await access([
      config(
        'dev',
        {
          'certificate-authority': 'ca.crt',
          'tls-server-name': 'api.internal',
          'proxy-url': 'http://proxy:3128',
          server: 'https://api.test/base/',
        },
        { 'client-certificate': 'client.crt', 'client-key-data': base64('KEY PEM'), as: 'alice', 'as-groups': ['dev'] },
        { namespace: 'shop' },
      ),
    ]);
    expect({ ...found, credentials: await found.credentials.current() }).toEqual({
      server: 'https://api.test/base',
      namespace: 'shop',
      tls: { certificateAuthority: 'CA PEM', serverName: 'api.internal' },
      proxyUrl: new URL('http://proxy:3128'),
      credentials: { certificate: 'CERT PEM', privateKey: 'KEY PEM' },
      headers: { 'impersonate-user': 'alice', 'impersonate-group': ['dev'] },
    });
  });

  test('in several files: the first that has a name rules, a missing file is passed over, YAML is read', async () => {
    const first =
      'current-context: ""\ncontexts:\n- name: two\n  context: {cluster: two, user: two, namespace: from-first}\n';
    const paths = [
      join(folder, 'missing'),
      await write('a', first),
      await write('b', config('two', {}, { token: 't2' }, { namespace: 'from-second' })),
    ];
    const found = await kubeconfigAccess({ paths, ioClock: clock });
    expect([found.namespace, await found.credentials.current(), found.server]).toEqual([
      'from-first',
      { token: 't2' },
      'https://api.test:6443',
    ]);
  });

  const refused: readonly { why: string; text: string; options?: object; message: string; kind: string }[] = [
    { why: 'no context', text: 'clusters: []', message: 'kubeconfig: no current context', kind: 'invalid' },
    {
      why: 'unknown context',
      text: config('a', {}, {}),
      options: { context: 'b' },
      message: 'kubeconfig: context "b" does not exist',
      kind: 'notFound',
    },
    {
      why: 'unknown cluster',
      text: config('a', {}, {}, { cluster: 'c' }),
      message: 'kubeconfig: cluster "c" does not exist',
      kind: 'notFound',
    },
    {
      why: 'no server',
      text: config('a', { server: '' }, {}),
      message: 'kubeconfig: cluster "a": server "" is no http or https URL',
      kind: 'invalid',
    },
    {
      why: 'a password',
      text: config('a', {}, { username: 'u', password: 'p' }),
      message: 'kubeconfig: user "a": username and password are not accepted by any supported API server',
      kind: 'invalid',
    },
    {
      why: 'an auth provider',
      text: config('a', {}, { 'auth-provider': { name: 'gcp' } }),
      message: 'kubeconfig: user "a": auth-provider was removed in Kubernetes 1.26',
      kind: 'invalid',
    },
    {
      why: 'an old credential plugin',
      text: config('a', {}, { exec: { apiVersion: 'client.authentication.k8s.io/v1alpha1', command: 'x' } }),
      message:
        'kubeconfig: user "a": exec apiVersion "client.authentication.k8s.io/v1alpha1" is neither client.authentication.k8s.io/v1 nor client.authentication.k8s.io/v1beta1',
      kind: 'invalid',
    },
    { why: 'a list that is none', text: 'clusters: {}', message: 'clusters must be a list', kind: 'invalid' },
    { why: 'broken YAML', text: 'clusters: [', message: 'Flow sequence', kind: 'invalid' },
  ];
  for (const row of refused) {
    test(`refused: ${row.why}`, async () => {
      const failure = await access([row.text], row.options).then(
        () => undefined,
        (thrown) => thrown,
      );
      expect([failure?.kind, failure?.message]).toEqual([row.kind, expect.stringContaining(row.message)]);
    });
  }

  test.each([
    { of: 'of most commands', options: {}, hint: 'with --kubeconfig or KUBECONFIG' },
    { of: 'of this one', options: { flag: '--lister-kubeconfig' }, hint: 'with --lister-kubeconfig or KUBECONFIG' },
  ])('no file at all: the flag $of is named', async ({ options, hint }) => {
    await expect(kubeconfigAccess({ paths: [join(folder, 'none')], ioClock: clock, ...options })).rejects.toMatchObject(
      { kind: 'notFound', hint: expect.stringContaining(hint) },
    );
  });
});

test('a pod’s ServiceAccount, its token read again as it rotates', async () => {
  await Promise.all([write('ca.crt', 'CA'), write('namespace', 'podtide-system\n'), write('token', 'one\n')]);
  const found = await inClusterAccess({ host: 'fd00::1', port: '443', ioClock: clock, folder });
  expect([found.server, found.namespace, found.tls]).toEqual([
    'https://[fd00::1]:443',
    'podtide-system',
    { certificateAuthority: 'CA' },
  ]);
  expect(await found.credentials.current()).toEqual({ token: 'one' });
  await write('token', 'two\n');
  clock.advanceBy(59_999);
  expect(await found.credentials.current()).toEqual({ token: 'one' });
  clock.advanceBy(1);
  expect(await found.credentials.current()).toEqual({ token: 'two' });
  await write('token', 'three\n');
  expect(await found.credentials.renew({ token: 'two' })).toBe(true);
  expect(await found.credentials.renew({ token: 'three' })).toBe(false);
});

describe('an exec credential', () => {
  const V1 = 'client.authentication.k8s.io/v1';

  /** A plugin that counts its runs, writes down what it was told, and answers with this status. */
  async function plugin(status: string, apiVersion = V1): Promise<object> {
    const path = await write(
      'plugin',
      `#!/bin/sh\ncd "${folder}"\necho run >> runs\nprintf '%s' "$KUBERNETES_EXEC_INFO" > info\nprintf '%s' "$FROM_PARENT $OWN $1" > env\ncat <<END\n{"apiVersion":"${apiVersion}","kind":"ExecCredential","status":${status}}\nEND\n`,
    );
    await chmod(path, 0o755);
    return {
      apiVersion: V1,
      command: './plugin',
      args: ['arg'],
      env: [{ name: 'OWN', value: 'mine' }],
      interactiveMode: 'Never',
      provideClusterInfo: true,
    };
  }

  const runCount = async (): Promise<number> =>
    (await readFile(join(folder, 'runs'), 'utf8')).trim().split('\n').length;

  test('is run once until it expires, with the environment, the arguments and the cluster', async () => {
    const exec = await plugin('{"token":"t","expirationTimestamp":"2030-01-01T00:10:00Z"}');
    const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'x' } }];
    const found = await access([config('a', { 'certificate-authority-data': base64('CA'), extensions }, { exec })]);
    const both = await Promise.all([found.credentials.current(), found.credentials.current()]);
    expect([both, await runCount()]).toEqual([[{ token: 't' }, { token: 't' }], 1]);
    expect(await readFile(join(folder, 'env'), 'utf8')).toBe('yes mine arg');
    expect(JSON.parse(await readFile(join(folder, 'info'), 'utf8'))).toEqual({
      kind: 'ExecCredential',
      apiVersion: V1,
      spec: {
        interactive: false,
        cluster: {
          server: 'https://api.test:6443',
          'certificate-authority-data': base64('CA'),
          config: { audience: 'x' },
        },
      },
    });
    clock.advanceBy(589_999);
    await found.credentials.current();
    expect(await runCount()).toBe(1);
    clock.advanceBy(1);
    const renewed = await found.credentials.current();
    expect(await runCount()).toBe(2);
    expect(await found.credentials.renew(renewed)).toBe(true);
    expect(await runCount()).toBe(3);
  });

  test('may be a client certificate', async () => {
    const exec = await plugin('{"clientCertificateData":"CERT","clientKeyData":"KEY"}');
    const found = await access([config('a', {}, { exec })]);
    expect(await found.credentials.current()).toEqual({ certificate: 'CERT', privateKey: 'KEY' });
  });

  const faults: readonly { why: string; exec: () => Promise<object>; message: string; hint?: string }[] = [
    {
      why: 'not installed',
      exec: async () => ({
        apiVersion: V1,
        command: 'no-such-plugin',
        interactiveMode: 'Never',
        installHint: 'install it',
      }),
      message: 'getting credentials: exec: executable no-such-plugin not found',
      hint: 'install it',
    },
    {
      why: 'fails',
      exec: async () => ({ apiVersion: V1, command: 'false', interactiveMode: 'Never' }),
      message: 'getting credentials: exec: executable false failed with exit code 1',
    },
    { why: 'nothing in it', exec: () => plugin('{}'), message: 'plugin returned neither a token nor a certificate' },
    {
      why: 'half a certificate',
      exec: () => plugin('{"clientKeyData":"KEY"}'),
      message: 'plugin returned only certificate or key, not both',
    },
    {
      why: 'another version',
      exec: () => plugin('{"token":"t"}', 'v9'),
      message: `configured to use API version ${V1}, plugin returned version v9`,
    },
    {
      why: 'a wrong time',
      exec: () => plugin('{"token":"t","expirationTimestamp":"soon"}'),
      message: 'expirationTimestamp "soon" is no RFC 3339 time',
    },
    {
      why: 'talks without end',
      exec: async () => ({ apiVersion: V1, command: 'yes', interactiveMode: 'Never' }),
      message: `executable yes wrote more than ${EXEC_CREDENTIAL_BYTES_MAX} bytes`,
    },
    {
      why: 'needs a person',
      exec: async () => ({ apiVersion: V1, command: 'true', interactiveMode: 'Always' }),
      message: 'exec plugin true needs a person, but standard input is no terminal',
    },
  ];
  for (const row of faults) {
    test(`that cannot be used: ${row.why}`, async () => {
      const found = await access([config('a', {}, { exec: await row.exec() })]);
      const failure = await found.credentials.current().catch((thrown) => thrown);
      expect([failure.message, failure.hint]).toEqual([expect.stringContaining(row.message), row.hint]);
    });
  }
});

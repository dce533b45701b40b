import { chmod, mkdtemp, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { SECRET_BYTES_MAX } from '../../base/sink-limits.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { KubeClient } from '../../platform/kube/client.ts';
import { KnownSecrets } from '../../platform/telemetry/known-secrets.ts';
import { robotUrl, Secret, SecretUrl } from './secret.ts';
import { createSecretSource, type SecretSourceOptions } from './secret-source.ts';

const SIGNAL = new AbortController().signal;
const NOBODY_UID = 65_534;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-secrets-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('what is secret does not show itself', () => {
  const secret = new Secret('the-canary-secret');
  const byQuery = new SecretUrl(new URL('https://oapi.dingtalk.com/robot/send?access_token=the-canary-token'));
  const byPath = new SecretUrl(new URL('https://hooks.slack.com/services/T0/B0/the-canary-path'));
  const rows: readonly [why: string, value: unknown, shown: string][] = [
    ['a secret', secret, '***'],
    ['a URL with a query', byQuery, 'https://oapi.dingtalk.com/robot/send?access_token=***'],
    ['a URL whose path is the secret', byPath, 'https://hooks.slack.com/***'],
    ['a URL without either', new SecretUrl(new URL('https://x.example')), 'https://x.example/'],
  ];
  test.each(rows)('%s', (_why, value, shown) => {
    expect(`${value}`).toBe(shown);
    expect(JSON.stringify({ value })).toBe(JSON.stringify({ value: shown }));
    expect(inspect({ value }, { showHidden: true })).toContain(shown);
    expect(inspect({ value }, { showHidden: true, depth: 9 })).not.toContain('canary');
    expect(JSON.stringify(Object.entries(value as object))).not.toContain('canary');
  });

  test('but can be had', () => {
    expect(secret.reveal()).toBe('the-canary-secret');
    expect(byQuery.reveal().searchParams.get('access_token')).toBe('the-canary-token');
    expect(secret.fingerprint()).toMatch(/^[0-9a-f]{16}$/);
    expect(new Secret('the-canary-secret').fingerprint()).toBe(secret.fingerprint());
    expect(new Secret('the-canary-secre').fingerprint()).not.toBe(secret.fingerprint());
  });

  test('a copy of a URL is changed, not the URL', () => {
    byQuery.reveal().searchParams.set('sign', 'x');
    expect(byQuery.toString()).not.toContain('sign');
  });

  test.each([
    ['a URL', 'https://x.example/?key=k1', 'https://x.example/?key=k1'],
    ['a credential alone', 'k1-credential', 'https://v.example/?key=k1-credential'],
  ])('a robot is known by %s', (_why, text, url) => {
    const complete = (key: string) => new URL(`https://v.example/?key=${key}`);
    expect(robotUrl(new Secret(text), 'file', complete).reveal().href).toBe(url);
  });

  test.each(['two words', 'https://', 'http:// x'])('%j is neither, and is not shown', (text) => {
    const complete = (key: string) => new URL(`https://v.example/?key=${key}`);
    expect(() => robotUrl(new Secret(text), '/etc/ding', complete)).toThrow(/^\/etc\/ding: (neither|no URL)/);
  });
});

describe('secrets by reference', () => {
  function source(options: Partial<SecretSourceOptions> = {}) {
    const clock = new VirtualClock();
    const known = new KnownSecrets();
    const failures: string[] = [];
    const made = createSecretSource({
      ioClock: clock,
      known,
      onFailure: ({ message }) => failures.push(message),
      ...options,
    });
    const read = async (ref: Parameters<typeof made.read>[0]) => {
      const { newest, previous } = await made.read(ref, SIGNAL);
      return [newest.reveal(), ...(previous === undefined ? [] : [previous.reveal()])];
    };
    return { clock, known, failures, read };
  }

  test('a file is what it is now; what it was is known for ten minutes more', async () => {
    const file = join(folder, 'token');
    const { clock, known, read } = source();
    await writeFile(file, 'first-value\n');
    expect(await read({ file })).toEqual(['first-value']);
    await writeFile(file, ' second-value \r\n\n');
    expect(await read({ file })).toEqual(['second-value', 'first-value']);
    clock.advanceBy(599_999);
    expect(await read({ file })).toEqual(['second-value', 'first-value']);
    clock.advanceBy(1);
    expect(await read({ file })).toEqual(['second-value']);
    expect(known.redact('first-value, second-value')).toBe('***, ***');
  });

  test('two lines are two values for as long as both are there', async () => {
    const file = join(folder, 'secret');
    const { clock, read } = source();
    await writeFile(file, 'newer-value\nolder-value\n');
    expect(await read({ file })).toEqual(['newer-value', 'older-value']);
    clock.advanceBy(86_400_000);
    expect(await read({ file })).toEqual(['newer-value', 'older-value']);
  });

  test('a mounted Secret changes by its link', async () => {
    const { read } = source();
    await writeFile(join(folder, 'one'), 'value-one');
    await writeFile(join(folder, 'two'), 'value-two');
    const file = join(folder, 'link');
    await symlink('one', file);
    expect(await read({ file })).toEqual(['value-one']);
    await unlink(file);
    await symlink('two', file);
    expect(await read({ file })).toEqual(['value-two', 'value-one']);
  });

  test('what can no longer be read is used on, and told of', async () => {
    const file = join(folder, 'token');
    const { failures, read } = source();
    await writeFile(file, 'the-value');
    await read({ file });
    await unlink(file);
    expect(await read({ file })).toEqual(['the-value']);
    await read({ file });
    expect(failures).toEqual([expect.stringContaining(`${file}: ENOENT`)]);
    await writeFile(file, 'the-value');
    await read({ file });
    // As a file is while somebody writes it.
    await writeFile(file, '');
    expect(await read({ file })).toEqual(['the-value']);
    expect(failures.slice(1)).toEqual([`${file}: empty`]);
  });

  const refused: readonly [why: string, text: string | undefined, kind: string, words: string][] = [
    ['nothing there', undefined, 'notFound', 'ENOENT'],
    ['nothing in it', ' \n\n', 'invalid', 'empty'],
    ['a value that is in every text', 'abc', 'invalid', 'at least 6 characters'],
    ['three values', 'value-1\nvalue-2\nvalue-3', 'invalid', 'at most two lines'],
    ['too much', 'x'.repeat(SECRET_BYTES_MAX + 1), 'invalid', `more than ${SECRET_BYTES_MAX} bytes`],
    ['no text', Buffer.from([0xc3, 0x28, 1, 2, 3, 4]).toString('latin1'), 'invalid', 'no UTF-8 text'],
  ];
  test.each(refused)('%s is refused, and named', async (_why, text, kind, words) => {
    const file = join(folder, 'token');
    if (text !== undefined) await writeFile(file, text, 'latin1');
    const thrown = await source()
      .read({ file })
      .catch((failure: unknown) => failure);
    expect(thrown).toBeInstanceOf(Failure);
    expect(thrown).toMatchObject({ kind, message: expect.stringContaining(words) });
    expect((thrown as Failure).message).toContain(file);
    expect((thrown as Failure).hint).toBe(
      text === undefined ? 'put the secret into this file, in a line of its own' : undefined,
    );
  });

  test('as much as may be is taken', async () => {
    const file = join(folder, 'token');
    await writeFile(file, 'x'.repeat(SECRET_BYTES_MAX));
    expect((await source().read({ file }))[0]).toHaveLength(SECRET_BYTES_MAX);
  });

  test('a file of others is denied', async () => {
    const file = join(folder, 'token');
    await writeFile(file, 'the-value');
    await chmod(file, 0);
    // The superuser may read any file, and so is nobody for a moment.
    const isSuperuser = process.getuid?.() === 0;
    if (isSuperuser) process.seteuid?.(NOBODY_UID);
    try {
      await expect(source().read({ file })).rejects.toMatchObject({
        kind: 'denied',
        hint: expect.stringContaining('let the account'),
      });
    } finally {
      if (isSuperuser) process.seteuid?.(0);
    }
  });

  test('a Secret of the cluster is asked for twice a minute at most', async () => {
    const asked: unknown[] = [];
    let value = 'cluster-value';
    const client = {
      get: async (type: unknown, ref: unknown) => {
        asked.push(type, ref);
        return { metadata: {}, data: { token: Buffer.from(value).toString('base64') } };
      },
    } as unknown as Pick<KubeClient, 'get'>;
    const { clock, read } = source({ kube: { client, namespace: 'podtide' } });
    const ref = { secretName: 'ding', secretKey: 'token' };
    expect(await read(ref)).toEqual(['cluster-value']);
    value = 'renewed-value';
    clock.advanceBy(29_999);
    expect(await read(ref)).toEqual(['cluster-value']);
    clock.advanceBy(1);
    expect(await read(ref)).toEqual(['renewed-value', 'cluster-value']);
    const secrets = { group: '', version: 'v1', resource: 'secrets', isNamespaced: true };
    expect(asked).toEqual([
      secrets,
      { namespace: 'podtide', name: 'ding' },
      secrets,
      { namespace: 'podtide', name: 'ding' },
    ]);
    await expect(read({ ...ref, namespace: 'other', secretKey: 'none' })).rejects.toThrow(
      'Secret other/ding, key none: the Secret has no such key',
    );
    await expect(source().read(ref)).rejects.toThrow('Secret ding, key token: there is no cluster to read Secrets of');
  });

  test('a URL is known by its parts too', async () => {
    const file = join(folder, 'url');
    const { known, read } = source();
    await writeFile(file, 'https://hooks.example.com/services/T0/part-of-the-canary?key=query-canary');
    await read({ file });
    expect(known.redact('POST /services/T0/part-of-the-canary?key=query-canary failed')).toBe(
      'POST /services/T0/***?key=*** failed',
    );
    expect(known.redact('services')).toBe('services');
  });

  test.each([
    {
      why: 'as it stands there and as it is meant',
      password: 'canary%2Dword',
      shown: ['canary%2Dword', 'canary-word'],
    },
    { why: 'also with an escape that is none', password: 'canary%zzword', shown: ['canary%zzword'] },
  ])('the password in a URL is known: $why', async ({ password, shown }) => {
    const file = join(folder, 'url');
    const { known, read } = source();
    await writeFile(file, `https://li:${password}@hooks.example.com/`);
    await read({ file });
    expect(shown.map((text) => known.redact(`user li, password ${text}`))).toEqual(
      shown.map(() => 'user li, password ***'),
    );
  });
});

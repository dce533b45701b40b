import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ADMIN_TOKEN, startApiServer } from '../../../test/fixtures/api-server.ts';
import { type Log, SILENT_LOG } from '../../base/log.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { Pod } from '../../lab/world/objects.ts';
import { createHandleTransport } from '../../platform/kube/handle-transport.ts';
import { createKubeClient } from '../../platform/kube/kube-client.ts';
import { makeContainerRoot } from './container-root.ts';

/** Four fifths of a token's life; no further, because time that is virtual would run out for the call as well. */
const RENEWAL_MS = 0.8 * 3_607_000;
const RETRY_MS = 60_000;

function stage() {
  const clock = new VirtualClock({ startAtMs: Date.UTC(2026, 0, 1) });
  const tested = startApiServer({ clock, ioClock: clock });
  const transport = createHandleTransport((request) => tested.apiServer.handle(request), {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  const warnings: string[] = [];
  const log: Log = { ...SILENT_LOG, warn: (message) => void warnings.push(message) };
  const client = createKubeClient({ transport, ioClock: clock, userAgent: 'kubelet/v1', random: () => 0.5 });
  const make = (spec: object = {}) =>
    makeContainerRoot(
      { metadata: { namespace: 'kube-system', name: 'ms' }, spec: { containers: [], ...spec } } as Pod,
      {
        client,
        containerName: 'ms',
        authorityCertificate: 'PEM',
        ioClock: clock,
        log,
      },
    );
  const userOf = async (folder: string) => {
    const token = await readFile(join(folder, 'token'), 'utf8');
    const answer = await tested.send('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
      body: { spec: { token } },
    });
    return answer.body.status.user?.username;
  };
  return { clock, make, userOf, warnings, send: tested.send };
}

test('a container has the token, the authority and the namespace of its pod, and nothing when it is gone', async () => {
  const { make, userOf, send } = stage();
  await send('POST', '/api/v1/namespaces/kube-system/serviceaccounts', { body: { metadata: { name: 'reader' } } });
  const root = await make({ serviceAccountName: 'reader' });
  expect(await userOf(root.accountFolder)).toBe('system:serviceaccount:kube-system:reader');
  expect(await readFile(join(root.accountFolder, 'ca.crt'), 'utf8')).toBe('PEM');
  expect(await readFile(join(root.accountFolder, 'namespace'), 'utf8')).toBe('kube-system');
  expect((await stat(join(root.accountFolder, 'token'))).mode & 0o777).toBe(0o600);
  expect(await readdir(root.folder)).toEqual(['var']);
  await root.remove();
  expect(existsSync(root.folder)).toBe(false);
});

test('a pod that names no account has the default one; one that wants no token has no files', async () => {
  const { make, userOf } = stage();
  const root = await make();
  expect(await userOf(root.accountFolder)).toBe('system:serviceaccount:kube-system:default');
  await root.remove();
  const bare = await make({ automountServiceAccountToken: false });
  expect(await readdir(bare.folder)).toEqual([]);
  await bare.remove();
});

test('without its account it is not made, in a kubelet’s words', async () => {
  const { make } = stage();
  await expect(make({ serviceAccountName: 'nobody' })).rejects.toMatchObject({
    kind: 'notFound',
    message:
      'MountVolume.SetUp failed for volume "kube-api-access" : failed to fetch token: serviceaccounts "nobody" not found',
  });
});

test('its token is another one before it ends, for as long as the container is there', async () => {
  const { clock, make, userOf } = stage();
  const timerCount = clock.timerCount;
  const root = await make();
  const first = await readFile(join(root.accountFolder, 'token'), 'utf8');
  await clock.runBy(RENEWAL_MS);
  await expect.poll(() => readFile(join(root.accountFolder, 'token'), 'utf8')).not.toBe(first);
  await clock.runBy(15 * 60_000);
  expect(await userOf(root.accountFolder)).toBe('system:serviceaccount:kube-system:default');
  await root.remove();
  expect(clock.timerCount).toBe(timerCount);
});

test('a token that cannot be had is asked for again, and said', async () => {
  const { clock, make, send, warnings, userOf } = stage();
  const accounts = '/api/v1/namespaces/kube-system/serviceaccounts';
  const account = { body: { metadata: { name: 'reader' } } };
  await send('POST', accounts, account);
  const root = await make({ serviceAccountName: 'reader' });
  await send('DELETE', `${accounts}/reader`);
  await clock.runBy(RENEWAL_MS);
  await expect.poll(() => warnings).toEqual(['the token of a pod was not renewed']);
  await send('POST', accounts, account);
  await clock.runBy(RETRY_MS);
  await expect.poll(() => userOf(root.accountFolder)).toBe('system:serviceaccount:kube-system:reader');
  await root.remove();
});

import { request as httpsRequest } from 'node:https';
import { afterEach, beforeAll, expect, test } from 'vitest';
import {
  createCertificateAuthority,
  issueClientCertificate,
  type KeyPair,
} from '../../../../platform/http/certificates.ts';
import { createSystemClock } from '../../../../platform/time/system-clock.ts';
import type { User } from '../../../apiserver/authentication.ts';
import { KUBELET_PORT, type KubeletListener, openKubeletListener } from './kubelet-listener.ts';

const LIFETIME = { nowMs: Date.now(), validityMs: 3_600_000 };
const CLOCK = createSystemClock();

let authority: KeyPair;
let stranger: KeyPair;
beforeAll(async () => {
  authority = await createCertificateAuthority({ commonName: 'lab-ca', ...LIFETIME });
  stranger = await createCertificateAuthority({ commonName: 'other-ca', ...LIFETIME });
});

const open: KubeletListener[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close()));
});

async function listen(address: string): Promise<KubeletListener> {
  const listener = await openKubeletListener({
    nodeName: 'node-1',
    address,
    authority,
    ioClock: CLOCK,
    handle: async (_request, client) => Response.json(client ?? null),
  });
  open.push(listener);
  return listener;
}

/** Who a kubelet says that one is; the serving certificate is verified by the address, or by a name. */
function ask(
  { address, port }: KubeletListener,
  identity: Partial<KeyPair> = {},
  servername?: string,
): Promise<User | null> {
  return new Promise((resolve, reject) => {
    const options = {
      host: address,
      port,
      ca: authority.certificate,
      ...(identity.certificate === undefined ? {} : { cert: identity.certificate, key: identity.privateKey }),
      ...(servername === undefined ? {} : { servername }),
      agent: false,
    };
    const sent = httpsRequest(options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8'))));
    });
    sent.on('error', reject);
    sent.end();
  });
}

test('a client certificate of the lab’s authority is a user with groups, any other is nobody', async () => {
  const listener = await listen('127.0.73.1');
  const subject = { commonName: 'system:serviceaccount', organizations: ['a', 'b'], ...LIFETIME };
  expect(await ask(listener, await issueClientCertificate(authority, subject))).toEqual({
    name: 'system:serviceaccount',
    groups: ['a', 'b', 'system:authenticated'],
  });
  expect(await ask(listener, await issueClientCertificate(stranger, subject))).toBeNull();
  expect(await ask(listener)).toBeNull();
});

test('the serving certificate carries the node’s name and address', async () => {
  const listener = await listen('127.0.73.2');
  expect(await ask(listener, {}, 'node-1')).toBeNull();
  await expect(ask(listener, {}, 'node-2')).rejects.toThrow('altnames');
});

test('where the address or the port is not to be had, the kubelet takes a port of its own', async () => {
  // Documentation's addresses are nobody's: RFC 5737.
  const listener = await listen('192.0.2.1');
  expect(listener.address).toBe('127.0.0.1');
  expect(listener.port).not.toBe(KUBELET_PORT);
  expect(await ask(listener)).toBeNull();
  const first = await listen('127.0.73.3');
  const second = await listen('127.0.73.3');
  expect(new Set([first, second].map(({ address, port }) => `${address}:${port}`)).size).toBe(2);
  expect(await ask(second)).toBeNull();
});

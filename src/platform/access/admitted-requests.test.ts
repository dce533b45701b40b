import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createGuardedPki,
  type GuardedPki,
  type GuardedRequest,
  GuardedServer,
  trustOf,
} from '../../../test/fixtures/guarded-server.ts';

const DAY_MS = 86_400_000;
const MASTER = ['X-Remote-User: admin', 'X-Remote-Group: system:masters'];

let pki: GuardedPki;
let server: GuardedServer;

beforeAll(async () => {
  pki = await createGuardedPki();
});

beforeEach(async () => {
  server = new GuardedServer(pki);
  await server.open();
});

afterEach(() => server.close());

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

describe('requests that may come in', () => {
  const rows: readonly (readonly [why: string, ask: GuardedRequest, user: string, groups: readonly string[]])[] = [
    [
      'a front proxy names the user; one header is one group, commas and UTF-8 included',
      {
        certificate: 'proxy',
        headers: ['X-Remote-User: proxied', 'X-REMOTE-GROUP: a,b', `X-Remote-Group: ${latin1('运维')}`],
      },
      'proxied',
      ['a,b', '运维', 'system:authenticated'],
    ],
    [
      'a front proxy whose certificate is of an intermediate authority, which is trusted itself like its root',
      { certificate: 'proxy of an intermediate', headers: MASTER },
      'admin',
      ['system:masters', 'system:authenticated'],
    ],
    [
      'masters may do anything and nobody is asked',
      { certificate: 'proxy', headers: MASTER },
      'admin',
      ['system:masters', 'system:authenticated'],
    ],
    ['a token of the cluster', { headers: ['Authorization: bearer good-token'] }, 'robot', ['system:authenticated']],
    ['a probe without credentials', { target: '/livez?verbose' }, 'system:anonymous', ['system:unauthenticated']],
    [
      'a proxy that names nobody lends its connection to a token',
      { certificate: 'proxy', headers: ['Authorization: Bearer good-token', 'X-Remote-Group: system:masters'] },
      'robot',
      ['system:authenticated'],
    ],
  ];
  test.each(rows)('%s', async (_why, request, name, groups) => {
    const answer = await server.ask(request);
    expect(answer.status).toBe(200);
    const [first] = server.served;
    const identity = [...(first?.headers.keys() ?? [])].filter((header) => /remote|authorization/.test(header));
    expect([first?.grant.user.name, first?.grant.user.groups, identity]).toEqual([name, groups, []]);
  });
});

describe('connections', () => {
  test('a certificate that expires while its connection is open is asked about again', async () => {
    const socket = await server.connect('proxy');
    expect((await server.askOn(socket, { headers: MASTER })).status).toBe(200);
    server.clock.advanceBy(DAY_MS + 1);
    expect((await server.askOn(socket, { headers: MASTER })).status).toBe(401);
    socket.destroy();
  });

  test('a session that began under a removed authority cannot be resumed into its old trust', async () => {
    const socket = await server.connect('proxy');
    const session = new Promise<Buffer>((resolve) => socket.once('session', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    expect((await server.askOn(socket, { headers: MASTER })).status).toBe(200);
    const resumed = await server.connect('proxy', await session);
    expect([resumed.isSessionReused(), (await server.askOn(resumed, { headers: MASTER })).status]).toEqual([true, 200]);
    server.changeTrust(trustOf([pki.authorities.renewed], pki.authorities.users));
    await closed;
    const again = await server.connect('proxy', await session);
    const answer = await server.askOn(again, { headers: MASTER });
    expect([again.isSessionReused(), answer.status]).toEqual([false, 401]);
    expect((await server.ask({ certificate: 'renewed proxy', headers: MASTER })).status).toBe(200);
    expect(server.served).toHaveLength(3);
    for (const open of [resumed, again]) open.destroy();
  });

  test('a connection that showed a certificate before its authority was known is ended, so that the next one is believed', async () => {
    const socket = await server.connect('renewed proxy');
    const { front, renewed, users, root, deep } = pki.authorities;
    const first = server.askOn(socket, { headers: MASTER });
    expect((await first).status).toBe(401);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    server.changeTrust(trustOf([front, renewed], users));
    await closed;
    expect((await server.ask({ certificate: 'renewed proxy', headers: MASTER })).status).toBe(200);
    server.changeTrust(trustOf([root, deep], users));
    expect((await server.ask({ certificate: 'proxy of an intermediate', headers: MASTER })).status).toBe(200);
  });

  test('what TLS has against a chain counts: an intermediate authority without its root is none', async () => {
    const { deep, users } = pki.authorities;
    server.changeTrust(trustOf([deep], users));
    expect((await server.ask({ certificate: 'proxy of an intermediate', headers: MASTER })).status).toBe(401);
  });
});

import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createGuardedPki,
  GUARDED_PATH,
  type GuardedPki,
  type GuardedRequest,
  GuardedServer,
} from '../../../test/fixtures/guarded-server.ts';
import { rawText } from '../../../test/fixtures/raw-tls-client.ts';

const MASTER = ['X-Remote-User: admin', 'X-Remote-Group: system:masters'];
const ANONYMOUS = /User \\"system:anonymous\\" cannot/;
const UNAUTHORIZED = /"message":"Unauthorized"/;
const JANE = /User \\"jane\\" cannot list resource \\"pods\\"/;
const BAD_REQUEST = /^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n\r\n$/;

interface Hostile {
  readonly why: string;
  readonly ask: GuardedRequest;
  /** 0: the connection ends without an answer. */
  readonly status: number | readonly number[];
  /** What the answer must say, so that it was refused for the right reason. */
  readonly says?: RegExp;
}

/** What is still on its way when the server closes resets the connection, and may take the answer with it. */
const HEAD_TOO_LARGE = [431, 0] as const;

const HOSTILE: readonly Hostile[] = [
  { why: 'headers of a proxy without a certificate', ask: { headers: MASTER }, status: 403, says: ANONYMOUS },
  {
    why: 'a certificate of another authority with the proxy authority’s name',
    ask: { certificate: 'third authority', headers: MASTER },
    status: 401,
    says: UNAUTHORIZED,
  },
  {
    why: 'an intermediate authority whose root nobody trusts',
    ask: { certificate: 'intermediate of a third', headers: MASTER },
    status: 401,
    says: UNAUTHORIZED,
  },
  {
    why: 'an intermediate authority where the root, as ours do, says that there is none below it',
    ask: { certificate: 'intermediate that may not be', headers: MASTER },
    status: 401,
    says: UNAUTHORIZED,
  },
  {
    why: 'a leaf of the proxy authority that signs as if it were an authority',
    ask: { certificate: 'leaf as an authority', headers: MASTER },
    status: 401,
    says: UNAUTHORIZED,
  },
  { why: 'expired', ask: { certificate: 'expired', headers: MASTER }, status: 401, says: UNAUTHORIZED },
  { why: 'an expired user', ask: { certificate: 'expired user' }, status: 401, says: UNAUTHORIZED },
  { why: 'not valid yet', ask: { certificate: 'not yet', headers: MASTER }, status: 401, says: UNAUTHORIZED },
  {
    why: 'a certificate that says nothing of its use',
    ask: { certificate: 'no use', headers: MASTER },
    status: 401,
    says: UNAUTHORIZED,
  },
  {
    why: 'a certificate for servers',
    ask: { certificate: 'server’s', headers: MASTER },
    status: 401,
    says: UNAUTHORIZED,
  },
  {
    why: 'a certificate of the proxy authority, but of a name that is not allowed',
    ask: { certificate: 'other name', headers: MASTER },
    status: 401,
    says: UNAUTHORIZED,
  },
  {
    why: 'a name in whose text the allowed one can be found',
    ask: { certificate: 'several names', headers: MASTER },
    status: 401,
    says: UNAUTHORIZED,
  },
  {
    why: 'a user with a certificate who speaks as a front proxy: asked about as the user it is',
    ask: { certificate: 'user', headers: MASTER },
    status: 403,
    says: JANE,
  },
  {
    why: 'a user whose common name is the proxy’s, signed by the users’ authority',
    ask: { certificate: 'user with the proxy’s name', headers: MASTER },
    status: 403,
    says: /User \\"front-proxy-client\\" cannot/,
  },
  {
    why: 'a name in the proxy’s own request twice: the first counts, not the one that somebody smuggled in behind it',
    ask: { certificate: 'proxy', headers: ['X-Remote-User: nobody', 'X-Remote-User: admin'] },
    status: 403,
    says: /User \\"nobody\\" cannot/,
  },
  {
    why: 'groups after a comma are no groups',
    ask: { certificate: 'proxy', headers: ['X-Remote-User: nobody', 'X-Remote-Group: dev,system:masters'] },
    status: 403,
    says: /User \\"nobody\\" cannot/,
  },
  {
    why: 'masters’ group in other letters is another group',
    ask: { certificate: 'proxy', headers: ['X-Remote-User: nobody', 'X-Remote-Group: SYSTEM:MASTERS'] },
    status: 403,
    says: /User \\"nobody\\" cannot/,
  },
  {
    why: 'groups without a user',
    ask: { certificate: 'proxy', headers: ['X-Remote-User:', 'X-Remote-Group: system:masters'] },
    status: 401,
    says: UNAUTHORIZED,
  },
  {
    why: 'header names in any case are the same headers',
    ask: { headers: ['x-REMOTE-user: admin', 'X-remote-GROUP: system:masters'] },
    status: 403,
    says: ANONYMOUS,
  },
  {
    why: 'underscores are no hyphens',
    ask: { certificate: 'user', headers: ['X_Remote_User: admin', 'X_Remote_Group: system:masters'] },
    status: 403,
    says: JANE,
  },
  {
    why: 'percent signs in names are no hyphens either',
    ask: { certificate: 'user', headers: ['X%2DRemote%2DUser: admin'] },
    status: 403,
    says: JANE,
  },
  {
    why: 'NUL in a header',
    ask: { certificate: 'proxy', headers: ['X-Remote-User: proxied\0'] },
    status: 400,
    says: BAD_REQUEST,
  },
  {
    why: 'a folded line, which one reader takes for a header and another for the rest of one',
    ask: { certificate: 'proxy', headers: ['X-Remote-User: nobody', ' X-Remote-Group: system:masters'] },
    status: 400,
    says: BAD_REQUEST,
  },
  {
    why: 'a blank before the colon',
    ask: { certificate: 'proxy', headers: ['X-Remote-User : admin'] },
    status: 400,
    says: BAD_REQUEST,
  },
  {
    why: 'a bare line feed',
    ask: { certificate: 'proxy', headers: ['X-Remote-User: nobody\nX-Remote-Group: system:masters'] },
    status: 400,
    says: BAD_REQUEST,
  },
  {
    why: 'a bare carriage return',
    ask: { certificate: 'proxy', headers: ['X-Remote-User: nobody\rX-Remote-Group: system:masters'] },
    status: 400,
    says: BAD_REQUEST,
  },
  {
    why: 'a head beyond the bound',
    ask: { headers: [`X-Padding: ${'a'.repeat(140 * 1024)}`] },
    status: HEAD_TOO_LARGE,
  },
  {
    why: 'many small headers beyond the bound',
    ask: { headers: Array.from({ length: 9_000 }, (_, index) => `X-Padding-${index}: a`) },
    status: HEAD_TOO_LARGE,
  },
  {
    why: 'two lengths at once: chunks and a count',
    ask: {
      method: 'POST',
      headers: ['Content-Length: 4', 'Transfer-Encoding: chunked'],
      body: `0\r\n\r\n${rawText({ target: GUARDED_PATH, headers: MASTER })}`,
    },
    status: 400,
    says: BAD_REQUEST,
  },
  {
    why: 'two counts that differ',
    ask: { method: 'POST', headers: ['Content-Length: 0', 'Content-Length: 40'], body: 'a'.repeat(40) },
    status: 400,
    says: BAD_REQUEST,
  },
  {
    why: 'chunks that are not the last encoding',
    ask: { method: 'POST', headers: ['Transfer-Encoding: chunked, identity'], body: '0\r\n\r\n' },
    status: 400,
    says: BAD_REQUEST,
  },
  ...(
    [
      ['two slashes', '//livez', 'empty segments'],
      ['two slashes inside', '/livez//../apis', 'empty segments'],
      ['dot segments out of an open path', '/livez/../apis/metrics.k8s.io/v1beta1/pods', 'dot segments'],
      ['a dot segment', '/livez/./', 'dot segments'],
      ['encoded dots', '/livez/%2e%2e/metrics', 'dot segments'],
      ['half encoded dots', '/livez/.%2E/metrics', 'dot segments'],
      ['an encoded slash', '/livez%2f..%2fmetrics', 'encoded slashes'],
      ['an encoded backslash', '/livez%5c..%5cmetrics', 'encoded slashes'],
      ['an encoded NUL', '/livez%00', 'control characters'],
      ['an encoded line break', '/livez%0d%0aX-Remote-User:%20admin', 'control characters'],
      ['a broken escape', '/livez%2', 'percent-encoded'],
      ['an overlong encoding of a slash', '/livez%c0%af..', 'UTF-8'],
      ['a fragment', '/livez#/apis', 'percent-encoded'],
      ['an absolute target', 'https://svc/livez', 'begins with a slash'],
      ['a verb in the path without an object', '/apis/metrics.k8s.io/v1beta1/watch', 'unable to determine'],
    ] as const
  ).map(([why, target, says]) => ({ why, ask: { target }, status: 400, says: new RegExp(`"message":"[^"]*${says}`) })),
  { why: 'a backslash', ask: { target: '/livez\\..\\metrics' }, status: 400 },
  ...(
    [
      ['a path that begins like an open one', '/livezfoo'],
      ['a path below an open one', '/livez/ping'],
      ['an open path with a parameter in it', '/livez;/apis'],
      ['an open path in other letters', '/LIVEZ'],
      ['an open path with a slash behind it', '/livez/'],
    ] as const
  ).map(([why, target]) => ({
    why,
    ask: { target },
    status: 403,
    says: new RegExp(`cannot get path \\\\"${target}\\\\"`),
  })),
  {
    why: 'a watch is asked about as a watch',
    ask: { target: `${GUARDED_PATH}?watch=yes` },
    status: 403,
    says: /cannot watch resource/,
  },
  { why: 'a write is asked about as a write', ask: { method: 'POST' }, status: 403, says: /cannot create resource/ },
  {
    why: 'a method of no verb',
    ask: { method: 'OPTIONS' },
    status: 403,
    says: /system:anonymous\\" cannot {2}resource/,
  },
  { why: 'the server’s options, which have no path', ask: { method: 'OPTIONS', target: '*' }, status: 400 },
  { why: 'a method that nobody knows', ask: { method: 'SMUGGLE' }, status: 400, says: BAD_REQUEST },
  { why: 'a tunnel', ask: { method: 'CONNECT', target: 'metadata.internal:80' }, status: 0 },
  { why: 'a token of nobody', ask: { headers: ['Authorization: Bearer bad'] }, status: 401, says: UNAUTHORIZED },
  { why: 'an empty token is none', ask: { headers: ['Authorization: Bearer '] }, status: 403, says: ANONYMOUS },
  {
    why: 'a token with a blank before it is empty, and what follows is not looked at',
    ask: { headers: ['Authorization: Bearer  good-token'] },
    status: 403,
    says: ANONYMOUS,
  },
  {
    why: 'a very long token',
    ask: { headers: [`Authorization: Bearer ${'a'.repeat(100_000)}`] },
    status: 401,
    says: UNAUTHORIZED,
  },
  {
    why: 'two tokens: the first counts',
    ask: { headers: ['Authorization: Bearer bad', 'Authorization: Bearer good-token'] },
    status: 401,
    says: UNAUTHORIZED,
  },
  {
    why: 'name and password',
    ask: { headers: [`Authorization: Basic ${Buffer.from('admin:admin').toString('base64')}`] },
    status: 403,
    says: ANONYMOUS,
  },
  {
    why: 'a token beside a forged identity',
    ask: { headers: ['Authorization: Bearer bad', ...MASTER] },
    status: 401,
    says: UNAUTHORIZED,
  },
  { why: 'HTTP/1.0, which needs no host', ask: { version: '1.0', headers: MASTER }, status: 403, says: ANONYMOUS },
  { why: 'HTTP/1.1 without a host', ask: { host: null }, status: 400 },
  { why: 'a host with a path in it', ask: { host: 'svc/livez?' }, status: 400 },
  { why: 'a host of another site', ask: { host: 'evil.example' }, status: 403, says: ANONYMOUS },
];

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

describe('hostile requests', () => {
  test.each(HOSTILE)('$why', async ({ ask, status, says }) => {
    const answer = await server.ask(ask);
    expect([status].flat()).toContain(answer.status);
    if (says !== undefined) expect(answer.text).toMatch(says);
    expect(server.served).toEqual([]);
  });

  test('there are forty and more', () => expect(HOSTILE.length).toBeGreaterThanOrEqual(40));
});

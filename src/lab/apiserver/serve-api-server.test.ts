import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { parse as parseYaml } from 'yaml';
import type { TestedApiServer } from '../../../test/fixtures/api-server.ts';
import { ADMIN_TOKEN, startApiServer } from '../../../test/fixtures/api-server.ts';
import { untilAborted } from '../../base/cancellation.ts';
import { API_SERVER_ATTACHED_BACKLOG_BYTES_MAX } from '../../base/limits.ts';
import type { KeyPair } from '../../platform/http/certificates.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import type { Fault } from './fault.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import type { PodConsole } from './pod-console.ts';
import type { ServedApiServer } from './serve-api-server.ts';
import { createServingAuthority, serveApiServer } from './serve-api-server.ts';

const ioClock = createSystemClock();
const BEARER = { authorization: `Bearer ${ADMIN_TOKEN}` };

/** What `flood` prints at once, far beyond what anybody can have read by then. */
const FLOOD_BYTES = 4 * API_SERVER_ATTACHED_BACKLOG_BYTES_MAX;

/** Echoes what is typed, and ends with the code that the container is called after. */
const CONSOLE: PodConsole = {
  openLog: (ref) =>
    (async function* () {
      yield `log of ${ref.container}\n`;
    })(),
  attach: async (ref, _options, streams, signal) => {
    if (ref.container === 'flood') {
      for (let sent = 0; sent < FLOOD_BYTES; sent += 2 ** 20) streams.writeStdout(new Uint8Array(2 ** 20));
      await untilAborted(signal);
      return 0;
    }
    streams.writeStdout(Buffer.from('ready\n'));
    for await (const chunk of streams.stdin) streams.writeStdout(chunk);
    streams.writeStderr(Buffer.from('bye\n'));
    return Number(ref.container.replace('exit-', ''));
  },
};

let authority: KeyPair;
let tested: TestedApiServer;
let served: ServedApiServer;
let fault: Fault | undefined;

beforeAll(async () => {
  authority = await createServingAuthority(ioClock);
  tested = startApiServer({ console: CONSOLE, faults: () => fault });
  served = await serveApiServer({ apiServer: tested.apiServer, ioClock, port: 0, authority });
});
afterAll(() => served.close());

interface Head {
  readonly status: number;
  readonly body: string;
}

function get(path: string, headers: Record<string, string> = BEARER): Promise<Head> {
  return new Promise((resolve, reject) => {
    const asked = httpsRequest(
      `${served.url}${path}`,
      { ca: authority.certificate, headers, servername: 'localhost' },
      (answer) => {
        let body = '';
        answer.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
        answer.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}

describe('who is answered', () => {
  test('clients that trust the authority and have a token', async () => {
    const { status, body } = await get('/api/v1/namespaces/default');
    expect([status, JSON.parse(body).metadata.name]).toEqual([200, 'default']);
  });

  test('nobody without a token', async () => {
    expect((await get('/api/v1/namespaces/default', {})).status).toBe(401);
  });

  test('nobody who means another host: a web page that resolves its own name to this machine', async () => {
    expect((await get('/version', { ...BEARER, host: 'evil.example' })).status).toBe(421);
  });

  test('nobody without TLS', async () => {
    await expect(fetch(served.url.replace('https', 'http'))).rejects.toThrow();
  });

  test('nobody who does not trust the authority', async () => {
    await expect(fetch(`${served.url}/version`)).rejects.toThrow();
  });
});

test('a watch’s headers come before its first event', async () => {
  const version = tested.apiServer.store.revision;
  const path = `/api/v1/namespaces?watch=true&resourceVersion=${version}&timeoutSeconds=100`;
  const head = await new Promise<string>((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port: served.port,
      ca: authority.certificate,
      servername: 'localhost',
    });
    socket.on('error', reject);
    socket.once('data', (chunk: Buffer) => {
      resolve(chunk.toString());
      socket.destroy();
    });
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: ${BEARER.authorization}\r\n\r\n`);
  });
  expect(head.split('\r\n')[0]).toBe('HTTP/1.1 200 OK');
});

test('a fault breaks the connection', async () => {
  fault = { kind: 'reset' };
  await expect(get('/version')).rejects.toThrow();
  fault = { kind: 'truncate', bodyBytes: 5 };
  await expect(get('/api/v1/namespaces')).rejects.toThrow();
  fault = undefined;
  expect((await get('/version')).status).toBe(200);
});

describe('attaching to a container', () => {
  const PODS = '/api/v1/namespaces/default/pods';

  beforeAll(async () => {
    const containers = ['exit-0', 'exit-3', 'flood'].map((name) => ({ name, image: name }));
    await tested.send('POST', PODS, { body: { metadata: { name: 'shell' }, spec: { containers } } });
  });

  interface Session {
    readonly messages: readonly [channel: number, text: string][];
    readonly protocol: string;
  }

  function attach(container: string, protocol: string): Promise<Session> {
    const path = `${PODS}/shell/attach?container=${container}&stdin=true&stdout=true&stderr=true`;
    const socket = new WebSocket(`${served.url.replace('https', 'wss')}${path}`, protocol, {
      ca: authority.certificate,
      headers: BEARER,
    });
    const messages: [number, string][] = [];
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (data: Buffer) => {
        messages.push([data[0] ?? -1, data.subarray(1).toString()]);
        if (messages.length > 1) return;
        socket.send(Buffer.from('\u0000typed\n'));
        socket.send(Buffer.of(255, 0));
      });
      socket.on('close', () => resolve({ messages, protocol: socket.protocol }));
    });
  }

  test('passes what is typed and what is printed, and tells how it ended', async () => {
    expect(await attach('exit-0', 'v5.channel.k8s.io')).toEqual({
      protocol: 'v5.channel.k8s.io',
      messages: [
        [1, 'ready\n'],
        [1, 'typed\n'],
        [2, 'bye\n'],
        [3, '{"metadata":{},"status":"Success"}'],
      ],
    });
  });

  test('ends well whatever the exit code, which is in the pod’s status', async () => {
    const { messages, protocol } = await attach('exit-3', 'v4.channel.k8s.io');
    expect([protocol, messages.at(-1)]).toEqual(['v4.channel.k8s.io', [3, '{"metadata":{},"status":"Success"}']]);
  });

  test.each([
    ['an unknown container', 'nope', 'v5.channel.k8s.io'],
    ['an unknown protocol', 'exit-0', 'other'],
  ])('%s is refused', async (_why, container, protocol) => {
    await expect(attach(container, protocol)).rejects.toThrow('Unexpected server response');
  });

  test('lets a client go that does not read', async () => {
    const { messages } = await attach('flood', 'v5.channel.k8s.io');
    const readBytes = messages.reduce((sum, [, printed]) => sum + printed.length, 0);
    expect(readBytes).toBeLessThan(FLOOD_BYTES);
  });

  test('an upgrade whose path is none costs its own connection only', async () => {
    const socket = connect({
      port: served.port,
      host: '127.0.0.1',
      ca: authority.certificate,
      servername: 'localhost',
    });
    const answered = text(socket);
    socket.write('GET // HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    expect(await answered).toBe('');
    expect((await get('/readyz')).status).toBe(200);
  });

  test('its log is text', async () => {
    expect(await get(`${PODS}/shell/log?container=exit-0`)).toEqual({ status: 200, body: 'log of exit-0\n' });
  });
});

describe('the kubeconfig', () => {
  const entry = () => ({ url: served.url, authorityCertificate: authority.certificate, token: ADMIN_TOKEN });

  async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'podtide-kubeconfig-'));
    try {
      return await run(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  test('is for its owner’s eyes only, and is replaced by the next', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'config');
      await writeKubeconfig(path, { ...entry(), token: 'first' });
      await writeKubeconfig(path, entry());
      const { mode } = await stat(path);
      const config = parseYaml(await readFile(path, 'utf8'));
      expect((mode & 0o777).toString(8)).toBe('600');
      expect(config.users).toEqual([{ name: 'podtide-lab', user: { token: ADMIN_TOKEN } }]);
      expect(config.clusters[0].cluster.server).toBe(served.url);
    }));

  test('never replaces a file of somebody else', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'config');
      await writeFile(path, 'apiVersion: v1\n');
      await expect(writeKubeconfig(path, entry())).rejects.toMatchObject({ kind: 'conflict' });
      expect(await readFile(path, 'utf8')).toBe('apiVersion: v1\n');
    }));
});

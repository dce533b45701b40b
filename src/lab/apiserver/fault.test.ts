import { describe, expect, test } from 'vitest';
import { startApiServer } from '../../../test/fixtures/api-server.ts';
import type { Fault } from './fault.ts';
import { ConnectionReset } from './fault.ts';

const PATH = '/api/v1/namespaces/default';

function startWith(fault: Fault) {
  return startApiServer({ faults: (request) => (request.url.endsWith('/default') ? fault : undefined) });
}

describe('a fault that a test asks for', () => {
  test('strikes the requests that it chooses', async () => {
    const server = startWith({ kind: 'status', code: 429, reason: 'TooManyRequests', retryAfterSeconds: 3 });
    const struck = await server.send('GET', PATH);
    expect([struck.status, struck.headers.get('retry-after'), struck.body.reason]).toEqual([
      429,
      '3',
      'TooManyRequests',
    ]);
    expect((await server.send('GET', '/api/v1/namespaces')).status).toBe(200);
  });

  test('reset: the connection breaks', async () => {
    await expect(startWith({ kind: 'reset' }).send('GET', PATH)).rejects.toBeInstanceOf(ConnectionReset);
  });

  test('hang: until the client gives up', async () => {
    const leaving = new AbortController();
    const hanging = startWith({ kind: 'hang' }).send('GET', PATH, { signal: leaving.signal });
    leaving.abort(new Error('given up'));
    await expect(hanging).rejects.toThrow('given up');
  });

  test('truncate: the body breaks after its first bytes', async () => {
    const server = startWith({ kind: 'truncate', bodyBytes: 10 });
    const reader = (await server.fetch('GET', PATH)).body?.getReader();
    const first = await reader?.read();
    expect(new TextDecoder().decode(first?.value)).toBe('{"kind":"N');
    await expect(reader?.read()).rejects.toBeInstanceOf(ConnectionReset);
  });

  test('slow: the right body, in pieces that take their time', async () => {
    const server = startWith({ kind: 'slow', chunkBytes: 100, pauseMs: 50 });
    const reading = (await server.fetch('GET', PATH)).text();
    for (let piece = 0; piece < 10; piece += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      server.clock.advanceBy(50);
    }
    expect(JSON.parse(await reading).metadata.name).toBe('default');
  });

  test('delay: done only when it is answered', async () => {
    const server = startApiServer({
      faults: (request) => (request.method === 'DELETE' ? { kind: 'delay', delayMs: 1_000 } : undefined),
    });
    const deletion = server.send('DELETE', '/api/v1/namespaces/kube-public');
    server.clock.advanceBy(999);
    expect((await server.send('GET', '/api/v1/namespaces/kube-public')).status).toBe(200);
    server.clock.advanceBy(1);
    expect((await deletion).status).toBe(200);
    expect((await server.send('GET', '/api/v1/namespaces/kube-public')).status).toBe(404);
  });
});

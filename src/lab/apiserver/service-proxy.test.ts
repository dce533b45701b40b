import { expect, test } from 'vitest';
import { startApiServer } from '../../../test/fixtures/api-server.ts';
import type { ServiceProxy } from './service-proxy.ts';

const SERVICES = '/api/v1/namespaces/default/services';

/** Answers for the Service `podtide` with what it was called with. */
const PROXY: ServiceProxy = (call, request) =>
  call.service === 'podtide' ? Promise.resolve(Response.json({ ...call, method: request.method })) : undefined;

test.each([
  ['podtide/proxy', { port: '', path: '/' }],
  ['podtide:http/proxy/decisions?since=5', { port: 'http', path: '/decisions?since=5' }],
  ['https:podtide:8443/proxy/decisions/', { port: '8443', path: '/decisions/' }],
  ['podtide/proxy/a/proxy/b', { port: '', path: '/a/proxy/b' }],
])('%s reaches the Service', async (path, call) => {
  const server = startApiServer({ serviceProxy: PROXY });
  await server.send('POST', SERVICES, { body: { metadata: { name: 'podtide' }, spec: { ports: [{ port: 80 }] } } });
  const answer = await server.send('GET', `${SERVICES}/${path}`);
  expect(answer.body).toEqual({ namespace: 'default', service: 'podtide', method: 'GET', ...call });
});

test.each([
  ['nope', 404, 'services "nope" not found'],
  ['idle', 503, 'no endpoints available for service "idle"'],
])('%s is answered with %i', async (name, code, message) => {
  const server = startApiServer({ serviceProxy: PROXY });
  await server.send('POST', SERVICES, { body: { metadata: { name: 'idle' }, spec: { ports: [{ port: 80 }] } } });
  const answer = await server.send('GET', `${SERVICES}/${name}/proxy/x`);
  expect([answer.status, answer.body.message]).toEqual([code, message]);
});

test('needs the right to proxy', async () => {
  const server = startApiServer({ serviceProxy: PROXY, tokens: { bob: { name: 'bob', groups: [] } } });
  const answer = await server.send('GET', `${SERVICES}/podtide/proxy/x`, { token: 'bob' });
  expect(answer.body.message).toBe(
    'services "podtide" is forbidden: User "bob" cannot get resource "services/proxy" in API group "" in the namespace "default"',
  );
});

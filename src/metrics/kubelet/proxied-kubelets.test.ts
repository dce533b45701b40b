import { expect, test } from 'vitest';
import { scriptedServer, status } from '../../../test/kube/scripted-server.ts';
import { projectNode } from './node-projection.ts';
import { createProxiedKubelets } from './proxied-kubelets.ts';

const SIGNAL = new AbortController().signal;
const NODE = projectNode({ metadata: { name: 'n1' } });

function clientOf(transport: Parameters<typeof createProxiedKubelets>[0]['transport']) {
  return createProxiedKubelets({
    transport,
    server: 'https://api.test:6443',
    userAgent: 'test',
    requestTimeoutMs: 1_000,
  });
}

test('asks through the node proxy', async () => {
  const server = scriptedServer([() => new Response('x 1\n')]);
  expect(Buffer.from(await clientOf(server.transport).fetch(NODE, SIGNAL)).toString()).toBe('x 1\n');
  expect(server.requests).toEqual(['GET /api/v1/nodes/n1/proxy/metrics/resource']);
});

const unreached = (detail: string) => status(503, 'ServiceUnavailable', `error trying to reach service: ${detail}`);
const plain = (code: number, text: string) => () => new Response(text, { status: code });

test.each([
  {
    why: 'the API server refuses the user',
    answer: status(403, 'Forbidden', 'nodes "n1" is forbidden: User "jane" cannot get resource "nodes/proxy"'),
    problem: {
      code: 'ProxyDenied',
      answer: 'nodes "n1" is forbidden: User "jane" cannot get resource "nodes/proxy"',
    },
  },
  {
    why: 'the kubelet refuses the API server',
    answer: plain(403, 'Forbidden (user=kube-apiserver, verb=get, resource=nodes, subresource=[metrics])'),
    problem: {
      code: 'ProxyForbidden',
      answer: 'Forbidden (user=kube-apiserver, verb=get, resource=nodes, subresource=[metrics])',
    },
  },
  {
    why: 'the kubelet does not know the API server',
    answer: plain(401, 'Unauthorized'),
    problem: { code: 'ProxyUnauthorized' },
  },
  {
    why: 'nothing listens on the node',
    answer: unreached('dial tcp 10.0.0.1:10250: connect: connection refused'),
    problem: { code: 'ProxyUnreached', detail: 'dial tcp 10.0.0.1:10250: connect: connection refused' },
  },
  {
    why: 'a certificate of another authority',
    answer: unreached('tls: failed to verify certificate: x509: certificate signed by unknown authority'),
    problem: {
      code: 'ProxyCertificate',
      detail: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    },
  },
  {
    why: 'the node is gone meanwhile',
    answer: status(404, 'NotFound', 'nodes "n1" not found'),
    problem: { code: 'ProxyUnreached', detail: 'nodes "n1" not found' },
  },
  {
    why: 'an old kubelet',
    answer: plain(404, '404 page not found'),
    problem: { code: 'PathNotFound', path: '/api/v1/nodes/n1/proxy/metrics/resource' },
  },
  {
    why: 'the kubelet itself fails',
    answer: plain(500, 'the runtime is down'),
    problem: { code: 'HttpStatus', status: 500, answer: 'the runtime is down' },
  },
])('tells who refused: $why', async ({ answer, problem }) => {
  const server = scriptedServer([answer]);
  await expect(clientOf(server.transport).fetch(NODE, SIGNAL)).rejects.toMatchObject({ problem });
});

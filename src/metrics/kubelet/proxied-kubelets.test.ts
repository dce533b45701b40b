import { expect, test } from 'vitest';
import { scriptedServer, status } from '../../../test/kube/scripted-server.ts';
import { projectNode } from './node-projection.ts';
import { createProxiedKubelets } from './proxied-kubelets.ts';

const SIGNAL = new AbortController().signal;

test('asks through the node proxy, and names the node that the API server refuses', async () => {
  const server = scriptedServer([() => new Response('x 1\n'), status(403, 'Forbidden', 'nodes/proxy is forbidden')]);
  const client = createProxiedKubelets({
    transport: server.transport,
    server: 'https://api.test:6443',
    userAgent: 'test',
    requestTimeoutMs: 1_000,
  });
  const node = projectNode({ metadata: { name: 'n1' } });
  expect(Buffer.from(await client.fetch(node, SIGNAL)).toString()).toBe('x 1\n');
  expect(server.requests).toEqual(['GET /api/v1/nodes/n1/proxy/metrics/resource']);
  await expect(client.fetch(node, SIGNAL)).rejects.toMatchObject({
    message: expect.stringMatching(/^node n1: .*nodes\/proxy is forbidden/),
    problem: { code: 'Forbidden' },
  });
});

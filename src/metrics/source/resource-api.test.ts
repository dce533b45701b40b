import { describe, expect, test } from 'vitest';
import { json, scriptedServer, status } from '../../../test/kube/scripted-server.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { createKubeClient } from '../../platform/kube/kube-client.ts';
import { findResourceApiVersions } from './resource-api.ts';
import { createResourceMetricsClient } from './resource-client.ts';

const { signal } = new AbortController();
const CALL = { signal, deadlineMs: 1_000 };

function clientOf(script: Parameters<typeof scriptedServer>[0]) {
  const server = scriptedServer(script);
  const client = createKubeClient({ transport: server.transport, ioClock: new VirtualClock(), userAgent: 'test' });
  return { client, server };
}

const groupOf = (preferred: string, ...versions: readonly string[]) =>
  json({
    kind: 'APIGroup',
    versions: versions.map((version) => ({ version })),
    preferredVersion: { version: preferred },
  });

describe('findResourceApiVersions', () => {
  test.each([
    { why: 'the preferred first', answer: groupOf('v1beta1', 'v1', 'v1beta1'), versions: ['v1beta1', 'v1'] },
    { why: 'only those that we speak', answer: groupOf('v2', 'v2', 'v1'), versions: ['v1'] },
    { why: 'nobody serves it', answer: () => new Response('404 page not found', { status: 404 }), versions: [] },
  ])('$why', async ({ answer, versions }) => {
    expect(await findResourceApiVersions(clientOf([answer]).client, CALL)).toEqual(versions);
  });

  test('who may not ask is told so', async () => {
    const { client } = clientOf([status(403, 'Forbidden', 'no discovery for you')]);
    await expect(findResourceApiVersions(client, CALL)).rejects.toMatchObject({ kind: 'denied' });
  });
});

const notFound = (details: object | undefined) =>
  json(
    { kind: 'Status', status: 'Failure', message: 'not found', reason: 'NotFound', details, code: 404 },
    { status: 404 },
  );

describe('one object of metrics.k8s.io', () => {
  const item = { metadata: { name: 'web-0', namespace: 'shop' }, timestamp: '2026-01-01T00:00:00Z', window: '15s' };
  const metrics = { namespace: 'shop', name: 'web-0', labels: {}, atMs: Date.UTC(2026, 0, 1), windowMs: 15_000 };
  const causes = [{ reason: 'FirstSample', message: 'one sample only' }];

  test.each([
    {
      why: 'it is served',
      answer: json({ ...item, containers: [] }),
      sought: { kind: 'found', metrics: { ...metrics, containers: [] } },
    },
    {
      why: 'a server of ours says why it has no numbers',
      answer: notFound({ kind: 'podmetrics', causes }),
      sought: { kind: 'unsampled', causes },
    },
    { why: 'upstream’s does not', answer: notFound({ kind: 'podmetrics' }), sought: { kind: 'unsampled', causes: [] } },
    { why: 'no such pod runs', answer: notFound({ kind: 'pods' }), sought: { kind: 'absent' } },
  ])('$why', async ({ answer, sought }) => {
    const { client, server } = clientOf([answer]);
    const api = createResourceMetricsClient({ client, deadlineMs: 1_000, version: 'v1' });
    expect(await api.findPod({ namespace: 'shop', name: 'web-0' }, signal)).toEqual(sought);
    expect(server.requests).toEqual(['GET /apis/metrics.k8s.io/v1/namespaces/shop/pods/web-0']);
  });

  test('a path that nobody serves is no missing pod', async () => {
    const { client } = clientOf([() => new Response('404 page not found', { status: 404 })]);
    const api = createResourceMetricsClient({ client, deadlineMs: 1_000, version: 'v1' });
    await expect(api.findPod({ namespace: 'shop', name: 'web-0' }, signal)).rejects.toMatchObject({ kind: 'notFound' });
  });

  test('a node, in the version that upstream’s controller asks unless told otherwise', async () => {
    const node = { metadata: { name: 'n1' }, timestamp: '2026-01-01T00:00:00Z', window: '10s', usage: { cpu: '1' } };
    const { client, server } = clientOf([json(node)]);
    expect(await createResourceMetricsClient({ client, deadlineMs: 1_000 }).findNode('n1', signal)).toEqual({
      kind: 'found',
      metrics: { name: 'n1', labels: {}, atMs: Date.UTC(2026, 0, 1), windowMs: 10_000, usage: { cpu: '1' } },
    });
    expect(server.requests).toEqual(['GET /apis/metrics.k8s.io/v1beta1/nodes/n1']);
  });
});

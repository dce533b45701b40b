import { expect, test } from 'vitest';
import { startApiServer, type TestedApiServer } from '../../../test/fixtures/api-server.ts';
import { createMetricsApis } from '../../metrics/serve/metrics-apis.ts';

function serverWithMetrics(): TestedApiServer {
  const resource = { listNodes: async () => [], listPods: async () => [] };
  return startApiServer({ metricsApis: createMetricsApis({ resource }, { nowMs: () => 0 }) });
}

test('the index leads to documents of own kinds and of mounted metrics APIs, by which explain describes them', async () => {
  const server = serverWithMetrics();
  const { paths } = (await server.send('GET', '/openapi/v3')).body;
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(['api/v1', 'apis/apps/v1', 'apis/metrics.k8s.io/v1', 'apis/metrics.k8s.io/v1beta1']),
  );
  for (const [path, kind] of [
    ['apis/metrics.k8s.io/v1beta1', 'io.k8s.metrics.pkg.apis.metrics.v1beta1.PodMetrics'],
    ['apis/apps/v1', 'io.k8s.api.apps.v1.Deployment'],
  ] as const) {
    const answer = await server.send('GET', paths[path].serverRelativeURL);
    expect([answer.status, answer.headers.get('cache-control')], path).toEqual([200, 'public, immutable']);
    expect(Object.keys(answer.body.components.schemas), path).toContain(kind);
  }
});

test.each(['/openapi/v3/apis/metrics.k8s.io/v9', '/openapi/v3/apis/nobody.example.com/v1', '/openapi/v4'])(
  '%s is no document',
  async (path) => {
    expect((await serverWithMetrics().send('GET', path)).status).toBe(404);
  },
);

test('where a backend answers for a group version, its document counts', async () => {
  const server = serverWithMetrics();
  const spec = {
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    groupPriorityMinimum: 100,
    versionPriority: 100,
    service: { namespace: 'kube-system', name: 'metrics-server' },
    insecureSkipTLSVerify: true,
  };
  const path = '/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io';
  const patch = { contentType: 'application/merge-patch+json', body: { spec } };
  expect((await server.send('PATCH', path, patch)).status).toBe(200);
  const { paths } = (await server.send('GET', '/openapi/v3')).body;
  expect('apis/metrics.k8s.io/v1' in paths).toBe(true);
  expect('apis/metrics.k8s.io/v1beta1' in paths).toBe(false);
  await server.apiServer.close();
});

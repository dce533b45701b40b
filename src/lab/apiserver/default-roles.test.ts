import { expect, test } from 'vitest';
import { ADMIN_TOKEN, startApiServer, type TestedApiServer } from '../../../test/fixtures/api-server.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const TOKENS = {
  [ADMIN_TOKEN]: { name: 'admin', groups: ['system:masters'] },
  mary: { name: 'mary', groups: ['system:authenticated'] },
};

async function bind(server: TestedApiServer, role: string, scope: string, bindings: string): Promise<void> {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role };
  const body = { metadata: { name: role }, roleRef, subjects: [{ kind: 'User', name: 'mary' }] };
  expect((await server.send('POST', `${RBAC}${scope}/${bindings}`, { body })).status).toBe(201);
}

async function statusOf(server: TestedApiServer, method: string, path: string, body?: object): Promise<number> {
  return (await server.send(method, path, { token: 'mary', ...(body === undefined ? {} : { body }) })).status;
}

const METRICS = {
  apiGroup: 'metrics.k8s.io',
  verb: 'get',
  resource: 'pods',
};

async function mayReadMetrics(server: TestedApiServer, namespace: string): Promise<boolean> {
  const { apiGroup: group, ...attributes } = METRICS;
  const spec = { user: 'mary', resourceAttributes: { ...attributes, group, namespace } };
  const answer = await server.send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { body: { spec } });
  return answer.body.status.allowed;
}

test('view reads a namespace and its metrics, no secrets, and writes nothing', async () => {
  const server = startApiServer({ tokens: TOKENS });
  await bind(server, 'view', '/namespaces/default', 'rolebindings');
  const of = (resource: string): string => `/api/v1/namespaces/default/${resource}`;
  expect(await statusOf(server, 'GET', of('pods'))).toBe(200);
  expect(await statusOf(server, 'GET', '/apis/apps/v1/namespaces/default/deployments')).toBe(200);
  expect(await statusOf(server, 'GET', of('secrets'))).toBe(403);
  expect(await statusOf(server, 'GET', '/api/v1/namespaces/kube-system/pods')).toBe(403);
  expect(await statusOf(server, 'POST', of('configmaps'), { metadata: { name: 'a' } })).toBe(403);
  expect([await mayReadMetrics(server, 'default'), await mayReadMetrics(server, 'kube-system')]).toEqual([true, false]);
});

test('a role that is labelled for it joins view, and leaves it when it is deleted', async () => {
  const server = startApiServer({ tokens: TOKENS });
  await bind(server, 'view', '', 'clusterrolebindings');
  expect(await statusOf(server, 'GET', '/api/v1/nodes')).toBe(403);
  const metadata = { name: 'nodes', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } };
  const rules = [{ apiGroups: [''], resources: ['nodes'], verbs: ['list'] }];
  await server.send('POST', `${RBAC}/clusterroles`, { body: { metadata, rules } });
  expect(await statusOf(server, 'GET', '/api/v1/nodes')).toBe(200);
  expect((await server.send('GET', `${RBAC}/clusterroles/view`)).body.rules).toContainEqual(rules[0]);
  await server.send('DELETE', `${RBAC}/clusterroles/nodes`);
  expect(await statusOf(server, 'GET', '/api/v1/nodes')).toBe(403);
});

test('cluster-admin may do everything', async () => {
  const server = startApiServer({ tokens: TOKENS });
  await bind(server, 'cluster-admin', '', 'clusterrolebindings');
  expect(await statusOf(server, 'GET', '/api/v1/namespaces/default/secrets')).toBe(200);
  expect(await statusOf(server, 'POST', '/api/v1/namespaces', { metadata: { name: 'a' } })).toBe(201);
});

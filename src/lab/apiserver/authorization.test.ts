import { describe, expect, test } from 'vitest';
import type { TestedApiServer } from '../../../test/fixtures/api-server.ts';
import { ADMIN_TOKEN, startApiServer } from '../../../test/fixtures/api-server.ts';

const ALICE = 'alice-token';
const TOKENS = {
  [ADMIN_TOKEN]: { name: 'admin', groups: ['system:masters'] },
  [ALICE]: { name: 'alice', groups: [] },
};
const HPAS = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

async function grant(
  server: TestedApiServer,
  rules: readonly object[],
  subject: object,
  namespace?: string,
): Promise<void> {
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
  const [role, roles, bindings] =
    namespace === undefined
      ? ['ClusterRole', 'clusterroles', 'clusterrolebindings']
      : ['Role', 'roles', 'rolebindings'];
  const metadata = { name: 'granted' };
  const made = await server.send('POST', `${RBAC}${scope}/${roles}`, { body: { metadata, rules } });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: role, name: 'granted' };
  const bound = await server.send('POST', `${RBAC}${scope}/${bindings}`, {
    body: { metadata, roleRef, subjects: [subject] },
  });
  expect([made.status, bound.status]).toEqual([201, 201]);
}

const USER_ALICE = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'alice' };

describe('refusals', () => {
  test.each([
    ['no token', null, 'GET', '/api/v1/pods', 401, 'Unauthorized'],
    ['a token of nobody', 'wrong', 'GET', '/api/v1/pods', 401, 'Unauthorized'],
    [
      'a list in a namespace',
      ALICE,
      'GET',
      HPAS,
      403,
      'horizontalpodautoscalers.autoscaling is forbidden: User "alice" cannot list resource "horizontalpodautoscalers" in API group "autoscaling" in the namespace "default"',
    ],
    [
      'an object of the cluster',
      ALICE,
      'GET',
      '/api/v1/nodes/node-1',
      403,
      'nodes "node-1" is forbidden: User "alice" cannot get resource "nodes" in API group "" at the cluster scope',
    ],
    [
      'a subresource',
      ALICE,
      'GET',
      '/apis/apps/v1/namespaces/default/deployments/web/scale',
      403,
      'deployments.apps "web" is forbidden: User "alice" cannot get resource "deployments/scale" in API group "apps" in the namespace "default"',
    ],
    ['a path', ALICE, 'GET', '/metrics', 403, 'forbidden: User "alice" cannot get path "/metrics"'],
  ])('%s', async (_why, token, method, path, code, message) => {
    const server = startApiServer({ tokens: TOKENS });
    const answer = await server.send(method, path, { token });
    expect({ status: answer.status, code: answer.body.code, message: answer.body.message }).toEqual({
      status: code,
      code,
      message,
    });
  });

  test.each(['/healthz', '/livez', '/readyz', '/version'])('%s is for everybody', async (path) => {
    expect((await startApiServer().send('GET', path, { token: null })).status).toBe(200);
  });

  test('everybody with a token may discover', async () => {
    const server = startApiServer({ tokens: TOKENS });
    for (const path of ['/api', '/apis', '/api/v1', '/apis/apps/v1', '/openapi/v3']) {
      expect((await server.send('GET', path, { token: ALICE })).status, path).toBe(200);
    }
  });
});

describe('rules', () => {
  const SCALE = '/apis/apps/v1/namespaces/default/deployments/web/scale';

  test.each([
    [
      'the very rule',
      { verbs: ['list'], apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'] },
      'GET',
      HPAS,
      200,
    ],
    [
      'another verb',
      { verbs: ['watch'], apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'] },
      'GET',
      HPAS,
      403,
    ],
    [
      'another group',
      { verbs: ['list'], apiGroups: ['apps'], resources: ['horizontalpodautoscalers'] },
      'GET',
      HPAS,
      403,
    ],
    ['stars', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, 'GET', HPAS, 200],
    ['a subresource of everything', { verbs: ['get'], apiGroups: ['*'], resources: ['*/scale'] }, 'GET', SCALE, 404],
    [
      'a resource is not its subresource',
      { verbs: ['get'], apiGroups: ['apps'], resources: ['deployments'] },
      'GET',
      SCALE,
      403,
    ],
    [
      'a name',
      { verbs: ['get'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['kube-root-ca.crt'] },
      'GET',
      '/api/v1/namespaces/default/configmaps/kube-root-ca.crt',
      200,
    ],
    [
      'another name',
      { verbs: ['get'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['other'] },
      'GET',
      '/api/v1/namespaces/default/configmaps/kube-root-ca.crt',
      403,
    ],
    [
      'a list of one name',
      { verbs: ['list'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['kube-root-ca.crt'] },
      'GET',
      '/api/v1/namespaces/default/configmaps?fieldSelector=metadata.name%3Dkube-root-ca.crt',
      200,
    ],
    [
      'a list of another name',
      { verbs: ['list'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['kube-root-ca.crt'] },
      'GET',
      '/api/v1/namespaces/default/configmaps?fieldSelector=metadata.name%3Dother',
      403,
    ],
    [
      'a list of all but one name',
      { verbs: ['list'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['kube-root-ca.crt'] },
      'GET',
      '/api/v1/namespaces/default/configmaps?fieldSelector=metadata.name!%3Dkube-root-ca.crt',
      403,
    ],
    [
      'a list of every name',
      { verbs: ['list'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['kube-root-ca.crt'] },
      'GET',
      '/api/v1/namespaces/default/configmaps?labelSelector=a%3Db',
      403,
    ],
    [
      'a list by a selector that breaks the grammar',
      { verbs: ['list'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['kube-root-ca.crt'] },
      'GET',
      '/api/v1/namespaces/default/configmaps?fieldSelector=metadata.name',
      403,
    ],
    ['a path', { verbs: ['get'], nonResourceURLs: ['/metr*'] }, 'GET', '/metrics', 404],
  ])('%s', async (_why, rule, method, path, status) => {
    const server = startApiServer({ tokens: TOKENS });
    await grant(server, [rule], USER_ALICE);
    expect((await server.send(method, path, { token: ALICE })).status).toBe(status);
  });

  test('a right to one name covers a watch of it alone', async () => {
    const server = startApiServer({ tokens: TOKENS });
    const rule = { verbs: ['watch'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['kube-root-ca.crt'] };
    await grant(server, [rule], USER_ALICE);
    const statusOf = async (query: string): Promise<number> => {
      const ending = new AbortController();
      const path = `/api/v1/namespaces/default/configmaps?watch=1${query}`;
      const { status } = await server.fetch('GET', path, { token: ALICE, signal: ending.signal });
      ending.abort();
      return status;
    };
    expect(await statusOf('&fieldSelector=metadata.name%3Dkube-root-ca.crt')).toBe(200);
    expect(await statusOf('')).toBe(403);
  });

  test('a role of a namespace says nothing about another', async () => {
    const server = startApiServer({ tokens: TOKENS });
    await grant(server, [{ verbs: ['list'], apiGroups: [''], resources: ['configmaps'] }], USER_ALICE, 'default');
    expect((await server.send('GET', '/api/v1/namespaces/default/configmaps', { token: ALICE })).status).toBe(200);
    expect((await server.send('GET', '/api/v1/namespaces/kube-system/configmaps', { token: ALICE })).status).toBe(403);
    expect((await server.send('GET', '/api/v1/configmaps', { token: ALICE })).status).toBe(403);
  });
});

describe('tokens of ServiceAccounts', () => {
  const ACCOUNT = '/api/v1/namespaces/default/serviceaccounts/default';

  async function newToken(server: TestedApiServer, expirationSeconds?: number): Promise<string> {
    const spec = expirationSeconds === undefined ? {} : { expirationSeconds };
    const { status, body } = await server.send('POST', `${ACCOUNT}/token`, { body: { spec } });
    expect(status).toBe(201);
    return body.status.token;
  }

  async function whoAmI(server: TestedApiServer, token: string): Promise<unknown> {
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const { status, body } = await server.send('POST', path, { token, body: {} });
    return status === 201 ? body.status.userInfo : status;
  }

  test('stand for the account', async () => {
    const server = startApiServer();
    const uid = server.apiServer.store.get('/serviceaccounts', 'default', 'default')?.metadata.uid;
    expect(await whoAmI(server, await newToken(server))).toEqual({
      username: 'system:serviceaccount:default:default',
      uid,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=[0-9a-f-]{36}$/)] },
    });
  });

  test('do what is bound to the account, and no more', async () => {
    const server = startApiServer();
    const token = await newToken(server);
    await grant(server, [{ verbs: ['list'], apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'] }], {
      kind: 'ServiceAccount',
      name: 'default',
      namespace: 'default',
    });
    expect((await server.send('GET', HPAS, { token })).status).toBe(200);
    const refused = await server.send('DELETE', `${HPAS}/web`, { token });
    expect(refused.body.message).toBe(
      'horizontalpodautoscalers.autoscaling "web" is forbidden: User "system:serviceaccount:default:default" cannot delete resource "horizontalpodautoscalers" in API group "autoscaling" in the namespace "default"',
    );
  });

  test('end with their time', async () => {
    const server = startApiServer();
    const token = await newToken(server, 600);
    server.clock.advanceBy(599_000);
    expect(await whoAmI(server, token)).toMatchObject({ username: 'system:serviceaccount:default:default' });
    server.clock.advanceBy(1_000);
    expect(await whoAmI(server, token)).toBe(401);
  });

  test('end with the account, also when another of its name comes', async () => {
    const server = startApiServer();
    const token = await newToken(server);
    await server.send('DELETE', ACCOUNT);
    expect(await whoAmI(server, token)).toBe(401);
    await server.send('POST', '/api/v1/namespaces/default/serviceaccounts', {
      body: { metadata: { name: 'default' } },
    });
    expect(await whoAmI(server, token)).toBe(401);
  });

  test('are not made for less than ten minutes', async () => {
    const answer = await startApiServer().send('POST', `${ACCOUNT}/token`, {
      body: { spec: { expirationSeconds: 10 } },
    });
    expect([answer.status, answer.body.reason]).toEqual([422, 'Invalid']);
  });
});

import { describe, expect, test } from 'vitest';
import { ADMIN_TOKEN, startApiServer, type TestedApiServer } from '../../../test/fixtures/api-server.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ACCOUNT = '/api/v1/namespaces/default/serviceaccounts/default';
const AUDIENCE = 'https://kubernetes.default.svc';

async function startServer(): Promise<TestedApiServer> {
  const server = startApiServer({
    tokens: {
      [ADMIN_TOKEN]: { name: 'admin', groups: ['system:masters'] },
      alice: { name: 'alice', uid: 'u1', groups: ['readers'], extra: { scopes: ['a', 'b'] } },
    },
  });
  const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['pods', 'nodes/metrics'] }];
  const subjects = [
    { kind: 'User', name: 'alice' },
    { kind: 'ServiceAccount', name: 'default', namespace: 'default' },
  ];
  const make = async (path: string, body: object): Promise<void> => {
    expect((await server.send('POST', `${RBAC}/${path}`, { body })).status).toBe(201);
  };
  await make('clusterroles', { metadata: { name: 'look' }, rules });
  await make('clusterrolebindings', {
    metadata: { name: 'look-all' },
    roleRef: { kind: 'ClusterRole', name: 'look' },
    subjects,
  });
  await make('namespaces/default/rolebindings', {
    metadata: { name: 'look-here' },
    roleRef: { kind: 'ClusterRole', name: 'look' },
    subjects: [{ kind: 'Group', name: 'readers' }],
  });
  await make('clusterrolebindings', {
    metadata: { name: 'lost' },
    roleRef: { kind: 'ClusterRole', name: 'gone' },
    subjects: [{ kind: 'User', name: 'lost' }],
  });
  return server;
}

describe('access reviews', () => {
  const POD = { verb: 'get', resource: 'pods', namespace: 'default' };
  const TO_ALL = 'RBAC: allowed by ClusterRoleBinding "look-all" of ClusterRole "look" to';

  test.each<readonly [why: string, spec: object, status: object]>([
    [
      'of who is bound',
      { user: 'alice', resourceAttributes: POD },
      { allowed: true, reason: `${TO_ALL} User "alice"` },
    ],
    [
      'of a ServiceAccount',
      { user: 'system:serviceaccount:default:default', resourceAttributes: POD },
      { allowed: true, reason: `${TO_ALL} ServiceAccount "default/default"` },
    ],
    [
      'of a group alone',
      { groups: ['readers'], resourceAttributes: POD },
      {
        allowed: true,
        reason: 'RBAC: allowed by RoleBinding "look-here/default" of ClusterRole "look" to Group "readers"',
      },
    ],
    [
      'of that group in another namespace',
      { groups: ['readers'], resourceAttributes: { ...POD, namespace: 'kube-system' } },
      { allowed: false },
    ],
    ['of another verb', { user: 'alice', resourceAttributes: { ...POD, verb: 'list' } }, { allowed: false }],
    [
      'of a subresource that is granted',
      { user: 'alice', resourceAttributes: { verb: 'get', resource: 'nodes', subresource: 'metrics', name: 'node-1' } },
      { allowed: true, reason: `${TO_ALL} User "alice"` },
    ],
    [
      'of a subresource that is not',
      { user: 'alice', resourceAttributes: { verb: 'get', resource: 'nodes', subresource: 'proxy', name: 'node-1' } },
      { allowed: false },
    ],
    ['of an administrator', { user: 'x', groups: ['system:masters'], resourceAttributes: POD }, { allowed: true }],
    [
      'of a bound role that is not there',
      { user: 'lost', resourceAttributes: POD },
      { allowed: false, reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found' },
    ],
    [
      'of a path, by somebody who is authenticated',
      { user: 'x', groups: ['system:authenticated'], nonResourceAttributes: { verb: 'get', path: '/apis' } },
      {
        allowed: true,
        reason:
          'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"',
      },
    ],
    [
      'of a path, by a name without the group: nothing is granted to names alone',
      { user: 'x', nonResourceAttributes: { verb: 'get', path: '/apis' } },
      { allowed: false },
    ],
    [
      'of extra and uid, which RBAC does not look at',
      { user: 'alice', uid: 'other', extra: { scopes: ['none'] }, resourceAttributes: POD },
      { allowed: true, reason: `${TO_ALL} User "alice"` },
    ],
  ])('%s', async (_why, spec, status) => {
    const server = await startServer();
    const answer = await server.send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { body: { spec } });
    expect([answer.status, answer.body.status, answer.body.spec]).toEqual([201, status, spec]);
  });

  test.each<readonly [why: string, path: string, spec: object, field: string, message: string]>([
    [
      'nothing that is asked for',
      'subjectaccessreviews',
      { user: 'a' },
      'spec.resourceAttributes',
      'Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ],
    [
      'both that can be asked for',
      'selfsubjectaccessreviews',
      { resourceAttributes: POD, nonResourceAttributes: { path: '/x' } },
      'spec.nonResourceAttributes',
      'Invalid value: {"path":"/x"}: cannot be specified in combination with resourceAttributes',
    ],
    [
      'nobody',
      'subjectaccessreviews',
      { resourceAttributes: POD },
      'spec.user',
      'Invalid value: "": at least one of user or group must be specified',
    ],
    [
      'another namespace than its own',
      'namespaces/kube-system/localsubjectaccessreviews',
      { user: 'a', resourceAttributes: POD },
      'spec.resourceAttributes.namespace',
      'Invalid value: "default": must match metadata.namespace',
    ],
  ])('with %s are refused', async (_why, path, spec, field, message) => {
    const server = await startServer();
    const answer = await server.send('POST', `/apis/authorization.k8s.io/v1/${path}`, { body: { spec } });
    expect([answer.status, answer.body.details.causes]).toEqual([
      422,
      [{ reason: 'FieldValueInvalid', field, message }],
    ]);
  });
});

describe('token reviews', () => {
  const PATH = '/apis/authentication.k8s.io/v1/tokenreviews';
  const ALICE = {
    username: 'alice',
    uid: 'u1',
    groups: ['readers', 'system:authenticated'],
    extra: { scopes: ['a', 'b'] },
  };
  const NOBODY = { user: {}, error: 'invalid bearer token' };

  test.each<readonly [why: string, spec: object, status: object]>([
    ['a user', { token: 'alice' }, { authenticated: true, user: ALICE, audiences: [AUDIENCE] }],
    [
      'a user, asked for by one audience of several',
      { token: 'alice', audiences: ['vault', AUDIENCE] },
      { authenticated: true, user: ALICE, audiences: [AUDIENCE] },
    ],
    ['nobody', { token: 'x' }, NOBODY],
  ])('of a token of %s', async (_why, spec, status) => {
    const server = await startServer();
    expect((await server.send('POST', PATH, { body: { spec } })).body.status).toEqual(status);
  });

  test('a ServiceAccount’s token is good for its audiences alone', async () => {
    const server = await startServer();
    const made = await server.send('POST', `${ACCOUNT}/token`, { body: { spec: { audiences: ['vault'] } } });
    const { token } = made.body.status;
    const review = async (audiences?: readonly string[]) =>
      (await server.send('POST', PATH, { body: { spec: { token, ...(audiences && { audiences }) } } })).body.status;
    expect(await review(['vault'])).toMatchObject({
      authenticated: true,
      audiences: ['vault'],
      user: {
        username: 'system:serviceaccount:default:default',
        extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=/)] },
      },
    });
    expect(await review()).toEqual({
      user: {},
      error: `[invalid bearer token, token audiences ["vault"] is invalid for the target audiences ["${AUDIENCE}"]]`,
    });
    expect((await server.send('GET', '/apis', { token })).status).toBe(401);
  });

  test('without a token is a bad request', async () => {
    const server = await startServer();
    const answer = await server.send('POST', PATH, { body: { spec: {} } });
    expect([answer.status, answer.body.message]).toEqual([400, 'token is required for TokenReview in authentication']);
  });
});

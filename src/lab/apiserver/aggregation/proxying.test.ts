import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type BackendAnswer,
  json,
  type ReceivedRequest,
  startBackend,
} from '../../../../test/fixtures/aggregated-backend.ts';
import {
  type AggregatingServer,
  API_SERVICES,
  GROUP_PATH,
  RESOURCE_LIST,
  SLICES,
  startAggregatingServer,
} from '../../../../test/fixtures/aggregating-server.ts';

let cluster: AggregatingServer;

beforeAll(async () => {
  cluster = await startAggregatingServer();
});
afterAll(() => cluster.close());
beforeEach(() => cluster.restart());

describe('proxying', () => {
  test('a user’s request arrives with the user’s name, groups and extra, and without credentials', async () => {
    await cluster.server.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      body: { metadata: { name: 'm' }, rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
    });
    await cluster.server.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      body: {
        metadata: { name: 'm' },
        roleRef: { kind: 'ClusterRole', name: 'm' },
        subjects: [{ kind: 'User', name: 'märy' }],
      },
    });
    await cluster.makeAvailable();
    cluster.backend.answer = () => json({ kind: 'NodeMetricsList' }, { 'x-of-backend': 'yes' });
    const answer = await cluster.server.send(
      'POST',
      `${GROUP_PATH}/namespaces/a/pods/%2A/x?limit=5&labelSelector=a%3Db,c+d&b=;`,
      {
        token: 'mary',
        body: { some: 'body' },
        headers: {
          'x-remote-user': 'root',
          'x-remote-extra-scopes': 'all',
          'x-kept': 'kept',
          'x-hop': 'dropped',
          connection: 'x-hop',
        },
      },
    );
    expect([answer.status, answer.body, answer.headers.get('x-of-backend')]).toEqual([
      200,
      { kind: 'NodeMetricsList' },
      'yes',
    ]);
    const arrived = cluster.backend.received.find(({ method }) => method === 'POST');
    const { headers = {}, ...request }: Partial<ReceivedRequest> = arrived ?? {};
    expect(request).toEqual({
      method: 'POST',
      url: `${GROUP_PATH}/namespaces/a/pods/%2A/x?labelSelector=a%3Db%2Cc+d&limit=5`,
      body: '{"some":"body"}',
      clientName: 'front-proxy-client',
      serverName: 'metrics-server.kube-system.svc',
    });
    expect({
      user: headers['x-remote-user'],
      uid: headers['x-remote-uid'],
      groups: headers['x-remote-group'],
      extra: headers['x-remote-extra-example.org%2fscopes'],
      forged: headers['x-remote-extra-scopes'],
      authorization: headers['authorization'],
      kept: headers['x-kept'],
      hop: headers['x-hop'],
      by: headers['x-forwarded-for'],
    }).toEqual({
      user: [Buffer.from('märy').toString('latin1')],
      uid: ['u-1'],
      groups: ['team,one', 'team-two', 'system:authenticated'],
      extra: ['read', 'write'],
      forged: undefined,
      authorization: undefined,
      kept: ['kept'],
      hop: undefined,
      by: ['127.0.0.1'],
    });
  });

  test('who may not ask the API server is not passed on', async () => {
    await cluster.makeAvailable();
    const answer = await cluster.server.send('GET', `${GROUP_PATH}/secrets`, { token: 'mary' });
    expect([answer.status, cluster.askedFor('/secrets')]).toEqual([403, 0]);
  });

  test.each<readonly [why: string, answer: BackendAnswer, status: number, body: string]>([
    [
      'a redirect',
      { status: 302, headers: { location: 'https://127.0.0.1/' } },
      502,
      'the backend attempted to redirect this request, which is not permitted',
    ],
    ['an error of the backend’s', { status: 418, headers: { 'content-type': 'text/plain' }, body: 'tea' }, 418, 'tea'],
    ['no content', { status: 204 }, 204, ''],
  ])('%s comes back as upstream gives it', async (_why, answered, status, body) => {
    await cluster.makeAvailable();
    cluster.backend.answer = () => answered;
    const answer = await cluster.server.send('GET', `${GROUP_PATH}/nodes`);
    expect([answer.status, answer.body]).toEqual([status, body]);
  });

  test('a compressed answer comes back as it is', async () => {
    await cluster.makeAvailable();
    const packed = gzipSync('{}');
    cluster.backend.answer = () => ({ headers: { 'content-encoding': 'gzip' }, body: packed });
    const answer = await cluster.server.fetch('GET', `${GROUP_PATH}/nodes`, { headers: { 'accept-encoding': 'gzip' } });
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(Buffer.from(await answer.arrayBuffer()).equals(packed)).toBe(true);
  });

  test('while it is unavailable nobody is asked', async () => {
    await cluster.makeAvailable();
    await cluster.server.send('DELETE', `${SLICES}/one`);
    await cluster.condition((reason) => reason === 'EndpointsNotFound');
    const answer = await cluster.server.send('GET', `${GROUP_PATH}/idle`);
    expect([answer.status, answer.body, answer.headers.get('content-type')]).toEqual([
      503,
      'service unavailable\n',
      'text/plain; charset=utf-8',
    ]);
    expect(cluster.askedFor('/idle')).toBe(0);
  });

  test('a backend that has gone since its last check is told of', async () => {
    const gone = await startBackend(['metrics-server.kube-system.svc'], cluster.trust.frontProxyAuthority.certificate);
    gone.answer = () => json(RESOURCE_LIST);
    await cluster.restart(() => gone.url);
    await cluster.makeService([{ port: 443 }], { type: 'ExternalName', externalName: 'localhost' });
    await cluster.post(API_SERVICES, cluster.apiService({ caBundle: Buffer.from(gone.authority).toString('base64') }));
    await cluster.condition((reason) => reason === 'Passed');
    await gone.close();
    const answer = await cluster.server.send('GET', `${GROUP_PATH}/nodes`);
    expect([answer.status, answer.body]).toEqual([
      503,
      `error trying to reach service: dial tcp 127.0.0.1:${gone.port}: connect: connection refused\n`,
    ]);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type AggregatedBackend,
  type BackendAnswer,
  json,
  startBackend,
} from '../../../../test/fixtures/aggregated-backend.ts';
import {
  type AggregatingServer,
  API_SERVICES,
  GROUP_PATH,
  READY,
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

describe('availability', () => {
  test.each<readonly [why: string, make: () => Promise<void>, reason: string, message: string]>([
    ['no Service', async () => {}, 'ServiceNotFound', 'service/metrics-server in "kube-system" is not present'],
    [
      'a Service on another port',
      () => cluster.makeService([{ name: 'https', port: 8443 }]),
      'ServicePortError',
      'service/metrics-server in "kube-system" is not listening on port 443',
    ],
    [
      'no endpoints yet',
      () => cluster.makeService(),
      'EndpointsNotFound',
      'cannot find endpointslices for service/metrics-server in "kube-system"',
    ],
    [
      'endpoints that are not ready',
      async () => {
        await cluster.makeService();
        await cluster.makeSlice([{ addresses: ['10.244.0.9'], conditions: { ready: false } }]);
      },
      'MissingEndpoints',
      'endpointslices for service/metrics-server in "kube-system" have no addresses with port name "https"',
    ],
    [
      'a port of another name',
      async () => {
        await cluster.makeService();
        await cluster.makeSlice(READY, [{ name: 'web', port: 10250 }]);
      },
      'MissingEndpoints',
      'endpointslices for service/metrics-server in "kube-system" have no addresses with port name "https"',
    ],
  ])('with %s the reason is the upstream one', async (_why, make, reason, message) => {
    await make();
    await cluster.post(API_SERVICES, cluster.apiService());
    expect(await cluster.condition()).toEqual(['False', reason, message]);
  });

  test.each<readonly [why: string, answer: BackendAnswer, message: string]>([
    ['a status that is no success', { status: 404 }, 'bad status from URL: 404'],
    ['a redirect', { status: 302, headers: { location: '/elsewhere' } }, 'bad status from URL: 302'],
    ['no right to ask', { status: 403 }, 'bad status from URL: 403'],
  ])('a backend that answers with %s fails its check', async (_why, answer, message) => {
    cluster.backend.answer = () => answer;
    await cluster.makeService();
    await cluster.makeSlice(READY);
    await cluster.post(API_SERVICES, cluster.apiService());
    const url = `${cluster.backend.url}${GROUP_PATH}`;
    const text = `failing or missing response from ${url}: ${message.replace('URL', url)}`;
    expect(await cluster.condition()).toEqual(['False', 'FailedDiscoveryCheck', text]);
  });

  test('a backend that is not there is told by its address, and found again when it comes', async () => {
    let url: string | undefined = 'https://127.0.0.1:1';
    await cluster.restart(() => url);
    await cluster.makeService();
    await cluster.makeSlice(READY);
    await cluster.post(API_SERVICES, cluster.apiService());
    expect(await cluster.condition()).toEqual([
      'False',
      'FailedDiscoveryCheck',
      `failing or missing response from ${url}${GROUP_PATH}: Get "${url}${GROUP_PATH}": dial tcp 127.0.0.1:1: connect: connection refused`,
    ]);
    url = cluster.backend.url;
    expect(await cluster.condition((reason) => reason === 'Passed')).toEqual(['True', 'Passed', 'all checks passed']);
  });

  test('a Service that leads nowhere in the lab fails its check', async () => {
    await cluster.restart(() => undefined);
    await cluster.makeService([{ port: 443 }], { type: 'ExternalName', externalName: 'localhost' });
    await cluster.post(API_SERVICES, cluster.apiService());
    expect(await cluster.condition()).toEqual([
      'False',
      'FailedDiscoveryCheck',
      'no route to service kube-system/metrics-server port 443',
    ]);
  });

  test('the check follows the Service and its endpoints', async () => {
    await cluster.post(API_SERVICES, cluster.apiService());
    expect(await cluster.condition()).toMatchObject({ 1: 'ServiceNotFound' });
    await cluster.makeService();
    expect(await cluster.condition((reason) => reason !== 'ServiceNotFound')).toMatchObject({ 1: 'EndpointsNotFound' });
    await cluster.makeSlice(READY);
    expect(await cluster.condition((reason) => reason !== 'EndpointsNotFound')).toMatchObject({ 1: 'Passed' });
    await cluster.server.send('DELETE', `${SLICES}/one`);
    expect(await cluster.condition((reason) => reason !== 'Passed')).toMatchObject({ 1: 'EndpointsNotFound' });
  });

  test('the backend is asked as one that may do everything, by the front proxy', async () => {
    await cluster.makeAvailable();
    const probe = cluster.backend.received.findLast(
      ({ headers }) => headers['x-remote-group']?.[0] === 'system:masters',
    );
    expect(probe).toMatchObject({
      method: 'GET',
      clientName: 'front-proxy-client',
      serverName: 'metrics-server.kube-system.svc',
      headers: { 'x-remote-user': ['system:kube-aggregator'], 'x-remote-group': ['system:masters'] },
    });
  });
});

describe('verification of the backend', () => {
  async function failureOf(names: readonly string[], spec: (other: AggregatedBackend) => object): Promise<string> {
    const other = await startBackend(names, cluster.trust.frontProxyAuthority.certificate);
    other.answer = () => json(RESOURCE_LIST);
    await cluster.restart(() => other.url);
    await cluster.makeService([{ port: 443 }], { type: 'ExternalName', externalName: 'localhost' });
    await cluster.post(API_SERVICES, cluster.apiService(spec(other)));
    const [, reason, message = ''] = await cluster.condition();
    await other.close();
    return `${reason}: ${message.split('": ').at(-1)}`;
  }
  const bundleOf = ({ authority }: AggregatedBackend) => ({ caBundle: Buffer.from(authority).toString('base64') });

  test.each<readonly [why: string, names: readonly string[], spec: (other: AggregatedBackend) => object, told: string]>(
    [
      [
        'another name than the Service’s',
        ['metrics-server.kube-system.svc.cluster.local'],
        bundleOf,
        'FailedDiscoveryCheck: tls: failed to verify certificate: x509: certificate is valid for metrics-server.kube-system.svc.cluster.local, not metrics-server.kube-system.svc',
      ],
      [
        'another authority than the bundle’s',
        ['metrics-server.kube-system.svc'],
        () => ({}),
        'FailedDiscoveryCheck: tls: failed to verify certificate: x509: certificate signed by unknown authority',
      ],
      [
        'no bundle at all',
        ['metrics-server.kube-system.svc'],
        () => ({ caBundle: undefined }),
        'FailedDiscoveryCheck: tls: failed to verify certificate: x509: certificate signed by unknown authority',
      ],
      [
        'no bundle and the wish not to look',
        ['another.name'],
        () => ({ caBundle: undefined, insecureSkipTLSVerify: true }),
        'Passed: all checks passed',
      ],
      ['the right name and authority', ['metrics-server.kube-system.svc'], bundleOf, 'Passed: all checks passed'],
    ],
  )('%s', async (_why, names, spec, told) => {
    expect(await failureOf(names, spec)).toBe(told);
  });
});

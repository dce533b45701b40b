import { describe, expect, test } from 'vitest';
import { createHealth } from '../../platform/telemetry/health.ts';
import { createTelemetry } from '../../platform/telemetry/registry.ts';
import type { MetricsSource } from '../source/port.ts';
import { createAggregatedServer } from './aggregated-server.ts';
import { addMetricsServerChecks } from './health-checks.ts';
import { createMetricsApis } from './metrics-apis.ts';

const VERSION = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.2.3',
  gitCommit: 'c0ffee',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'linux/amd64',
};

const AT_MS = Date.parse('2026-03-01T10:00:00Z');

const SOURCE: MetricsSource = {
  resource: {
    listPods: async () => [],
    listNodes: async () => [{ name: 'n', labels: {}, atMs: AT_MS - 3_000, windowMs: 1_000, usage: { cpu: '1' } }],
  },
  custom: {
    listMetrics: async () => [{ resource: 'pods', isNamespaced: true, metric: 'orders' }],
    getValues: async () => [],
  },
  external: { listMetrics: async () => ['backlog'], getValues: async () => [] },
};

function createServer(source: MetricsSource = SOURCE, problem?: string) {
  const health = createHealth({ isOpen: true });
  const isWell = () => undefined;
  addMetricsServerChecks(health, {
    ...{ storage: () => problem, informers: isWell, podInformer: isWell },
    ...{ collection: isWell, shutdown: isWell },
  });
  const telemetry = createTelemetry();
  const apis = createMetricsApis(source, { nowMs: () => AT_MS }, { telemetry });
  return createAggregatedServer({ apis, health, telemetry, version: VERSION });
}

const server = createServer();

async function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await server(new Request(`https://x${path}`, { method, headers }));
  return { code: response.status, headers: response.headers, text: await response.text() };
}

describe('an aggregated API server', () => {
  const rows: readonly (readonly [why: string, path: string, code: number, start: string])[] = [
    ['the index', '/', 200, '{\n  "paths": [\n    "/apis",\n    "/apis/custom.metrics.k8s.io",'],
    ['a path that nobody serves is the index too', '/nonsense', 404, '{\n  "paths": [\n    "/apis",'],
    ['a group that is not served', '/apis/apps/v1', 404, '{\n  "paths": ['],
    ['a version that is not served', '/apis/metrics.k8s.io/v2', 404, '{"kind":"Status"'],
    ['what it is', '/version', 200, '{\n  "major": "1",\n  "minor": "36",\n  "gitVersion": "v1.2.3",'],
    ['groups', '/apis', 200, '{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"external.metrics.k8s.io"'],
    ['groups, with a slash', '/apis/', 200, '{"kind":"APIGroupList"'],
    ['a group', '/apis/custom.metrics.k8s.io', 200, '{"kind":"APIGroup"'],
    ['objects', '/apis/metrics.k8s.io/v1/nodes', 200, '{"kind":"NodeMetricsList","apiVersion":"metrics.k8s.io/v1"'],
    ['pods of a namespace without a name', '/apis/metrics.k8s.io/v1/namespaces//pods', 404, '{"kind":"Status"'],
    ['alive', '/livez', 200, 'ok'],
    ['a check of its own', '/readyz/poststarthook/max-in-flight-filter', 200, 'ok'],
    ['no such check', '/readyz/nope', 404, '{\n  "paths": ['],
    ['its own metrics', '/metrics', 200, '# HELP metrics_apiserver_metric_freshness_seconds'],
    ['below its metrics', '/metrics/x', 404, '{\n  "paths": ['],
    ['no document of another group', '/openapi/v3/apis/apps/v1', 404, '{"kind":"Status"'],
    ['openapi alone', '/openapi', 404, '{\n  "paths": ['],
  ];
  test.each(rows)('%s', async (_why, path, code, start) => {
    const answer = await get(path);
    expect([answer.code, answer.text.slice(0, start.length)]).toEqual([code, start]);
  });

  test('each check by upstream’s name and in its order', async () => {
    const shown = async (path: string) => (await get(`${path}?verbose`)).text;
    const common = [
      'ping',
      'log',
      'poststarthook/max-in-flight-filter',
      'poststarthook/storage-object-count-tracker-hook',
    ];
    const text = (endpoint: string, names: readonly string[]) =>
      `${[...common, ...names].map((name) => `[+]${name} ok\n`).join('')}${endpoint} check passed\n`;
    expect(await shown('/healthz')).toBe(text('healthz', ['metadata-informer-sync']));
    expect(await shown('/livez')).toBe(text('livez', ['metric-collection-timely', 'metadata-informer-sync']));
    const ready = ['metric-storage-ready', 'metric-informer-sync', 'metadata-informer-sync', 'shutdown'];
    expect(await shown('/readyz')).toBe(text('readyz', ready));
  });

  test('what is not ready keeps the reason to itself', async () => {
    const answer = await createServer(SOURCE, 'node n: x509')(new Request('https://x/readyz'));
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain('[-]metric-storage-ready failed: reason withheld\n');
  });

  test('everything in one document, kept by its tag', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const first = await get('/apis', { accept });
    expect(first.headers.get('content-type')).toBe(
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    );
    expect([first.headers.get('vary'), first.headers.get('cache-control')]).toEqual(['Accept', 'public']);
    const names = JSON.parse(first.text).items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
    expect(names).toEqual(['external.metrics.k8s.io', 'custom.metrics.k8s.io', 'metrics.k8s.io']);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[0-9A-F]{128}"$/);
    const again = await get('/apis', { accept, 'if-none-match': etag });
    expect([again.code, again.text]).toEqual([304, '']);
    expect((await get('/apis', { accept, 'if-none-match': '"other"' })).code).toBe(200);
    const older = await get('/apis', { accept: accept.replace('v=v2;', 'v=v2beta1;') });
    expect(JSON.parse(older.text).apiVersion).toBe('apidiscovery.k8s.io/v2beta1');
  });

  test.each([
    ['nothing is written', 'POST', '/apis/metrics.k8s.io/v1/pods', 405],
    ['not even a head', 'HEAD', '/apis/metrics.k8s.io/v1/pods', 405],
    ['no group is made', 'POST', '/apis', 405],
    ['no version', 'PUT', '/version', 405],
    ['what is not there is not there for anybody', 'POST', '/apis/metrics.k8s.io/v1/widgets', 404],
  ])('%s', async (_why, method, path, code) => {
    expect((await get(path, {}, method)).code).toBe(code);
  });

  test('the age of what is served is counted', async () => {
    await get('/apis/metrics.k8s.io/v1/nodes');
    const { text } = await get('/metrics');
    expect(text).toMatch(/^metrics_server_api_metric_freshness_seconds_bucket\{le="2.537\d*"\} 0$/m);
    expect(text).toMatch(/^metrics_server_api_metric_freshness_seconds_bucket\{le="3.461\d*"\} [1-9]/m);
  });
});

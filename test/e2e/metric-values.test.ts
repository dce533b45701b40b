import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CustomObjectsApi, KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import { createAggregatedServer } from '../../src/metrics/serve/aggregated-server.ts';
import { MetricFailure } from '../../src/metrics/source/metric-failure.ts';
import { createOrderedCustomSource, createOrderedExternalSource } from '../../src/metrics/source/ordered-sources.ts';
import { createPassThrough } from '../../src/metrics/source/pass-through.ts';
import type { CustomMetricsSource, ExternalMetricsSource } from '../../src/metrics/source/port.ts';
import { createOutbound, type Outbound } from '../../src/platform/http/outbound.ts';
import { createHealth } from '../../src/platform/telemetry/health.ts';
import { createTelemetry } from '../../src/platform/telemetry/registry.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import {
  frontProxyAuthorityFile,
  listenForMetrics,
  type MetricsAnswer,
  registerMetricsApis,
} from './support/metrics-api.ts';

/** What every pod has of `orders`, the Service of `lag`, the namespace of `visits`, and the queues elsewhere of messages. */
const load = { orders: '500m', lag: '30', visits: '2k', messages: '12' };
const SHOP = 'shop';
const CUSTOM = '/apis/custom.metrics.k8s.io';
const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1';
const HPA_TIMEOUT_MS = 120_000;

let cluster: Cluster;
let outbound: Outbound;
const stops: (() => Promise<void>)[] = [];
const answers: MetricsAnswer[] = [];
/** Requests that reached the server behind ours. */
const elsewhere: MetricsAnswer[] = [];

beforeAll(async () => {
  const controllerManagerFlags = [
    '--horizontal-pod-autoscaler-sync-period=3s',
    '--horizontal-pod-autoscaler-initial-readiness-delay=0s',
  ];
  cluster = await startCluster({ withHpaController: true, nodeCount: 1, controllerManagerFlags });
  await apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SHOP } },
    ...['by-pods', 'by-object', 'by-external'].map(deployment),
  );
  const behind = await listen({ external: queues('theirs') }, elsewhere);
  outbound = createOutbound({
    ioClock: createSystemClock(),
    tls: {
      certificateAuthority: behind.caCertificate,
      certificate: await pki('front-proxy-client.crt'),
      privateKey: await pki('front-proxy-client.key'),
      serverName: 'metrics-server.kube-system.svc',
    },
  });
  const keda = createPassThrough({
    name: 'keda',
    url: `https://127.0.0.1:${behind.port}`,
    outbound,
    isCallerNamed: true,
    ioClock: createSystemClock(),
    deadlineMs: 5_000,
    userAgent: 'podtide-test',
  });
  const front = await listen(
    {
      custom: createOrderedCustomSource([{ name: 'rules', source: orders() }]).source,
      external: createOrderedExternalSource([
        { name: 'rules', source: { ...queues('ours'), owns: ({ metric }) => metric === 'ours' } },
        { name: 'keda', source: keda.external },
      ]).source,
    },
    answers,
  );
  await registerMetricsApis(cluster, front);
});

afterAll(async () => {
  for (const stop of stops) await stop();
  await outbound?.close();
  await cluster?.stop();
});

async function listen(
  source: { readonly custom?: CustomMetricsSource; readonly external?: ExternalMetricsSource },
  onto: MetricsAnswer[],
) {
  const server = await listenForMetrics(source, frontProxyAuthorityFile(cluster), {
    onAnswer: (answer) => onto.push(answer),
    serve: (apis) =>
      createAggregatedServer({
        apis,
        health: createHealth({ isOpen: true }),
        telemetry: createTelemetry(),
        version: VERSION,
      }),
  });
  stops.push(() => server.stop());
  return server;
}

const VERSION = {
  ...{ major: '1', minor: '36', gitVersion: 'v0.0.0', gitCommit: '', gitTreeState: '', buildDate: '' },
  ...{ goVersion: '', compiler: '', platform: '' },
};

const pki = (name: string): Promise<string> => readFile(join(cluster.folder, 'pki', name), 'utf8');

function orders(): CustomMetricsSource {
  const metrics = [
    { resource: 'pods', isNamespaced: true, metric: 'orders' },
    { resource: 'services', isNamespaced: true, metric: 'lag' },
    { resource: 'namespaces', isNamespaced: false, metric: 'visits' },
  ];
  return {
    listMetrics: async () => metrics,
    owns: ({ resource, metric }) => metrics.some((each) => each.resource === resource && each.metric === metric),
    async getValues({ resource, namespace, name, metric, labelSelector }) {
      if (!metrics.some((each) => each.metric === metric)) throw new MetricFailure('unknownMetric', `no ${metric}`);
      const value = (kind: string, of: string, quantity: string) => ({
        describedObject: { apiVersion: 'v1', kind, ...(namespace === null ? {} : { namespace }), name: of },
        ...{ metric, atMs: Date.now(), windowMs: null, value: quantity },
      });
      if (resource === 'namespaces') return [value('Namespace', name, load.visits)];
      if (resource === 'services') return [value('Service', name, load.lag)];
      const pods = await podNames(labelSelector);
      return pods.map((pod) => value('Pod', pod, load.orders));
    },
  };
}

/** Pods of the shop by a selector, as a source lists them that asks the API server. */
async function podNames(labelSelector: string): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/${SHOP}/pods?labelSelector=${encodeURIComponent(labelSelector)}`;
  const list = (await cluster.api.get(path)) as {
    readonly items: readonly { readonly metadata: { readonly name: string } }[];
  };
  return list.items.map(({ metadata }) => metadata.name);
}

function queues(metric: string): ExternalMetricsSource {
  const names = [metric];
  return {
    listMetrics: async () => names,
    getValues: async (query) => [
      {
        metric: query.metric,
        labels: { queue: 'mail', source: metric },
        atMs: Date.now(),
        windowMs: null,
        value: load.messages,
      },
    ],
  };
}

async function apply(...items: readonly object[]): Promise<void> {
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

function deployment(app: string): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: SHOP, name: app },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app } },
      template: {
        metadata: { labels: { app } },
        spec: { containers: [{ name: 'app', image: 'registry.example/app:1' }] },
      },
    },
  };
}

const raw = async (path: string): Promise<unknown> => JSON.parse(await cluster.kubectl(['get', '--raw', path]));

describe('behind a real API server', () => {
  test('the APIServices are Available, and discovery has every metric', async () => {
    const names = ['v1beta1.custom.metrics.k8s.io', 'v1beta2.custom.metrics.k8s.io', 'v1beta1.external.metrics.k8s.io'];
    const path = '{range .items[*]}{.status.conditions[?(@.type=="Available")].status} {end}';
    expect(await cluster.kubectl(['get', 'apiservices', ...names, '-o', `jsonpath=${path}`])).toBe('True True True ');
    const { resources } = (await raw(`${CUSTOM}/v1beta2`)) as {
      readonly resources: readonly { readonly name: string }[];
    };
    expect(resources.map(({ name }) => name)).toEqual(['namespaces/visits', 'pods/orders', 'services/lag']);
  });

  test('kubectl api-resources shows external metrics, the other server’s too, and complains of nothing', async () => {
    await expect
      .poll(() => cluster.kubectl(['api-resources', '--no-headers', '--api-group=external.metrics.k8s.io']), {
        timeout: 90_000,
        interval: 2_000,
      })
      .toMatch(/^ours +external\.metrics\.k8s\.io\/v1beta1 +true +ExternalMetricValueList\ntheirs /);
  });

  test('the schema of a version comes through the aggregation layer', async () => {
    const schema = 'io.k8s.metrics.pkg.apis.custom_metrics.v1beta2.MetricValueList';
    await expect
      .poll(() => cluster.kubectl(['get', '--raw', '/openapi/v3/apis/custom.metrics.k8s.io/v1beta2']).catch(String), {
        timeout: 90_000,
        interval: 2_000,
      })
      .toContain(schema);
  });

  test('kubectl reads values and refusals as upstream’s adapter writes them', async () => {
    expect(await raw(`${CUSTOM}/v1beta1/namespaces/${SHOP}/metrics/visits`)).toEqual({
      kind: 'MetricValueList',
      apiVersion: 'custom.metrics.k8s.io/v1beta1',
      metadata: {},
      items: [
        {
          describedObject: { kind: 'Namespace', name: SHOP, apiVersion: '/v1' },
          metricName: 'visits',
          timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
          value: '2k',
          selector: null,
        },
      ],
    });
    const refused = cluster.kubectl(['get', '--raw', `${CUSTOM}/v1beta2/namespaces/${SHOP}/pods/*/nothing`]);
    await expect(refused).rejects.toThrow(
      'Error from server (NotFound): the server could not find the metric nothing for pods',
    );
  });

  test('the official client reads an external metric of the server behind', async () => {
    const config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
    const list = await config.makeApiClient(CustomObjectsApi).listNamespacedCustomObject({
      ...{ group: 'external.metrics.k8s.io', version: 'v1beta1', namespace: SHOP, plural: 'theirs' },
      labelSelector: 'queue=mail',
    });
    expect(list.items).toEqual([
      expect.objectContaining({ metricName: 'theirs', metricLabels: { queue: 'mail', source: 'theirs' }, value: '12' }),
    ]);
    expect(
      elsewhere.some(({ path }) => path === `${EXTERNAL}/namespaces/${SHOP}/theirs?labelSelector=queue%3Dmail`),
    ).toBe(true);
  });
});

test('kube-controller-manager scales by pods’, objects’ and external metrics, in protobuf, also through the server behind', async () => {
  const hpa = (name: string, metric: object): object => ({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { namespace: SHOP, name },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      ...{ minReplicas: 1, maxReplicas: 20, metrics: [metric] },
    },
  });
  const average = (averageValue: string) => ({ type: 'AverageValue', averageValue });
  await apply(
    hpa('by-pods', { type: 'Pods', pods: { metric: { name: 'orders' }, target: average('250m') } }),
    hpa('by-object', {
      type: 'Object',
      object: {
        metric: { name: 'lag' },
        describedObject: { apiVersion: 'v1', kind: 'Service', name: 'web' },
        target: average('10'),
      },
    }),
    hpa('by-external', { type: 'External', external: { metric: { name: 'theirs' }, target: average('3') } }),
  );
  const columns = '{range .items[*]}{.metadata.name} {.status.desiredReplicas}{"\\n"}{end}';
  await expect
    .poll(() => cluster.kubectl(['get', 'hpa', '-n', SHOP, '-o', `jsonpath=${columns}`]), {
      timeout: HPA_TIMEOUT_MS,
      interval: 1_000,
    })
    // 30 of lag at ten each, twelve messages at three each; pods have twice what they should have, however many there are.
    .toMatch(/^by-external 4\nby-object 3\nby-pods (4|8|16|20)\n$/);
  const byProtobuf = answers.filter(({ contentType }) => contentType === 'application/vnd.kubernetes.protobuf');
  for (const part of [`/namespaces/${SHOP}/pods/%2A/orders`, `/services/web/lag`, `/theirs`])
    expect(byProtobuf.filter(({ path, status }) => status === 200 && path.includes(part)).length).toBeGreaterThan(0);
});

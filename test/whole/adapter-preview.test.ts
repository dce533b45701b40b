import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { previewJson, previewText, refusalTexts } from '../../src/app/cli/preview-report.ts';
import { type AdapterPreview, previewHpa } from '../../src/app/processes/adapter-preview.ts';
import { parseRuleFiles } from '../../src/app/processes/rule-files.ts';
import type { HpaSpec, MetricSpec } from '../../src/core/autoscaling/types.ts';
import { DEPLOYMENTS } from '../../src/lab/world/objects.ts';
import type { PrometheusClient } from '../../src/metrics/prometheus/client.ts';
import { PrometheusFailure } from '../../src/metrics/prometheus/prometheus-failure.ts';
import { createHandleTransport } from '../../src/platform/kube/handle-transport.ts';
import { tellingClient } from '../adapter/told-prometheus.ts';
import { LabCluster } from './support/lab-cluster.ts';
import { HPAS, object } from './support/top-stage.ts';

const CUSTOM_RULES = `rules:
- seriesQuery: requests{namespace!="",pod!=""}
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
`;
const EXTERNAL_RULES = `externalRules:
- seriesQuery: queue_depth{queue!=""}
  resources: {namespaced: false}
  metricsQuery: max(<<.Series>>{<<.LabelMatchers>>})
`;

const POD_METRIC: MetricSpec = {
  type: 'Pods',
  pods: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '10' } },
};
const QUEUE_METRIC: MetricSpec = {
  type: 'External',
  external: { metric: { name: 'queue_depth' }, target: { type: 'AverageValue', averageValue: '20' } },
};
const CPU_METRIC: MetricSpec = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
};

/** Each pod that is asked for has 35 requests a second; the queue is 60 deep. */
const PROMETHEUS: PrometheusClient = {
  ...tellingClient({
    series: [
      { __name__: 'requests', namespace: 'default', pod: 'web-1' },
      { __name__: 'queue_depth', queue: 'mail' },
    ],
  }),
  query: async ({ query, atMs }) => {
    const pods = /pod=~?"([^"]*)"/.exec(query)?.[1]?.split('|') ?? [];
    const rows = query.startsWith('max')
      ? [{ labels: {}, value: 60 }]
      : pods.map((pod) => ({ labels: { pod }, value: 35 }));
    const samples = rows.map((row) => ({ ...row, atMs, valueText: String(row.value) }));
    return { value: { kind: 'vector', samples }, warnings: [], infos: [] };
  },
};

/** Whom nobody is to ask. */
const NO_PROMETHEUS = tellingClient({ series: [] });

const cluster = new LabCluster();
let requests: string[] = [];

beforeAll(async () => {
  await cluster.start();
  await createWorkload('web', 2, [POD_METRIC]);
  await createWorkload('worker', 1, [POD_METRIC, QUEUE_METRIC, CPU_METRIC]);
  await cluster.runTo(90);
});
afterAll(() => cluster.end());
beforeEach(() => {
  requests = [];
});

/** A Deployment, and an HPA of its name. */
async function createWorkload(name: string, replicas: number, metrics: readonly MetricSpec[]): Promise<void> {
  const labels = { app: name };
  const resources = { requests: { cpu: '100m' } };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'shop:1', resources }] } };
  await cluster.client.create(DEPLOYMENTS, object(name, { replicas, selector: { matchLabels: labels }, template }));
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name };
  const spec: HpaSpec = { scaleTargetRef, minReplicas: 1, maxReplicas: 9, metrics };
  await cluster.client.create(HPAS, object(name, spec));
}

function preview(
  name: string,
  rules: string,
  prometheus = PROMETHEUS,
  backend: string | null = null,
): Promise<AdapterPreview> {
  const transport = createHandleTransport(
    (request) => {
      requests.push(`${request.method} ${new URL(request.url).pathname}`);
      return cluster.server.handle(request);
    },
    { headers: { authorization: 'Bearer whole-test' } },
  );
  return previewHpa(
    { namespace: 'default', name },
    {
      files: parseRuleFiles([{ path: 'rules.yaml', text: rules }], backend === null ? [] : [backend]),
      prometheus: { get: (name) => (name === backend ? prometheus : NO_PROMETHEUS) },
      maxAgeMs: 600_000,
      kube: { ...cluster.kube(), transport },
      clock: cluster.clock,
    },
    new AbortController().signal,
  );
}

describe('podtide adapter preview', () => {
  test('answers the HPA’s metric of pods by the rules, and decides by the engine; nothing is written', async () => {
    const found = await preview('web', CUSTOM_RULES);
    const { decision, queries, refused } = found;
    expect(decision).toMatchObject({
      hpa: { namespace: 'default', name: 'web' },
      currentReplicas: 2,
      desiredReplicas: 4,
      scaledTo: null,
      error: null,
      trace: { metrics: [{ code: 'MetricProposed', current: 35_000, target: 10_000, proposedReplicas: 7 }] },
    });
    expect(queries).toEqual([
      expect.stringMatching(/^sum\(requests\{namespace="default",pod=~"web-[^"|]+\|web-[^"|]+"\}\) by \(pod\)$/),
    ]);
    expect(refused.size).toBe(0);
    expect(requests.filter((request) => !request.startsWith('GET '))).toEqual([]);
    expect(requests.filter((request) => /custom\.metrics\.k8s\.io\/.*\/pods\//.test(request))).toEqual([]);
    const text = previewText(found, 'rules.yaml', 'en');
    expect(text).toContain('HPA default/web by the rules of rules.yaml, as a controller decides that has just started');
    expect(text).toContain(`Asked of Prometheus:\n  ${queries[0]}\n`);
    expect(previewText(found, 'rules.yaml', 'zh-CN')).toContain('按 rules.yaml 的规则推演 HPA default/web');
    expect(JSON.parse(previewJson(found, 'rules.yaml', 'en'))).toMatchObject({
      apiVersion: 'podtide.dev/v1',
      kind: 'AdapterPreview',
      rules: 'rules.yaml',
      queries,
      decision: { desiredReplicas: 4 },
    });
  });

  const asksCluster = (path: string): boolean => requests.some((request) => request.startsWith(`GET ${path}`));

  test('external metrics by their rules, CPU by the cluster', async () => {
    const { decision, queries } = await preview('worker', CUSTOM_RULES + EXTERNAL_RULES);
    expect(decision).toMatchObject({ currentReplicas: 1, desiredReplicas: 4, error: null });
    expect(
      decision.trace.metrics.map((metric) =>
        metric.code === 'MetricProposed' ? metric.proposedReplicas : metric.code,
      ),
    ).toEqual([4, 3, 1]);
    expect(queries.toSorted()).toEqual(['max(queue_depth{})', expect.stringMatching(/^sum\(requests\{/)]);
    expect([
      asksCluster('/apis/metrics.k8s.io/'),
      asksCluster('/apis/external.metrics.k8s.io/v1beta1/namespaces/'),
    ]).toEqual([true, false]);
  });

  test('an API that the file has no rules for stays the cluster’s', async () => {
    const { queries } = await preview('worker', CUSTOM_RULES);
    expect(queries).toHaveLength(1);
    expect(asksCluster('/apis/external.metrics.k8s.io/v1beta1/namespaces/default/queue_depth')).toBe(true);
  });

  test('a metric that no rule makes has no value, whatever the cluster serves', async () => {
    const { decision, queries } = await preview('web', CUSTOM_RULES.replace('requests{', 'others{'));
    expect(decision.trace.metrics).toEqual([
      expect.objectContaining({
        code: 'MetricFailed',
        message: expect.stringContaining('requests of pods: no rule has found such a series'),
      }),
    ]);
    expect([queries, decision.desiredReplicas]).toEqual([[], null]);
    expect(requests.filter((request) => /custom\.metrics\.k8s\.io\/.*\/pods\//.test(request))).toEqual([]);
  });

  test('a selector that Prometheus does not take is told; one that is not there ends it', async () => {
    const failing = (code: 'BadQuery' | 'Refused'): PrometheusClient => ({
      ...PROMETHEUS,
      series: () =>
        Promise.reject(
          new PrometheusFailure(
            'told',
            'series',
            code === 'Refused' ? { code, address: 'p:9090' } : { code, detail: 'said the server' },
          ),
        ),
    });
    const found = await preview('web', CUSTOM_RULES, failing('BadQuery'));
    expect(refusalTexts(found, 'en')).toEqual([
      expect.stringMatching(/^requests\{.*\}: Prometheus does not take the seriesQuery, .*said the server/),
    ]);
    expect(previewText(found, 'rules.yaml', 'en')).toContain('Prometheus was asked for no value.');
    await expect(preview('web', CUSTOM_RULES, failing('Refused'))).rejects.toMatchObject({ kind: 'unavailable' });
  });

  test('a rule that names a backend is asked of that, which is told with its selector', async () => {
    const rules = CUSTOM_RULES.replace('  metricsQuery', '  prometheus: team-a\n  metricsQuery');
    const { decision, queries } = await preview('web', rules, PROMETHEUS, 'team-a');
    expect([queries.length, decision.desiredReplicas]).toEqual([1, 4]);
    const problem = { code: 'BadQuery', detail: 'said the server' } as const;
    const failing = {
      ...PROMETHEUS,
      series: () => Promise.reject(new PrometheusFailure('told', 'series', problem)),
    };
    expect(refusalTexts(await preview('web', rules, failing, 'team-a'), 'en')).toEqual([
      expect.stringMatching(/^team-a: requests\{.*\}: Prometheus does not take the seriesQuery/),
    ]);
  });

  test('an HPA that is not there', async () => {
    await expect(preview('none', CUSTOM_RULES)).rejects.toMatchObject({
      kind: 'notFound',
      message: 'HPA default/none: there is no such HPA that can be read',
    });
  });
});

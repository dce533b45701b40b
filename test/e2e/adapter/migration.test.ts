import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../../../scripts/cluster/cluster.ts';
import { waitUntil } from '../../../scripts/cluster/wait.ts';
import { createAggregatedServer } from '../../../src/metrics/serve/aggregated-server.ts';
import { MetricFailure } from '../../../src/metrics/source/metric-failure.ts';
import type { ExternalMetricsSource } from '../../../src/metrics/source/port.ts';
import { createHealth } from '../../../src/platform/telemetry/health.ts';
import { createTelemetry } from '../../../src/platform/telemetry/registry.ts';
import { frontProxyAuthorityFile, listenForMetrics, registerMetricsApis } from '../support/metrics-api.ts';
import { startPrometheus } from '../support/real-prometheus.ts';
import { type RunningAdapter, startAdapter } from './adapter-under-test.ts';
import { PODTIDE } from './podtide-adapter.ts';

const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1';
const API_SERVICE = 'v1beta1.external.metrics.k8s.io';
/** As KEDA calls the first trigger of a ScaledObject; twelve messages at three for each pod. */
const THEIRS = 's0-rabbitmq-mail';
const OURS = 'queue_messages_ready';
const COUNT_WANTED = '4';
const ASKED_EVERY_MS = 25;
/** Before and after the API goes over, several syncs of the HPA. */
const CALM_MS = 6_000;
const DUE_MS = 60_000;
const HPA = 'mail';

const RULES = `externalRules:
  - seriesQuery: ${OURS}{namespace!="",queue!=""}
    resources: {overrides: {namespace: {resource: namespace}}}
    metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (queue)
`;

let cluster: Cluster;
let keda: Awaited<ReturnType<typeof listenForMetrics>>;
let adapter: RunningAdapter;

beforeAll(async () => {
  cluster = await startCluster({
    withHpaController: true,
    nodeCount: 1,
    controllerManagerFlags: ['--horizontal-pod-autoscaler-sync-period=1s'],
  });
  keda = await startKeda();
  await registerMetricsApis(cluster, keda);
  await PODTIDE.install(cluster);
});

afterAll(async () => {
  await adapter?.stop();
  await keda?.stop();
  await cluster?.stop();
});

/** A server of external metrics that believes what a front proxy says of the caller, as KEDA's does. */
function startKeda() {
  const source: ExternalMetricsSource = {
    listMetrics: async () => [THEIRS],
    async getValues({ metric }) {
      if (metric !== THEIRS) throw new MetricFailure('unknownMetric', `no ${metric}`);
      return [{ metric, labels: {}, atMs: Date.now(), windowMs: null, value: '12' }];
    },
  };
  const version = { major: '1', minor: '36', gitVersion: 'v0', gitCommit: '', gitTreeState: '', buildDate: '' };
  return listenForMetrics({ external: source }, frontProxyAuthorityFile(cluster), {
    serve: (apis) =>
      createAggregatedServer({
        apis,
        health: createHealth({ isOpen: true }),
        telemetry: createTelemetry(),
        version: { ...version, goVersion: '', compiler: '', platform: '' },
      }),
  });
}

/** `podtide adapter` with rules of its own over a Prometheus that has one queue, and behind it the other server. */
async function startPodtide(): Promise<RunningAdapter> {
  const prometheus = await startPrometheus(cluster);
  const labels = { __name__: OURS, namespace: 'default', queue: 'worker_tasks' };
  await prometheus.write([{ labels, samples: [{ atMs: Date.now(), value: 95 }] }]);
  const caFile = join(cluster.folder, 'keda-ca.crt');
  await writeFile(caFile, keda.caCertificate);
  const pki = (name: string): string => join(cluster.folder, 'pki', `front-proxy-client.${name}`);
  return await startAdapter(cluster, PODTIDE, {
    ...{ name: 'migration', configuration: RULES, prometheusUrl: prometheus.url },
    flags: [
      '--metrics-relist-interval=2s',
      '--metrics-max-age=5m',
      `--pass-through-url=https://127.0.0.1:${keda.port}`,
      `--pass-through-ca-file=${caFile}`,
      `--pass-through-client-cert-file=${pki('crt')}`,
      `--pass-through-client-key-file=${pki('key')}`,
      '--pass-through-caller',
    ],
  });
}

/** Asks the API server for the other server's metric without a pause. */
function askOn(): { stop(): Promise<ReadonlyMap<string, number>> } {
  const stopped = new AbortController();
  const told = new Map<string, number>();
  const asking = (async () => {
    while (!stopped.signal.aborted) {
      const said = await valuesOf(THEIRS);
      told.set(said, (told.get(said) ?? 0) + 1);
      await delay(ASKED_EVERY_MS);
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await asking;
      return told;
    },
  };
}

/** The values of a metric as the API server hands them on, or why there are none. */
async function valuesOf(metric: string): Promise<string> {
  const { items } = await cluster.api
    .get(`${EXTERNAL}/namespaces/default/${metric}`)
    .then((list) => list as { readonly items: readonly { readonly value: string }[] })
    .catch((thrown: Error) => ({ items: [{ value: thrown.message }] }));
  return items.map(({ value }) => value).join(' ');
}

/** Makes the adapter the server of the API: one change to its APIService, whose Service has been there before. */
async function takeOver(port: number): Promise<void> {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'kube-system', name: 'podtide' },
    spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
  };
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(service));
  const spec = {
    caBundle: null,
    insecureSkipTLSVerify: true,
    service: { namespace: 'kube-system', name: 'podtide', port },
  };
  await cluster.kubectl(['patch', 'apiservice', API_SERVICE, '--type=merge', '-p', JSON.stringify({ spec })]);
}

function until(what: string, isReady: () => Promise<boolean>): Promise<void> {
  return waitUntil(what, { blame: adapter.record.name, processes: [adapter.record], timeoutMs: DUE_MS, isReady });
}

/** Waits until the API server hands on this value. */
async function untilServed(metric: string, value: string): Promise<void> {
  let last = '';
  await until(`${metric} is ${value}`, async () => {
    last = await valuesOf(metric);
    return last === value;
  }).catch((error: unknown) => expect(last, String(error)).toBe(value));
}

async function applyHpa(): Promise<void> {
  const items = [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: HPA },
      spec: {
        selector: { matchLabels: { app: HPA } },
        template: {
          metadata: { labels: { app: HPA } },
          spec: { containers: [{ name: 'app', image: 'registry.example/app:1' }] },
        },
      },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: HPA },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: HPA },
        ...{ minReplicas: 1, maxReplicas: 10 },
        metrics: [
          {
            type: 'External',
            external: { metric: { name: THEIRS }, target: { type: 'AverageValue', averageValue: '3' } },
          },
        ],
      },
    },
  ];
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

/** What `kubectl get -w` tells of the HPA: count wanted, and whether it has its metric. */
function followHpa() {
  const columns =
    'custom-columns=:.status.desiredReplicas,:.status.conditions[?(@.type=="ScalingActive")].status,:.status.conditions[?(@.type=="ScalingActive")].reason';
  const lines = new Set<string>();
  const watch = cluster.watch(['get', 'hpa', HPA, '-w', '--no-headers', '-o', columns], (line) =>
    lines.add(line.trim().replaceAll(/ +/g, ' ')),
  );
  return { stop: watch.stop, told: () => [...lines] };
}

test('external metrics go over to podtide adapter while an HPA scales by the other server’s: no request is without an answer', async () => {
  await applyHpa();
  adapter = await startPodtide();
  const wanted = ['get', 'hpa', HPA, '-o', 'jsonpath={.status.desiredReplicas}'];
  await until('the HPA scales by the other server', async () => (await cluster.kubectl(wanted)) === COUNT_WANTED);
  expect(await valuesOf(OURS)).toContain('404');

  const hpa = followHpa();
  const asking = askOn();
  await delay(CALM_MS);
  await takeOver(adapter.port);
  await untilServed(OURS, '95');
  await delay(CALM_MS);
  const told = await asking.stop();
  hpa.stop();

  expect([...told.keys()]).toEqual(['12']);
  expect(told.get('12')).toBeGreaterThan(100);
  expect(hpa.told()).toEqual([`${COUNT_WANTED} True ValidMetricFound`]);
  const { resources } = (await cluster.api.get(EXTERNAL)) as {
    readonly resources: readonly { readonly name: string }[];
  };
  expect(resources.map(({ name }) => name)).toEqual([OURS, THEIRS]);

  // What was the other server's goes with it, and nothing else.
  await keda.stop();
  expect(await valuesOf(THEIRS)).toMatch(/^.*(500|503)/);
  expect(await valuesOf(OURS)).toBe('95');
});

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Cluster, startCluster } from '../../../scripts/cluster/cluster.ts';
import { waitUntil } from '../../../scripts/cluster/wait.ts';
import { decodeAdapterConfig } from '../../../src/metrics/adapter/config/config-decoding.ts';
import { type RealPrometheus, startPrometheus } from '../support/real-prometheus.ts';
import type { TimeSeries } from '../support/remote-write.ts';
import { ADAPTERS, type RunningAdapter, startAdapter } from './adapter-under-test.ts';
import { registerAdapter } from './aggregation.ts';

const CUSTOM = '/apis/custom.metrics.k8s.io/v1beta1';
const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1';
const DUE_MS = 60_000;
/** Samples reach from so long ago to so long ahead, so that a rate is the same whenever it is asked for. */
const WRITTEN_BEFORE_MS = 180_000;
const WRITTEN_AHEAD_MS = 420_000;
const SAMPLE_MS = 10_000;

const CONTROLLER_FLAGS = [
  '--horizontal-pod-autoscaler-sync-period=2s',
  '--horizontal-pod-autoscaler-downscale-stabilization=2s',
];

const example = (name: string): string => readFileSync(`examples/${name}.yaml`, 'utf8');

describe.each(ADAPTERS)('metrics of the tutorials on a real control plane, served by $name', (adapter) => {
  let cluster: Cluster;
  let prometheus: RealPrometheus;
  let running: RunningAdapter | undefined;

  beforeAll(async () => {
    cluster = await startCluster({ withHpaController: true, nodeCount: 1, controllerManagerFlags: CONTROLLER_FLAGS });
    prometheus = await startPrometheus(cluster);
    for (const name of ['walkthrough/php-apache', 'metrics/main-route', 'metrics/cm-test'])
      await cluster.kubectl(['apply', '-f', `examples/${name}.yaml`]);
    await cluster.kubectl(['rollout', 'status', 'deployment/php-apache', '--timeout=60s']);
    await adapter.install(cluster);
  });

  afterAll(async () => {
    await cluster?.stop();
  });

  /** Puts an adapter with these rules in the place of the one before, and waits until it lists the metric. */
  async function serve(name: string, configuration: string, metric: string): Promise<void> {
    await running?.stop();
    running = await startAdapter(cluster, adapter, {
      ...{ name, configuration, prometheusUrl: prometheus.url },
      flags: ['--metrics-relist-interval=2s', '--metrics-max-age=5m'],
    });
    const groups = [
      { group: 'custom.metrics.k8s.io', versions: ['v1beta1'] },
      ...(configuration.includes('externalRules') ? [{ group: 'external.metrics.k8s.io', versions: ['v1beta1'] }] : []),
    ];
    await registerAdapter(cluster, { name: 'adapter', port: running.port, groups });
    await until(`${metric} is listed`, async () => (await cluster.kubectl(['get', '--raw', CUSTOM])).includes(metric));
  }

  function until(what: string, isReady: () => Promise<boolean>): Promise<void> {
    const processes = running === undefined ? [] : [running.record];
    return waitUntil(what, { blame: running?.record.name ?? '', processes, timeoutMs: DUE_MS, isReady });
  }

  /** The pods by a label, once there are so many. */
  async function podsOf(label: string, namespace: string, count: number): Promise<readonly string[]> {
    let names: readonly string[] = [];
    await until(`${count} of ${label}`, async () => {
      const listed = await cluster.kubectl([
        ...['get', 'pods', '-n', namespace, '-l', label, '--no-headers', '-o', 'custom-columns=:metadata.name'],
      ]);
      names = listed.split('\n').filter((line) => line !== '');
      return names.length === count;
    });
    return names;
  }

  /** Waits until `kubectl get hpa` shows these TARGETS and REPLICAS. */
  async function untilShown(hpa: string, state: RegExp): Promise<void> {
    let last = '';
    await until(`${hpa} shows ${state}`, async () => {
      last = await cluster.kubectl(['get', 'hpa', hpa, '--no-headers']);
      return state.test(last.replaceAll(/ +/g, ' '));
    }).catch((error: unknown) => expect(last, String(error)).toMatch(state));
  }

  /** One pod, and the HPA of the walkthrough with these metrics and no memory of others. */
  async function scaleBy(metrics: readonly object[]): Promise<void> {
    await cluster.kubectl(['delete', 'hpa', 'php-apache', '--ignore-not-found']);
    await cluster.kubectl(['scale', 'deployment', 'php-apache', '--replicas=1']);
    await podsOf('run=php-apache', 'default', 1);
    const hpa = parse(example('metrics/queue'));
    await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ ...hpa, spec: { ...hpa.spec, metrics } }));
  }

  test('pods, an Ingress, and a queue elsewhere', async () => {
    const [pod = ''] = await podsOf('run=php-apache', 'default', 1);
    const [, packets, requests] = parse(example('metrics/three-metrics')).spec.metrics;
    const ingress = { namespace: 'default', ingress: 'main-route' };
    await prometheus.write([
      level({ __name__: 'packets_per_second', namespace: 'default', pod }, 1_500),
      level({ __name__: 'requests_per_second', ...ingress }, 3_000),
      level({ __name__: 'http_requests', ...ingress, verb: 'GET' }, 1_900),
      level({ __name__: 'http_requests', ...ingress, verb: 'POST' }, 9_000),
      level({ __name__: 'queue_messages_ready', namespace: 'default', queue: 'worker_tasks' }, 95),
      level({ __name__: 'queue_messages_ready', namespace: 'default', queue: 'mail' }, 7_000),
    ]);
    await serve('tutorial-metrics', example('metrics/rules'), 'packets-per-second');

    await scaleBy([packets]);
    await untilShown('php-apache', / 1500\/1k 1 10 2 /);

    await scaleBy(parse(example('metrics/queue')).spec.metrics);
    await untilShown('php-apache', / 23750m\/30 \(avg\) 1 10 4 /);
    const queue = await cluster.kubectl([
      ...['get', '--raw', `${EXTERNAL}/namespaces/default/queue_messages_ready?labelSelector=queue%3Dworker_tasks`],
    ]);
    expect(JSON.parse(queue).items.map((item: { readonly value: string }) => item.value)).toEqual(['95']);

    // GET alone is within the tolerance; with POST it would be five times the target.
    await scaleBy(parse(example('metrics/http-requests-get')).spec.metrics);
    await untilShown('php-apache', / 1900\/2k 1 10 1 /);

    // A target of the whole: more pods do not change it, so that it takes as many as there may be.
    const twoThousand = { ...requests.object, target: { type: 'Value', value: '2k' } };
    await scaleBy([{ ...requests, object: twoThousand }]);
    await untilShown('php-apache', / 3k\/2k 1 10 10 /);
  });

  test('a ReplicationController, as kubectl describes its HPA', async () => {
    const [pod = ''] = await podsOf('app=cm-test', 'prom', 1);
    await prometheus.write([level({ __name__: 'http_requests', namespace: 'prom', pod }, 0.066)]);
    let described = '';
    await until('kubectl describe shows the value', async () => {
      described = await cluster.kubectl(['describe', 'hpa', 'cm-test', '-n', 'prom']);
      return described.includes('66m');
    }).catch((error: unknown) => expect(described, String(error)).toContain('66m'));
    for (const line of [
      /^Reference: +ReplicationController\/cm-test$/m,
      /^ {2}"http_requests" on pods: +66m \/ 500m$/m,
      /^ReplicationController pods: +1 current \/ 1 desired$/m,
      /^ {2}AbleToScale +True +ReadyForNewScale +recommended size matches current size$/m,
      /^ {2}ScalingActive +True +ValidMetricFound +.* from pods metric http_requests$/m,
      /^ {2}ScalingLimited +False +DesiredWithinRange +the desired count is within the acceptable range$/m,
    ])
      expect(described).toMatch(line);
  });

  test('values of the chart: the file that they mean, and an HPA that needs a name', async () => {
    await cluster.kubectl(['apply', '-f', '-'], JSON.stringify(deployment('my-app', 2)));
    await cluster.kubectl(['rollout', 'status', 'deployment/my-app', '--timeout=60s']);
    const pods = await podsOf('app=my-app', 'default', 2);
    await prometheus.write(
      pods.map((pod) => {
        const labels = { kubernetes_namespace: 'default', kubernetes_pod_name: pod, instance: pod };
        return growing({ __name__: 'http_requests_total', ...labels }, 150);
      }),
    );
    await serve('chart-values', meantBy(example('chart-values/values')), 'http_requests_per_second');
    const raw = await cluster.kubectl([
      ...['get', '--raw', `${CUSTOM}/namespaces/default/pods/*/http_requests_per_second`],
    ]);
    const items = JSON.parse(raw).items as readonly Described[];
    expect(items.map(({ describedObject }) => describedObject.name)).toEqual(pods.toSorted());
    for (const { value } of items) expect(value).toMatch(PER_SECOND_150);

    const hpa = parse(example('chart-values/hpa'));
    const unnamed = JSON.stringify({ ...hpa, metadata: {} });
    await expect(cluster.kubectl(['create', '-f', '-'], unnamed)).rejects.toThrow(
      'metadata.name: Required value: name or generateName is required',
    );
    await cluster.kubectl(['apply', '-f', 'examples/chart-values/hpa.yaml']);
    await untilShown('my-app', / (150|1499\d\dm|150000m)\/100 2 10 3 /);
  });
});

interface Described {
  readonly describedObject: { readonly name: string };
  readonly value: string;
}

/** The last digits of a rate depend on when it was asked for. */
const PER_SECOND_150 = /^(150|1499\d\dm)$/;

/** The configuration that values of the chart mean, as the check shows it. */
function meantBy(values: string): string {
  const result = decodeAdapterConfig(values);
  const finding = result.kind === 'refused' ? result.problems[0]?.finding : undefined;
  return finding?.code === 'ChartValues' ? finding.converted : '';
}

function level(labels: TimeSeries['labels'], value: number): TimeSeries {
  return { labels, samples: instants().map((atMs) => ({ atMs, value })) };
}

function growing(labels: TimeSeries['labels'], perSecond: number): TimeSeries {
  const all = instants();
  return { labels, samples: all.map((atMs, index) => ({ atMs, value: (index * SAMPLE_MS * perSecond) / 1000 })) };
}

function instants(): readonly number[] {
  const firstMs = Math.floor(Date.now() / 1000) * 1000 - WRITTEN_BEFORE_MS;
  const count = (WRITTEN_BEFORE_MS + WRITTEN_AHEAD_MS) / SAMPLE_MS;
  return Array.from({ length: count }, (_, index) => firstMs + index * SAMPLE_MS);
}

function deployment(app: string, replicas: number): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app },
    spec: {
      replicas,
      selector: { matchLabels: { app } },
      template: {
        metadata: { labels: { app } },
        spec: { containers: [{ name: 'app', image: 'registry.example/app:1' }] },
      },
    },
  };
}

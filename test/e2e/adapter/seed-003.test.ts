import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Cluster, startCluster } from '../../../scripts/cluster/cluster.ts';
import { waitUntil } from '../../../scripts/cluster/wait.ts';
import { type RealPrometheus, startPrometheus } from '../support/real-prometheus.ts';
import { ADAPTERS, type RunningAdapter, startAdapter } from './adapter-under-test.ts';
import { registerAdapter } from './aggregation.ts';
import { CountingApp } from './counting-app.ts';

const EXAMPLE = 'examples/custom-metrics';
const METRICS = '/apis/custom.metrics.k8s.io/v1beta1';
const SYNC_MS = 3_000;
const SCRAPE_SECONDS = 1;
/** In the place of the two minutes of the example's rule. */
const RATE_RANGE = '15s';
/** More than one pod is meant to take, less than two. */
const LOAD_PER_SECOND = 4.5;
const DUE_MS = 60_000;
/** How long nothing must change for a count to have come to stay. */
const HELD_SYNCS_COUNT = 5;

const CONTROLLER_FLAGS = [
  `--horizontal-pod-autoscaler-sync-period=${SYNC_MS / 1000}s`,
  `--horizontal-pod-autoscaler-downscale-stabilization=${(2 * SYNC_MS) / 1000}s`,
];

const example = (name: string): string => readFileSync(`${EXAMPLE}/${name}.yaml`, 'utf8');

/** An HPA as `kubectl get` shows it: TARGETS and REPLICAS. */
async function shown(cluster: Cluster, hpa: string): Promise<string> {
  const table = await cluster.kubectl(['get', 'hpa', hpa, '--no-headers']);
  const [, targets, count] = /Deployment\/test-prometheus +(\S+) +1 +10 +(\d+)/.exec(table) ?? [];
  return `${targets} ${count}`;
}

describe.each(ADAPTERS)('the tutorial on an HPA of a counter, with metrics of $name', (adapter) => {
  let cluster: Cluster;
  let prometheus: RealPrometheus;
  let app: CountingApp;
  let running: RunningAdapter | undefined;
  let rawBefore = '';

  beforeAll(async () => {
    cluster = await startCluster({ withHpaController: true, controllerManagerFlags: CONTROLLER_FLAGS });
    rawBefore = await cluster.kubectl(['get', '--raw', METRICS]).catch((error: Error) => error.message);
    app = new CountingApp(cluster);
    await app.start();
    prometheus = await startPrometheus(cluster, scrapeConfiguration(app.targetsFile));
    await cluster.kubectl(['apply', '-f', `${EXAMPLE}/app.yaml`]);
    await cluster.kubectl(['rollout', 'status', 'deployment/test-prometheus', '--timeout=60s']);
    await adapter.install(cluster);
  });

  afterAll(async () => {
    await app?.stop();
    await cluster?.stop();
  });

  /** Puts an adapter with this rule in the place of the one before, and waits until it lists the metric. */
  async function serve(rule: string, metric: string): Promise<void> {
    await running?.stop();
    running = await startAdapter(cluster, adapter, {
      name: `adapter-${metric.replaceAll('_', '-')}`,
      configuration: rule,
      prometheusUrl: prometheus.url,
      flags: ['--metrics-relist-interval=2s', '--metrics-max-age=1m'],
    });
    const groups = [{ group: 'custom.metrics.k8s.io', versions: ['v1beta1'] }];
    await registerAdapter(cluster, { name: 'adapter', port: running.port, groups });
    await until(`${metric} is listed`, async () => (await cluster.kubectl(['get', '--raw', METRICS])).includes(metric));
  }

  function until(what: string, isReady: () => Promise<boolean>): Promise<void> {
    const processes = running === undefined ? [] : [running.record];
    return waitUntil(what, { blame: running?.record.name ?? '', processes, timeoutMs: DUE_MS, isReady });
  }

  async function untilShown(hpa: string, state: string): Promise<void> {
    let last = '';
    await until(`${hpa} shows ${state}`, async () => {
      last = await shown(cluster, hpa);
      return last === state;
    }).catch((error: unknown) => expect(last, String(error)).toBe(state));
  }

  test('before there is an adapter, the API is not there', () => {
    expect(rawBefore).toContain('NotFound');
  });

  test('the app says hello, and each hello counts', async () => {
    await until('a pod of the app is scraped', async () => (await countedTotal()) === '0');
    expect(await app.visit()).toBe('Hello, World!');
    await until('the hello is counted', async () => (await countedTotal()) === '1');
  });

  async function countedTotal(): Promise<string | undefined> {
    const { result } = (await prometheus.ask('query', { query: 'sum(myapp_processed_ops_total)' })) as {
      readonly result: readonly { readonly value: readonly [number, string] }[];
    };
    return result[0]?.value[1];
  }

  test('a bare counter takes the HPA from 1/3 over 4/3 to 2/3, and there it stays', async () => {
    await serve(example('rule-counter'), 'myapp_processed_ops_total');
    const raw = await cluster.kubectl([
      'get',
      '--raw',
      `${METRICS}/namespaces/default/pods/*/myapp_processed_ops_total`,
    ]);
    const pod = expect.stringMatching(/^test-prometheus-/);
    expect(JSON.parse(raw)).toEqual({
      kind: 'MetricValueList',
      apiVersion: 'custom.metrics.k8s.io/v1beta1',
      metadata: {},
      items: [
        {
          describedObject: { kind: 'Pod', namespace: 'default', name: pod, apiVersion: '/v1' },
          metricName: 'myapp_processed_ops_total',
          timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
          value: '1',
          selector: null,
        },
      ],
    });
    await cluster.kubectl(['apply', '-f', `${EXAMPLE}/hpa-counter.yaml`]);
    await untilShown('test-prometheus-hpa', '1/3 1');
    const states = followStates('test-prometheus-hpa');
    for (let count = 0; count < 3; count += 1) await app.visit();
    await untilShown('test-prometheus-hpa', '2/3 2');
    await delay(HELD_SYNCS_COUNT * SYNC_MS);
    states.stop();
    expect(await shown(cluster, 'test-prometheus-hpa')).toBe('2/3 2');
    expect(states.replicas()).toEqual([1, 2]);
    expect(states.targets()).toContain('4/3');
    await cluster.kubectl(['delete', '-f', `${EXAMPLE}/hpa-counter.yaml`]);
    await cluster.kubectl(['scale', 'deployment', 'test-prometheus', '--replicas=1']);
  });

  test('a rate takes it up while there is load, and down again when there is none', async () => {
    await serve(example('rule-rate').replace('[2m]', `[${RATE_RANGE}]`), 'myapp_processed_ops_per_second');
    await cluster.kubectl(['apply', '-f', `${EXAMPLE}/hpa-rate.yaml`]);
    await untilShown('test-prometheus-rate', '0/3 1');
    const states = followStates('test-prometheus-rate');
    const load = app.load(LOAD_PER_SECOND);
    await until('two pods share the load', async () => states.replicas().at(-1) === 2);
    await delay(HELD_SYNCS_COUNT * SYNC_MS);
    await load.stop();
    await untilShown('test-prometheus-rate', '0/3 1');
    states.stop();
    expect(states.replicas()).toEqual([1, 2, 1]);
  });

  /** The different states of `kubectl get -w`, oldest first. */
  function followStates(hpa: string) {
    const lines: { readonly targets: string; readonly count: number }[] = [];
    const watch = cluster.watch(['get', 'hpa', hpa, '-w'], (line) => {
      const [, targets, count] = /Deployment\/test-prometheus +(\S+) +1 +10 +(\d+)/.exec(line) ?? [];
      if (targets !== undefined) lines.push({ targets, count: Number(count) });
    });
    const changes = <Value>(values: readonly Value[]): readonly Value[] =>
      values.filter((value, index) => value !== values[index - 1]);
    return {
      stop: watch.stop,
      targets: () => changes(lines.map(({ targets }) => targets)),
      replicas: () => changes(lines.map(({ count }) => count)),
    };
  }
});

/** The example's configuration with the targets of this run, scraped every second. */
function scrapeConfiguration(targetsFile: string): object {
  const configuration = parse(example('prometheus'));
  configuration.global.scrape_interval = `${SCRAPE_SECONDS}s`;
  configuration.scrape_configs[0].file_sd_configs[0].files = [targetsFile];
  return configuration;
}

import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { createCountingApp } from '../../src/app/processes/lab-counting-app.ts';
import { SILENT_LOG } from '../../src/base/log.ts';
import { type LabPrometheus, startLabPrometheus } from '../../src/lab/prometheus/lab-prometheus.ts';
import { MONITOR_DEFINITIONS, POD_MONITORS, SERVICE_MONITORS } from '../../src/lab/prometheus/scraping/monitors.ts';
import { imageName } from '../../src/lab/runtime/container-program.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, DEPLOYMENTS, PODS, type Pod, SERVICES } from '../../src/lab/world/objects.ts';
import type { KubeObject, ResourceType } from '../../src/platform/kube/client.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { LabCluster } from './support/lab-cluster.ts';

const TYPES: Readonly<Record<string, ResourceType>> = {
  Deployment: DEPLOYMENTS,
  Service: SERVICES,
  ServiceMonitor: SERVICE_MONITORS,
};
const READY_SECONDS = 30;
const DEPLOYMENT = { namespace: 'default', name: 'test-prometheus' };

let cluster: LabCluster;
let prometheus: LabPrometheus;

beforeEach(async () => {
  // What stands behind sockets takes the machine's own time, and none of the lab's.
  const app = createCountingApp({ ioClock: createSystemClock(), machine: null });
  cluster = new LabCluster({ programOf: ({ image }) => (imageName(image) === 'test_prometheus' ? app : undefined) });
  await cluster.start();
  for (const definition of MONITOR_DEFINITIONS) await cluster.client.create(CUSTOM_RESOURCE_DEFINITIONS, definition);
  await apply('app.yaml');
  prometheus = await startLabPrometheus({
    name: 'prometheus',
    kube: cluster.kube(),
    ledger: cluster.ledger,
    clock: cluster.clock,
    ioClock: createSystemClock(),
    log: SILENT_LOG,
    programVersion: '0.0.0',
    urlOf: (podIp, port) => cluster.world.urlOf(podIp, port),
  });
  await cluster.runTo(READY_SECONDS);
});

afterEach(async () => {
  await prometheus?.stop();
  await cluster?.end();
});

/** Creates what the example has. */
async function apply(file: string): Promise<void> {
  for (const document of parseAllDocuments(readFileSync(`examples/custom-metrics/${file}`, 'utf8'))) {
    const object = document.toJS() as KubeObject;
    const type = TYPES[object.kind ?? ''];
    if (type === undefined) throw new Error(`${file}: no type for ${object.kind}`);
    await cluster.client.create(type, { ...object, metadata: { namespace: 'default', ...object.metadata } });
  }
}

async function query(text: string): Promise<unknown> {
  const answer = await prometheus.handle(
    new Request(`http://127.0.0.1:9090/api/v1/query?${new URLSearchParams({ query: text })}`),
  );
  return ((await answer.json()) as { readonly data: { readonly result: unknown } }).data.result;
}

/** The values of a query's series, smallest first. */
async function valuesOf(text: string): Promise<readonly string[]> {
  const result = (await query(text)) as readonly { readonly value: readonly [number, string] }[];
  return result.map(({ value: [, number] }) => number).toSorted();
}

async function appPods(): Promise<readonly Pod[]> {
  return (await cluster.list<Pod>(PODS, 'default')).filter(({ metadata }) => metadata.labels?.['app'] !== undefined);
}

async function visit(pod: Pod | undefined, count: number): Promise<void> {
  const url = cluster.world.urlOf(pod?.status?.podIP ?? '', 8080);
  for (let number = 0; number < count; number += 1) expect(await (await fetch(`${url}/`)).text()).toBe('Hello, World!');
}

describe("the lab's Prometheus over a cluster", () => {
  test('nothing is scraped that no monitor asks for', async () => {
    await cluster.runTo(READY_SECONDS + 60);
    expect(await query('{__name__!=""}')).toEqual([]);
  });

  test("a ServiceMonitor's pod has the series of the tutorial, which counts hellos", async () => {
    await apply('service-monitor.yaml');
    const [pod] = await appPods();
    await visit(pod, 1);
    await cluster.runTo(READY_SECONDS + 11);
    expect(await query('myapp_processed_ops_total')).toEqual([
      {
        metric: {
          __name__: 'myapp_processed_ops_total',
          container: 'test-prometheus',
          endpoint: 'prometheus-port',
          instance: `${pod?.status?.podIP}:8080`,
          job: 'test-prometheus',
          namespace: 'default',
          pod: pod?.metadata.name,
          service: 'test-prometheus',
        },
        value: [cluster.clock.nowMs() / 1000, '1'],
      },
    ]);
    await visit(pod, 30);
    await cluster.runTo(READY_SECONDS + 60);
    expect(await valuesOf('increase(myapp_processed_ops_total[1m]) > 25')).toHaveLength(1);
    expect(await valuesOf('up')).toEqual(['1']);
    expect(await valuesOf('count_over_time(up[1m])')).toEqual(['6']);
  });

  test('pods that come are scraped, and what is known of pods that go has ended', async () => {
    await apply('service-monitor.yaml');
    const scale = (replicas: number) =>
      cluster.client.patch(DEPLOYMENTS, DEPLOYMENT, { kind: 'merge', body: { spec: { replicas } } });
    await scale(3);
    await cluster.runTo(READY_SECONDS + 40);
    expect(await valuesOf('up')).toEqual(['1', '1', '1']);
    await scale(1);
    await cluster.runTo(READY_SECONDS + 90);
    expect(await valuesOf('up')).toEqual(['1']);
    expect(await valuesOf('myapp_processed_ops_total')).toEqual(['0']);
  });

  test('a PodMonitor comes and goes', async () => {
    await cluster.client.create(POD_MONITORS, {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: { namespace: 'default', name: 'app' },
      spec: {
        selector: { matchLabels: { app: 'test-prometheus' } },
        podMetricsEndpoints: [{ port: 'http', interval: '5s' }],
      },
    } as KubeObject);
    await cluster.runTo(READY_SECONDS + 10);
    expect(await valuesOf('up{job="default/app"}')).toEqual(['1']);
    await cluster.client.delete(POD_MONITORS, { namespace: 'default', name: 'app' });
    await cluster.runTo(READY_SECONDS + 20);
    expect(await valuesOf('up')).toEqual([]);
  });
});

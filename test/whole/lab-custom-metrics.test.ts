import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { createLabClock } from '../../src/app/processes/lab-clock.ts';
import { type LabCluster, startLabCluster } from '../../src/app/processes/lab-cluster.ts';
import { type Log, SILENT_LOG } from '../../src/base/log.ts';
import { DEFAULT_ENGINE_OPTIONS } from '../../src/core/engine/options.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../src/platform/kube/client.ts';
import { createKubeClient } from '../../src/platform/kube/kube-client.ts';
import { createDeliveryLedger } from '../../src/platform/time/delivery-ledger.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';

// The tutorial on custom metrics in a lab: the app, Prometheus and the adapter, each a pod, over sockets.

const DUE_MS = 60_000;
const SPEED_FACTOR = 20;
/** Of their own, so that runs beside each other do not meet. */
const [TAKEN_PORT = 0, SECOND_PORT = 0, THIRD_PORT = 0] = [0, 1, 2].map(
  (index) => 30_200 + (process.pid % 800) * 3 + index,
);
const METRICS = '/apis/custom.metrics.k8s.io/v1beta1';

const RESOURCES: Readonly<
  Record<string, readonly [group: string, version: string, resource: string, isNamespaced: boolean]>
> = {
  Namespace: ['', 'v1', 'namespaces', false],
  ServiceAccount: ['', 'v1', 'serviceaccounts', true],
  ConfigMap: ['', 'v1', 'configmaps', true],
  Service: ['', 'v1', 'services', true],
  Deployment: ['apps', 'v1', 'deployments', true],
  Role: ['rbac.authorization.k8s.io', 'v1', 'roles', true],
  RoleBinding: ['rbac.authorization.k8s.io', 'v1', 'rolebindings', true],
  ClusterRole: ['rbac.authorization.k8s.io', 'v1', 'clusterroles', false],
  ClusterRoleBinding: ['rbac.authorization.k8s.io', 'v1', 'clusterrolebindings', false],
  APIService: ['apiregistration.k8s.io', 'v1', 'apiservices', false],
  ServiceMonitor: ['monitoring.coreos.com', 'v1', 'servicemonitors', true],
};

/** Of the chart kube-prometheus-stack, as far as the tutorial needs it. */
const PROMETHEUS: readonly KubeObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'monitoring' } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'monitoring', name: 'prometheus' },
    spec: {
      selector: { matchLabels: { app: 'prometheus' } },
      template: {
        metadata: { labels: { app: 'prometheus' } },
        spec: { containers: [{ name: 'prometheus', image: 'quay.io/prometheus/prometheus:v3.7.3' }] },
      },
    },
  } as KubeObject,
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'monitoring', name: 'prometheus' },
    spec: { selector: { app: 'prometheus' }, ports: [{ port: 9090 }] },
  } as KubeObject,
];

let folder: string;
let cluster: LabCluster;
let client: KubeClient;
let complaints: string[];
let stopping: AbortController;
let running: Promise<void>;
let blocker: Server | undefined;

const log: Log = {
  ...SILENT_LOG,
  warn: (message, fields) => void complaints.push(`${message} ${JSON.stringify(fields)}`),
  error: (message, fields) => void complaints.push(`${message} ${JSON.stringify(fields)}`),
  with: () => log,
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-'));
  complaints = [];
  stopping = new AbortController();
  const ioClock = createSystemClock();
  const time = createLabClock({ kind: 'factor', factor: SPEED_FACTOR }, ioClock);
  cluster = await startLabCluster({
    config: {
      port: 0,
      kubeconfigPath: join(folder, 'kubeconfig'),
      features: DEFAULT_ENGINE_OPTIONS.features,
      kubernetesVersion: '1.36',
      isReal: false,
    },
    stories: [],
    clock: time.clock,
    ioClock,
    ledger: createDeliveryLedger(time.clock),
    log,
    programVersion: '0.0.0',
  });
  client = createKubeClient(await cluster.openClient('test/v1'));
  running = time.run(stopping.signal);
});

afterEach(async () => {
  stopping.abort(new Error('the test ends'));
  await running.catch(() => undefined);
  await cluster.close();
  blocker?.close();
  blocker = undefined;
  await rm(folder, { recursive: true });
});

function typeOf(kind: string): ResourceType | undefined {
  const [group, version, resource, isNamespaced] = RESOURCES[kind] ?? [];
  if (group === undefined || version === undefined || resource === undefined) return undefined;
  return { group, version, resource, isNamespaced: isNamespaced ?? false };
}

async function create(object: KubeObject): Promise<void> {
  const type = typeOf(object.kind ?? '');
  // A budget of disruptions is nothing that happens in a lab.
  if (type === undefined) return;
  // The lab's own answers stand there before, as those of a cluster without an adapter.
  if (object.kind === 'APIService') {
    await client.patch(type, { name: object.metadata.name }, { kind: 'merge', body: object });
    return;
  }
  const namespace = type.isNamespaced ? { namespace: 'default' } : {};
  await client.create(type, { ...object, metadata: { ...namespace, ...object.metadata } });
}

/** Creates what a file has; texts in it may be others. */
async function apply(file: string, edit: (text: string) => string = (text) => text): Promise<void> {
  for (const document of parseAllDocuments(edit(readFileSync(file, 'utf8'))))
    await create(document.toJS() as KubeObject);
}

/** The app on a node port of its own, so that tests may run beside each other. */
async function applyApp(nodePort: number): Promise<void> {
  await apply('examples/custom-metrics/app.yaml', (text) => text.replace('30000', String(nodePort)));
}

async function hello(port: number): Promise<string> {
  return await fetch(`http://127.0.0.1:${port}/`).then(
    (answer) => answer.text(),
    (thrown: Error) => thrown.message,
  );
}

async function raw(path: string): Promise<unknown> {
  return await client.getJson(path).catch((thrown: Error) => thrown.message);
}

const rules = (name: string): string =>
  readFileSync(`examples/custom-metrics/${name}.yaml`, 'utf8').replaceAll('[2m]', '[1m]');

async function setRules(name: string): Promise<void> {
  const type = typeOf('ConfigMap') as ResourceType;
  const body = { data: { 'config.yaml': rules(name) } };
  await client.patch(type, { namespace: 'monitoring', name: 'adapter-config' }, { kind: 'merge', body });
}

describe('the tutorial on custom metrics in a lab', () => {
  test('a node port says hello, and another one does when it is taken', async () => {
    blocker = createServer().listen(TAKEN_PORT, '127.0.0.1');
    await applyApp(TAKEN_PORT);
    await apply('examples/custom-metrics/app.yaml', (text) =>
      text.replace('30000', String(SECOND_PORT)).replaceAll('test-prometheus', 'second'),
    );
    await expect.poll(() => hello(SECOND_PORT), { timeout: DUE_MS }).toBe('Hello, World!');
    await expect.poll(() => complaints.length, { timeout: DUE_MS }).toBe(1);
    const [, port = ''] = /another one .*http:\/\/127\.0\.0\.1:(\d+)/.exec(complaints[0] ?? '') ?? [];
    await expect.poll(() => hello(Number(port)), { timeout: DUE_MS }).toBe('Hello, World!');
  }, 180_000);

  test('the adapter shows what Prometheus has scraped, by the rules of its ConfigMap, also when they are edited', async () => {
    for (const object of PROMETHEUS) await create(object);
    await applyApp(THIRD_PORT);
    await expect.poll(() => hello(THIRD_PORT), { timeout: DUE_MS }).toBe('Hello, World!');
    await expect
      .poll(() => apply('examples/custom-metrics/service-monitor.yaml').then(() => 'applied', String), {
        timeout: DUE_MS,
      })
      .toBe('applied');
    await apply('deploy/adapter.yaml');
    await setRules('rule-counter');
    const path = `${METRICS}/namespaces/default/pods/*/myapp_processed_ops_total`;
    await expect
      .poll(() => raw(path), { timeout: DUE_MS })
      .toEqual({
        kind: 'MetricValueList',
        apiVersion: 'custom.metrics.k8s.io/v1beta1',
        metadata: {},
        items: [
          {
            describedObject: {
              kind: 'Pod',
              namespace: 'default',
              name: expect.stringMatching(/^test-prometheus-/),
              apiVersion: '/v1',
            },
            metricName: 'myapp_processed_ops_total',
            timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
            value: '1',
            selector: null,
          },
        ],
      });
    await setRules('rule-rate');
    const listed = async (): Promise<string> => JSON.stringify(await raw(METRICS));
    await expect.poll(listed, { timeout: DUE_MS }).toContain('pods/myapp_processed_ops_per_second');
    const rate = `${METRICS}/namespaces/default/pods/*/myapp_processed_ops_per_second`;
    await expect.poll(() => raw(rate), { timeout: DUE_MS }).toMatchObject({ items: [{ value: '0' }] });
    expect(complaints).toEqual([]);
  }, 240_000);
});

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { untilAvailable } from '../../scripts/cluster/available-apis.ts';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import { findFreePorts } from '../../scripts/cluster/ports.ts';
import { stopProcess } from '../../scripts/cluster/process.ts';
import { waitUntil } from '../../scripts/cluster/wait.ts';
import { findKubectl, KUBECTL_MINORS, OPTIONAL_KUBECTL_MINOR } from '../../scripts/components/kubectl.ts';
import { createCertificateAuthority, issueServingCertificate } from '../../src/platform/http/certificates.ts';
import { type BreakableWay, openBreakableWay } from './support/breakable-way.ts';
import { kubeletPathAnnotation, type MeasuredKubelets, startMeasuredKubelets } from './support/measured-kubelets.ts';
import { type PodtideMetricsServer, startPodtideMetricsServer } from './support/podtide-metrics-server.ts';

const APIS = ['v1beta1.metrics.k8s.io', 'v1.metrics.k8s.io'];
const NODES = ['node-1', 'node-2'];
const AVAILABLE_MS_MAX = 20_000;
const RATES_TIMEOUT_MS = 60_000;
const PODS = '/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods';
const RESOLUTION = ['--metric-resolution=10s', '--kubelet-request-timeout=5s'];

const load = { podMilliByApp: new Map([['steady', 250]]), nodeMilli: 1_500 };
const run = promisify(execFile);
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });

let cluster: Cluster;
let kubelets: MeasuredKubelets;
let way: BreakableWay;
let server: PodtideMetricsServer;
let availableAfterMs = 0;

beforeAll(async () => {
  const controllerManagerFlags = [
    '--horizontal-pod-autoscaler-sync-period=5s',
    '--horizontal-pod-autoscaler-cpu-initialization-period=0s',
    '--horizontal-pod-autoscaler-initial-readiness-delay=0s',
  ];
  cluster = await startCluster({
    withHpaController: true,
    withAuditLog: true,
    nodeCount: NODES.length,
    controllerManagerFlags,
  });
  const pki = (name: string): Promise<string> => readFile(join(cluster.folder, 'pki', name), 'utf8');
  const pair = { certificate: await pki('kubelet.crt'), privateKey: await pki('kubelet.key') };
  kubelets = await startMeasuredKubelets(cluster, pair, load);
  for (const node of NODES) await cluster.kubectl(['annotate', 'node', node, kubeletPathAnnotation(node)]);
  await apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    deployment('steady', 1),
    deployment('web', 1),
    ...accounts(),
  );
  way = await openBreakableWay(Number(new URL(cluster.serverUrl).port));
  const startedAtMs = performance.now();
  server = await startPodtideMetricsServer(cluster, {
    flags: [...RESOLUTION, ...kubeletFlags(kubelets.port)],
    serverUrl: `https://127.0.0.1:${way.port}`,
  });
  await untilAvailable(cluster, APIS, server.record);
  availableAfterMs = performance.now() - startedAtMs;
  await waitUntil('a pod has numbers', {
    blame: server.record.name,
    processes: [server.record],
    timeoutMs: RATES_TIMEOUT_MS,
    isReady: async () => (await metricsOf('steady')).length === 1,
  });
});

afterAll(async () => {
  await dispatcher.close();
  if (server !== undefined) await stopProcess(server.record, 15_000);
  await kubelets?.stop();
  await way?.close();
  await cluster?.stop();
});

const kubeletFlags = (port: number): readonly string[] => [
  '--kubelet-use-node-status-port=false',
  `--kubelet-port=${port}`,
];

async function apply(...items: readonly object[]): Promise<void> {
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

function deployment(app: string, count: number): object {
  const resources = { requests: { cpu: '100m', memory: '128Mi' } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'shop', name: app },
    spec: {
      replicas: count,
      selector: { matchLabels: { app } },
      template: {
        metadata: { labels: { app } },
        spec: { containers: [{ name: 'app', image: 'registry.example/app:1', resources }] },
      },
    },
  };
}

/** One who may view the namespace, as the page says to make one, one who may nothing, and one who may everything. */
function accounts(): readonly object[] {
  const account = (name: string): object => {
    return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'shop', name } };
  };
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { namespace: 'shop', name: 'metrics-reader' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'shop', name: 'metrics-reader' }],
  };
  const administration = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'shop-administrator' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'shop', name: 'administrator' }],
  };
  return [account('metrics-reader'), account('stranger'), account('administrator'), binding, administration];
}

interface PodMetrics {
  readonly timestamp: string;
  readonly window: string;
  readonly containers: readonly { readonly name: string; readonly usage: Readonly<Record<string, string>> }[];
}

async function metricsOf(app: string): Promise<readonly PodMetrics[]> {
  const text = await cluster.kubectl(['get', '--raw', `${PODS}?labelSelector=app%3D${app}`]);
  return JSON.parse(text).items;
}

/** Straight to the metrics server, as curl would. */
async function ask(path: string, token?: string): Promise<{ readonly status: number; readonly text: string }> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await request(server.url + path, { dispatcher, headers, signal: AbortSignal.timeout(10_000) });
  return { status: answer.statusCode, text: await answer.body.text() };
}

const tokenOf = (name: string): Promise<string> => cluster.tokenFor({ namespace: 'shop', name });

describe('behind a real API server, with the account of the manifest and no other', () => {
  test('both APIServices are Available within seconds, by a caBundle, and are verified', async () => {
    expect(availableAfterMs).toBeLessThan(AVAILABLE_MS_MAX);
    const { items } = JSON.parse(await cluster.kubectl(['get', 'apiservices', ...APIS, '-o', 'json']));
    const specs = items.map(({ spec }: { spec: object }) => spec);
    for (const spec of specs) {
      expect(spec.insecureSkipTLSVerify).toBeUndefined();
      expect(Buffer.from(spec.caBundle, 'base64').toString()).toMatch(/^-----BEGIN CERTIFICATE-----/);
    }
    expect(new Set(specs.map(({ caBundle }: { caBundle: string }) => caBundle)).size).toBe(1);
  });

  test('no scrape was refused: the account may read the kubelets', () => {
    expect(kubelets.refusals).toEqual([]);
  });

  test('the numbers are what the pods use', async () => {
    const [steady] = await metricsOf('steady');
    expect(steady?.containers).toEqual([{ name: 'app', usage: { cpu: '250m', memory: '64Mi' } }]);
    expect(Date.now() - Date.parse(steady?.timestamp ?? '')).toBeLessThan(40_000);
  });

  test.each(KUBECTL_MINORS)('kubectl %s: top, get, and api-resources without a warning', async (minor) => {
    const kubectl = await findKubectl(minor);
    if (kubectl === undefined) {
      expect(minor).toBe(OPTIONAL_KUBECTL_MINOR);
      return;
    }
    const with_ = async (...args: string[]) => run(kubectl, ['--kubeconfig', cluster.kubeconfig, ...args]);
    const nodes = await with_('top', 'nodes');
    expect(nodes.stdout).toMatch(/^NAME +CPU\(cores\) +CPU(%|\(%\)) +MEMORY\(bytes\) +MEMORY(%|\(%\))/);
    expect(nodes.stdout).toMatch(/^node-1 +1500m +2% +4096Mi +1%/m);
    const pods = await with_('top', 'pods', '-n', 'shop', '-l', 'app=steady', '--containers');
    expect(pods.stdout).toMatch(/^steady-\S+ +app +250m +64Mi/m);
    expect((await with_('get', 'nodes.metrics.k8s.io')).stdout).toMatch(/^NAME +CPU +MEMORY +WINDOW/);
    const resources = await with_('api-resources', '--api-group=metrics.k8s.io');
    expect(resources.stdout).toMatch(/^pods +metrics\.k8s\.io\/v1(beta1)? +true +PodMetrics/m);
    expect(nodes.stderr + pods.stderr + resources.stderr).toBe('');
  });

  test('kubectl explain: the OpenAPI document comes through the aggregator', async () => {
    await expect
      .poll(() => cluster.kubectl(['explain', 'podmetrics']).catch(String), { timeout: 90_000, interval: 2_000 })
      .toMatch(/KIND: +PodMetrics[\s\S]*containers/);
  });

  test('a token straight to the server: who may, may; who may not, may not; nobody knows a wrong one', async () => {
    const reader = await ask(PODS, await tokenOf('metrics-reader'));
    expect([reader.status, JSON.parse(reader.text).kind]).toEqual([200, 'PodMetricsList']);
    expect(await ask(PODS, await tokenOf('stranger'))).toMatchObject({
      status: 403,
      text: expect.stringContaining('cannot list resource \\"pods\\" in API group \\"metrics.k8s.io\\"'),
    });
    expect((await ask('/metrics', await tokenOf('metrics-reader'))).status).toBe(403);
    expect((await ask(PODS, 'a.wrong.token')).status).toBe(401);
    expect((await ask(PODS)).status).toBe(403);
    expect(await ask('/readyz')).toEqual({ status: 200, text: 'ok' });
  });

  test('kube-controller-manager scales a target by these numbers', async () => {
    load.podMilliByApp.set('web', 400);
    const metric = {
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
    };
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    await apply({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { namespace: 'shop', name: 'web' },
      spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 20, metrics: [metric] },
    });
    const path = '{.status.currentReplicas} {.status.currentMetrics[0].resource.current.averageValue}';
    await expect
      .poll(() => cluster.kubectl(['get', 'hpa', 'web', '-n', 'shop', '-o', `jsonpath=${path}`]), {
        timeout: 120_000,
        interval: 1_000,
      })
      // 400m over eight pods is half of what each asked for.
      .toBe('8 50m');
  });
});

test('podtide run: one process measures and decides, and asks nobody for what it has measured', async () => {
  const [listenPort, securePort] = await findFreePorts(2);
  const kubeconfig = await cluster.kubeconfigFor({ namespace: 'shop', name: 'administrator' });
  const record = await cluster.run({
    name: 'podtide-run',
    program: process.execPath,
    args: [
      resolve('src/app/cli/main.ts'),
      ...['run', '--with', 'controller,metrics-server', `--kubeconfig=${kubeconfig}`, '--mode=observe'],
      ...['--bind-address=127.0.0.1', `--secure-port=${securePort}`, '--apiservice-ca-bundle=leave'],
      ...[`--listen=127.0.0.1:${listenPort}`, '--decisions-without-token'],
      ...['--horizontal-pod-autoscaler-sync-period=5s', ...RESOLUTION, ...kubeletFlags(kubelets.port)],
    ],
  });
  // Eight pods of which each uses 50m: the observer agrees with what is there.
  const decisions = async (): Promise<string> => {
    const answer = await request(`http://127.0.0.1:${listenPort}/decisions?namespace=shop&name=web&limit=1`);
    const { items } = (await answer.body.json()) as { readonly items: readonly { readonly id: string }[] };
    const one = await request(`http://127.0.0.1:${listenPort}/decisions/${items[0]?.id}`);
    return one.body.text();
  };
  await expect
    .poll(() => decisions().catch(String), { timeout: 90_000, interval: 1_000 })
    .toMatch(/"averageValue":"50m"/);
  await stopProcess(record, 15_000);
  const text = await readFile(join(cluster.folder, 'logs', 'audit.jsonl'), 'utf8');
  // The last line may be half written.
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n');
  const paths = lines
    .map((line) => JSON.parse(line))
    .filter(({ userAgent }) => userAgent?.startsWith('podtide-controller'))
    .map(({ requestURI }) => requestURI as string);
  expect(paths.some((path) => path.startsWith('/apis/autoscaling/v2/'))).toBe(true);
  expect(paths.filter((path) => path.startsWith('/apis/metrics.k8s.io'))).toEqual([]);
});

test('a kubelet whose certificate lacks the node’s address is named, with the right way out of it', async () => {
  const lifetime = { nowMs: Date.now(), validityMs: 3_600_000 };
  const authority = await createCertificateAuthority({ commonName: 'node-ca', ...lifetime });
  const names = { dnsNames: ['node-1'], addresses: [] };
  const pair = await issueServingCertificate(authority, { commonName: 'node-1', ...lifetime }, names);
  const broken = await startMeasuredKubelets(cluster, pair, load);
  try {
    const second = await startPodtideMetricsServer(cluster, {
      name: 'podtide-metrics-server-2',
      flags: [...RESOLUTION, ...kubeletFlags(broken.port), '--apiservice-ca-bundle=leave'],
      serverUrl: `https://127.0.0.1:${way.port}`,
    });
    const log = (): Promise<string> => readFile(second.record.logFile, 'utf8');
    await expect.poll(log, { timeout: 40_000, interval: 500 }).toMatch(/serverTLSBootstrap/);
    expect(await log()).toMatch(/127\.0\.0\.1.*serverTLSBootstrap.*kubectl (get csr|certificate approve)/);
    // Another replica serves, so that this one waits, as upstream's would.
    const readyz = await request(`${second.url}/readyz`, { dispatcher });
    expect([readyz.statusCode, await readyz.body.text()]).toEqual([
      500,
      expect.stringContaining('[-]metric-storage-ready failed: reason withheld'),
    ]);
    await stopProcess(second.record, 15_000);
  } finally {
    await broken.stop();
  }
});

test('the API server away and back: the process lives on with what it has, and serves again', async () => {
  const reader = await tokenOf('metrics-reader');
  expect((await ask(PODS, reader)).status).toBe(200);
  await way.break();
  expect(await ask('/livez')).toEqual({ status: 200, text: 'ok' });
  // What a review said is remembered for ten seconds; after that nobody can be asked whose token it is, as upstream.
  await expect.poll(async () => (await ask(PODS, reader)).status, { timeout: 40_000, interval: 1_000 }).toBe(401);
  expect(await ask('/livez')).toEqual({ status: 200, text: 'ok' });
  expect(await ask('/readyz')).toEqual({ status: 200, text: 'ok' });
  await way.mend();
  await expect.poll(async () => (await ask(PODS, reader)).status, { timeout: 60_000, interval: 1_000 }).toBe(200);
  expect((await metricsOf('steady')).length).toBe(1);
});

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import type { ResourceMetricsSource } from '../../src/metrics/source/port.ts';
import {
  createCertificateAuthority,
  issueServingCertificate,
  type KeyPair,
} from '../../src/platform/http/certificates.ts';
import { startLiveKubelet, type WorkingContainer } from './resource-metrics/live-kubelet.ts';
import { KUBELET_PORT, type NodeTunnel, openNodeTunnel } from './resource-metrics/node-tunnel.ts';
import { serveMetricsApi } from './support/metrics-api.ts';

const NAMESPACE = 'shop';
const MEBIBYTE = 2 ** 20;

let cluster: Cluster;
let folder: string;
let tunnel: NodeTunnel;
const running: { stop(): Promise<void> }[] = [];
let lookers: { readonly maySeeKubelets: string; readonly mayNot: string };

const LIFETIME = { nowMs: Date.now(), validityMs: 3_600_000 };

/** A real API server whose node proxy leads to kubelets of ours: one that is well, and one that no authority vouches for. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-top-'));
  tunnel = await openNodeTunnel(folder);
  const authority = await createCertificateAuthority({ commonName: 'kubelets', ...LIFETIME });
  const stranger = await createCertificateAuthority({ commonName: 'nobody', ...LIFETIME });
  const authorityFile = join(folder, 'kubelets.crt');
  await writeFile(authorityFile, authority.certificate);
  cluster = await startCluster({
    isApiServerAlone: true,
    apiServerFlags: [`--kubelet-certificate-authority=${authorityFile}`, tunnel.flag],
  });
  await addNode('node-a', '10.20.0.1', authority, [containerOf('web-0', 0.2)]);
  await addNode('node-b', '10.20.0.2', stranger, [containerOf('lost-0', 0.1)]);
  await create('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  await addPod('web-0', 'node-a', { app: 'web' });
  await addPod('lost-0', 'node-b', { app: 'lost' });
  await addAutoscaledWorkload();
  lookers = { maySeeKubelets: await looker('see-kubelets', true), mayNot: await looker('see-pods', false) };
});

afterAll(async () => {
  for (const each of running) await each.stop();
  await cluster?.stop();
  await tunnel?.stop();
  await rm(folder, { recursive: true, force: true });
});

function containerOf(pod: string, cores: number): WorkingContainer {
  return { namespace: NAMESPACE, pod, container: 'app', cores, memoryBytes: 48 * MEBIBYTE };
}

async function create(path: string, object: { readonly metadata: { readonly name: string } }): Promise<void> {
  await cluster.api.post(path, object);
}

/** Creates an object with its status, which takes a second request. */
async function createWithStatus(path: string, object: { readonly metadata: { readonly name: string } }): Promise<void> {
  await create(path, object);
  const status = `${path}/${object.metadata.name}/status`;
  await cluster.kubectl(['replace', '--raw', status, '-f', '-'], JSON.stringify(object));
}

/** A node with a kubelet behind its address, whose serving certificate is of that authority. */
async function addNode(
  name: string,
  address: string,
  authority: KeyPair,
  containers: readonly WorkingContainer[],
): Promise<void> {
  const names = { dnsNames: [name], addresses: [address] };
  const { certificate, privateKey } = await issueServingCertificate(
    authority,
    { commonName: name, ...LIFETIME },
    names,
  );
  const kubelet = await startLiveKubelet({
    cert: certificate,
    key: privateKey,
    clientAuthority: await readFile(join(cluster.folder, 'pki', 'ca.crt'), 'utf8'),
    containers,
    cores: 0.75,
    memoryBytes: 1024 * MEBIBYTE,
  });
  running.push(kubelet);
  tunnel.route(address, kubelet.port);
  const room = { cpu: '4', memory: '8Gi', pods: '110' };
  await createWithStatus('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: {
      allocatable: room,
      capacity: room,
      addresses: [{ type: 'InternalIP', address }],
      daemonEndpoints: { kubeletEndpoint: { Port: KUBELET_PORT } },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  } as never);
}

async function addPod(name: string, nodeName: string, labels: Readonly<Record<string, string>>): Promise<void> {
  const startTime = new Date(Date.now() - 3_600_000).toISOString().replace(/\.\d+/, '');
  const container = { name: 'app', image: 'registry.example/app:1', resources: { requests: { cpu: '100m' } } };
  await createWithStatus(`/api/v1/namespaces/${NAMESPACE}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE, labels },
    spec: { nodeName, containers: [container] },
    status: {
      phase: 'Running',
      startTime,
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: startTime }],
      containerStatuses: [
        {
          name: 'app',
          image: container.image,
          imageID: '',
          ready: true,
          restartCount: 0,
          containerID: 'containerd://0123456789abcdef0123456789abcdef',
          state: { running: { startedAt: startTime } },
        },
      ],
    },
  } as never);
}

async function addAutoscaledWorkload(): Promise<void> {
  const labels = { app: 'web' };
  const metadata = { name: 'web', namespace: NAMESPACE };
  await create(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'registry.example/app:1' }] } },
    },
  } as never);
  await create(`/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      maxReplicas: 5,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
    },
  } as never);
}

/** The kubeconfig of somebody who may read what `view` may and nodes, and maybe use the node proxy. */
async function looker(name: string, maySeeKubelets: boolean): Promise<string> {
  const rbac = 'rbac.authorization.k8s.io';
  const rules = [
    { apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['get', 'list'] },
    { apiGroups: ['metrics.k8s.io'], resources: ['nodes', 'pods'], verbs: ['get', 'list'] },
    { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['get', 'list'] },
    { apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['get'] },
    ...(maySeeKubelets ? [{ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] }] : []),
  ];
  const items = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE } },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: NAMESPACE }],
    },
  ];
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  return cluster.kubeconfigFor({ name, namespace: NAMESPACE });
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function podtide(kubeconfig: string, ...words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const args = ['src/app/cli/main.ts', 'top', `--kubeconfig=${kubeconfig}`, '--lang=en', ...words];
    execFile(process.execPath, args, { timeout: 120_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

interface Trace {
  readonly verdict: string;
  readonly remedy: string;
  readonly links: readonly ({ readonly code: string; readonly standing: string } & Readonly<Record<string, unknown>>)[];
}

async function trace(kubeconfig: string, pod: string): Promise<Trace & { readonly exitCode: number }> {
  const { code, stdout, stderr } = await podtide(kubeconfig, 'pod', pod, '--trace', '-o', 'json');
  expect(stdout, stderr).not.toBe('');
  return { ...JSON.parse(stdout), exitCode: code };
}

test('without any metrics API, numbers come from the kubelets; a node without a trusted certificate is named', async () => {
  const { code, stdout, stderr } = await podtide(lookers.maySeeKubelets, 'nodes');
  expect(stdout.split('\n'), stderr).toEqual([
    'NAME     CPU(cores)   CPU(%)      MEMORY(bytes)   MEMORY(%)   ',
    'node-a   750m         18%         1024Mi          12%         ',
    'node-b   <unknown>    <unknown>   <unknown>       <unknown>   ',
    '',
  ]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/no metrics API in this cluster: asking 2 kubelets through the API server/);
  expect(stderr).toMatch(/waiting for the second sample of 1 kubelet, 35 s at most/);
  expect(stderr).toMatch(/node node-b: the API server does not trust the kubelet's serving certificate: .*x509/);
  expect(stderr).toMatch(/serverTLSBootstrap: true .* kubectl certificate approve NAME/);
});

test('without the right to use the node proxy it says which right that is, and the way out', async () => {
  const { code, stdout, stderr } = await podtide(lookers.mayNot, 'pod', 'web-0');
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toMatch(/cannot get resource "nodes\/proxy"/);
  expect(stderr).toMatch(/the right get on nodes\/proxy is missing, .*\(podtide metrics-server\)/);
});

test('a trace without any metrics API: measured, and served by nobody', async () => {
  const { links, exitCode } = await trace(lookers.maySeeKubelets, 'web-0');
  expect(exitCode).toBe(1);
  expect(
    links.map(({ code }) => code),
    JSON.stringify(links),
  ).toEqual(['PodRunning', 'NodeReady', 'CgroupCounters', 'TwoSamples', 'Rate', 'ApiMissing', 'HpaFails']);
  expect(links[2]).toMatchObject({ container: 'app', id: 'containerd://0123456789ab', version: 2 });
  expect(links[4]).toMatchObject({ windowMs: 10_000, cpu: '200m', memory: '48Mi' });
  const lost = await trace(lookers.maySeeKubelets, 'lost-0');
  expect(lost.links.find(({ standing }) => standing === 'broken')).toMatchObject({
    code: 'KubeletFailed',
    problem: { code: 'ProxyCertificate' },
  });
});

test('with a metrics API: what kubectl top prints, and the chain up to the HPA', async () => {
  running.push(await serveMetricsApi(cluster, servedSource()));
  for (const words of [
    ['nodes'],
    ['nodes', '--show-capacity', '--sort-by=cpu'],
    ['pods', '-n', NAMESPACE],
    ['pods', '-A', '--containers', '--sum'],
    ['pods', '-A', '--sort-by=memory', '--no-headers'],
  ]) {
    const { stdout, stderr } = await podtide(cluster.kubeconfig, ...words);
    expect({ words, stdout, stderr }).toEqual({ words, stdout: await cluster.kubectl(['top', ...words]), stderr: '' });
  }
  const seen = await trace(lookers.maySeeKubelets, 'web-0');
  expect({ verdict: seen.verdict, exitCode: seen.exitCode }).toEqual({ verdict: 'whole', exitCode: 0 });
  expect(seen.links.at(-2)).toMatchObject({
    code: 'ApiServed',
    windowMs: 15_000,
    containers: [{ name: 'app', cpu: '200m', memory: '48Mi' }],
  });
  expect(seen.links.at(-1)).toMatchObject({
    code: 'HpaReckons',
    hpa: `${NAMESPACE}/web`,
    share: { usageMilli: 200, requestMilli: 100 },
    metric: { usageRatio: 4, proposedReplicas: 4 },
  });
  const unseen = await trace(lookers.mayNot, 'web-0');
  expect({ verdict: unseen.verdict, exitCode: unseen.exitCode }).toEqual({ verdict: 'whole', exitCode: 0 });
  expect(unseen.links.find(({ standing }) => standing === 'unseen')).toMatchObject({ code: 'KubeletUnseen' });
});

/** What a metrics server would serve of both kubelets, with numbers that have to be rounded. */
function servedSource(): ResourceMetricsSource {
  const measured = () => ({ atMs: Date.now() - 2_000, windowMs: 15_000, labels: {} });
  const nodes = [
    { name: 'node-a', usage: { cpu: '750000001n', memory: '1048577Ki' } },
    { name: 'node-b', usage: { cpu: '3', memory: '12240Ki' } },
  ];
  const pods = [
    { name: 'lost-0', containers: [{ name: 'app', usage: { cpu: '1500n', memory: '1023Ki' } }] },
    { name: 'web-0', containers: [{ name: 'app', usage: { cpu: '200m', memory: '48Mi' } }] },
  ];
  const listNodes = () => nodes.map((node) => ({ ...node, ...measured() }));
  const listPods = () => pods.map((pod) => ({ ...pod, namespace: NAMESPACE, ...measured() }));
  return {
    listNodes: async () => listNodes(),
    listPods: async ({ labelSelector }) =>
      listPods().filter(({ name }) => labelSelector === '' || labelSelector === `app=${name.split('-')[0]}`),
    findNode: async (name) => found(listNodes().find((node) => node.name === name)),
    findPod: async ({ name }) => found(listPods().find((pod) => pod.name === name)),
  };
}

function found<T>(metrics: T | undefined) {
  return metrics === undefined ? ({ kind: 'absent' } as const) : ({ kind: 'found', metrics } as const);
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AggregatedBackend, json, startBackend } from '../fixtures/aggregated-backend.ts';
import { createTutorialLabs, type TutorialLab } from './support/tutorial-lab.ts';

const labs = createTutorialLabs();
let lab: TutorialLab;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podtide-lab-metrics-'));
  lab = await labs.open();
  await lab.shown('kubectl create namespace test');
  await lab.shown('kubectl -n test create deployment myblog --image=nginx');
  await lab.eventually('kubectl -n test get deployment myblog', /1\/1/);
});
afterAll(async () => {
  await labs.close();
  await rm(folder, { recursive: true, force: true });
});

async function printed(commandLine: string): Promise<string> {
  const { code, stdout, stderr } = await lab.type(commandLine);
  expect([code, stderr], commandLine).toEqual([0, '']);
  return stdout.trim();
}

/** The status and the body that curl is shown with a token; `-k`, as people type it. */
async function curl(token: string, url: string): Promise<readonly [status: string, body: string]> {
  const text = await printed(`curl -sk -w '\\n%{http_code}' -H 'Authorization: Bearer ${token}' ${url}`);
  const end = text.lastIndexOf('\n');
  return [text.slice(end + 1), text.slice(0, end).trim()];
}

async function token(namespace: string, account: string): Promise<string> {
  await printed(`kubectl -n ${namespace} create serviceaccount ${account}`);
  return printed(`kubectl -n ${namespace} create token ${account}`);
}

test('the lab’s own metrics APIs are registered and available', async () => {
  const shown = await lab.shown('kubectl get apiservice');
  const rows = shown.split('\n').filter((line) => line.includes('metrics.k8s.io'));
  expect(rows.toSorted()).toEqual([
    'v1.metrics.k8s.io  Local  True  AGE',
    'v1beta1.custom.metrics.k8s.io  Local  True  AGE',
    'v1beta1.external.metrics.k8s.io  Local  True  AGE',
    'v1beta1.metrics.k8s.io  Local  True  AGE',
    'v1beta2.custom.metrics.k8s.io  Local  True  AGE',
  ]);
});

test('top shows what kubelets measured', async () => {
  await lab.eventually('kubectl -n test top pods --no-headers', /^myblog-\S+ {2}1m {2}32Mi$/);
  const nodes = await lab.eventually('kubectl top nodes --no-headers', /^node-1 .*\nnode-2 .*\nnode-3 /);
  expect(nodes.split('\n').map((line) => line.split('  ').slice(1, 3))).toEqual(
    Array.from({ length: 3 }, () => [expect.stringMatching(/^12[01]m$/), '1%']),
  );
});

test('a token with the right role reads the metrics API; with another 403, without one 401', async () => {
  const server = await printed("kubectl config view -o 'jsonpath={.clusters[0].cluster.server}'");
  const pod = await printed("kubectl -n test get pods -o 'jsonpath={.items[0].metadata.name}'");
  const url = `${server}/apis/metrics.k8s.io/v1beta1/namespaces/test/pods/${pod}`;
  const reader = await token('test', 'test-pods-admin');
  const [refused, why] = await curl(reader, url);
  expect([refused, JSON.parse(why).message]).toEqual([
    '403',
    `pods.metrics.k8s.io "${pod}" is forbidden: User "system:serviceaccount:test:test-pods-admin" cannot get resource "pods" in API group "metrics.k8s.io" in the namespace "test"`,
  ]);
  await printed('kubectl create rolebinding reader -n test --clusterrole=view --serviceaccount=test:test-pods-admin');
  const [status, body] = await curl(reader, url);
  expect([status, JSON.parse(body)]).toMatchObject([
    '200',
    { kind: 'PodMetrics', metadata: { name: pod }, containers: [{ name: 'nginx' }] },
  ]);
  expect((await curl('nonsense', url))[0]).toBe('401');
});

test('the kubelet asks the API server whose token it is shown, and whether they may', async () => {
  const path = '{.items[0].status.addresses[0].address}:{.items[0].status.daemonEndpoints.kubeletEndpoint.Port}';
  const kubelet = `https://${await printed(`kubectl get nodes -o 'jsonpath=${path}'`)}`;
  const pages = ['/metrics', '/metrics/cadvisor', '/metrics/resource'] as const;
  const scraper = await token('kube-system', 'metrics-server');
  for (const page of pages) {
    expect(await curl(scraper, `${kubelet}${page}`), page).toEqual([
      '403',
      'Forbidden (user=system:serviceaccount:kube-system:metrics-server, verb=get, resource=nodes, subresource(s)=[metrics])',
    ]);
    expect(await curl('nonsense', `${kubelet}${page}`), page).toEqual(['401', 'Unauthorized']);
  }
  await printed('kubectl create clusterrole kubelet-reader --verb=get --resource=nodes/metrics');
  await printed(
    'kubectl create clusterrolebinding kubelet-reader --clusterrole=kubelet-reader --serviceaccount=kube-system:other',
  );
  // A refusal is remembered for half a minute, as every kubelet does: another account has not been refused yet.
  const other = await token('kube-system', 'other');
  const shown = await Promise.all(pages.map((page) => curl(other, `${kubelet}${page}`)));
  expect(shown.map(([status]) => status)).toEqual(['200', '200', '200']);
  expect(shown.map(([, body]) => body.includes('# TYPE kubelet_running_pods '))).toEqual([true, false, false]);
  expect(shown.map(([, body]) => body.includes('# TYPE container_memory_rss '))).toEqual([false, true, false]);
  expect(shown.map(([, body]) => body.includes('# TYPE node_cpu_usage_seconds_total '))).toEqual([false, false, true]);
});

test('an APIService that is applied takes the API over, and gives it back when it is deleted', async () => {
  const authority = await printed(
    "kubectl -n kube-system get configmap extension-apiserver-authentication -o 'jsonpath={.data.requestheader-client-ca-file}'",
  );
  const backend = await startBackend(['own-metrics.kube-system.svc'], authority);
  try {
    backend.answer = ({ url }) => answerOf(url);
    const manifest = join(folder, 'own-metrics.yaml');
    await writeFile(manifest, manifestOf(backend));
    await lab.type(`kubectl apply -f ${manifest}`);
    await lab.eventually(
      'kubectl get apiservice v1beta1.metrics.k8s.io --no-headers',
      /kube-system\/own-metrics {2}True/,
    );
    expect(await printed('kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes')).toContain(
      '"metadata":{"name":"theirs"}',
    );
    const asked = backend.received.find(({ url }) => url === '/apis/metrics.k8s.io/v1beta1/nodes');
    expect([asked?.clientName, asked?.headers['x-remote-user'], asked?.serverName]).toEqual([
      'front-proxy-client',
      ['podtide-lab-admin'],
      'own-metrics.kube-system.svc',
    ]);
    expect(await printed('kubectl get --raw /apis/metrics.k8s.io/v1/nodes')).toContain('"name":"node-1"');
    await printed('kubectl delete apiservice v1beta1.metrics.k8s.io');
    await lab.eventually('kubectl get apiservice v1beta1.metrics.k8s.io --no-headers', /Local {2}True/);
    expect(await printed('kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes')).toContain('"name":"node-1"');
  } finally {
    await backend.close();
  }
});

function answerOf(url: string) {
  if (url === '/apis/metrics.k8s.io/v1beta1') {
    const resources = [
      { name: 'nodes', singularName: '', namespaced: false, kind: 'NodeMetrics', verbs: ['get', 'list'] },
    ];
    return json({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'metrics.k8s.io/v1beta1', resources });
  }
  return url === '/apis/metrics.k8s.io/v1beta1/nodes'
    ? json({
        kind: 'NodeMetricsList',
        apiVersion: 'metrics.k8s.io/v1beta1',
        metadata: {},
        items: [{ metadata: { name: 'theirs' } }],
      })
    : undefined;
}

function manifestOf({ port, authority }: AggregatedBackend): string {
  return `
apiVersion: v1
kind: Service
metadata:
  name: own-metrics
  namespace: kube-system
spec:
  type: ExternalName
  externalName: localhost
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata:
  name: v1beta1.metrics.k8s.io
spec:
  group: metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  caBundle: ${Buffer.from(authority).toString('base64')}
  service:
    namespace: kube-system
    name: own-metrics
    port: ${port}
`;
}

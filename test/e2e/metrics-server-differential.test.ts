import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import { waitUntil } from '../../scripts/cluster/wait.ts';
import { type Answer, ask } from './resource-metrics/answer.ts';
import { createMeasuredWorld, type MeasuredWorld } from './resource-metrics/measured-world.ts';
import { type Asker, type ComparedQuestion, QUESTIONS } from './resource-metrics/questions.ts';
import { startUpstreamServer } from './resource-metrics/upstream-server.ts';
import { type PodtideMetricsServer, startPodtideMetricsServer } from './support/podtide-metrics-server.ts';

const READY_TIMEOUT_MS = 60_000;
const NAMESPACE = 'askers';

/** Both programs over the same kubelets and the same API server, and somebody of each kind to ask them. */
interface Stage {
  readonly cluster: Cluster;
  readonly world: MeasuredWorld;
  readonly ours: PodtideMetricsServer;
  readonly theirs: { readonly url: string };
  readonly tokens: Readonly<Record<Asker, string>>;
}

const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
let stage: Stage;

beforeAll(async () => {
  const cluster = await startCluster({ isApiServerAlone: true });
  try {
    const world = await createMeasuredWorld(cluster);
    const tokens = await createAskers(cluster);
    const theirs = await startUpstreamServer(cluster);
    await untilReady('metrics-server', theirs.url);
    // A token of its own, which it has by now: kubelets show each token their samples in order.
    const flags = ['--metric-resolution=10s', '--kubelet-request-timeout=5s'];
    const ours = await startPodtideMetricsServer(cluster, { flags });
    stage = { cluster, world, ours, theirs, tokens };
    await untilReady('podtide-metrics-server', ours.url);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
});

afterAll(async () => {
  await dispatcher.close();
  await stage?.world.stop();
  await stage?.cluster.stop();
});

function untilReady(blame: string, url: string): Promise<void> {
  return waitUntil('there are numbers of everything', {
    blame,
    processes: [],
    timeoutMs: READY_TIMEOUT_MS,
    isReady: async () => (await ask({ url, dispatcher }, '', { path: '/readyz' })).status === 200,
  });
}

const askOurs = (question: ComparedQuestion): Promise<Answer> =>
  ask({ url: stage.ours.url, dispatcher }, stage.tokens[question.as ?? 'admin'], question);
const askTheirs = (question: ComparedQuestion): Promise<Answer> =>
  ask({ url: stage.theirs.url, dispatcher }, stage.tokens[question.as ?? 'admin'], question);

describe('the same question to upstream’s metrics-server and to ours', () => {
  test.each(QUESTIONS.map((question) => [titleOf(question), question] as const))('%s', async (_title, question) => {
    const [ours, theirs] = [await askOurs(question), await askTheirs(question)];
    // Where it lets somebody in or the answers agree by luck, a difference that is allowed need not show.
    if (question.difference === undefined || isSame(ours, theirs)) expect(ours).toEqual(theirs);
    else expect(question.difference.holds(ours, theirs), JSON.stringify({ ours, theirs }, null, 1)).toBe(true);
  });

  test('differences are allowed only where there are some', async () => {
    const idle: string[] = [];
    for (const question of QUESTIONS.filter(({ as, difference }) => as === undefined && difference !== undefined)) {
      if (isSame(await askOurs(question), await askTheirs(question))) idle.push(question.path);
    }
    expect(idle).toEqual([]);
  });

  test('v1 has the same objects as v1beta1', async () => {
    for (const path of ['nodes', 'pods', 'namespaces/shop/pods/web-1']) {
      const [v1, v1beta1] = await Promise.all(
        ['v1', 'v1beta1'].map((version) => askOurs({ path: `/apis/metrics.k8s.io/${version}/${path}` })),
      );
      expect(String(v1?.body)).toBe(String(v1beta1?.body).replaceAll('metrics.k8s.io/v1beta1', 'metrics.k8s.io/v1'));
    }
  });

  test('the age of what is served is told under upstream’s name', async () => {
    for (const answer of [await askOurs({ path: '/metrics' }), await askTheirs({ path: '/metrics' })]) {
      expect(answer.body).toMatch(/^metrics_server_api_metric_freshness_seconds_bucket\{le="1.364"\} \d+$/m);
    }
  });
});

function titleOf({ method = 'GET', path, as = 'admin', headers = {} }: ComparedQuestion): string {
  const named = Object.entries(headers).map(([name, value]) => ` ${name}: ${value}`);
  return `${method} ${path} as ${as}${named.join('')}`;
}

function isSame(ours: Answer, theirs: Answer): boolean {
  return JSON.stringify(ours) === JSON.stringify(theirs);
}

/** ServiceAccounts with the rights that their names promise, and their tokens. */
async function createAskers(cluster: Cluster): Promise<Stage['tokens']> {
  const rbac = 'rbac.authorization.k8s.io';
  const account = (name: string) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace: NAMESPACE, name },
  });
  const role = (name: string, rules: readonly object[]) => ({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name },
    rules,
  });
  const binding = (name: string, roleName: string) => ({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: `asker-${name}` },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: roleName },
    subjects: [{ kind: 'ServiceAccount', namespace: NAMESPACE, name }],
  });
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    ...['admin', 'viewer', 'scraper', 'stranger'].map(account),
    role('metrics-reader', [{ apiGroups: ['metrics.k8s.io'], resources: ['pods', 'nodes'], verbs: ['get', 'list'] }]),
    role('metrics-scraper', [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }]),
    binding('admin', 'cluster-admin'),
    binding('viewer', 'metrics-reader'),
    binding('scraper', 'metrics-scraper'),
  ];
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const token = (name: string): Promise<string> => cluster.tokenFor({ namespace: NAMESPACE, name });
  return {
    admin: await token('admin'),
    viewer: await token('viewer'),
    scraper: await token('scraper'),
    stranger: await token('stranger'),
    nobody: '',
    forger: 'no-token-of-anybody',
  };
}

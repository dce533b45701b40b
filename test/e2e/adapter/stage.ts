import { Agent } from 'undici';
import { type Cluster, startCluster } from '../../../scripts/cluster/cluster.ts';
import { waitUntil } from '../../../scripts/cluster/wait.ts';
import type { AdapterAnswer, AdapterQuestion, Asker, Way } from '../../adapter/recording.ts';
import { askAdapter } from '../../adapter/steady-answer.ts';
import { startPrometheus } from '../support/real-prometheus.ts';
import { type AdapterUnderTest, type RunningAdapter, startAdapter } from './adapter-under-test.ts';
import { registerAdapter } from './aggregation.ts';
import { createRecordedObjects } from './recorded-objects.ts';
import { SERIES, samplesOf } from './recorded-series.ts';
import { type RecordingPrometheus, recordPrometheus } from './recording-prometheus.ts';

const LISTED_TIMEOUT_MS = 60_000;
const NAMESPACE = 'askers';

/** Series are listed that ended some minutes ago, and the adapter's own requests to the API server are not slowed down. */
const STAGE_FLAGS = ['--metrics-max-age=1h', '--client-qps=1000', '--client-burst=1000'];

/** What each kind of rule installs, and the path that has something in it once the first list is there. */
const GROUPS = [
  {
    key: 'rules',
    group: 'custom.metrics.k8s.io',
    versions: ['v1beta1', 'v1beta2'],
    filled: 'custom.metrics.k8s.io/v1beta1',
  },
  {
    key: 'externalRules',
    group: 'external.metrics.k8s.io',
    versions: ['v1beta1'],
    filled: 'external.metrics.k8s.io/v1beta1',
  },
  { key: 'resourceRules', group: 'metrics.k8s.io', versions: ['v1beta1'], filled: 'metrics.k8s.io/v1beta1/nodes' },
] as const;

/** A real API server with the recorded objects, a real Prometheus with the recorded series, and somebody of each kind to ask. */
export interface AdapterStage {
  readonly cluster: Cluster;
  readonly prometheus: RecordingPrometheus;
  readonly tokens: Readonly<Record<Asker, string>>;
  stop(): Promise<void>;
}

/** An adapter of the stage, known to the API server. */
export interface StagedAdapter {
  readonly running: RunningAdapter;
  /** The ways on which a question can be asked. */
  waysOf(question: AdapterQuestion): readonly Way[];
  ask(question: AdapterQuestion, way: Way): Promise<AdapterAnswer>;
  stop(): Promise<void>;
}

export async function openAdapterStage(): Promise<AdapterStage> {
  const cluster = await startCluster({ isApiServerAlone: true });
  try {
    await createRecordedObjects(cluster);
    const real = await startPrometheus(cluster);
    const nowMs = Date.now();
    await real.write(SERIES.map((series) => samplesOf(series, nowMs)));
    const prometheus = await recordPrometheus(real.url);
    return {
      cluster,
      prometheus,
      tokens: await createAskers(cluster),
      async stop() {
        await prometheus.stop();
        await cluster.stop();
      },
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** Starts an adapter, waits for its first lists, and registers the APIs that its configuration has. */
export async function stageAdapter(
  stage: Pick<AdapterStage, 'cluster' | 'tokens'>,
  adapter: AdapterUnderTest,
  options: {
    readonly name: string;
    readonly configuration: string;
    readonly prometheusUrl: string;
    readonly flags?: readonly string[];
  },
): Promise<StagedAdapter> {
  const { cluster, tokens } = stage;
  const running = await startAdapter(cluster, adapter, {
    ...options,
    flags: [...STAGE_FLAGS, ...(options.flags ?? [])],
  });
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  const ask = (question: AdapterQuestion, way: Way): Promise<AdapterAnswer> => {
    const url = way === 'direct' ? running.url : cluster.serverUrl;
    return askAdapter({ url, dispatcher }, tokens[question.as ?? 'admin'], question);
  };
  const installed = GROUPS.filter(({ key }) => new RegExp(`^${key}:`, 'm').test(options.configuration));
  try {
    for (const { filled } of installed) await untilFilled(running, () => ask({ path: `/apis/${filled}` }, 'direct'));
    await registerAdapter(cluster, { name: options.name, port: running.port, groups: installed });
    const roots = installed.flatMap(({ group, versions }) => versions.map((version) => `/apis/${group}/${version}`));
    return {
      running,
      ask,
      waysOf: ({ path }) => (roots.some((root) => isBelow(path, root)) ? ['direct', 'aggregated'] : ['direct']),
      async stop() {
        await dispatcher.close();
        await running.stop();
      },
    };
  } catch (error) {
    await dispatcher.close();
    await running.stop();
    throw error;
  }
}

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`) || path.startsWith(`${root}?`);
}

/** Prometheus is listed after the server says that it is ready; a list that fails leaves it empty for good. */
async function untilFilled({ record }: RunningAdapter, ask: () => Promise<AdapterAnswer>): Promise<void> {
  let emptyCount = 0;
  await waitUntil('the adapter lists what it has', {
    blame: record.name,
    processes: [record],
    timeoutMs: LISTED_TIMEOUT_MS,
    isReady: async () => {
      const { status, body } = await ask();
      if (status !== 200) return false;
      const { resources, items } = JSON.parse(String(body));
      if ((resources ?? items).length > 0) return true;
      emptyCount += 1;
      return emptyCount > EMPTY_COUNT_MAX;
    },
  });
}

/** Tenths of a second until a list that is empty counts as one that failed. */
const EMPTY_COUNT_MAX = 100;

/** ServiceAccounts with the rights that their names promise, and their tokens. */
async function createAskers(cluster: Cluster): Promise<AdapterStage['tokens']> {
  const rbac = 'rbac.authorization.k8s.io';
  const account = (name: string) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace: NAMESPACE, name },
  });
  const subjectsOf = (name: string) => [{ kind: 'ServiceAccount', namespace: NAMESPACE, name }];
  const apiGroups = GROUPS.map(({ group }) => group);
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    ...['admin', 'reader', 'stranger'].map(account),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'asker-admin' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: subjectsOf('admin'),
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { namespace: 'shop', name: 'metrics-reader' },
      rules: [{ apiGroups, resources: ['*'], verbs: ['get', 'list'] }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { namespace: 'shop', name: 'metrics-reader' },
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'metrics-reader' },
      subjects: subjectsOf('reader'),
    },
  ];
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const token = (name: string): Promise<string> => cluster.tokenFor({ namespace: NAMESPACE, name });
  return {
    admin: await token('admin'),
    reader: await token('reader'),
    stranger: await token('stranger'),
    nobody: '',
    forger: 'no-token-of-anybody',
  };
}

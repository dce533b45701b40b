import { type Cluster, startCluster } from '../../scripts/cluster/cluster.ts';
import { readState } from '../../scripts/cluster/state.ts';
import type { KubeClient, KubeObject } from '../../src/platform/kube/client.ts';
import { kubeconfigAccess } from '../../src/platform/kube/cluster-access.ts';
import { createKubeClient } from '../../src/platform/kube/kube-client.ts';
import { createSocketTransport } from '../../src/platform/kube/socket-transport.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { inParallel } from '../../test/e2e/support/parallel.ts';
import { NAMESPACES, PODS } from '../scale/fleet-objects.ts';
import { NODES, nodeOf, nodeStatus, podOf, podStatus } from './cluster-objects.ts';
import { KubeletsChild } from './kubelets-child.ts';
import { type ClusterSize, nodeName, type PlacedPod, podsOfNode } from './measured-cluster.ts';

const LANE_COUNT = 48;
const ASKER = { namespace: 'kube-system', name: 'metrics-asker' };

/** An API server with etcd, the nodes and pods of a cluster, and the kubelets of the nodes; nobody else. */
export interface MetricsStage {
  readonly cluster: Cluster;
  readonly kubelets: KubeletsChild;
  /** Of somebody who may read everything. */
  readonly token: () => Promise<string>;
  readonly apiServerPid: number;
  close(): Promise<void>;
}

/** Starts all of it. */
export async function openStage(size: ClusterSize, report: (text: string) => void): Promise<MetricsStage> {
  const cluster = await startCluster({ isApiServerAlone: true });
  try {
    const kubelets = await KubeletsChild.start(cluster, size);
    report(`making ${size.nodeCount} nodes with ${size.podsPerNodeCount} pods each`);
    await createObjects(cluster, size, kubelets.ports);
    await createAsker(cluster);
    const state = await readState(cluster.folder);
    return {
      cluster,
      kubelets,
      token: () => cluster.tokenFor(ASKER),
      apiServerPid: state?.processes.find(({ name }) => name === 'kube-apiserver')?.pid ?? 0,
      close: async () => {
        kubelets.stop();
        await cluster.stop();
      },
    };
  } catch (thrown) {
    await cluster.stop();
    throw thrown;
  }
}

async function createObjects(cluster: Cluster, size: ClusterSize, ports: readonly number[]): Promise<void> {
  const ioClock = createSystemClock();
  const access = await kubeconfigAccess({ paths: [cluster.kubeconfig], ioClock });
  const transport = createSocketTransport({ access, ioClock });
  const client = createKubeClient({ transport, ioClock, userAgent: 'metrics-stage' });
  try {
    const nodes = [...ports.entries()];
    const pods = nodes.flatMap(([node]) => podsOfNode(size, node));
    const namespaces = [...new Set(pods.map(({ namespace }) => namespace))];
    await inParallel(namespaces, (name) => client.create(NAMESPACES, { metadata: { name } } as KubeObject), LANE_COUNT);
    await inParallel(nodes, ([node, port]) => createNode(client, nodeName(node), port), LANE_COUNT);
    await inParallel(pods, (pod) => createPod(client, pod), LANE_COUNT);
  } finally {
    await transport.close();
  }
}

async function createNode(client: KubeClient, name: string, port: number): Promise<void> {
  await client.create(NODES, nodeOf(name));
  const body = { status: nodeStatus(port) };
  await client.patch(NODES, { name }, { kind: 'merge', body }, { subresource: 'status' });
}

async function createPod(client: KubeClient, pod: PlacedPod): Promise<void> {
  await client.create(PODS, podOf(pod));
  const body = { status: podStatus(pod, Date.now()) };
  await client.patch(PODS, pod, { kind: 'merge', body }, { subresource: 'status' });
}

async function createAsker(cluster: Cluster): Promise<void> {
  const rbac = 'rbac.authorization.k8s.io';
  const items = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: ASKER },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: ASKER.name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', ...ASKER }],
    },
  ];
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

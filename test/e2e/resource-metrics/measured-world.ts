import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import { type ContainerSample, type KubeletSample, type KubeletStub, startKubeletStub } from './kubelet-stub.ts';

const WINDOW_MS = 15_000;
/** Enough pods for a list that is worth compressing. */
const MANY_COUNT = 480;
const PARALLEL_COUNT = 16;

/** A container with what it uses: exact in nanocores over the window, so that both servers come to the same number. */
interface MeasuredContainer {
  readonly name: string;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

interface MeasuredPod {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly phase: 'Running' | 'Pending';
  readonly containers: readonly MeasuredContainer[];
}

interface MeasuredNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether its kubelet answers with numbers. */
  readonly isMeasured: boolean;
}

const KI = 1024;

const NODES: readonly MeasuredNode[] = [
  { name: 'node-a', labels: { zone: 'a' }, isMeasured: true },
  { name: 'node-b', labels: { zone: 'b' }, isMeasured: true },
  { name: 'node-broken', labels: { zone: 'b' }, isMeasured: false },
];

const PODS: readonly MeasuredPod[] = [
  pod('shop', 'web-2', 'node-a', { app: 'web', tier: 'front' }, [
    { name: 'sidecar', cpuMilli: 3, memoryBytes: 5 * KI + 1 },
    { name: 'app', cpuMilli: 250, memoryBytes: 12_240 * KI },
  ]),
  pod('shop', 'web-1', 'node-b', { app: 'web', canary: 'true', tier: 'front' }, [
    { name: 'app', cpuMilli: 1_000, memoryBytes: 64 * KI * KI },
  ]),
  pod('shop', 'db', 'node-a', { app: 'db' }, [{ name: 'db', cpuMilli: 1, memoryBytes: 1_500 }]),
  pod('shop', 'bare', 'node-b', {}, [{ name: 'app', cpuMilli: 20, memoryBytes: 300 * KI }]),
  pod('shop', 'zero-memory', 'node-a', { app: 'zero' }, [{ name: 'app', cpuMilli: 20, memoryBytes: 0 }]),
  pod('shop', 'on-broken', 'node-broken', { app: 'broken' }, [{ name: 'app', cpuMilli: 20, memoryBytes: 300 * KI }]),
  { ...pod('shop', 'waiting', 'node-a', { app: 'web' }, []), phase: 'Pending' },
  pod('other', 'web-1', 'node-b', { app: 'web' }, [{ name: 'app', cpuMilli: 5, memoryBytes: 2 * KI * KI }]),
  ...Array.from({ length: MANY_COUNT }, (_, index) =>
    pod('many', `replica-${String(index).padStart(4, '0')}`, index % 2 === 0 ? 'node-a' : 'node-b', { app: 'many' }, [
      { name: 'app', cpuMilli: 1 + index, memoryBytes: (1 + index) * KI * KI },
    ]),
  ),
];

function pod(
  namespace: string,
  name: string,
  node: string,
  labels: Readonly<Record<string, string>>,
  containers: readonly MeasuredContainer[],
): MeasuredPod {
  return { namespace, name, node, labels, phase: 'Running', containers };
}

export interface MeasuredWorld {
  stop(): Promise<void>;
}

/** Writes nodes and pods straight to the API server, and starts a kubelet for each node. */
export async function createMeasuredWorld(cluster: Cluster): Promise<MeasuredWorld> {
  const pki = async (name: string): Promise<string> => readFile(join(cluster.folder, 'pki', name), 'utf8');
  const pair = { cert: await pki('kubelet.crt'), key: await pki('kubelet.key') };
  const [ca, cert, key] = await Promise.all(['ca.crt', 'admin.crt', 'admin.key'].map(pki));
  const dispatcher = new Agent({ connect: { ca, cert, key } as never });
  const send = async (method: 'POST' | 'PUT', path: string, body: object): Promise<void> => {
    const answer = await request(cluster.serverUrl + path, {
      dispatcher,
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
  };
  const stubs: KubeletStub[] = [];
  const secondAtMs = Math.floor(Date.now() / 1000) * 1000 - 5_000;
  for (const node of NODES) {
    const stub = await startKubeletStub(pair, node.isMeasured ? samplesOf(node.name, secondAtMs) : undefined);
    stubs.push(stub);
    const object = nodeObject(node, stub.port);
    await send('POST', '/api/v1/nodes', object);
    await send('PUT', `/api/v1/nodes/${node.name}/status`, object);
  }
  for (const name of new Set(PODS.map(({ namespace }) => namespace))) {
    if (name !== 'default') await send('POST', '/api/v1/namespaces', { metadata: { name } });
  }
  const waiting = [...PODS];
  const write = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const path = `/api/v1/namespaces/${next.namespace}/pods`;
      await send('POST', path, podObject(next));
      await send('PUT', `${path}/${next.name}/status`, podObject(next));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_COUNT }, write));
  await dispatcher.close();
  return {
    async stop() {
      await Promise.all(stubs.map((stub) => stub.stop()));
    },
  };
}

function samplesOf(node: string, secondAtMs: number): readonly [KubeletSample, KubeletSample] {
  const placed = PODS.filter((pod) => pod.node === node && pod.phase === 'Running');
  const at = (elapsedMs: number): KubeletSample => ({
    atMs: secondAtMs - WINDOW_MS + elapsedMs,
    nodeCpuSeconds: 100 + elapsedMs / 1000,
    nodeMemoryBytes: 4 * KI * KI * KI + (elapsedMs / 1000) * KI,
    containers: placed.flatMap(({ namespace, name, containers }) =>
      containers.map(
        (container): ContainerSample => ({
          namespace,
          pod: name,
          container: container.name,
          startedAtMs: secondAtMs - 3_600_000,
          cpuSeconds: 10 + (container.cpuMilli * elapsedMs) / 1_000_000,
          memoryBytes: container.memoryBytes,
        }),
      ),
    ),
  });
  return [at(0), at(WINDOW_MS)];
}

function nodeObject({ name, labels }: MeasuredNode, port: number) {
  const room = { cpu: '64', memory: '256Gi', pods: '1000' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    status: {
      allocatable: room,
      capacity: room,
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

function podObject({ namespace, name, node, labels, phase, containers }: MeasuredPod) {
  const names = containers.length === 0 ? ['app'] : containers.map((container) => container.name);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels },
    spec: { nodeName: node, containers: names.map((each) => ({ name: each, image: 'registry.example/app:1' })) },
    status: { phase },
  };
}

/**
 * An API server that has many pods and nothing else, as far as an observing controller asks: `autoscaling/v2` without
 * HPAs, and a watch of pods that begins with all of them. Forked by `pod-memory.ts`; says its port when it listens.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const REPLICAS_PER_TARGET = 10;
const PODS_PER_NAMESPACE = 1_000;
const LIST_END = { 'k8s.io/initial-events-end': 'true' };

const podCount = Number(process.argv[2]);
const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const isWatch = url.searchParams.get('watch') === 'true';
  if (url.pathname === '/api/v1/pods' && isWatch) void sendPods(response);
  else if (url.pathname === '/apis/autoscaling/v2/horizontalpodautoscalers' && isWatch) sendListEnd(response);
  else if (url.pathname === '/apis/autoscaling') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ kind: 'APIGroup', versions: [{ groupVersion: 'autoscaling/v2', version: 'v2' }] }));
  } else response.writeHead(404).end();
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit());

async function sendPods(response: ServerResponse): Promise<void> {
  for (let index = 0; index < podCount && !response.destroyed; index += 1) {
    const line = `${JSON.stringify({ type: 'ADDED', object: podOf(index) })}\n`;
    if (!response.write(line)) await new Promise((resolve) => response.once('drain', resolve));
  }
  sendListEnd(response);
}

function sendListEnd(response: ServerResponse): void {
  const metadata = { resourceVersion: String(podCount + 1), annotations: LIST_END };
  response.write(`${JSON.stringify({ type: 'BOOKMARK', object: { kind: 'Pod', metadata } })}\n`);
}

/** A pod of a Deployment as API servers send it, with its managed fields: some 5 KB. */
function podOf(index: number) {
  const target = Math.floor(index / REPLICAS_PER_TARGET);
  const namespace = `shop-${Math.floor(index / PODS_PER_NAMESPACE)}`;
  const hash = (target * 2_654_435_761).toString(36).slice(0, 10);
  const startedText = new Date(1_780_000_000_000 + index * 1_000).toISOString().replace('.000', '');
  const uid = `${index.toString(16).padStart(8, '0')}-6b1f-4c1a-9d3e-2f5a7c9e1b3d`;
  const condition = (type: string) => ({ type, status: 'True', lastProbeTime: null, lastTransitionTime: startedText });
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: `web-${target}-${hash}-${(index % REPLICAS_PER_TARGET).toString(36)}x${index.toString(36)}`,
      generateName: `web-${target}-${hash}-`,
      namespace,
      uid,
      resourceVersion: String(index + 1),
      creationTimestamp: startedText,
      labels: { app: `web-${target}`, 'pod-template-hash': hash, team: `team-${target % 40}`, tier: 'web' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `web-${target}-${hash}`, uid, controller: true },
      ],
      managedFields: ['kube-controller-manager', 'kubelet'].map((manager) => managedBy(manager, startedText)),
    },
    spec: {
      nodeName: `node-${index % 500}`,
      serviceAccountName: 'default',
      volumes: [{ name: 'kube-api-access', projected: { defaultMode: 420, sources: [{ serviceAccountToken: {} }] } }],
      containers: ['app', 'proxy'].map((name) => ({
        name,
        image: `registry.example/shop/${name}:1.4.2`,
        env: [{ name: 'MODE', value: 'production' }],
        resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } },
        terminationMessagePath: '/dev/termination-log',
      })),
    },
    status: {
      phase: 'Running',
      hostIP: '10.0.0.1',
      podIP: `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`,
      startTime: startedText,
      conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
        condition,
      ),
      containerStatuses: ['app', 'proxy'].map((name) => ({
        name,
        image: `registry.example/shop/${name}:1.4.2`,
        imageID: `registry.example/shop/${name}@sha256:${'0123456789abcdef'.repeat(4)}`,
        containerID: `containerd://${'fedcba9876543210'.repeat(4)}`,
        ready: true,
        restartCount: 0,
        started: true,
        state: { running: { startedAt: startedText } },
      })),
    },
  };
}

/** Field names stand in managed fields once more, which is what makes them half of an object. */
function managedBy(manager: string, timeText: string) {
  const fields = (names: readonly string[]) => Object.fromEntries(names.map((name) => [`f:${name}`, {}]));
  const container = fields(['env', 'image', 'imagePullPolicy', 'name', 'resources', 'terminationMessagePath']);
  return {
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time: timeText,
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:metadata': { 'f:labels': fields(['app', 'pod-template-hash', 'team', 'tier']), 'f:generateName': {} },
      'f:spec': { 'f:containers': { 'k:{"name":"app"}': container, 'k:{"name":"proxy"}': container } },
      'f:status': fields(['conditions', 'containerStatuses', 'hostIP', 'phase', 'podIP', 'podIPs', 'startTime']),
    },
  };
}

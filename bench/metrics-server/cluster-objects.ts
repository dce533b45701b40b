import { formatRfc3339 } from '../../src/base/rfc3339.ts';
import type { KubeObject, ResourceType } from '../../src/platform/kube/client.ts';
import { CONTAINERS, type PlacedPod } from './measured-cluster.ts';

export const NODES: ResourceType = { group: '', version: 'v1', resource: 'nodes', isNamespaced: false };

/** Long before any scrape, so that no container counts from its start. */
const STARTED_BEFORE_MS = 3_600_000;

/** The node without its status. */
export function nodeOf(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name } } };
}

/** A node that is well, with its kubelet on that port of loopback. */
export function nodeStatus(port: number) {
  const room = { cpu: '64', memory: '256Gi', pods: '250' };
  return {
    allocatable: room,
    capacity: room,
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }],
  };
}

/** A pod of a Deployment, with what pods usually have in their specs. */
export function podOf({ index, namespace, name, nodeName }: PlacedPod): KubeObject {
  const owner = name.slice(0, name.lastIndexOf('-'));
  const hash = owner.slice(owner.lastIndexOf('-') + 1);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name,
      labels: { app: owner.slice(0, owner.lastIndexOf('-')), 'pod-template-hash': hash, team: `team-${index % 40}` },
    },
    spec: {
      nodeName,
      volumes: [{ name: 'scratch', emptyDir: {} }],
      containers: CONTAINERS.map((container) => ({
        name: container,
        image: `registry.example/shop/${container}:1.4.2`,
        env: ['MODE', 'REGION', 'LOG_LEVEL', 'LISTEN'].map((variable) => ({ name: variable, value: 'production' })),
        resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } },
        volumeMounts: [{ name: 'scratch', mountPath: '/tmp' }],
        readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
      })),
    },
  };
  return pod as KubeObject;
}

/** The status of a pod whose containers run. */
export function podStatus({ index }: PlacedPod, nowMs: number) {
  const sinceText = formatRfc3339(nowMs - STARTED_BEFORE_MS);
  const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  return {
    phase: 'Running',
    startTime: sinceText,
    podIP: address,
    podIPs: [{ ip: address }],
    conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: sinceText,
    })),
    containerStatuses: CONTAINERS.map((name) => ({
      name,
      image: `registry.example/shop/${name}:1.4.2`,
      imageID: `registry.example/shop/${name}@sha256:${'0123456789abcdef'.repeat(4)}`,
      containerID: `containerd://${'fedcba9876543210'.repeat(4)}`,
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: sinceText } },
    })),
  };
}

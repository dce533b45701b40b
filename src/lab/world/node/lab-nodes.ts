import { formatMicroTime, formatRfc3339 } from '../../../base/rfc3339.ts';
import type { KubeObject } from '../../../platform/kube/client.ts';
import type { Node } from '../objects.ts';
import type { NodeAddress } from './kubelet/kubelets.ts';

/** How often a kubelet renews its Lease, and how long the Lease lasts. */
export const HEARTBEAT_MS = 10_000;
const LEASE_SECONDS = 40;

/** What each node of the lab has. */
export interface NodeSize {
  readonly cpu: string;
  readonly memory: string;
  readonly podCountMax: number;
}

export const DEFAULT_NODE_SIZE: NodeSize = { cpu: '8', memory: '32Gi', podCountMax: 110 };

/** `node-1`, `node-2`, …: ready, of one size, reached where its kubelet is. */
export function labNode(name: string, size: NodeSize, reached: NodeAddress, nowMs: number): Node {
  const resources = {
    cpu: size.cpu,
    memory: size.memory,
    pods: String(size.podCountMax),
    'ephemeral-storage': '100Gi',
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'beta.kubernetes.io/arch': 'amd64',
      },
    },
    spec: {},
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [
        { type: 'InternalIP', address: reached.address },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: reached.port } },
      nodeInfo: NODE_INFO,
      conditions: nodeConditions(nowMs),
    } as NonNullable<Node['status']>,
  };
}

const NODE_INFO = {
  architecture: 'amd64',
  bootID: '',
  containerRuntimeVersion: 'lab://1.0.0',
  kernelVersion: '6.1.0',
  kubeProxyVersion: '',
  kubeletVersion: 'v1.36.3',
  machineID: '',
  operatingSystem: 'linux',
  osImage: 'Podtide lab',
  systemUUID: '',
};

/** The kubelet's word about its node, as of now. */
export function nodeConditions(nowMs: number) {
  const at = formatRfc3339(nowMs);
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  });
  return [
    condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
  ];
}

/** The Lease by which a node shows that it lives. */
export function nodeLease(nodeName: string, nowMs: number): KubeObject {
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: nodeName, namespace: 'kube-node-lease' },
    spec: leaseRenewal(nodeName, nowMs),
  };
  return lease;
}

export function leaseRenewal(nodeName: string, nowMs: number) {
  return { holderIdentity: nodeName, leaseDurationSeconds: LEASE_SECONDS, renewTime: formatMicroTime(nowMs) };
}

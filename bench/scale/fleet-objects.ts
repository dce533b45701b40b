import { formatRfc3339 } from '../../src/base/rfc3339.ts';
import type { KubeObject, ResourceType } from '../../src/platform/kube/client.ts';
import { WORKLOAD_GROUP } from '../../test/e2e/support/workload-kind.ts';
import { type Member, POD_COUNT, POD_REQUEST_MILLI, TARGET_UTILIZATION_PERCENT } from './fleet.ts';

export const PODS: ResourceType = { group: '', version: 'v1', resource: 'pods', isNamespaced: true };
export const NAMESPACES: ResourceType = { group: '', version: 'v1', resource: 'namespaces', isNamespaced: false };
export const HPAS: ResourceType = {
  group: 'autoscaling',
  version: 'v2',
  resource: 'horizontalpodautoscalers',
  isNamespaced: true,
};

/** Pods are as old as this when they are made, so that no rule of their start-up depends on when a round began. */
const POD_AGE_MS = 3_600_000;
const REPLICAS_MAX = 10;

/** The name of the member's pod at that place. */
export function podName(member: Member, place: number): string {
  return `${member.name}-${place}`;
}

/** The labels of a member's pods. */
export function labelsOf(member: Member): Readonly<Record<string, string>> {
  return { app: member.name, tier: 'web' };
}

/** The target, without its status. */
export function workloadOf({ namespace, name }: Member): KubeObject {
  const spec = { replicas: POD_COUNT };
  const metadata = { namespace, name };
  return { apiVersion: `${WORKLOAD_GROUP}/v1`, kind: 'Workload', metadata, spec } as KubeObject;
}

/** A target's status once its pods are there. */
export function workloadStatus(member: Member, podCount: number) {
  return { replicas: podCount, selector: `app=${member.name}` };
}

/** A pod that nobody schedules and no kubelet runs, without its status. */
export function podOf(member: Member, place: number): KubeObject {
  const requests = { cpu: `${POD_REQUEST_MILLI}m`, memory: '64Mi' };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: member.namespace, name: podName(member, place), labels: labelsOf(member) },
    spec: {
      nodeName: 'node-1',
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'app', image: 'registry.example/shop/web:1.4.2', resources: { requests } }],
    },
  };
  return pod as KubeObject;
}

/** The status of a pod that runs and is ready. */
export function podStatus(nowMs: number) {
  const sinceText = formatRfc3339(nowMs - POD_AGE_MS);
  const conditions = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: sinceText,
  }));
  return { phase: 'Running', startTime: sinceText, conditions };
}

/** The HPA: cpu utilization, everything else as the server defaults it. */
export function hpaOf({ namespace, name }: Member): KubeObject {
  const target = { type: 'Utilization', averageUtilization: TARGET_UTILIZATION_PERCENT };
  const hpa = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { namespace, name },
    spec: {
      scaleTargetRef: { apiVersion: `${WORKLOAD_GROUP}/v1`, kind: 'Workload', name },
      minReplicas: POD_COUNT,
      maxReplicas: REPLICAS_MAX,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
    },
  };
  return hpa as KubeObject;
}

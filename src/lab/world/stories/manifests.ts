import type { StoryObject } from './story.ts';

/** A workload behind a Service, as small stories need it. */
export interface WebWorkload {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly specReplicas?: number;
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
}

/** A Deployment and the Service of its name, in this order. */
export function webWorkload(workload: WebWorkload): readonly [deployment: StoryObject, service: StoryObject] {
  const { namespace, name, image, labels, annotations, specReplicas, requests, limits } = workload;
  const container = { name, image, ports: [{ containerPort: 80 }], resources: { requests, limits } };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name },
    spec: {
      ...(specReplicas === undefined ? {} : { replicas: specReplicas }),
      selector: { matchLabels: labels },
      template: { metadata: { labels, ...(annotations && { annotations }) }, spec: { containers: [container] } },
    },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name, labels },
    spec: { ports: [{ port: 80 }], selector: labels },
  };
  return [deployment, service];
}

/** An HPA on a Deployment of its own name, by CPU utilization in percent of what is requested. */
export function cpuAutoscaler(
  of: { readonly namespace: string; readonly name: string },
  bounds: { readonly minReplicas: number; readonly maxReplicas: number; readonly targetPercent: number },
): StoryObject {
  const { namespace, name } = of;
  const { minReplicas, maxReplicas, targetPercent } = bounds;
  const target = { type: 'Utilization', averageUtilization: targetPercent };
  const hpa = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { namespace, name },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas,
      maxReplicas,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
    },
  };
  return hpa;
}

/** A pod that asks a Service for ever, as `kubectl run load-generator` of the tutorials makes it. */
export function loadGenerator(namespace: string, name: string, script: string): StoryObject {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels: { run: name } },
    spec: {
      containers: [{ name, image: 'busybox:1.28', command: ['/bin/sh', '-c', script] }],
      restartPolicy: 'Never',
    },
  };
  return pod;
}

import type { KubeObject } from '../../../platform/kube/client.ts';
import { controllerReference, ENDPOINT_SLICES, ENDPOINTS, namespaceOf, type Pod, type Service } from '../objects.ts';
import { isActive, isReady } from '../workload/pod-state.ts';
import { nameSuffix } from '../workload/template-hash.ts';
import type { Write } from '../write.ts';

/** Where a Service's requests go: its selected pods that have an address, those that are ready and those that are not. */
export function reconcileEndpoints(service: Service, pods: readonly Pod[]): readonly Write[] {
  const selector = Object.entries(service.spec.selector ?? {});
  if (selector.length === 0 || service.metadata.deletionTimestamp !== undefined) return [];
  const backends = pods
    .filter((pod) => selector.every(([key, value]) => pod.metadata.labels?.[key] === value))
    .filter((pod) => pod.status?.podIP !== undefined && isActive(pod))
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  return [
    { kind: 'upsert', type: ENDPOINTS, object: endpointsOf(service, backends) },
    { kind: 'upsert', type: ENDPOINT_SLICES, object: sliceOf(service, backends) },
  ];
}

function endpointsOf(service: Service, backends: readonly Pod[]): KubeObject {
  const { name, labels } = service.metadata;
  const addresses = (pods: readonly Pod[]) =>
    pods.map((pod) => ({ ip: pod.status?.podIP, nodeName: pod.spec.nodeName, targetRef: targetRef(pod) }));
  const ready = addresses(backends.filter(isReady));
  const notReady = addresses(backends.filter((pod) => !isReady(pod)));
  const ports = (service.spec.ports ?? []).map((port) => ({ ...named(port), port: targetPort(port, backends[0]) }));
  const subset = {
    ...(ready.length > 0 && { addresses: ready }),
    ...(notReady.length > 0 && { notReadyAddresses: notReady }),
    ports,
  };
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name,
      namespace: namespaceOf(service),
      ...(labels && { labels }),
      ownerReferences: [controllerReference(service, 'v1', 'Service')],
    },
    // A merge patch removes a field by null.
    ...{ subsets: backends.length === 0 ? null : [subset] },
  };
}

function sliceOf(service: Service, backends: readonly Pod[]): KubeObject {
  const { name, labels } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${nameSuffix(name, 0)}`,
      namespace: namespaceOf(service),
      labels: {
        ...labels,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': name,
      },
      ownerReferences: [controllerReference(service, 'v1', 'Service')],
    },
    ...{
      addressType: 'IPv4',
      endpoints: backends.map((pod) => ({
        addresses: [pod.status?.podIP],
        conditions: { ready: isReady(pod), serving: isReady(pod), terminating: false },
        nodeName: pod.spec.nodeName,
        targetRef: targetRef(pod),
      })),
      ports: (service.spec.ports ?? []).map((port) => ({
        name: port.name ?? '',
        port: targetPort(port, backends[0]),
        protocol: port.protocol ?? 'TCP',
      })),
    },
  };
}

type ServicePort = NonNullable<Service['spec']['ports']>[number];

function named(port: ServicePort) {
  return { ...(port.name && { name: port.name }), protocol: port.protocol ?? 'TCP' };
}

/** The number behind a target port's name, as the first pod declares it. */
export function targetPort(port: ServicePort, pod: Pod | undefined): number {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target;
  const declared = pod?.spec.containers.flatMap((container) => container.ports ?? []);
  return declared?.find((candidate) => candidate.name === target)?.containerPort ?? port.port;
}

function targetRef(pod: Pod) {
  return { kind: 'Pod', name: pod.metadata.name, namespace: namespaceOf(pod), uid: pod.metadata.uid };
}

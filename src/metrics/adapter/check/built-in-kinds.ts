import { createKindMapper, type DiscoveredGroup, type KindMapper } from '../kinds.ts';

/** Group and version, then each kind with its plural where that is not the kind in lower case and an s. */
const KINDS: readonly (readonly [group: string, version: string, kinds: string])[] = [
  [
    '',
    'v1',
    'Binding ComponentStatus:componentstatuses ConfigMap Endpoints:endpoints Event LimitRange Namespace Node PersistentVolumeClaim PersistentVolume Pod PodTemplate ReplicationController ResourceQuota Secret ServiceAccount Service',
  ],
  ['apiregistration.k8s.io', 'v1', 'APIService'],
  ['apps', 'v1', 'ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet'],
  ['events.k8s.io', 'v1', 'Event'],
  ['autoscaling', 'v2', 'HorizontalPodAutoscaler'],
  ['autoscaling', 'v1', 'HorizontalPodAutoscaler'],
  ['batch', 'v1', 'CronJob Job'],
  ['certificates.k8s.io', 'v1', 'CertificateSigningRequest'],
  [
    'networking.k8s.io',
    'v1',
    'IngressClass:ingressclasses Ingress:ingresses IPAddress:ipaddresses NetworkPolicy:networkpolicies ServiceCIDR',
  ],
  ['policy', 'v1', 'PodDisruptionBudget'],
  ['rbac.authorization.k8s.io', 'v1', 'ClusterRoleBinding ClusterRole RoleBinding Role'],
  [
    'storage.k8s.io',
    'v1',
    'CSIDriver CSINode CSIStorageCapacity:csistoragecapacities StorageClass:storageclasses VolumeAttachment VolumeAttributesClass:volumeattributesclasses',
  ],
  [
    'admissionregistration.k8s.io',
    'v1',
    'MutatingAdmissionPolicy:mutatingadmissionpolicies MutatingAdmissionPolicyBinding MutatingWebhookConfiguration ValidatingAdmissionPolicy:validatingadmissionpolicies ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration',
  ],
  ['apiextensions.k8s.io', 'v1', 'CustomResourceDefinition'],
  ['scheduling.k8s.io', 'v1', 'PriorityClass:priorityclasses'],
  ['coordination.k8s.io', 'v1', 'Lease'],
  ['node.k8s.io', 'v1', 'RuntimeClass:runtimeclasses'],
  ['discovery.k8s.io', 'v1', 'EndpointSlice'],
  ['resource.k8s.io', 'v1', 'DeviceClass:deviceclasses ResourceClaim ResourceClaimTemplate ResourceSlice'],
  ['flowcontrol.apiserver.k8s.io', 'v1', 'FlowSchema PriorityLevelConfiguration'],
  ['metrics.k8s.io', 'v1beta1', 'NodeMetrics:nodes PodMetrics:pods'],
];

/**
 * The kinds that every cluster of Kubernetes 1.36 has, reviews aside, which are no objects; and those of metrics.k8s.io.
 * For checks without a cluster.
 */
export function builtInKinds(): KindMapper {
  const groups = Map.groupBy(KINDS, ([group]) => group);
  return createKindMapper(
    [...groups].map(([name, versions]): DiscoveredGroup => ({ name, versions: versions.map(versionOf) })),
  );
}

function versionOf([, version, kinds]: (typeof KINDS)[number]): DiscoveredGroup['versions'][number] {
  const resources = kinds.split(' ').map((each) => {
    const [kind = '', plural] = each.split(':');
    const singular = kind.toLowerCase();
    return { type: { resource: plural ?? `${singular}s` }, kind, singular };
  });
  return { version, resources };
}

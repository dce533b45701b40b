import type { ApiState } from '../api-state.ts';
import type { ApiObject } from '../object.ts';
import { createObject } from '../object-writer.ts';
import { type AggregationOptions, FRONT_PROXY_NAME } from './service-network.ts';

const RBAC = 'rbac.authorization.k8s.io';
const NAMESPACE = 'kube-system';
const CONFIG_MAP = 'extension-apiserver-authentication';
const WRITER = { userName: 'system:apiserver', isDryRun: false };

/**
 * Publishes what aggregated API servers need to know whom to trust: the ConfigMap that every server of Kubernetes' own
 * library reads, with the roles that let it read it and ask for reviews.
 */
export function publishTrust(state: ApiState, options: AggregationOptions | null): void {
  for (const role of roles()) create(state, RBAC, 'clusterroles', null, role);
  create(state, RBAC, 'roles', NAMESPACE, readerRole());
  if (options === null) return;
  create(state, '', 'configmaps', NAMESPACE, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: CONFIG_MAP },
    data: {
      'client-ca-file': options.clientAuthority,
      'requestheader-allowed-names': JSON.stringify([FRONT_PROXY_NAME]),
      'requestheader-client-ca-file': options.frontProxyAuthority,
      'requestheader-extra-headers-prefix': JSON.stringify(['X-Remote-Extra-']),
      'requestheader-group-headers': JSON.stringify(['X-Remote-Group']),
      'requestheader-uid-headers': JSON.stringify(['X-Remote-Uid']),
      'requestheader-username-headers': JSON.stringify(['X-Remote-User']),
    },
  });
}

/** Upstream's roles of these names, as far as the server knows their resources. */
function roles(): readonly ApiObject[] {
  const nodeSubresources = ['configz', 'healthz', 'log', 'metrics', 'pods', 'proxy', 'stats'];
  return [
    clusterRole('system:auth-delegator', [
      { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
      { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
    ]),
    clusterRole('system:kubelet-api-admin', [
      { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [''], resources: ['nodes'], verbs: ['proxy'] },
      { apiGroups: [''], resources: nodeSubresources.map((name) => `nodes/${name}`), verbs: ['*'] },
    ]),
  ];
}

function clusterRole(name: string, rules: readonly unknown[]): ApiObject {
  return { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name, labels: BOOTSTRAPPED }, rules };
}

const BOOTSTRAPPED = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };

function readerRole(): ApiObject {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'Role',
    metadata: { name: `${CONFIG_MAP}-reader`, labels: BOOTSTRAPPED },
    rules: [
      { apiGroups: [''], resources: ['configmaps'], resourceNames: [CONFIG_MAP], verbs: ['get', 'list', 'watch'] },
    ],
  };
}

function create(state: ApiState, group: string, plural: string, namespace: string | null, object: ApiObject): void {
  const kind = state.registry.get(group, plural);
  if (kind !== undefined) createObject(state, { kind, version: kind.versions[0] }, namespace, object, WRITER);
}

import type { StoryAction, StoryObject } from './story.ts';

/** Where the tutorial installs Prometheus and the adapter. */
const NAMESPACE = 'prometheus';
const ADAPTER = { namespace: NAMESPACE, name: 'prometheus-adapter' };
/** As the chart kube-prometheus-stack calls it. */
const PROMETHEUS = { namespace: NAMESPACE, name: 'prometheus-kube-prometheus-prometheus' };
/** There whoever watches may ask it: `http://127.0.0.1:30090/api/v1/query?query=…`. */
const PROMETHEUS_NODE_PORT = 30_090;
const RBAC = 'rbac.authorization.k8s.io';
const ADAPTER_PORT = 6443;

/** Prometheus behind the Service of its chart; and its namespace. */
export function prometheusObjects(): readonly StoryObject[] {
  const labels = { 'app.kubernetes.io/name': 'prometheus' };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    deployment(PROMETHEUS, labels, {
      containers: [{ name: 'prometheus', image: 'quay.io/prometheus/prometheus', ports: [{ containerPort: 9090 }] }],
    }),
    service(PROMETHEUS, {
      type: 'NodePort',
      selector: labels,
      ports: [{ name: 'http-web', port: 9090, targetPort: 9090, nodePort: PROMETHEUS_NODE_PORT }],
    }),
  ];
}

/** The ConfigMap of the adapter's rules. */
export function adapterRules(rules: string): StoryObject {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: ADAPTER, data: { 'config.yaml': rules } };
  return object;
}

/** The adapter behind its Service, with the rights that it needs; its rules are in a ConfigMap. */
export function adapterObjects(): readonly StoryObject[] {
  const labels = { 'app.kubernetes.io/name': ADAPTER.name };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: ADAPTER },
    role('ClusterRole', { name: ADAPTER.name }, [
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
      { apiGroups: ['apiregistration.k8s.io'], resources: ['apiservices'], verbs: ['get', 'list', 'watch', 'patch'] },
    ]),
    binding('ClusterRoleBinding', { name: ADAPTER.name }, 'ClusterRole', ADAPTER.name),
    binding('ClusterRoleBinding', { name: `${ADAPTER.name}-reviews` }, 'ClusterRole', 'system:auth-delegator'),
    binding(
      'RoleBinding',
      { namespace: 'kube-system', name: ADAPTER.name },
      'Role',
      'extension-apiserver-authentication-reader',
    ),
    role('Role', ADAPTER, [{ apiGroups: [''], resources: ['secrets'], verbs: ['create', 'get', 'update'] }]),
    binding('RoleBinding', ADAPTER, 'Role', ADAPTER.name),
    deployment(ADAPTER, labels, adapterPod()),
    service(ADAPTER, { selector: labels, ports: [{ port: 443, targetPort: ADAPTER_PORT }] }),
  ];
}

/** The API of custom metrics is the adapter's from an instant on. */
export function adapterApiServices(atMs: number): readonly StoryAction[] {
  return ['v1beta1', 'v1beta2'].map((version) => ({
    atMs,
    kind: 'patch',
    object: {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `${version}.custom.metrics.k8s.io` },
    },
    body: { spec: { service: ADAPTER } },
  }));
}

function adapterPod(): object {
  const container = {
    name: ADAPTER.name,
    image: 'registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0',
    args: [
      `--secure-port=${ADAPTER_PORT}`,
      `--prometheus-url=http://${PROMETHEUS.name}.${NAMESPACE}:9090`,
      '--metrics-relist-interval=30s',
      '--config=/etc/adapter/config.yaml',
      `--service=${ADAPTER.namespace}/${ADAPTER.name}`,
    ],
    ports: [{ containerPort: ADAPTER_PORT }],
    readinessProbe: { httpGet: { path: '/readyz', port: ADAPTER_PORT, scheme: 'HTTPS' }, periodSeconds: 5 },
    volumeMounts: [{ name: 'config', mountPath: '/etc/adapter' }],
  };
  return {
    serviceAccountName: ADAPTER.name,
    containers: [container],
    volumes: [{ name: 'config', configMap: { name: ADAPTER.name } }],
  };
}

type Name = StoryObject['metadata'];

function deployment(metadata: Name, labels: Readonly<Record<string, string>>, spec: object): StoryObject {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
  return object;
}

function service(metadata: Name, spec: object): StoryObject {
  const object = { apiVersion: 'v1', kind: 'Service', metadata, spec };
  return object;
}

function role(kind: 'Role' | 'ClusterRole', metadata: Name, rules: readonly object[]): StoryObject {
  const object = { apiVersion: `${RBAC}/v1`, kind, metadata, rules };
  return object;
}

/** The adapter's account may what a role says. */
function binding(
  kind: 'RoleBinding' | 'ClusterRoleBinding',
  metadata: Name,
  roleKind: 'Role' | 'ClusterRole',
  roleName: string,
): StoryObject {
  const object = {
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata,
    roleRef: { apiGroup: RBAC, kind: roleKind, name: roleName },
    subjects: [{ kind: 'ServiceAccount', ...ADAPTER }],
  };
  return object;
}

/** A read operation: its path below `/apis/<group>/<version>`, and what it answers with. */
export interface ReadOperation {
  readonly path: string;
  /** Upstream's word for it. */
  readonly action: 'get' | 'list';
  /** Of its identifier, which upstream makes of action, group, version, scope and kind. */
  readonly subject: string;
  readonly description: string;
  /** The kind of the answer. */
  readonly answerKind: string;
  /** The kind that clients look for. */
  readonly kind: string;
  readonly queryNames: readonly QueryName[];
}

export type QueryName =
  | 'pretty'
  | 'labelSelector'
  | 'fieldSelector'
  | 'limit'
  | 'continue'
  | 'resourceVersion'
  | 'timeoutSeconds'
  | 'watch'
  | 'metricLabelSelector';

/** What each query is for, and its type. */
export const QUERIES: Readonly<Record<QueryName, { readonly description: string; readonly type: string }>> = {
  pretty: { description: 'true for indented JSON.', type: 'string' },
  labelSelector: { description: 'Only objects whose labels match. Everything when empty.', type: 'string' },
  fieldSelector: { description: 'Only objects whose fields match. Everything when empty.', type: 'string' },
  limit: { description: 'Taken and not acted upon: lists come whole.', type: 'integer' },
  continue: { description: 'Taken and not acted upon: lists come whole.', type: 'string' },
  resourceVersion: { description: 'Taken and not acted upon: there is only now.', type: 'string' },
  timeoutSeconds: { description: 'Taken and not acted upon.', type: 'integer' },
  watch: { description: 'Refused when true: metrics cannot be watched.', type: 'boolean' },
  metricLabelSelector: { description: 'Only series of the metric whose labels match.', type: 'string' },
};

/** What each part of a path in braces is. */
export const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  namespace: 'Name of the namespace.',
  name: 'Name of the object.',
  resource: 'Plural name of the resource, with its group behind a dot.',
  metric: 'Name of the metric.',
};

const LIST_QUERIES: readonly QueryName[] = [
  'pretty',
  'labelSelector',
  'fieldSelector',
  'limit',
  'continue',
  'resourceVersion',
  'timeoutSeconds',
  'watch',
];
const VALUE_QUERIES: readonly QueryName[] = ['pretty', 'labelSelector', 'metricLabelSelector'];

/** The operations of each group. */
export const GROUP_OPERATIONS: Readonly<Record<string, readonly ReadOperation[]>> = {
  'metrics.k8s.io': [
    read('nodes', 'list', 'NodeMetrics', 'list what nodes use', LIST_QUERIES),
    read('nodes/{name}', 'get', 'NodeMetrics', 'read what a node uses', ['pretty']),
    read(
      'pods',
      'list',
      'PodMetrics',
      'list what the pods of all namespaces use',
      LIST_QUERIES,
      'PodMetricsForAllNamespaces',
    ),
    read(
      'namespaces/{namespace}/pods',
      'list',
      'PodMetrics',
      'list what the pods of a namespace use',
      LIST_QUERIES,
      'NamespacedPodMetrics',
    ),
    read(
      'namespaces/{namespace}/pods/{name}',
      'get',
      'PodMetrics',
      'read what a pod uses',
      ['pretty'],
      'NamespacedPodMetrics',
    ),
  ],
  'custom.metrics.k8s.io': [
    value(
      'namespaces/{namespace}/{resource}/{name}/{metric}',
      'MetricValue',
      'NamespacedMetric',
      'read a metric of objects of a namespace',
    ),
    value('{resource}/{name}/{metric}', 'MetricValue', 'Metric', 'read a metric of objects without a namespace'),
    value(
      'namespaces/{namespace}/metrics/{metric}',
      'MetricValue',
      'NamespaceMetric',
      'read a metric of a namespace itself',
    ),
  ],
  'external.metrics.k8s.io': [
    value(
      'namespaces/{namespace}/{metric}',
      'ExternalMetricValue',
      'NamespacedExternalMetric',
      'read a metric of something outside',
      ['pretty', 'labelSelector'],
    ),
  ],
};

function read(
  path: string,
  action: 'get' | 'list',
  kind: string,
  description: string,
  queryNames: readonly QueryName[],
  subject = kind,
): ReadOperation {
  return { path, action, subject, description, answerKind: action === 'list' ? `${kind}List` : kind, kind, queryNames };
}

function value(
  path: string,
  kind: string,
  subject: string,
  description: string,
  queryNames: readonly QueryName[] = VALUE_QUERIES,
): ReadOperation {
  return { path, action: 'list', subject, description, answerKind: `${kind}List`, kind, queryNames };
}

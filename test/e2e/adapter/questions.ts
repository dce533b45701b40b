import { FAULTS } from '../../adapter/faults.ts';
import type { AdapterQuestion, Asker } from '../../adapter/recording.ts';

const CUSTOM = '/apis/custom.metrics.k8s.io/v1beta1';
const CUSTOM_V2 = '/apis/custom.metrics.k8s.io/v1beta2';
const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1';
const RESOURCE = '/apis/metrics.k8s.io/v1beta1';

const JSON_TYPE = 'application/json';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const AS_HPA = `${PROTOBUF}, */*`;
const TABLE = `${JSON_TYPE};as=Table;v=v1;g=meta.k8s.io`;

const ask = (path: string, as?: Asker): AdapterQuestion => ({ path, ...(as === undefined ? {} : { as }) });
const accepting = (path: string, accept: string): AdapterQuestion => ({ path, headers: { accept } });
const custom = (path: string, as?: Asker): AdapterQuestion => ask(`${CUSTOM}/${path}`, as);
const external = (path: string, as?: Asker): AdapterQuestion => ask(`${EXTERNAL}/${path}`, as);
const resource = (path: string, as?: Asker): AdapterQuestion => ask(`${RESOURCE}/${path}`, as);
/** A selector as clients encode it. */
const selecting = (path: string, selectors: Readonly<Record<string, string>>): string =>
  `${path}?${Object.entries(selectors)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`;

const OPS = 'myapp_processed_ops_total';
const PODS_OPS = `namespaces/shop/pods/*/${OPS}`;
const ASKERS: readonly Asker[] = ['reader', 'stranger', 'nobody', 'forger'];

/** Long or full of this run's numbers when somebody may see them. */
const SAID_TO_NOBODY_ALONE: readonly string[] = ['/version', '/openapi/v2', '/metrics'];

/** What a rule as tutorials print it is asked: paths, selectors, forms of answers, rights. */
const SEED: readonly AdapterQuestion[] = [
  ...['', '/'].map((end) => ask(`${CUSTOM}${end}`)),
  ask(CUSTOM_V2),
  // Of these, the ones that name a metric of the rule are answered with numbers.
  custom(PODS_OPS),
  ask(`${CUSTOM}/namespaces/shop/pods/%2A/${OPS}`),
  ask(`${CUSTOM_V2}/${PODS_OPS}`),
  custom(`namespaces/shop/pods/web-1/${OPS}`),
  ask(`${CUSTOM_V2}/namespaces/shop/pods/web-1/${OPS}`),
  custom(`namespaces/shop/pod/web-1/${OPS}`),
  custom(`namespaces/shop/Pods/web-1/${OPS}`),
  custom(`namespaces/shop/pods./web-1/${OPS}`),
  custom(`namespaces/shop/pods.v1/web-1/${OPS}`),
  custom(`namespaces/shop/po/web-1/${OPS}`),
  custom(`namespaces/shop/pods/web-1/${OPS}/`),
  custom(`namespaces/shop/pods/waiting/${OPS}`),
  custom(`namespaces/shop/pods/not-there/${OPS}`),
  custom(`namespaces/other/pods/*/${OPS}`),
  custom(`namespaces/empty/pods/*/${OPS}`),
  custom(`namespaces/not-there/pods/*/${OPS}`),
  custom(`namespaces/shop/metrics/${OPS}`),
  custom(selecting(`namespaces/*/metrics/${OPS}`, { labelSelector: 'app!=growing' })),
  custom(selecting(`namespaces/%2A/metrics/${OPS}`, { labelSelector: 'app notin (growing)' })),
  custom(`namespaces/empty/metrics/${OPS}`),
  custom(`namespaces/not-there/metrics/${OPS}`),
  custom(`namespaces/shop/${OPS}`),
  // Paths and names that are none.
  custom('namespaces/shop/pods/*/nothing'),
  custom('namespaces/shop/pods/web-1/nothing'),
  custom(`namespaces/shop/widgets/*/${OPS}`),
  custom(`namespaces/shop/widgets/w/${OPS}`),
  custom(`namespaces/shop/services/web/${OPS}`),
  custom(`namespaces/shop/services/*/${OPS}`),
  custom(`namespaces/shop/deployments.apps/web/${OPS}`),
  custom(`namespaces/shop/deployments.apps/*/${OPS}`),
  custom(`pods/web-1/${OPS}`),
  custom(`pods/*/${OPS}`),
  custom(`nodes/node-a/${OPS}`),
  custom(`namespaces/shop/nodes/node-a/${OPS}`),
  custom(`namespaces/default/namespaces/default/${OPS}`),
  custom('namespaces/shop/metrics'),
  custom('namespaces/shop/metrics/'),
  custom('namespaces/shop/pods'),
  custom('namespaces/shop/pods/web-1'),
  custom('namespaces/shop/pods/web-1/'),
  custom('namespaces/shop'),
  custom('namespaces/'),
  custom('namespaces'),
  custom('pods'),
  custom('pods/web-1'),
  custom(`namespaces/shop/pods//${OPS}`),
  custom(`namespaces//pods/web-1/${OPS}`),
  custom(`namespaces/shop//web-1/${OPS}`),
  custom(`namespaces/shop/pods/web-1/${OPS}/more`),
  custom('namespaces/shop/pods/web-1/a%2Fb'),
  custom(`namespaces/shop/pods/web%2D1/${OPS}`),
  custom(`namespaces/shop/pods/web 1/${OPS}`.replace(' ', '%20')),
  custom(`namespaces/shop/pods/we"b/${OPS}`.replace('"', '%22')),
  ask('/apis/custom.metrics.k8s.io'),
  ask('/apis/custom.metrics.k8s.io/v1'),
  ask('/apis/external.metrics.k8s.io'),
  ask('/apis/metrics.k8s.io'),
  ask('/apis'),
  // Which pods: label selectors.
  ...[
    'app=web',
    'app=db',
    'app=nobody',
    'app==web,tier=front',
    'app!=web',
    'app in (web,db)',
    'app notin (web)',
    'tier',
    '!tier',
    'app=web,!tier',
    ' app = web ',
    'app=',
    'app in ()',
    'number>3',
  ].map((labelSelector) => custom(selecting(PODS_OPS, { labelSelector }))),
  ...['app=web,', '=web', 'app in web', 'app in (web', 'a b', 'app=web=x', 'app>web', '!', 'app=/'].map(
    (labelSelector) => custom(selecting(PODS_OPS, { labelSelector })),
  ),
  custom(`${PODS_OPS}?labelSelector=app%3Ddb&labelSelector=app%3Dweb`),
  custom(selecting(`namespaces/shop/pods/web-1/${OPS}`, { labelSelector: 'app=db' })),
  custom(selecting(`namespaces/shop/pods/web-1/${OPS}`, { labelSelector: 'app in web' })),
  // Which series: metric selectors.
  ...[
    'service=web',
    'service=db',
    'service==web,container=app',
    'service in (web)',
    'service in (db,web)',
    'service notin (db)',
    'service notin (x,db)',
    'service',
    '!missing',
    'missing',
    'service=',
    'namespace=other',
    'instance=web-1',
  ].map((metricLabelSelector) => custom(selecting(PODS_OPS, { metricLabelSelector }))),
  ...['service!=db', 'service!=web,service!=db', 'count>3', 'count<3', 'a b', 'service in web', 'service=a/b'].map(
    (metricLabelSelector) => custom(selecting(PODS_OPS, { metricLabelSelector })),
  ),
  ...['app.kubernetes.io/name=web', 'service!=db'].map((metricLabelSelector) =>
    custom(selecting(`namespaces/shop/pods/web-1/${OPS}`, { metricLabelSelector })),
  ),
  ask(
    selecting(`${CUSTOM_V2}/${PODS_OPS}`, {
      metricLabelSelector: 'service in (db,web),container=app,pod,!x,endpoint notin (y)',
    }),
  ),
  custom(selecting(`namespaces/shop/metrics/${OPS}`, { metricLabelSelector: 'service=web' })),
  custom(selecting(`namespaces/*/metrics/${OPS}`, { labelSelector: 'app=shop' })),
  custom(selecting(PODS_OPS, { labelSelector: 'app=web', metricLabelSelector: 'service=web' })),
  custom(`${PODS_OPS}?metricLabelSelector=service%3Ddb&metricLabelSelector=service%3Dweb`),
  // Other parameters.
  custom(selecting(`namespaces/shop/pods/web-1/${OPS}`, { fieldSelector: 'metadata.name=web-1' })),
  custom(selecting(`namespaces/shop/pods/web-1/${OPS}`, { fieldSelector: 'metadata.name=web-2' })),
  custom(selecting(`namespaces/shop/pods/web-1/${OPS}`, { fieldSelector: 'metadata.namespace=other' })),
  ...['metadata.name=web-2', 'metadata.name!=web-2', 'spec.nodeName=node-a', 'nonsense', ''].map((fieldSelector) =>
    custom(selecting(PODS_OPS, { fieldSelector })),
  ),
  ...[
    'pretty',
    'pretty=true',
    'pretty=1',
    'pretty=false',
    'watch=true',
    'watch=nonsense',
    'limit=1',
    'limit=x',
    'timeout=5s',
    'timeout=bad',
    'resourceVersion=0',
    'continue=x',
    'nonsense=1',
  ].map((parameters) => custom(`${PODS_OPS}?${parameters}`)),
  // Forms of answers.
  ...[
    JSON_TYPE,
    '*/*',
    AS_HPA,
    PROTOBUF,
    'application/yaml',
    'text/html',
    TABLE,
    `${TABLE}, ${JSON_TYPE}`,
    `${JSON_TYPE};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io, ${JSON_TYPE}`,
    `${JSON_TYPE};stream=watch`,
    `${JSON_TYPE};q=0.5, ${PROTOBUF};q=0.1`,
    'nonsense',
  ].map((accept) => accepting(`${CUSTOM}/${PODS_OPS}`, accept)),
  accepting(`${CUSTOM_V2}/${PODS_OPS}`, AS_HPA),
  ...['text/html', AS_HPA, TABLE].map((accept) => accepting(`${CUSTOM}/namespaces/shop/pods/*/nothing`, accept)),
  ...[AS_HPA, 'application/yaml', 'text/html'].map((accept) => accepting(CUSTOM, accept)),
  { path: `${CUSTOM}/${PODS_OPS}`, headers: { 'user-agent': 'curl/8.5.0' } },
  { path: `${CUSTOM}/${PODS_OPS}`, headers: { 'user-agent': 'Mozilla/5.0' } },
  { path: `${CUSTOM}/${PODS_OPS}?pretty=false`, headers: { 'user-agent': 'Wget/1.21' } },
  { path: `${CUSTOM}/${PODS_OPS}`, headers: { 'accept-encoding': 'gzip' } },
  // Verbs.
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].map((method) => ({ method, path: `${CUSTOM}/${PODS_OPS}` })),
  { method: 'POST', path: CUSTOM },
  // Rights.
  ...ASKERS.flatMap((as) => [
    ask(CUSTOM, as),
    custom(PODS_OPS, as),
    custom(`namespaces/other/pods/web-1/${OPS}`, as),
    custom(`namespaces/shop/metrics/${OPS}`, as),
  ]),
  // What the server itself says.
  ...[
    '/',
    '/healthz',
    '/livez',
    '/readyz',
    '/readyz?verbose',
    '/version',
    '/openapi/v2',
    '/nonsense',
    '/metrics',
  ].flatMap((path) => [ask(path, 'nobody'), ...(SAID_TO_NOBODY_ALONE.includes(path) ? [] : [ask(path)])]),
  ...[
    'g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    'g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  ].map((form) => accepting('/apis', `${JSON_TYPE};${form}`)),
];

const NAMES: readonly AdapterQuestion[] = [
  ask(CUSTOM),
  ...[
    'naming_requests_total',
    'requests_per_second',
    'naming_by_view',
    'naming_group_x1',
    'cost_$',
    'dollar-naming',
    '{} seconds',
    'a slash/b',
    'a slash%2Fb',
    'a_filtered_one',
    'filtered_one',
    'filtered_not_one',
    'colliding_jobs',
    'twice',
    'labelled_by_all',
    'overridden',
    'pod_alone',
    'of_nothing',
    'not_namespaced',
  ].map((metric) =>
    custom(`namespaces/shop/pods/*/${metric.replaceAll(' ', '%20').replaceAll('{', '%7B').replaceAll('}', '%7D')}`),
  ),
  custom('namespaces/shop/metrics/colliding_jobs'),
  custom('namespaces/*/metrics/naming_requests_total'),
  custom('namespaces/%2A/metrics/twice'),
  custom('namespaces/shop/pods/web-1/labelled_by_all'),
  custom('namespaces/shop/pods/web-1/'),
  custom('namespaces/shop/pods/dot.name/naming_dollar'),
  ...[
    'jobs.batch/nightly',
    'job/nightly',
    'jobs/nightly',
    'Job.Batch/nightly',
    'jobs.b/nightly',
    'services/web',
    'service/web',
  ].map((object) => custom(`namespaces/shop/${object}/labelled_by_all`)),
  ...[
    'deployments.apps/web',
    'deployments/web',
    'deployments.extensions/web',
    'ingresses.networking.k8s.io/web',
    'ingresses.networking/web',
  ].map((object) => custom(`namespaces/shop/${object}/labelled_by_all`)),
  ...[
    'endpoints/web',
    'events/e',
    'secrets/s',
    'statefulsets.apps/web',
    'brands.cheese.example/brie',
    'brand.cheese/brie',
  ].map((object) => custom(`namespaces/shop/${object}/labelled_by_all`)),
  ...['services', 'jobs.batch', 'deployments.apps'].map((kind) => custom(`namespaces/shop/${kind}/*/labelled_by_all`)),
  custom('namespaces/shop/metrics/labelled_by_all'),
  custom('namespaces/shop/services/nightly/overridden'),
  custom('namespaces/shop/jobs.batch/nightly/overridden'),
  custom('namespaces/shop/services/web/overridden'),
  custom('namespaces/shop/metrics/not_namespaced'),
  custom('namespaces/shop/metrics/pod_alone'),
  custom('namespaces/shop/deployments.apps/web/labelled_by_group'),
  custom('namespaces/shop/ingresses.networking.k8s.io/web/labelled_by_group'),
  custom('namespaces/shop/pods/web-1/labelled_by_group'),
  custom('namespaces/shop/metrics/labelled_by_group'),
  custom('namespaces/shop/pods/web-1/labelled_by_prefix'),
  custom('namespaces/other/pods/adapter/labelled_by_prefix'),
  // Cluster-scoped kinds.
  custom('nodes/node-a/labelled_by_node'),
  custom('node/node-a/labelled_by_node'),
  custom('nodes/*/labelled_by_node'),
  custom(selecting('nodes/*/labelled_by_node', { labelSelector: 'app=node-b' })),
  custom('namespaces/shop/nodes/node-a/labelled_by_node'),
  custom('namespaces/shop/nodes/*/labelled_by_node'),
  custom('persistentvolumes/disk-1/volume_use'),
  custom('persistentvolumes/*/volume_use'),
  custom('namespaces/shop/persistentvolumes/disk-1/volume_use'),
  custom('storageclasses.storage.k8s.io/fast/class_use'),
  custom('namespaces/shop/storageclasses.storage.k8s.io/fast/class_use'),
  custom('namespaces/shop/storageclasses.storage.k8s.io/*/class_use'),
  custom('storageclasses.storage.k8s.io/fast/class_alone'),
  custom('namespaces/shop/storageclasses.storage.k8s.io/fast/class_alone'),
  custom('namespaces/shop/brands.cheese.example/brie/labelled_by_brand'),
  custom('namespaces/shop/brands.cheese.example/*/labelled_by_brand'),
  custom('dairies.cheese.example/north/dairies'),
  custom('namespaces/shop/dairies.cheese.example/north/dairies'),
  ask(`${CUSTOM_V2}/namespaces/shop/deployments.apps/web/labelled_by_all`),
  ask(`${CUSTOM_V2}/nodes/node-a/labelled_by_node`),
];

const TEMPLATE_METRICS = [
  ...['index', 'index_missing', 'field_missing', 'field_missing_quoted', 'map_printed', 'slice_printed', 'range_map'],
  ...['range_slice', 'range_one', 'if_else_if', 'with', 'variable', 'reassigned', 'trim', 'comment', 'len', 'slice'],
  ...[
    'printf',
    'printf_formats',
    'print',
    'urlquery',
    'html',
    'js',
    'and_or_not',
    'compare',
    'break',
    'define',
    'block',
  ],
  ...['literal_braces', 'no_field', 'index_out_of_range', 'empty', 'absent', 'without_by', 'by_more', 'leading_comma'],
  ...['scalar', 'matrix', 'text'],
].map((name) => `t_${name}`);

const TEMPLATES: readonly AdapterQuestion[] = [
  ask(CUSTOM),
  ...TEMPLATE_METRICS.map((metric) => custom(`namespaces/shop/pods/*/${metric}`)),
  ...['t_with', 't_index', 't_range_map', 't_map_printed'].flatMap((metric) => [
    custom(selecting(`namespaces/shop/pods/web-1/${metric}`, { metricLabelSelector: 'verb=GET' })),
    custom(selecting(`namespaces/shop/pods/*/${metric}`, { metricLabelSelector: 'verb in (GET,PUT),service!=x' })),
  ]),
  ...['t_if_else_if', 't_and_or_not'].map((metric) => custom(`namespaces/shop/services/web/${metric}`)),
  custom('namespaces/shop/metrics/t_range_slice'),
];

const VALUES: readonly AdapterQuestion[] = [
  ask(CUSTOM),
  ask(EXTERNAL),
  custom('namespaces/values/pods/*/level'),
  ask(`${CUSTOM_V2}/namespaces/values/pods/*/level`),
  accepting(`${CUSTOM}/namespaces/values/pods/*/level`, AS_HPA),
  custom('namespaces/values/pods/v-nan/level'),
  custom('namespaces/values/pods/v-inf/level'),
  custom('namespaces/shop/pods/*/level'),
  custom('namespaces/shop/pods/not-there/level'),
  custom('namespaces/shop/services/web/level'),
  custom('namespaces/shop/services/*/level'),
  custom('namespaces/shop/pods/*/stale_level'),
  custom('namespaces/shop/pods/web-1/stale_level'),
  external('namespaces/values/level'),
  external('namespaces/shop/stale_level'),
  accepting(`${EXTERNAL}/namespaces/values/level`, AS_HPA),
];

const CHART_DEFAULT: readonly AdapterQuestion[] = [
  ask(CUSTOM),
  ...['cpu_usage', 'memory_working_set_bytes', 'network_receive_bytes', 'cpu_usage_seconds_total'].map((metric) =>
    custom(`namespaces/shop/pods/*/${metric}`),
  ),
  ...['myapp_processed_ops', OPS, 'queue_depth', 'work', 'level'].map((metric) =>
    custom(`namespaces/shop/pods/*/${metric}`),
  ),
  custom('namespaces/shop/metrics/queue_depth'),
  custom('namespaces/growing/pods/*/myapp_processed_ops'),
  custom('namespaces/growing/services/grow/myapp_processed_ops'),
  custom('namespaces/growing/jobs.batch/grow/myapp_processed_ops'),
  custom('namespaces/*/metrics/myapp_processed_ops'),
  ask(`${CUSTOM_V2}/namespaces/shop/pods/*/myapp_processed_ops`),
];

const RATE: readonly AdapterQuestion[] = [
  ask(CUSTOM),
  custom('namespaces/growing/pods/*/myapp_processed_ops_per_second'),
  custom(selecting('namespaces/growing/pods/*/myapp_processed_ops_per_second', { labelSelector: 'canary=true' })),
  custom('namespaces/growing/metrics/myapp_processed_ops_per_second'),
  custom('namespaces/growing/pods/grow-1/myapp_processed_ops_per_second'),
  custom('namespaces/shop/pods/*/myapp_processed_ops_per_second'),
  custom('namespaces/*/metrics/myapp_processed_ops_per_second'),
];

const EXTERNAL_METRICS = [
  ...['queue_depth', 'queue_rows', 'queue_everywhere', 'queue_total', 'queue_leading_comma', 'queue_grouped'],
  ...['queue_values', 'queue_without_resources', 'queue_scalar', 'queue_text', 'queue_matrix', 'queue_wrong_query'],
  ...['queue_no_field', 'depth_of_the_queue', 'nothing'],
];

const EXTERNALS: readonly AdapterQuestion[] = [
  ...['', '/'].map((end) => ask(`${EXTERNAL}${end}`)),
  ask('/apis/external.metrics.k8s.io'),
  ask('/apis'),
  ask(CUSTOM),
  ...EXTERNAL_METRICS.flatMap((metric) =>
    ['shop', 'default'].map((namespace) => external(`namespaces/${namespace}/${metric}`)),
  ),
  external('namespaces/other/queue_depth'),
  external('namespaces/empty/queue_depth'),
  external('namespaces/not-there/queue_depth'),
  external('namespaces/*/queue_depth'),
  external('namespaces//queue_depth'),
  external('namespaces/shop/queue/slashed'),
  external('namespaces/shop/queue%2Fslashed'),
  external('namespaces/shop/queue_depth/'),
  external('namespaces/shop/queue_depth/more'),
  external('namespaces/shop'),
  external('queue_depth'),
  ...[
    'name=mail',
    'name==mail',
    'name!=mail',
    'name in (mail,print)',
    'name in (mail)',
    'name notin (mail)',
    'tier',
    '!tier',
    'name=',
    'namespace=default',
    'name>3',
    'name in mail',
    'a b',
    'app.kubernetes.io/name=mail',
  ].map((labelSelector) => external(selecting('namespaces/shop/queue_depth', { labelSelector }))),
  external(selecting('namespaces/shop/queue_values', { labelSelector: 'name!=mail' })),
  external(selecting('namespaces/shop/queue_total', { labelSelector: 'name=mail' })),
  ...['fieldSelector=metadata.name%3Dx', 'watch=true', 'limit=x', 'limit=1', 'timeout=bad', 'pretty'].map(
    (parameters) => external(`namespaces/shop/queue_depth?${parameters}`),
  ),
  ...[AS_HPA, PROTOBUF, 'application/yaml', TABLE, 'text/html'].flatMap((accept) =>
    ['queue_depth', 'nothing'].map((metric) => accepting(`${EXTERNAL}/namespaces/shop/${metric}`, accept)),
  ),
  ...['POST', 'DELETE', 'HEAD'].map((method) => ({ method, path: `${EXTERNAL}/namespaces/shop/queue_depth` })),
  ...ASKERS.flatMap((as) => [ask(EXTERNAL, as), external('namespaces/shop/queue_depth', as)]),
];

const RESOURCES: readonly AdapterQuestion[] = [
  ask(RESOURCE),
  ask('/apis'),
  ask(CUSTOM),
  ...['pods', 'namespaces/shop/pods', 'namespaces/empty/pods', 'namespaces/not-there/pods', 'nodes'].map((path) =>
    resource(path),
  ),
  ...['web-1', 'web-2', 'db-0', 'waiting', 'cpu-alone', 'no-number', 'bare', 'not-there'].map((pod) =>
    resource(`namespaces/shop/pods/${pod}`),
  ),
  ...['node-a', 'node-b', 'not-there'].map((node) => resource(`nodes/${node}`)),
  resource(selecting('namespaces/shop/pods', { labelSelector: 'app=web' })),
  resource(selecting('namespaces/shop/pods', { labelSelector: 'app in web' })),
  resource(selecting('pods', { fieldSelector: 'metadata.namespace=other' })),
  resource(selecting('namespaces/shop/pods', { fieldSelector: 'metadata.name=web-2' })),
  resource(selecting('namespaces/shop/pods', { fieldSelector: 'spec.nodeName=node-a' })),
  resource(selecting('nodes', { labelSelector: 'app=node-a' })),
  resource('namespaces/shop/pods?watch=true'),
  ...[TABLE, `${TABLE}, ${JSON_TYPE}`, 'application/yaml', 'text/html'].flatMap((accept) =>
    ['namespaces/shop/pods', 'nodes'].map((path) => accepting(`${RESOURCE}/${path}`, accept)),
  ),
  ...['/metrics', '/readyz'].map((path) => ask(path, 'nobody')),
  ...ASKERS.map((as) => resource('namespaces/shop/pods', as)),
  { method: 'DELETE', path: `${RESOURCE}/namespaces/shop/pods/web-1` },
];

const FAULTY: readonly AdapterQuestion[] = Object.keys(FAULTS).flatMap((fault) => {
  // Nobody waits a minute for an answer that never comes.
  const end = fault === 'fault_silent' ? '?timeout=1s' : '';
  return [custom(`namespaces/shop/pods/web-1/${fault}${end}`), external(`namespaces/shop/${fault}${end}`)];
});

const WRONG_SELECTOR: readonly AdapterQuestion[] = [
  ask(CUSTOM),
  ask(EXTERNAL),
  custom(PODS_OPS),
  external('namespaces/shop/queue_depth'),
  ask('/readyz', 'nobody'),
];

const NOTHING: readonly AdapterQuestion[] = [
  ask('/apis'),
  ask(CUSTOM),
  ask(EXTERNAL),
  ask(RESOURCE),
  custom(PODS_OPS),
  external('namespaces/shop/queue_depth'),
  resource('nodes'),
  ask('/readyz', 'nobody'),
];

/** What each configuration is asked, good and bad. */
export const QUESTIONS: Readonly<Record<string, readonly AdapterQuestion[]>> = {
  seed: SEED,
  rate: RATE,
  'chart-default': CHART_DEFAULT,
  names: NAMES,
  templates: TEMPLATES,
  values: VALUES,
  external: EXTERNALS,
  resource: RESOURCES,
  faults: FAULTY,
  'wrong-selector': WRONG_SELECTOR,
  nothing: NOTHING,
};

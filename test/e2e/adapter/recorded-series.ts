import { FAULTS } from '../../adapter/faults.ts';
import type { TimeSeries } from '../support/remote-write.ts';

const STEP_MS = 15_000;
const PAST_MS = 600_000;
/** Samples reach into the future, so that every query of a run finds the same. */
const FUTURE_MS = 1_800_000;
/** How long a series is gone that is still listed, because its last sample is younger than the adapter's maximum age. */
const GONE_MS = 360_000;

/** A series as a function of time. */
export interface ScriptedSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** The value of a gauge, or what a counter grows by in a second. */
  readonly value: number;
  readonly form: 'gauge' | 'counter';
  /** Whether it ended some minutes ago. */
  readonly isGone?: boolean;
}

/** The samples of a series around an instant. */
export function samplesOf({ labels, value, form, isGone }: ScriptedSeries, nowMs: number): TimeSeries {
  const firstMs = nowMs - PAST_MS;
  const lastMs = isGone === true ? nowMs - GONE_MS : nowMs + FUTURE_MS;
  const count = Math.floor((lastMs - firstMs) / STEP_MS) + 1;
  const samples = Array.from({ length: count }, (_, index) => ({
    atMs: firstMs + index * STEP_MS,
    value: form === 'gauge' ? value : (value * index * STEP_MS) / 1000,
  }));
  return { labels, samples };
}

const gauge = (name: string, labels: Readonly<Record<string, string>>, value: number): ScriptedSeries => ({
  labels: { __name__: name, ...labels },
  value,
  form: 'gauge',
});

/** Rates lie a little above the milli that they are cut to: extrapolation may err in the last digit. */
const counter = (name: string, labels: Readonly<Record<string, string>>, perSecond: number): ScriptedSeries => ({
  labels: { __name__: name, ...labels },
  value: perSecond,
  form: 'counter',
});

/** What a ServiceMonitor makes of a scrape. */
const scraped = (pod: string, service = 'web', namespace = 'shop'): Readonly<Record<string, string>> => ({
  container: 'app',
  endpoint: 'http',
  instance: `${pod}:8080`,
  job: service,
  namespace,
  pod,
  service,
});

const MYAPP: readonly ScriptedSeries[] = [
  gauge('myapp_processed_ops_total', scraped('web-1'), 4),
  gauge('myapp_processed_ops_total', scraped('web-2'), 1),
  gauge('myapp_processed_ops_total', scraped('db-0', 'db'), 2),
  gauge('myapp_processed_ops_total', scraped('web-1', 'web', 'other'), 7),
  // Nobody asks for these but by their rate: they are another number all the time.
  counter('myapp_processed_ops_total', scraped('grow-1', 'grow', 'growing'), 0.5004),
  counter('myapp_processed_ops_total', scraped('grow-2', 'grow', 'growing'), 1.2504),
];

const shop = (pod: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  namespace: 'shop',
  pod,
  ...more,
});

const NAMING: readonly ScriptedSeries[] = [
  ...[
    'naming_requests_total',
    'naming_by_view_total_count',
    'naming_group_max',
    'naming_dollar',
    'filtered_one',
    'filtered_not_one',
    'filtered_two',
    'a_filtered_one',
  ].map((name, index) => gauge(name, shop('web-1'), index + 1)),
  gauge('colliding_jobs', shop('web-1'), 10),
  gauge('global_colliding_jobs', shop('web-1'), 20),
  gauge('zz_colliding_jobs', { namespace: 'shop' }, 30),
  gauge('naming_dollar', shop('web-2'), 40),
  gauge('naming_dollar', shop('dot.name'), 41),
  gauge('naming_dollar', shop('dot-name'), 42),
  gauge('naming_dollar', { namespace: 'other', pod: 'web-1' }, 43),
];

const LABELLED: readonly ScriptedSeries[] = [
  gauge(
    'labelled_by_all',
    {
      ...shop('web-1'),
      service: 'web',
      job: 'nightly',
      deployment: 'web',
      ingress: 'web',
      node: 'node-a',
      Pod: 'web-1',
      pods: 'web-1',
      podlist: 'web-1',
      endpoints: 'web',
      event: 'e',
      secret: 's',
      storageclass: 'fast',
      statefulset: 'web',
      sts: 'web',
      po: 'web-1',
      brand: 'brie',
      container: 'app',
      instance: 'i',
    },
    5,
  ),
  gauge(
    'labelled_by_group',
    {
      kube__namespace: 'shop',
      kube__pod: 'web-1',
      kube_apps_deployment: 'web',
      kube_batch_job: 'nightly',
      kube_networking_ingress: 'web',
      kube_networking_k8s_io_ingress: 'web',
    },
    6,
  ),
  gauge('labelled_by_prefix', { kube_namespace: 'shop', kube_pod: 'web-1', pod: 'adapter', namespace: 'other' }, 7),
  gauge('labelled_by_node', { node: 'node-a', volume: 'disk-1', class: 'fast', namespace: 'shop' }, 8),
  gauge('labelled_by_node', { node: 'node-b', volume: 'disk-2', class: 'slow', namespace: 'shop' }, 9),
  gauge('labelled_by_brand', { namespace: 'shop', brand: 'brie', dairy: 'north' }, 11),
  gauge('labelled_by_brand', { namespace: 'shop', brand: 'brie', dairy: 'south' }, 12),
];

const WORK: readonly ScriptedSeries[] = [
  gauge('work', shop('web-1', { verb: 'GET', service: 'web' }), 1),
  gauge('work', shop('web-1', { verb: 'POST', service: 'web' }), 2),
  gauge('work', shop('web-2', { verb: 'GET', service: 'web' }), 4),
  gauge('work', shop('db-0', { verb: 'PUT', service: 'db' }), 8),
  gauge('work', { namespace: 'other', pod: 'web-1', verb: 'GET', service: 'web' }, 16),
];

/** Values by the pod that has them: cutting, suffixes, and what is no number. */
const LEVELS: Readonly<Record<string, number>> = {
  'v-zero': 0,
  'v-below-milli': 0.000_999_9,
  'v-milli': 0.001,
  'v-cut': 0.001_9,
  'v-binary': 0.29,
  'v-1005': 1.005,
  'v-2675': 2.675,
  'v-half': 0.5,
  'v-one': 1,
  'v-nearly-100': 99.999_9,
  'v-1000': 1000,
  'v-1500': 1500,
  'v-12345': 12_345,
  'v-123456-789': 123_456.789,
  'v-million': 1e6,
  'v-1500k': 1.5e6,
  'v-giga': 1e9,
  'v-large': 9.2e15,
  'v-too-large': 9.3e15,
  'v-huge': 1e300,
  'v-negative': -0.5,
  'v-negative-below-milli': -0.000_4,
  'v-negative-1500': -1500,
  'v-nan': Number.NaN,
  'v-inf': Number.POSITIVE_INFINITY,
  'v-negative-inf': Number.NEGATIVE_INFINITY,
};

const VALUES: readonly ScriptedSeries[] = [
  ...Object.entries(LEVELS).map(([pod, value]) => gauge('level', { namespace: 'values', pod }, value)),
  gauge('level', { namespace: 'shop', pod: 'web-1', service: 'web' }, 3),
  gauge('level', { namespace: 'shop', pod: 'not-there', service: 'web' }, 4),
  { ...gauge('stale_level', shop('web-1'), 1), isGone: true },
];

const QUEUES: readonly ScriptedSeries[] = [
  gauge('queue_depth', { namespace: 'shop', name: 'mail' }, 42),
  gauge('queue_depth', { namespace: 'shop', name: 'print', tier: 'slow' }, 0.5),
  gauge('queue_depth', { namespace: 'default', name: 'mail' }, 7),
  gauge('queue_depth', { namespace: 'other', name: 'nan' }, Number.NaN),
  gauge('queue_depth', { namespace: 'other', name: 'inf' }, Number.POSITIVE_INFINITY),
  gauge('queue_depth', { namespace: 'other', name: 'too-large' }, 9.3e15),
  gauge('queue_depth', { name: 'of-nobody' }, 1500),
];

const cadvisor = (pod: string, container: string, namespace = 'shop'): Readonly<Record<string, string>> => ({
  namespace,
  pod,
  container,
  node: 'node-a',
  id: `/pods/${namespace}/${pod}/${container}`,
  image: container === '' ? '' : 'registry.example/app:1',
});

function usage(labels: Readonly<Record<string, string>>, cpu: number, memory: number): readonly ScriptedSeries[] {
  return [
    counter('container_cpu_usage_seconds_total', labels, cpu),
    gauge('container_memory_working_set_bytes', labels, memory),
  ];
}

const CONTAINERS: readonly ScriptedSeries[] = [
  ...usage(cadvisor('web-1', 'app'), 0.2504, 64 * 1024 * 1024),
  ...usage(cadvisor('web-1', 'sidecar'), 0.0034, 5 * 1024),
  ...usage(cadvisor('web-1', 'POD'), 0.0014, 512),
  ...usage(cadvisor('web-1', ''), 0.2554, 66 * 1024 * 1024),
  ...usage(cadvisor('web-2', 'app'), 1.0004, 1500),
  counter('container_cpu_usage_seconds_total', cadvisor('db-0', 'db'), 0.5004),
  gauge('container_memory_working_set_bytes', cadvisor('db-0', 'helper'), 1_000_000),
  counter('container_cpu_usage_seconds_total', cadvisor('cpu-alone', 'app'), 0.5004),
  ...usage(cadvisor('no-number', 'app'), Number.NaN, -1),
  ...usage(cadvisor('waiting', 'app'), 0.1004, 1024),
  ...usage(cadvisor('web-1', 'app', 'other'), 0.0054, 2 * 1024 * 1024),
  counter('container_network_receive_bytes_total', cadvisor('web-1', 'app'), 100.0004),
  ...usage({ node: 'node-a', id: '/' }, 1.5044, 4 * 1024 ** 3),
  counter('container_cpu_usage_seconds_total', { node: 'node-b', id: '/' }, 0.5004),
];

/** Everything that the recorded Prometheus knows. */
export const SERIES: readonly ScriptedSeries[] = [
  ...MYAPP,
  ...NAMING,
  ...LABELLED,
  ...WORK,
  ...VALUES,
  ...QUEUES,
  ...CONTAINERS,
  ...Object.keys(FAULTS).map((name) => gauge(name, shop('web-1'), 1)),
];

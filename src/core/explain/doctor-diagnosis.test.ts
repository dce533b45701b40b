import { describe, expect, test } from 'vitest';
import {
  apiService,
  DENIED,
  doctorFacts,
  failed,
  group,
  hpaNeeding,
  needed,
  SILENT,
  seen,
  server,
} from '../../../test/fixtures/doctor-facts.ts';
import { DOCTOR_METRICS_COUNT_MAX } from '../../base/limits.ts';
import { diagnose } from './doctor-diagnosis.ts';
import type { DoctorFacts, MetricsGroup, Sight } from './doctor-facts.ts';
import type { DoctorFinding } from './doctor-finding.ts';

const RESOURCE = 'metrics.k8s.io';
const CUSTOM = 'custom.metrics.k8s.io';
const EXTERNAL = 'external.metrics.k8s.io';
const MS = 'kube-system/metrics-server';
const MS_IMAGE = 'registry.k8s.io/metrics-server/metrics-server:v0.8.0';
const ADAPTER = 'monitoring/prometheus-adapter';
const ADAPTER_IMAGE = 'registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0';
const KEDA = 'keda/keda-operator-metrics-apiserver';
const KEDA_IMAGE = 'ghcr.io/kedacore/keda-metrics-apiserver:2.20.2';

const CPU = hpaNeeding('web', [needed(RESOURCE, 'cpu', 'pods')]);
const REQUESTS = hpaNeeding('web', [needed(CUSTOM, 'requests', 'pods/requests')]);
const QUEUE = hpaNeeding('worker', [needed(EXTERNAL, 'queue')]);
const OF_KEDA = hpaNeeding('keda-hpa-worker', [needed(EXTERNAL, 's0-rabbitmq')], { isOfScaledObject: true });
const SCALED = seen([{ namespace: 'shop', name: 'worker' }]);

/** A group that a server answers for. */
function served(
  name: MetricsGroup,
  service: string,
  image: string,
  listed: readonly string[],
): Parameters<typeof doctorFacts>[0] {
  return {
    apiServices: [apiService(name, service)],
    groups: [group(name, { v1beta1: listed })],
    servers: [server(service, image)],
  };
}

const ROWS: readonly (readonly [why: string, facts: DoctorFacts, findings: readonly DoctorFinding[]])[] = [
  ['a cluster without metrics, and nobody who needs any', doctorFacts({}), []],
  ['all is well', doctorFacts({ ...served(RESOURCE, MS, MS_IMAGE, ['nodes', 'pods']), hpas: [CPU] }), []],
  [
    'CPU, and nobody measures',
    doctorFacts({ hpas: [CPU] }),
    [{ code: 'ApiMissing', api: `${RESOURCE}/v1beta1`, hpaCount: 1, metricCount: 1, metrics: ['shop/web: cpu'] }],
  ],
  [
    'HPAs ask for v1beta1 alone',
    doctorFacts({
      apiServices: [apiService(RESOURCE, MS, { version: 'v1' })],
      groups: [group(RESOURCE, { v1: ['nodes', 'pods'] })],
      servers: [server(MS, MS_IMAGE)],
      hpas: [CPU],
    }),
    [{ code: 'ApiMissing', api: `${RESOURCE}/v1beta1`, hpaCount: 1, metricCount: 1, metrics: ['shop/web: cpu'] }],
  ],
  [
    'a Pods and an External metric, and nobody has either; three of four are named',
    doctorFacts({
      hpas: [
        REQUESTS,
        QUEUE,
        hpaNeeding('cart', [needed(CUSTOM, 'a', 'pods/a'), needed(CUSTOM, 'b', null), needed(CUSTOM, 'c', 'pods/c')]),
      ],
    }),
    [
      {
        code: 'ApiMissing',
        api: `${CUSTOM}/v1beta1`,
        hpaCount: 2,
        metricCount: 4,
        metrics: ['shop/web: requests', 'shop/cart: a', 'shop/cart: b'],
      },
      { code: 'ApiMissing', api: `${EXTERNAL}/v1beta1`, hpaCount: 1, metricCount: 1, metrics: ['shop/worker: queue'] },
    ],
  ],
  [
    'two servers for one group: HPAs ask the first version that they know',
    doctorFacts({
      apiServices: [apiService(CUSTOM, ADAPTER), apiService(CUSTOM, 'podtide/adapter', { version: 'v1beta2' })],
      groups: [group(CUSTOM, { v1beta2: ['pods/requests'], v1beta1: ['pods/requests'] })],
      servers: [server(ADAPTER, ADAPTER_IMAGE), server('podtide/adapter', 'registry.test:5000/podtide:1')],
      hpas: [REQUESTS],
    }),
    [
      {
        code: 'VersionsDiffer',
        group: CUSTOM,
        owners: [
          { version: 'v1beta2', server: 'podtide (podtide/adapter)' },
          { version: 'v1beta1', server: `prometheus-adapter (${ADAPTER})` },
        ],
        used: 'v1beta2',
      },
    ],
  ],
  [
    'verification is skipped: to be known, no problem',
    doctorFacts({
      ...served(RESOURCE, MS, MS_IMAGE, ['pods']),
      apiServices: [apiService(RESOURCE, MS, { isVerificationSkipped: true })],
    }),
    [{ code: 'VerificationSkipped', api: `${RESOURCE}/v1beta1`, service: MS }],
  ],
  [
    'no rule makes the metric',
    doctorFacts({ ...served(CUSTOM, ADAPTER, ADAPTER_IMAGE, ['pods/other']), hpas: [REQUESTS] }),
    [
      {
        code: 'MetricNotListed',
        api: `${CUSTOM}/v1beta1`,
        hpa: 'shop/web',
        metric: 'pods/requests',
        server: `prometheus-adapter (${ADAPTER})`,
        known: 'prometheus-adapter',
        failure: '',
      },
    ],
  ],
  [
    'listed, read without being listed, or of a kind that nobody knows: nothing to say',
    doctorFacts({
      ...served(CUSTOM, ADAPTER, ADAPTER_IMAGE, ['pods/requests']),
      hpas: [
        REQUESTS,
        hpaNeeding('read', [needed(CUSTOM, 'a', 'pods/a', { isRead: true })]),
        hpaNeeding('odd', [needed(CUSTOM, 'a', null)]),
      ],
    }),
    [],
  ],
  [
    'what an unknown server does not list may be there all the same',
    doctorFacts({ ...served(EXTERNAL, 'a/b', 'stackdriver:1', []), hpas: [QUEUE] }),
    [],
  ],
  [
    'unless the HPA itself says that it fails',
    doctorFacts({
      ...served(EXTERNAL, 'a/b', 'stackdriver:1', []),
      hpas: [hpaNeeding('worker', [needed(EXTERNAL, 'queue')], { failure: 'no such metric' })],
    }),
    [
      {
        code: 'MetricNotListed',
        api: `${EXTERNAL}/v1beta1`,
        hpa: 'shop/worker',
        metric: 'queue',
        server: 'a/b',
        known: null,
        failure: 'no such metric',
      },
    ],
  ],
  [
    'KEDA lists one name for all',
    doctorFacts({
      ...served(EXTERNAL, KEDA, KEDA_IMAGE, ['externalmetrics']),
      hpas: [OF_KEDA],
      scaledObjects: SCALED,
    }),
    [],
  ],
  [
    'KEDA’s place is Datadog’s: told once, and not for each of KEDA’s HPAs',
    doctorFacts({
      ...served(EXTERNAL, 'datadog/dd-cluster-agent-metrics-api', 'gcr.io/datadoghq/cluster-agent:7.60', ['queue']),
      hpas: [OF_KEDA, QUEUE],
      scaledObjects: SCALED,
    }),
    [
      {
        code: 'ExternalPlaceTaken',
        server: 'datadog (datadog/dd-cluster-agent-metrics-api)',
        known: 'datadog',
        scaledObjectCount: 1,
        first: 'shop/worker',
        hpaCount: 1,
      },
    ],
  ],
  [
    'KEDA scales by CPU alone, or what its HPAs need is read: its place is not missed',
    doctorFacts({
      ...served(EXTERNAL, 'datadog/dd-cluster-agent-metrics-api', 'gcr.io/datadoghq/cluster-agent:7.60', ['queue']),
      hpas: [
        hpaNeeding('keda-hpa-a', [needed(EXTERNAL, 's0-cron', 's0-cron', { isRead: true })], {
          isOfScaledObject: true,
        }),
        QUEUE,
      ],
      scaledObjects: SCALED,
    }),
    [],
  ],
  [
    'Podtide that passes on what it does not make',
    doctorFacts({
      ...served(EXTERNAL, 'monitoring/prometheus-adapter', 'podtide/podtide:0.1.0', ['externalmetrics']),
      servers: [
        server('monitoring/prometheus-adapter', 'podtide/podtide:0.1.0', {
          pods: seen([
            {
              name: 'a',
              isReady: true,
              trouble: '',
              labels: {},
              containers: [
                { image: 'podtide/podtide:0.1.0', words: ['adapter', '--pass-through-url=https://keda.keda.svc'] },
              ],
            },
          ]),
        }),
      ],
      hpas: [OF_KEDA],
      scaledObjects: SCALED,
    }),
    [],
  ],
  [
    'nothing may be read: each is told, and nothing is concluded',
    {
      ...doctorFacts({ namespace: 'shop' }),
      apiServices: DENIED,
      groups: [
        { group: RESOURCE, versions: seen([{ version: 'v1beta1', resources: DENIED }]) },
        { group: CUSTOM, versions: DENIED },
      ],
      hpas: DENIED,
      scaledObjects: SILENT,
    },
    [
      { code: 'Unseen', what: 'apiServices', where: '', isDenied: true, message: 'forbidden' },
      { code: 'Unseen', what: 'listing', where: `${RESOURCE}/v1beta1`, isDenied: true, message: 'forbidden' },
      { code: 'Unseen', what: 'group', where: CUSTOM, isDenied: true, message: 'forbidden' },
      { code: 'Unseen', what: 'hpas', where: 'shop', isDenied: true, message: 'forbidden' },
      { code: 'Unseen', what: 'scaledObjects', where: 'shop', isDenied: false, message: 'service unavailable' },
    ],
  ],
  [
    'without a right on APIServices discovery tells what it can',
    {
      ...doctorFacts({
        groups: [{ group: RESOURCE, versions: seen([{ version: 'v1beta1', resources: SILENT }]) }],
        hpas: [CPU, QUEUE],
      }),
      apiServices: DENIED,
    },
    [
      { code: 'ListingFails', api: `${RESOURCE}/v1beta1`, hpaCount: 1, message: 'service unavailable' },
      { code: 'ApiMissing', api: `${EXTERNAL}/v1beta1`, hpaCount: 1, metricCount: 1, metrics: ['shop/worker: queue'] },
      { code: 'Unseen', what: 'apiServices', where: '', isDenied: true, message: 'forbidden' },
    ],
  ],
  [
    'two servers of one namespace whose pods may not be read are one line',
    doctorFacts({
      apiServices: [apiService(CUSTOM, 'a/one'), apiService(EXTERNAL, 'a/two')],
      groups: [group(CUSTOM, { v1beta1: [] }), group(EXTERNAL, { v1beta1: [] })],
      servers: [server('a/one', 'x', { pods: DENIED }), server('a/two', 'x', { pods: DENIED })],
    }),
    [{ code: 'Unseen', what: 'pods', where: 'a', isDenied: true, message: 'forbidden' }],
  ],
];

describe('diagnose', () => {
  test.each(ROWS)('%s', (_why, facts, findings) => {
    expect(diagnose(facts).findings).toEqual(findings);
  });

  test('names no more metrics than the bound, and counts the rest', () => {
    const metrics = Array.from({ length: DOCTOR_METRICS_COUNT_MAX + 3 }, (_, index) =>
      needed(CUSTOM, `m${index}`, `pods/m${index}`),
    );
    const { findings } = diagnose(
      doctorFacts({ ...served(CUSTOM, ADAPTER, ADAPTER_IMAGE, []), hpas: [hpaNeeding('web', metrics)] }),
    );
    expect(findings).toHaveLength(DOCTOR_METRICS_COUNT_MAX + 1);
    expect(findings.at(-1)).toEqual({ code: 'MoreMetricsNotListed', count: 3 });
  });

  test('says of each API who answers for it', () => {
    const facts = doctorFacts({
      apiServices: [
        apiService(RESOURCE, null, { available: { status: 'True', reason: 'Local', message: '' } }),
        failed(CUSTOM, ADAPTER, 'MissingEndpoints'),
      ],
      groups: [
        group(RESOURCE, { v1beta1: ['pods'] }),
        { group: CUSTOM, versions: seen([{ version: 'v1beta1', resources: SILENT }]) },
      ],
      servers: [server(ADAPTER, ADAPTER_IMAGE, { pods: DENIED })],
    });
    expect(diagnose(facts).apis).toEqual([
      {
        group: RESOURCE,
        version: 'v1beta1',
        state: 'available',
        reason: 'Local',
        server: {
          known: 'apiserver',
          sign: null,
          evidence: '',
          service: null,
          deployments: [],
          images: [],
          podCount: null,
          readyPodCount: 0,
        },
      },
      {
        group: CUSTOM,
        version: 'v1beta1',
        state: 'unavailable',
        reason: 'MissingEndpoints',
        server: {
          known: 'prometheus-adapter',
          sign: 'image',
          evidence: ADAPTER_IMAGE,
          service: ADAPTER,
          deployments: ['prometheus-adapter'],
          images: [ADAPTER_IMAGE],
          podCount: null,
          readyPodCount: 0,
        },
      },
      { group: EXTERNAL, version: null, state: 'missing', reason: '', server: null },
    ]);
  });

  test('without a right on APIServices an API is there when its list is', () => {
    const versions = (resources: Sight<readonly string[]>) => seen([{ version: 'v1beta1', resources }]);
    const groups = [
      { group: RESOURCE, versions: versions(seen(['pods'])) },
      { group: CUSTOM, versions: versions(SILENT) },
      { group: EXTERNAL, versions: versions(DENIED) },
    ] as const;
    const { apis } = diagnose({ ...doctorFacts({ groups }), apiServices: DENIED });
    expect(apis.map(({ state, server }) => [state, server])).toEqual([
      ['available', null],
      ['unavailable', null],
      ['unseen', null],
    ]);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { answerDoctor, type DoctorAnswer } from '../../src/app/cli/doctor.ts';
import { parseDoctorConfig } from '../../src/app/config/doctor-config.ts';
import { readEnvironment } from '../../src/app/config/environment.ts';
import { createDoctorCluster } from '../../src/app/processes/doctor/doctor-cluster.ts';
import { createHandleTransport } from '../../src/platform/kube/handle-transport.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { blocksOf } from '../documents.ts';
import { type BackendAnswer, json } from '../fixtures/aggregated-backend.ts';
import {
  type AggregatingServer,
  API_SERVICES,
  GROUP_PATH,
  READY,
  RESOURCE_LIST,
  startAggregatingServer,
} from '../fixtures/aggregating-server.ts';
import { ADMIN_TOKEN } from '../fixtures/api-server.ts';

const EXTERNAL_PATH = '/apis/external.metrics.k8s.io/v1beta1';
const CUSTOM_PATH = '/apis/custom.metrics.k8s.io/v1beta1';
const PODS = '/api/v1/namespaces/kube-system/pods';
const SCALED_OBJECTS = '/apis/keda.sh/v1alpha1/namespaces/shop/scaledobjects';
const HPAS = '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers';

let cluster: AggregatingServer;

beforeAll(async () => {
  cluster = await startAggregatingServer();
});
afterAll(() => cluster.close());
beforeEach(() => cluster.restart());

/** What `podtide doctor FLAGS` says to the owner of a token. */
async function doctor(
  flags: Parameters<typeof parseDoctorConfig>[0] = {},
  token = ADMIN_TOKEN,
  handle = (request: Request) => cluster.server.apiServer.handle(request),
): Promise<DoctorAnswer> {
  const transport = createHandleTransport(handle, { headers: { authorization: `Bearer ${token}` } });
  const ioClock = createSystemClock();
  const of = createDoctorCluster({ transport, ioClock, userAgent: 'test', random: () => 0.5 });
  return await answerDoctor(parseDoctorConfig(flags, readEnvironment({})), of, new AbortController().signal);
}

interface JsonDiagnosis {
  readonly kind: string;
  readonly apis: readonly { readonly group: string; readonly state: string; readonly server: object | null }[];
  readonly findings: readonly { readonly code: string; readonly severity: string; readonly params: object }[];
}

/** The same as data: exit code, states by group, and findings without their words. */
async function diagnosis(flags = {}, token = ADMIN_TOKEN) {
  const { text, exitCode } = await doctor({ ...flags, output: 'json' }, token);
  const { apis, findings } = JSON.parse(text) as JsonDiagnosis;
  return { exitCode, apis, findings: findings.map(({ code, params }) => ({ code, ...params })) };
}

/** A Service with a Deployment and one pod of it. */
async function makeServer(image: string, isReady = true): Promise<void> {
  const labels = { app: 'ms' };
  const containers = [{ name: 'c', image, args: ['--secure-port=10250'] }];
  await cluster.makeService([{ name: 'https', port: 443 }], { selector: labels });
  const template = { metadata: { labels }, spec: { containers } };
  await cluster.post('/apis/apps/v1/namespaces/kube-system/deployments', {
    metadata: { name: 'measurer' },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  });
  await cluster.post(PODS, { metadata: { name: 'measurer-1', labels }, spec: { containers } });
  const waiting = { waiting: { reason: 'CrashLoopBackOff' } };
  const status = {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    containerStatuses: [
      { name: 'c', image, imageID: '', ready: isReady, restartCount: 0, state: isReady ? { running: {} } : waiting },
    ],
  };
  const patched = await cluster.server.send('PATCH', `${PODS}/measurer-1/status`, { body: { status } });
  expect(patched.status).toBe(200);
}

function hpa(name: string, metrics: readonly object[], metadata: object = {}) {
  return {
    metadata: { name, ...metadata },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, maxReplicas: 5, metrics },
  };
}

const CPU = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } };
const AVERAGE = { type: 'AverageValue', averageValue: '10' };
const QUEUE = { type: 'External', external: { metric: { name: 'queue' }, target: AVERAGE } };
const REQUESTS = { type: 'Pods', pods: { metric: { name: 'requests' }, target: AVERAGE } };
const HITS = {
  type: 'Object',
  object: {
    metric: { name: 'hits' },
    describedObject: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'front' },
    target: { type: 'Value', value: '10' },
  },
};

async function makeHpa(name: string, ...metrics: readonly object[]): Promise<void> {
  await cluster.server.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } });
  await cluster.post(HPAS, hpa(name, metrics));
}

const REQUESTS_READ = { type: 'Pods', pods: { metric: { name: 'requests' }, current: { averageValue: '5' } } };
const HITS_READ = {
  type: 'Object',
  object: {
    metric: { name: 'hits' },
    describedObject: HITS.object.describedObject,
    current: { value: '5' },
  },
};

/** What a controller writes of the HPA `web`. */
async function writeStatus(
  active: string,
  reason: string,
  message: string,
  currentMetrics: readonly object[] | null,
): Promise<void> {
  const condition = { type: 'ScalingActive', status: active, reason, message };
  const conditions = [{ ...condition, lastTransitionTime: '2026-11-22T05:49:00Z' }];
  const status = { currentReplicas: 1, desiredReplicas: 1, conditions, currentMetrics };
  const { status: code } = await cluster.server.send('PATCH', `${HPAS}/web/status`, { body: { status } });
  expect(code).toBe(200);
}

/** Resource lists of other groups than the fixture's. */
function listing(groupVersion: string, names: readonly string[]): BackendAnswer {
  const resources = names.map((name) => ({ name, singularName: '', namespaced: true, kind: 'X', verbs: ['get'] }));
  return json({ ...RESOURCE_LIST, groupVersion, resources });
}

describe('podtide doctor', () => {
  test('a cluster in which all is well, and who serves it', async () => {
    await makeServer('registry.k8s.io/metrics-server/metrics-server:v0.8.0');
    await cluster.makeSlice(READY);
    await cluster.post(API_SERVICES, cluster.apiService());
    expect(await cluster.condition()).toEqual(['True', 'Passed', 'all checks passed']);
    cluster.backend.answer = ({ url }) =>
      url === GROUP_PATH ? listing('metrics.k8s.io/v1beta1', ['nodes', 'pods']) : undefined;
    await makeHpa('web', CPU);
    expect(await doctor()).toEqual({
      text: [
        'v1beta1.metrics.k8s.io   available  metrics-server (by image registry.k8s.io/metrics-server/metrics-server:v0.8.0), Service kube-system/metrics-server, Deployment measurer, 1 of 1 pod ready',
        'custom.metrics.k8s.io    nobody',
        'external.metrics.k8s.io  nobody',
        '',
        'no problem found',
        '',
      ].join('\n'),
      exitCode: 0,
    });
  });

  test('nobody serves anything, and HPAs need all three; one namespace alone needs nothing', async () => {
    await makeHpa('web', CPU, REQUESTS, HITS, QUEUE);
    const missing = (api: string, ...metrics: readonly string[]) => {
      return { code: 'ApiMissing', api, hpaCount: 1, metricCount: metrics.length, metrics };
    };
    expect(await diagnosis()).toMatchObject({
      exitCode: 1,
      apis: [{ state: 'missing' }, { state: 'missing' }, { state: 'missing' }],
      findings: [
        missing('metrics.k8s.io/v1beta1', 'shop/web: cpu'),
        missing('custom.metrics.k8s.io/v1beta1', 'shop/web: requests', 'shop/web: hits'),
        missing('external.metrics.k8s.io/v1beta1', 'shop/web: queue'),
      ],
    });
    expect(await diagnosis({ namespace: 'default' })).toMatchObject({ exitCode: 0, findings: [] });
  });

  const lost = { api: 'metrics.k8s.io/v1beta1', hpaCount: 0, service: 'kube-system/metrics-server' };
  test.each<readonly [why: string, make: () => Promise<void>, finding: object]>([
    ['no Service', async () => {}, { code: 'ServiceMissing', ...lost }],
    [
      'a Service on another port',
      () => cluster.makeService([{ name: 'https', port: 8443 }]),
      { code: 'ServicePortMissing', ...lost, port: 443 },
    ],
    ['a Service without pods', () => cluster.makeService(), { code: 'ServerHasNoPods', ...lost }],
    [
      'a pod that falls again and again',
      async () => {
        await makeServer('x', false);
        await cluster.makeSlice([{ addresses: ['10.244.0.9'], conditions: { ready: false } }]);
      },
      { code: 'ServerPodsNotReady', ...lost, podCount: 1, pod: 'measurer-1', trouble: 'CrashLoopBackOff' },
    ],
    [
      'a pod that was evicted',
      async () => {
        await makeServer('x', false);
        await cluster.server.send('PATCH', `${PODS}/measurer-1/status`, { body: { status: { phase: 'Failed' } } });
      },
      { code: 'ServerHasNoPods', ...lost },
    ],
    [
      'a port of another name',
      async () => {
        await makeServer('x');
        await cluster.makeSlice(READY, [{ name: 'web', port: 10250 }]);
      },
      { code: 'EndpointsMissing', ...lost, message: expect.stringContaining('port name "https"') },
    ],
  ])('an APIService that is not available: %s', async (_why, make, finding) => {
    await make();
    await cluster.post(API_SERVICES, cluster.apiService());
    await cluster.condition();
    const { exitCode, apis, findings } = await diagnosis();
    expect([exitCode, findings]).toEqual([1, [finding]]);
    expect(apis[0]).toMatchObject({ group: 'metrics.k8s.io', version: 'v1beta1', state: 'unavailable' });
  });

  test.each<readonly [why: string, answer: BackendAnswer, spec: object, finding: object]>([
    ['it turns the API server away', { status: 403 }, {}, { code: 'ServerDenies', ...lost, status: 403 }],
    ['it has no such version', { status: 404 }, {}, { code: 'ServerLacksApi', ...lost }],
    ['it fails', { status: 500 }, {}, { code: 'ServerFails', ...lost, status: 500 }],
    [
      'caBundle is another’s',
      json(RESOURCE_LIST),
      { caBundle: 'OTHER' },
      { code: 'AuthorityUnknown', ...lost, hasCaBundle: true, message: expect.stringContaining('x509') },
    ],
  ])('a server that fails its check: %s', async (_why, answer, spec, finding) => {
    cluster.backend.answer = () => answer;
    await makeServer('x');
    await cluster.makeSlice(READY);
    const other = Buffer.from(cluster.trust.clientAuthority.certificate).toString('base64');
    await cluster.post(API_SERVICES, cluster.apiService('caBundle' in spec ? { caBundle: other } : spec));
    await cluster.condition();
    expect(await diagnosis()).toMatchObject({ exitCode: 1, findings: [finding] });
  });

  test('a certificate for another name: the Service was renamed', async () => {
    const services = '/api/v1/namespaces/kube-system/services';
    const ports = [{ name: 'https', port: 443 }];
    await cluster.post(services, { metadata: { name: 'renamed' }, spec: { ports } });
    const labels = { 'kubernetes.io/service-name': 'renamed' };
    await cluster.post('/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices', {
      metadata: { name: 'two', labels },
      addressType: 'IPv4',
      endpoints: READY,
      ports: [{ name: 'https', port: 10250 }],
    });
    await cluster.post(API_SERVICES, cluster.apiService({ service: { namespace: 'kube-system', name: 'renamed' } }));
    await cluster.condition();
    expect((await diagnosis()).findings).toEqual([
      {
        code: 'CertificateNames',
        api: 'metrics.k8s.io/v1beta1',
        hpaCount: 0,
        service: 'kube-system/renamed',
        serverName: 'renamed.kube-system.svc',
        message: expect.stringContaining('not renamed.kube-system.svc'),
      },
    ]);
  });

  test('without verification anybody may answer, which is a note and no problem', async () => {
    await makeServer('x');
    await cluster.makeSlice(READY);
    await cluster.post(API_SERVICES, cluster.apiService({ caBundle: undefined, insecureSkipTLSVerify: true }));
    await cluster.condition();
    expect(await diagnosis()).toMatchObject({
      exitCode: 0,
      findings: [{ code: 'VerificationSkipped', api: lost.api, service: lost.service }],
    });
  });

  test('an adapter that does not have what HPAs need, by the kind that a metric is of', async () => {
    cluster.backend.answer = ({ url }) =>
      url === CUSTOM_PATH ? listing('custom.metrics.k8s.io/v1beta1', ['ingresses.networking.k8s.io/hits']) : undefined;
    await makeServer('registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0');
    await cluster.makeSlice(READY);
    await cluster.post(API_SERVICES, cluster.apiService({}, 'custom.metrics.k8s.io'));
    await cluster.condition(() => true, 'v1beta1.custom.metrics.k8s.io');
    await makeHpa('web', REQUESTS, HITS);
    const unlisted = (failure: string) => ({
      code: 'MetricNotListed',
      api: 'custom.metrics.k8s.io/v1beta1',
      hpa: 'shop/web',
      metric: 'pods/requests',
      server: 'prometheus-adapter (kube-system/metrics-server)',
      known: 'prometheus-adapter',
      failure,
    });
    expect(await diagnosis()).toMatchObject({ exitCode: 1, findings: [unlisted('')] });
    await writeStatus('False', 'FailedGetPodsMetric', 'no metrics returned', [REQUESTS_READ, HITS_READ]);
    expect((await diagnosis()).findings).toEqual([unlisted('no metrics returned')]);
    await writeStatus('False', 'ScalingDisabled', 'scaling is disabled', null);
    expect((await diagnosis()).findings).toEqual([unlisted('')]);
    await writeStatus('True', 'ValidMetricFound', 'it could calculate a count', [REQUESTS_READ, HITS_READ]);
    expect((await diagnosis()).findings).toEqual([]);
  });

  test('the one place for external metrics is Datadog’s, and KEDA has ScaledObjects', async () => {
    await makeScaledObjects();
    cluster.backend.answer = ({ url }) =>
      url === EXTERNAL_PATH ? listing('external.metrics.k8s.io/v1beta1', ['queue']) : undefined;
    await makeServer('gcr.io/datadoghq/cluster-agent:7.60.0');
    await cluster.makeSlice(READY);
    await cluster.post(API_SERVICES, cluster.apiService({}, 'external.metrics.k8s.io'));
    await cluster.condition(() => true, 'v1beta1.external.metrics.k8s.io');
    await makeHpa('web', QUEUE);
    const keda = { ...QUEUE, external: { ...QUEUE.external, metric: { name: 's0-rabbitmq' } } };
    const { uid } = (await cluster.server.send('GET', `${SCALED_OBJECTS}/worker`)).body.metadata;
    const owner = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'worker', uid, controller: true };
    await cluster.post(HPAS, hpa('keda-hpa-worker', [keda], { ownerReferences: [owner] }));
    expect(await diagnosis()).toMatchObject({
      exitCode: 1,
      findings: [
        {
          code: 'ExternalPlaceTaken',
          server: 'datadog (kube-system/metrics-server)',
          scaledObjectCount: 1,
          first: 'shop/worker',
          hpaCount: 1,
        },
      ],
    });
  });

  test('whoever may read nothing is told each right, and discovery tells the rest', async () => {
    await cluster.makeAvailable();
    const unseen = (what: string) => {
      return {
        code: 'Unseen',
        what,
        where: '',
        isDenied: true,
        message: expect.stringContaining('cannot list resource'),
      };
    };
    const { exitCode, apis, findings } = await diagnosis({}, 'mary');
    expect(apis[0]).toMatchObject({ version: 'v1beta1', state: 'available', server: null });
    expect([exitCode, findings]).toEqual([3, [unseen('apiServices'), unseen('hpas')]]);
    await makeScaledObjects();
    expect((await diagnosis({}, 'mary')).findings).toEqual(['apiServices', 'hpas', 'scaledObjects'].map(unseen));
  });

  test.each(['en', 'zh-CN'])('the rights of the page are all that it needs (%s)', async (language) => {
    const [block] = blocksOf(`docs/how-to/${language}/doctor.md`).filter((each) => each.language === 'yaml');
    const role = parse(block?.text ?? '');
    const roles = '/apis/rbac.authorization.k8s.io/v1';
    await cluster.post(`${roles}/clusterroles`, role);
    await cluster.post(`${roles}/clusterrolebindings`, {
      metadata: { name: 'mary' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role.metadata.name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'märy' }],
    });
    await makeScaledObjects();
    await makeServer('x');
    await cluster.makeSlice(READY);
    await cluster.post(API_SERVICES, cluster.apiService());
    await cluster.condition();
    const [hers, admins] = [await doctor({}, 'mary'), await doctor()];
    expect(hers).toEqual(admins);
    expect(hers.exitCode).toBe(0);
  });

  test('a credential that nobody knows, and a server that does not answer, are the end', async () => {
    await expect(doctor({}, 'nobody')).rejects.toMatchObject({ kind: 'denied', message: expect.any(String) });
    const broken = () => Promise.reject(new Error('connect: connection refused'));
    await expect(doctor({}, ADMIN_TOKEN, broken)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

async function makeScaledObjects(): Promise<void> {
  await cluster.server.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'shop' } } });
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  await cluster.post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: 'scaledobjects.keda.sh' },
    spec: {
      group: 'keda.sh',
      scope: 'Namespaced',
      names: { plural: 'scaledobjects', singular: 'scaledobject', kind: 'ScaledObject' },
      versions: [{ name: 'v1alpha1', served: true, storage: true, schema }],
    },
  });
  await cluster.post(SCALED_OBJECTS, {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: 'worker' },
    spec: { scaleTargetRef: { name: 'worker' } },
  });
}

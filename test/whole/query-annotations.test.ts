import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAdapterWords } from '../../src/app/config/adapter-config.ts';
import { readEnvironment } from '../../src/app/config/environment.ts';
import { type AdapterProcess, startAdapter } from '../../src/app/processes/adapter-process.ts';
import type { ControllerProcess, ControllerProcessOptions } from '../../src/app/processes/controller-process.ts';
import { type Log, SILENT_LOG } from '../../src/base/log.ts';
import type { MetricSpec } from '../../src/core/autoscaling/types.ts';
import { createPrometheusClient, type PrometheusClient } from '../../src/metrics/prometheus/client.ts';
import { createQuerySource } from '../../src/metrics/query/query-source.ts';
import { createTelemetry } from '../../src/platform/telemetry/registry.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { type FixedPrometheus, servePrometheus } from '../prometheus/fixed-prometheus.ts';
import { HOSTILE_QUERIES, REFUSED_QUERIES } from '../prometheus/hostile-queries.ts';
import { plainBackend } from '../prometheus/scripted-prometheus.ts';
import { ControllerWorld } from './support/controller-world.ts';

const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1';
const MINE = 'mine-token';
const POOR = 'poor-token';
const RULES = `externalRules:
- seriesQuery: orders{namespace!=""}
  resources: {overrides: {namespace: {resource: namespace}}}
  metricsQuery: <<.Series>>{<<.LabelMatchers>>}
`;
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });

let world: ControllerWorld;
let prometheus: FixedPrometheus;
let client: PrometheusClient;
let folder: string;
let adapter: AdapterProcess | undefined;
let told: string[];
let values: (query: string) => readonly number[];

const log: Log = {
  ...SILENT_LOG,
  info: (message) => told.push(message),
  warn: (message) => told.push(message),
  with: () => log,
};

beforeEach(async () => {
  world = new ControllerWorld({
    [MINE]: { name: 'admin', groups: ['system:masters'] },
    [POOR]: { name: 'poor', groups: ['system:authenticated'] },
  });
  await world.begin();
  const namespaces = { group: '', version: 'v1', resource: 'namespaces', isNamespaced: false };
  await world.client.create(namespaces, { metadata: { name: 'monitoring' } });
  told = [];
  values = () => [10];
  prometheus = await servePrometheus((query) => values(query));
  client = createPrometheusClient(plainBackend(prometheus.url), { ioClock: createSystemClock(), userAgent: 'test/1' });
  folder = await mkdtemp(join(tmpdir(), 'podtide-'));
});

afterEach(async () => {
  await world.end();
  const stopping = adapter?.stop();
  adapter = undefined;
  if (stopping !== undefined) await world.runIo(60_000);
  await stopping;
  await client.close();
  await prometheus.close();
  await rm(folder, { recursive: true });
});

async function serve(words: readonly string[], token = MINE): Promise<AdapterProcess> {
  const listening = ['--bind-address=127.0.0.1', '--secure-port=0', `--cert-dir=${folder}`];
  const start = parseAdapterWords([...listening, ...words], readEnvironment({}));
  if (start.kind !== 'serve') throw new Error('nothing is served');
  const kube = world.clientOptions(token);
  const version = { major: '0', minor: '1', gitVersion: 'v0.1.0', gitCommit: '', gitTreeState: '', buildDate: '' };
  adapter = await startAdapter({
    config: start.config,
    client: kube,
    reviews: { authentication: kube, authorization: kube },
    prometheus: { names: [client.name], get: () => client },
    clock: world.clock,
    ioClock: world.io,
    log,
    telemetry: createTelemetry(),
    version: { ...version, goVersion: '', compiler: '', platform: '' },
  });
  await world.runTo(1);
  return adapter;
}

async function ask(path: string): Promise<{ readonly status: number; readonly text: string }> {
  const headers = { authorization: `Bearer ${MINE}` };
  const answer = await request(`${adapter?.url}${path}`, { dispatcher, headers });
  return { status: answer.statusCode, text: await answer.body.text() };
}

/** Waits for what sockets and watches bring; domain time stands still meanwhile. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 2_000; turn += 1) {
    if (await isSo()) return;
    await world.runTo(1);
    await setImmediate();
  }
  throw new Error('it never came to be');
}

const isListed = async (metric: string) => (await ask(EXTERNAL)).text.includes(`"${metric}"`);

function external(name: string): MetricSpec {
  return { type: 'External', external: { metric: { name }, target: { type: 'AverageValue', averageValue: '10' } } };
}

/** How a controller is started that puts queries to Prometheus itself. */
async function directController(namespaces = 'shop'): Promise<ControllerProcess> {
  const flags = { 'query-annotation-namespaces': namespaces, 'prometheus-url': prometheus.url };
  const access = { confined: namespaces.split(','), trusted: [], namespaceLabel: 'namespace' };
  const querySource = createQuerySource({ prometheus: client, clock: world.clock, access });
  const options: Partial<ControllerProcessOptions> = { querySource };
  return world.controller(flags, options);
}

async function scalings(controller: ControllerProcess): Promise<readonly (readonly [number, number])[]> {
  const changes = await controller.feed.list({ namespace: 'shop', name: 'web' });
  return changes.flatMap(({ atMs, scaledTo }) =>
    scaledTo === null ? [] : [[world.secondsOf(atMs), scaledTo] as const],
  );
}

async function active(): Promise<string> {
  const { status } = await world.getHpa('web');
  const found = status?.conditions?.find(({ type }) => type === 'ScalingActive');
  return `${found?.status}/${found?.reason}: ${found?.message}`;
}

/** Asks the adapter over HTTP for whatever a controller asks of external metrics. */
function throughAdapter(): void {
  world.metricsApi = async (path) => {
    const { status, text } = await ask(path);
    return new Response(text, { status, headers: { 'content-type': 'application/json' } });
  };
}

describe('the same numbers come out whichever way they travel', () => {
  /** Orders of two queues, in the course of three minutes. */
  const STORY: readonly (readonly [fromSeconds: number, orders: readonly number[]])[] = [
    [0, [15.5, 4.6009]],
    [40, [50.0004, 30.0003]],
    [75, [81.0009, 30.9999]],
    [110, []],
    [140, [40, 20]],
  ];

  async function decisions(way: 'rule' | 'annotation' | 'direct'): Promise<unknown> {
    values = () => STORY.findLast(([fromSeconds]) => world.secondsOf(world.clock.nowMs()) >= fromSeconds)?.[1] ?? [];
    await world.runTo(1);
    await world.deploy('web', 2, 0);
    const options = way === 'rule' ? {} : { 'query.orders': 'orders' };
    await world.hpa('web', 'web', { maxReplicas: 20, metrics: [external('orders')] }, options);
    if (way !== 'direct') {
      await writeFile(join(folder, 'rules.yaml'), RULES);
      await serve(way === 'rule' ? [`--config=${folder}/rules.yaml`] : ['--query-annotation-namespaces=shop']);
      await until(() => isListed('orders'));
      throughAdapter();
    }
    const controller = way === 'direct' ? await directController() : await world.controller();
    await world.runTo(170);
    const { status } = await world.getHpa('web');
    return {
      scalings: await scalings(controller),
      current: status?.currentMetrics,
      queries: [...new Set(prometheus.queries)],
    };
  }

  test.each(['rule', 'annotation', 'direct'] as const)('by %s', async (way) => {
    expect(await decisions(way)).toEqual({
      scalings: [
        [46, 4],
        [61, 8],
        [76, 12],
      ],
      current: [{ type: 'External', external: { metric: { name: 'orders' }, current: { averageValue: '5' } } }],
      queries: ['orders{namespace="shop"}'],
    });
  });
});

/** One HPA with a query of its own for each metric `m0`, `m1`, … */
async function hpaWithQueries(queries: readonly string[]): Promise<void> {
  const options = Object.fromEntries(queries.map((query, index) => [`query.m${index}`, query]));
  await world.deploy('web', 2, 0);
  await world.hpa('web', 'web', { metrics: queries.map((_, index) => external(`m${index}`)) }, options);
}

describe('hostile queries', () => {
  const queries = HOSTILE_QUERIES.map(({ query }) => query.replaceAll('mine', 'shop'));
  const enforced = HOSTILE_QUERIES.map((hostile) => hostile.enforced.replaceAll('mine', 'shop'));

  test('reach Prometheus from the controller as queries of their own namespace alone', async () => {
    await hpaWithQueries(queries);
    await directController();
    await world.runTo(16);
    expect(new Set(prometheus.queries)).toEqual(new Set(enforced));
  });

  test('and from the adapter', async () => {
    await hpaWithQueries(queries);
    await serve(['--query-annotation-namespaces=shop']);
    await until(() => isListed('m0'));
    for (const index of queries.keys()) {
      expect((await ask(`${EXTERNAL}/namespaces/shop/m${index}`)).status).toBe(200);
    }
    expect(prometheus.queries).toEqual(enforced);
  });

  test('that must not be used reach it from neither', async () => {
    const refused = REFUSED_QUERIES.map(({ query }) => query).filter((query) => query.trim() !== '');
    await hpaWithQueries(refused);
    await serve(['--query-annotation-namespaces=shop']);
    await until(() => isListed('m0'));
    for (const index of refused.keys()) {
      expect((await ask(`${EXTERNAL}/namespaces/shop/m${index}`)).status).toBe(400);
    }
    await directController();
    await world.runTo(16);
    expect(prometheus.queries).toEqual([]);
    expect(await active()).toMatch(/^False\/FailedGetExternalMetric: .*podtide\.dev\/query\.m0: PromQL 1:/);
  });
});

describe('a controller that puts queries to Prometheus', () => {
  async function annotated(promql: string): Promise<void> {
    await world.deploy('web', 2, 0);
    await world.hpa('web', 'web', { metrics: [external('orders')] }, { 'query.orders': promql });
  }

  test('asks no metrics API, and acts on a changed query at once', async () => {
    values = (query) => [query.includes('max') ? 45 : 20];
    await annotated('sum(orders)');
    const controller = await directController();
    await world.runTo(20);
    await world.setOptions('web', { 'query.orders': 'max(orders)' });
    await world.runTo(21);
    expect(await scalings(controller)).toEqual([[20, 4]]);
    expect(world.requests.filter((each) => each.includes('external.metrics'))).toEqual([]);
  });

  test.each([
    {
      why: 'a mistake, with its place',
      promql: 'sum(orders',
      says: 'podtide.dev/query.orders: PromQL 1:11: cannot be read from here on',
    },
    {
      why: 'info(), which looks everywhere',
      promql: 'info(orders)',
      says: 'podtide.dev/query.orders: PromQL 1:1: info() looks at series of all namespaces, and must not be used here',
    },
    { why: 'no value', promql: 'nothing', says: 'podtide.dev/query.orders: the query came to no number' },
    { why: 'no number', promql: 'nan', says: 'podtide.dev/query.orders: the query came to no number' },
  ])('says what is wrong in the HPA, and moves nothing: $why', async ({ promql, says }) => {
    values = (query) => (query.startsWith('nan') ? [Number.NaN] : []);
    await annotated(promql);
    const controller = await directController();
    await world.runTo(20);
    expect(await active()).toBe(
      `False/FailedGetExternalMetric: the HPA was unable to compute the replica count: unable to get external metric shop/orders/nil: ${says}`,
    );
    expect(await scalings(controller)).toEqual([]);
  });

  test('reads nothing in a namespace that is not listed: the metric comes from the API, and an event says so', async () => {
    world.metricsApi = async () =>
      Response.json({
        kind: 'ExternalMetricValueList',
        apiVersion: 'external.metrics.k8s.io/v1beta1',
        metadata: {},
        items: [{ metricName: 'orders', metricLabels: {}, timestamp: '2026-01-01T00:00:00Z', value: '50' }],
      });
    await annotated('sum(orders)');
    const controller = await directController('bank');
    await world.runTo(20);
    expect((await scalings(controller)).map(([, count]) => count)).toEqual([4, 5]);
    expect(prometheus.queries).toEqual([]);
    expect(await world.events()).toContain(
      'Warning InvalidOption: annotation podtide.dev/query.orders: "sum(orders)" must not stand in the namespace shop, which is none of --query-annotation-namespaces; it is ignored',
    );
  });
});

describe('an adapter that serves queries of HPAs', () => {
  async function annotated(name: string, options: Readonly<Record<string, string>>): Promise<void> {
    await world.hpa(name, name, { metrics: [external('orders')] }, options);
  }

  const orders = () => ask(`${EXTERNAL}/namespaces/shop/orders`);
  const message = ({ text }: { readonly text: string }) => JSON.parse(text).message;

  test('needs no rules, lists the metrics, and follows what changes', async () => {
    await serve(['--query-annotation-namespaces=shop']);
    expect((await ask('/readyz')).status).toBe(200);
    expect((await ask('/apis/custom.metrics.k8s.io/v1beta2')).status).toBe(404);
    expect([await isListed('orders'), (await orders()).status]).toEqual([false, 404]);
    await annotated('web', { 'query.orders': 'sum(orders)' });
    await until(() => isListed('orders'));
    values = () => [1.5, 2];
    const { items } = JSON.parse((await orders()).text);
    expect(items).toEqual([
      { metricName: 'orders', metricLabels: { q: 'q1' }, timestamp: '2026-01-01T00:00:01Z', value: '1500m' },
      { metricName: 'orders', metricLabels: { q: 'q2' }, timestamp: '2026-01-01T00:00:01Z', value: '2' },
    ]);
    expect(told).toContain('a query of an HPA makes several values, and the HPA adds them up');
    await world.setOptions('web', {});
    await until(async () => !(await isListed('orders')));
    expect((await orders()).status).toBe(404);
    await annotated('api', { 'query.orders': 'sum(orders)' });
    await until(() => isListed('orders'));
    await world.client.delete(world.hpaApi.type, { namespace: 'shop', name: 'api' });
    await until(async () => !(await isListed('orders')));
  });

  test('answers before the rules, and says in the log that it does', async () => {
    await writeFile(join(folder, 'rules.yaml'), RULES);
    await serve([`--config=${folder}/rules.yaml`, '--query-annotation-namespaces=shop']);
    await until(() => isListed('orders'));
    await orders();
    await annotated('web', { 'query.orders': 'max(orders)' });
    await until(async () => {
      await orders();
      return prometheus.queries.at(-1) === 'max(orders{namespace="shop"})';
    });
    expect(prometheus.queries[0]).toBe('orders{namespace="shop"}');
    await isListed('orders');
    expect(told).toContain(
      'orders is a metric of the HPA’s own query and of the rules; the HPA’s own query answers, because it comes first',
    );
  });

  test.each([
    {
      why: 'a mistake',
      options: { 'query.orders': 'sum(orders' },
      status: 400,
      says: 'HPA shop/web: annotation podtide.dev/query.orders: PromQL 1:11: cannot be read from here on',
      logged: 'annotation podtide.dev/query.orders: PromQL 1:11: cannot be read from here on',
    },
    {
      why: 'no metric',
      options: { 'query.orders': 'sum(orders)', 'query.carts': 'sum(carts)' },
      asked: 'carts',
      status: 400,
      says: 'HPA shop/web: annotation podtide.dev/query.carts: "sum(carts)" goes together with a metric of type External that is called carts; it is ignored',
      logged:
        'annotation podtide.dev/query.carts: "sum(carts)" goes together with a metric of type External that is called carts; it is ignored',
    },
    {
      why: 'a namespace that may not',
      namespaces: 'bank',
      options: { 'query.orders': 'sum(orders)' },
      status: 403,
      says: 'HPA shop/web: annotation podtide.dev/query.orders: "sum(orders)" must not stand in the namespace shop, which is none of --query-annotation-namespaces; it is ignored',
      logged:
        'annotation podtide.dev/query.orders: "sum(orders)" must not stand in the namespace shop, which is none of --query-annotation-namespaces; it is ignored',
    },
  ])('says what is wrong to whoever asks, and once in the log: $why', async (row) => {
    const { namespaces = 'shop', asked = 'orders', options, status, says, logged } = row;
    await annotated('web', options as unknown as Record<string, string>);
    await serve([`--query-annotation-namespaces=${namespaces}`]);
    await until(() => told.includes(logged));
    const answer = await ask(`${EXTERNAL}/namespaces/shop/${asked}`);
    expect([answer.status, message(answer)]).toEqual([status, says]);
    await world.setOptions('web', { ...(options as unknown as Record<string, string>), 'query.more': 'up' });
    await until(() => told.some((line) => line.includes('podtide.dev/query.more')));
    expect(told.filter((line) => line === logged)).toHaveLength(1);
    expect(prometheus.queries).toEqual([]);
  });

  test('serves none of two queries for one metric', async () => {
    await annotated('web', { 'query.orders': 'sum(orders)' });
    await annotated('api', { 'query.orders': 'max(orders)' });
    await serve(['--query-annotation-namespaces=*']);
    await until(() => isListed('orders'));
    const answer = await orders();
    expect([answer.status, message(answer)]).toEqual([
      409,
      'HPAs shop/api, shop/web: annotation podtide.dev/query.orders: must be the same on all HPAs of a namespace',
    ]);
    await world.hpa('job', 'job', { metrics: [external('carts')] }, { 'query.carts': 'up', 'query.none': 'up' });
    await until(() => isListed('carts'));
    const { text } = await ask('/metrics');
    for (const state of ['served', 'ignored', 'conflicting'])
      expect(text).toContain(`podtide_adapter_query_annotations_count{state="${state}"} 1`);
    expect(told).toContain(
      'annotation podtide.dev/query.orders differs between HPAs of shop; the metric is served to none of them',
    );
  });

  test('without the right to follow HPAs it does not start, and says which file grants it', async () => {
    const rules = [
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
      { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
      { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
    ];
    const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1', isNamespaced: false };
    const roleRef = { apiGroup: rbac.group, kind: 'ClusterRole', name: 'poor' };
    const subjects = [{ kind: 'User', apiGroup: rbac.group, name: 'poor' }];
    await world.client.create({ ...rbac, resource: 'clusterroles' }, { metadata: { name: 'poor' }, rules } as never);
    await world.client.create({ ...rbac, resource: 'clusterrolebindings' }, {
      metadata: { name: 'poor' },
      roleRef,
      subjects,
    } as never);
    await expect(serve(['--query-annotation-namespaces=shop'], POOR)).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('list horizontalpodautoscalers.autoscaling (queries of HPAs are not known)'),
      hint: expect.stringContaining('deploy/adapter-queries.yaml has them all'),
    });
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAdapterWords } from '../../src/app/config/adapter-config.ts';
import { readEnvironment } from '../../src/app/config/environment.ts';
import { type AdapterProcess, startAdapter } from '../../src/app/processes/adapter-process.ts';
import { type Log, SILENT_LOG } from '../../src/base/log.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { PrometheusClient } from '../../src/metrics/prometheus/client.ts';
import { createHandleTransport } from '../../src/platform/kube/handle-transport.ts';
import type { KubeClientOptions } from '../../src/platform/kube/kube-client.ts';
import { createTelemetry } from '../../src/platform/telemetry/registry.ts';
import { ADMIN_TOKEN, STARTS_AT_MS, startApiServer, type TestedApiServer } from '../fixtures/api-server.ts';

const POOR_TOKEN = 'of-somebody-without-rights';
const RULES = `rules:
- seriesQuery: requests{namespace!="",pod!=""}
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
`;
const CUSTOM = '/apis/custom.metrics.k8s.io/v1beta2';
const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1';
const USAGE = '/apis/metrics.k8s.io/v1beta1';
const USAGE_RULE = `{containerQuery: usage, nodeQuery: usage, containerLabel: container,
    resources: {overrides: {namespace: {resource: namespace}, node: {resource: node}, pod: {resource: pod}}}}`;
const USAGE_RULES = `resourceRules:\n  cpu: ${USAGE_RULE}\n  memory: ${USAGE_RULE}\n  window: 1m\n`;
const API_SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const EXTERNAL_API_SERVICE = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: 'v1beta1.external.metrics.k8s.io' },
  spec: {
    group: 'external.metrics.k8s.io',
    version: 'v1beta1',
    groupPriorityMinimum: 100,
    versionPriority: 100,
    service: { namespace: 'monitoring', name: 'prometheus-adapter' },
  },
};
const REQUESTS = `${CUSTOM}/namespaces/shop/pods/*/requests?labelSelector=app%3Dweb`;
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });

let clock: VirtualClock;
let tested: TestedApiServer;
let folder: string;
let adapter: AdapterProcess | undefined;
let warnings: string[];
let infos: string[];
let queries: string[];

const log: Log = {
  ...SILENT_LOG,
  info: (message, fields) => infos.push(`${message}: ${JSON.stringify(fields)}`),
  warn: (message, fields) => warnings.push(`${message}: ${JSON.stringify(fields)}`),
  error: (message, fields) => warnings.push(`${message}: ${JSON.stringify(fields)}`),
  with: () => log,
};

/** The selectors whose series were listed. */
let listings: string[];

/** Knows one series, of which each pod that is asked for has as many as its name has letters. */
const prometheus: PrometheusClient = {
  name: 'prometheus',
  series: async ({ selectors }) => {
    listings.push(...selectors);
    return {
      value: [{ name: 'requests', labelNames: ['namespace', 'pod'], seriesCount: 2 }],
      warnings: [],
      infos: [],
    };
  },
  query: async ({ query, atMs }) => {
    queries.push(query);
    const names = /pod=~?"([^"]*)"/.exec(query)?.[1]?.split('|') ?? [];
    const samples = names.map((pod) => ({ labels: { pod }, atMs, value: pod.length, valueText: '' }));
    return { value: { kind: 'vector', samples }, warnings: [], infos: [] };
  },
  queryRange: () => Promise.reject(new Error('nobody asks for ranges')),
  labelValues: () => Promise.reject(new Error('nobody asks for values of labels')),
  metadata: () => Promise.reject(new Error('nobody asks for metadata')),
  buildInfo: () => Promise.reject(new Error('nobody asks for the build')),
  close: async () => {},
};

beforeEach(async () => {
  clock = new VirtualClock({ startAtMs: STARTS_AT_MS, turn: () => setImmediate() });
  warnings = [];
  infos = [];
  queries = [];
  listings = [];
  folder = await mkdtemp(join(tmpdir(), 'podtide-'));
  tested = startApiServer({
    clock,
    ioClock: clock,
    tokens: {
      [ADMIN_TOKEN]: { name: 'admin', groups: ['system:masters'] },
      [POOR_TOKEN]: { name: 'poor', groups: ['system:authenticated'] },
    },
  });
  for (const name of ['monitoring', 'shop'])
    await tested.send('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
  for (const [name, app] of [
    ['web-1', 'web'],
    ['web-22', 'web'],
    ['db-1', 'db'],
  ]) {
    const body = { metadata: { name, labels: { app } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    await tested.send('POST', '/api/v1/namespaces/shop/pods', { body });
  }
});

afterEach(async () => {
  const stopping = adapter?.stop();
  adapter = undefined;
  if (stopping !== undefined) await clock.runBy(60_000);
  await stopping;
  await rm(folder, { recursive: true });
});

function kube(userAgent: string, token: string): KubeClientOptions {
  const transport = createHandleTransport((each) => tested.apiServer.handle(each), {
    headers: { authorization: `Bearer ${token}` },
  });
  return { transport, ioClock: clock, userAgent, random: () => 0.5 };
}

async function start(rules = RULES, words: readonly string[] = [], token = ADMIN_TOKEN): Promise<void> {
  await writeFile(join(folder, 'rules.yaml'), rules);
  const environment = readEnvironment({});
  const begun = parseAdapterWords(
    ['--bind-address=127.0.0.1', '--secure-port=0', `--cert-dir=${folder}`, `--config=${folder}`, ...words],
    environment,
  );
  if (begun.kind !== 'serve') throw new Error('nothing is served');
  const version = { major: '0', minor: '1', gitVersion: 'v0.1.0', gitCommit: '', gitTreeState: '', buildDate: '' };
  adapter = await startAdapter({
    config: begun.config,
    client: kube('own', token),
    reviews: { authentication: kube('authentication', token), authorization: kube('authorization', token) },
    prometheus: { names: [prometheus.name], get: () => prometheus },
    clock,
    ioClock: clock,
    log,
    telemetry: createTelemetry(),
    version: { ...version, goVersion: '', compiler: '', platform: '' },
  });
  await clock.runBy(1);
}

/** Writes a file of rules, and lets the change be seen, believed and listed. */
async function change(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text);
  await clock.runBy(10_001);
}

/** A ClusterRole of that name for whoever is without rights. */
async function grant(name: string, rules: readonly object[]): Promise<void> {
  const rbac = { apiGroup: 'rbac.authorization.k8s.io' };
  const path = '/apis/rbac.authorization.k8s.io/v1';
  await tested.send('POST', `${path}/clusterroles`, { body: { metadata: { name }, rules } });
  const body = {
    metadata: { name },
    roleRef: { ...rbac, kind: 'ClusterRole', name },
    subjects: [{ ...rbac, kind: 'User', name: 'poor' }],
  };
  await tested.send('POST', `${path}/clusterrolebindings`, { body });
}

async function ask(path: string, token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = await request(`${adapter?.url}${path}`, { dispatcher, headers });
  return { status: answer.statusCode, text: await answer.body.text() };
}

describe('podtide adapter', () => {
  test('serves what its rules make, to those who may', async () => {
    await start();
    const { status, text } = await ask(REQUESTS, ADMIN_TOKEN);
    const { items } = JSON.parse(text) as {
      readonly items: readonly { readonly describedObject: { readonly name: string }; readonly value: string }[];
    };
    expect([status, items.map(({ describedObject, value }) => [describedObject.name, value])]).toEqual([
      200,
      [
        ['web-1', '5'],
        ['web-22', '6'],
      ],
    ]);
    expect(queries).toEqual(['sum(requests{namespace="shop",pod=~"web-1|web-22"}) by (pod)']);
    expect((await ask(REQUESTS, POOR_TOKEN)).status).toBe(403);
    expect((await ask(REQUESTS)).status).toBe(403);
    expect((await ask('/readyz')).status).toBe(200);
  });

  test('has no API that there are no rules for', async () => {
    await start();
    const { text } = await ask('/apis', ADMIN_TOKEN);
    expect(JSON.parse(text).groups.map(({ name }: { readonly name: string }) => name)).toEqual([
      'custom.metrics.k8s.io',
    ]);
    expect((await ask('/apis/external.metrics.k8s.io/v1beta1', ADMIN_TOKEN)).status).toBe(404);
  });

  test('names its authority to the API server once it listens: after a look in vain the next one is long in coming', async () => {
    await tested.send('POST', API_SERVICES, { body: EXTERNAL_API_SERVICE });
    await start(RULES.replace('rules', 'externalRules'));
    await clock.runBy(1_000);
    const told = ['the adapter listens', 'the authority in the APIService was put right'];
    expect(infos.map((line) => line.split(':')[0]).filter((message = '') => told.includes(message))).toEqual(told);
  });

  test('takes changed rules into use', async () => {
    await start();
    await change('rules.yaml', RULES.replace('metricsQuery', 'name: {as: called}\n  metricsQuery'));
    expect((await ask(CUSTOM, ADMIN_TOKEN)).text).toContain('"pods/called"');
  });

  test('serves an API that rules come for while it runs, in discovery, OpenAPI and with its authority', async () => {
    await tested.send('POST', API_SERVICES, { body: EXTERNAL_API_SERVICE });
    await start();
    expect((await ask('/apis', ADMIN_TOKEN)).text).not.toContain('external.metrics.k8s.io');
    expect((await ask('/openapi/v3', ADMIN_TOKEN)).text).not.toContain('external.metrics.k8s.io');
    warnings = [];
    await change('more.yaml', RULES.replace('rules', 'externalRules'));
    await clock.runBy(60_000);
    for (const path of ['/apis', '/openapi/v3'])
      expect((await ask(path, ADMIN_TOKEN)).text).toContain('external.metrics.k8s.io');
    expect((await ask(EXTERNAL, ADMIN_TOKEN)).text).toContain('"name":"requests"');
    expect((await ask(`${EXTERNAL}/namespaces/shop/requests`, ADMIN_TOKEN)).status).toBe(200);
    const { spec } = (await tested.send('GET', `${API_SERVICES}/v1beta1.external.metrics.k8s.io`)).body;
    expect(Buffer.from(spec.caBundle, 'base64').toString()).toContain('BEGIN CERTIFICATE');
    expect(warnings).toEqual([]);
  });

  test('goes on answering for an API that the rules have nothing of any more, and says so once', async () => {
    await start(`${RULES}${RULES.replace('rules', 'externalRules')}`);
    warnings = [];
    await change('rules.yaml', RULES.replace('rules', 'externalRules'));
    await change('rules.yaml', `${RULES.replace('rules', 'externalRules')}# the same\n`);
    const { status, text } = await ask(CUSTOM, ADMIN_TOKEN);
    expect([status, JSON.parse(text).resources]).toEqual([200, []]);
    expect(warnings).toEqual([expect.stringMatching(/nothing of an API any more.*custom\.metrics\.k8s\.io/)]);
  });

  test('tells of no empty lists where queries of HPAs or another server answer too', async () => {
    await start(`${RULES}${RULES.replace('rules', 'externalRules')}`, ['--query-annotation-namespaces=shop']);
    warnings = [];
    infos = [];
    await change('rules.yaml', RULES);
    expect((await ask(EXTERNAL, ADMIN_TOKEN)).status).toBe(200);
    expect(warnings).toEqual([]);
    expect(infos).toContain(
      'the rules have nothing of an API any more; whatever else serves it goes on: {"apis":["external.metrics.k8s.io"]}',
    );
  });

  test('keeps the last good rules while a right for a new API is missing, says which, and serves it once granted', async () => {
    await grant('reviews', [
      { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
      { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
    ]);
    await start(RULES, ['--authentication-skip-lookup=true', '--apiservice-ca-bundle=leave'], POOR_TOKEN);
    warnings = [];
    await change('usage.yaml', USAGE_RULES);
    await clock.runBy(20_000);
    expect(warnings).toEqual([
      expect.stringMatching(/cannot be used; the last good ones stay.*may not: list pods .*watch pods .*list nodes/),
    ]);
    expect((await ask('/metrics', ADMIN_TOKEN)).text).toContain('podtide_adapter_rules_current 0');
    expect((await ask(USAGE, ADMIN_TOKEN)).status).toBe(404);
    expect((await ask(CUSTOM, ADMIN_TOKEN)).text).toContain('"pods/requests"');
    await grant('measuring', [{ apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['list', 'watch'] }]);
    await clock.runBy(60_000);
    expect((await ask('/metrics', ADMIN_TOKEN)).text).toContain('podtide_adapter_rules_current 1');
    expect((await ask('/readyz')).status).toBe(200);
    expect((await ask(`${USAGE}/pods`, ADMIN_TOKEN)).status).toBe(200);
  });

  test('with minimal discovery lists what HPAs ask for, from when they do', async () => {
    await start(RULES, ['--discovery=minimal', '--metrics-relist-interval=1h']);
    expect([listings, JSON.parse((await ask(CUSTOM, ADMIN_TOKEN)).text).resources]).toEqual([[], []]);
    const hpa = (name: string, metric: string) => ({
      metadata: { name },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        maxReplicas: 3,
        metrics: [
          { type: 'Pods', pods: { metric: { name: metric }, target: { type: 'AverageValue', averageValue: '1' } } },
        ],
      },
    });
    const path = '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers';
    expect((await tested.send('POST', path, { body: hpa('other', 'of_no_rule') })).status).toBe(201);
    await clock.runBy(60_000);
    expect(listings).toEqual([]);
    await tested.send('POST', path, { body: hpa('web', 'requests') });
    await clock.runBy(2_000);
    expect(listings).toEqual(['requests{namespace!="",pod!=""}']);
    expect((await ask(REQUESTS, ADMIN_TOKEN)).status).toBe(200);
    await tested.send('DELETE', `${path}/web`);
    await clock.runBy(2_000);
    expect(JSON.parse((await ask(CUSTOM, ADMIN_TOKEN)).text).resources).toEqual([]);
  });

  test('says what discovery has come to', async () => {
    await start();
    const { text } = await ask('/metrics', ADMIN_TOKEN);
    expect(text).toContain('podtide_adapter_metrics_count{api="custom.metrics.k8s.io"} 2');
    expect(text).toContain('podtide_adapter_failing_selectors_count 0');
  });

  test('says that it is not ready before it ends', async () => {
    await start();
    adapter?.beginShutdown();
    expect((await ask('/readyz')).status).toBe(500);
    expect((await ask('/livez')).status).toBe(200);
    expect((await ask(CUSTOM, ADMIN_TOKEN)).status).toBe(200);
  });

  test('bad rules are told with their places, and nothing listens', async () => {
    await expect(start('rulez: []\n')).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/rules\.yaml:1:1 rulez: /),
    });
  });

  test('a backend that there is not is told with its place and the fix', async () => {
    await expect(start(RULES.replace('metricsQuery', 'prometheus: team-a\n  metricsQuery'))).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(
        /rules\.yaml:4:15 rules\[0\]\.prometheus: there is no Prometheus backend "team-a"; name a backends file that has team-a with --prometheus-backends, or remove the key/,
      ),
    });
  });

  test('an age below the interval of custom metrics is refused, as upstream', async () => {
    const words = ['--metrics-relist-interval=5m', '--metrics-max-age=1m'];
    await expect(start(RULES, words)).rejects.toThrow(
      '--metrics-max-age: must not be less than --metrics-relist-interval',
    );
    await start(RULES.replace('rules', 'externalRules'), words);
  });

  test('a namespace that there is not is named with the flag, and what to do', async () => {
    await expect(start(RULES, ['--service=nowhere/adapter'])).rejects.toMatchObject({
      kind: 'notFound',
      message:
        '--service=nowhere/adapter: there is no namespace nowhere, in which replicas share their serving certificate',
      hint: expect.stringMatching(/^kubectl create namespace nowhere, or let --service /),
    });
  });

  test('an account without rights is told every rule that is missing, at once', async () => {
    await expect(start(RULES, [], POOR_TOKEN)).rejects.toMatchObject({
      kind: 'denied',
      message: 'this account may not: create subjectaccessreviews.authorization.k8s.io (nobody is let in)',
      hint: expect.stringContaining('deploy/adapter.yaml has them all'),
    });
    await expect(start(RULES, ['--discovery=minimal'], POOR_TOKEN)).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining(
        'list horizontalpodautoscalers.autoscaling (--discovery=minimal does not know what HPAs ask for), watch horizontalpodautoscalers.autoscaling',
      ),
    });
    await expect(start('resourceRules: {}\n', [], POOR_TOKEN)).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('list pods (pods are not known), watch pods (pods are not known), list nodes'),
    });
  });
});

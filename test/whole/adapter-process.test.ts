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
const REQUESTS = `${CUSTOM}/namespaces/shop/pods/*/requests?labelSelector=app%3Dweb`;
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });

let clock: VirtualClock;
let tested: TestedApiServer;
let folder: string;
let adapter: AdapterProcess | undefined;
let warnings: string[];
let queries: string[];

const log: Log = {
  ...SILENT_LOG,
  warn: (message, fields) => warnings.push(`${message}: ${JSON.stringify(fields)}`),
  with: () => log,
};

/** Knows one series, of which each pod that is asked for has as many as its name has letters. */
const prometheus: PrometheusClient = {
  name: 'prometheus',
  series: async () => ({
    value: [{ name: 'requests', labelNames: ['namespace', 'pod'], seriesCount: 2 }],
    warnings: [],
    infos: [],
  }),
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
  queries = [];
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
    prometheus,
    clock,
    ioClock: clock,
    log,
    telemetry: createTelemetry(),
    version: { ...version, goVersion: '', compiler: '', platform: '' },
  });
  await clock.runBy(1);
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

  test('takes changed rules into use, and tells which API needs a restart', async () => {
    await start();
    warnings = [];
    await writeFile(join(folder, 'rules.yaml'), RULES.replace('metricsQuery', 'name: {as: called}\n  metricsQuery'));
    await writeFile(join(folder, 'more.yaml'), RULES.replace('rules', 'externalRules'));
    await clock.runBy(10_000);
    expect(warnings).toEqual([expect.stringContaining('external.metrics.k8s.io')]);
    await clock.runBy(1);
    expect((await ask(CUSTOM, ADMIN_TOKEN)).text).toContain('"pods/called"');
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

  test('an age below the interval of custom metrics is refused, as upstream', async () => {
    const words = ['--metrics-relist-interval=5m', '--metrics-max-age=1m'];
    await expect(start(RULES, words)).rejects.toThrow(
      '--metrics-max-age: must not be less than --metrics-relist-interval',
    );
    await start(RULES.replace('rules', 'externalRules'), words);
  });

  test('an account without rights is told every rule that is missing, at once', async () => {
    await expect(start(RULES, [], POOR_TOKEN)).rejects.toMatchObject({
      kind: 'denied',
      message: 'this account may not: create subjectaccessreviews.authorization.k8s.io (nobody is let in)',
      hint: expect.stringContaining('deploy/adapter.yaml has them all'),
    });
    await expect(start('resourceRules: {}\n', [], POOR_TOKEN)).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining('list pods (pods are not known), watch pods (pods are not known), list nodes'),
    });
  });
});

import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseAdapterWords } from '../../src/app/config/adapter-config.ts';
import { readEnvironment } from '../../src/app/config/environment.ts';
import { type AdapterProcess, startAdapter } from '../../src/app/processes/adapter-process.ts';
import { Failure } from '../../src/base/failure.ts';
import { SILENT_LOG } from '../../src/base/log.ts';
import type { HpaSpec } from '../../src/core/autoscaling/types.ts';
import { decodeAdapterConfig } from '../../src/metrics/adapter/config/config-decoding.ts';
import { createPrometheusClient, type PrometheusClient } from '../../src/metrics/prometheus/client.ts';
import { createTelemetry } from '../../src/platform/telemetry/registry.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { type FaultServer, faultServer, type SocketAnswer } from '../kube/fault-server.ts';
import { plainBackend, success } from '../prometheus/scripted-prometheus.ts';
import { ControllerWorld } from './support/controller-world.ts';

const VALUES = readFileSync('examples/chart-values/values.yaml', 'utf8');
const TOKEN = 'admin-token';
/** Of all pods together, whoever answers them. */
const REQUESTS_PER_SECOND = 300;
const NO_USAGE = { listPods: async () => [], listNodes: async () => [] };
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });

let world: ControllerWorld;
let folder: string;
let prometheus: FaultServer;
let client: PrometheusClient;
let adapter: AdapterProcess | undefined;
let queries: string[];

beforeEach(async () => {
  world = new ControllerWorld({ [TOKEN]: { name: 'admin', groups: ['system:masters'] } });
  await world.begin();
  const namespaces = { group: '', version: 'v1', resource: 'namespaces', isNamespaced: false };
  await world.client.create(namespaces, { metadata: { name: 'monitoring' } });
  folder = await mkdtemp(join(tmpdir(), 'podtide-'));
  queries = [];
  prometheus = await faultServer([answerOf]);
  client = createPrometheusClient(plainBackend(prometheus.url), { ioClock: createSystemClock(), userAgent: 'test/1' });
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

/** Counts requests of pods under the labels of the values; the pods that a query names share them. */
const answerOf: SocketAnswer = (incoming, outgoing) => {
  const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://prometheus.test');
  const labels = { kubernetes_namespace: 'shop', kubernetes_pod_name: 'my-app-0' };
  if (pathname === '/api/v1/series') {
    success([{ __name__: 'http_requests_total', ...labels }])(incoming, outgoing);
    return;
  }
  const query = searchParams.get('query') ?? '';
  queries.push(query);
  const names = /kubernetes_pod_name=~?"([^"]*)"/.exec(query)?.[1]?.split('|') ?? [];
  const value = String(REQUESTS_PER_SECOND / names.length);
  const result = names.map((name) => ({ metric: { kubernetes_pod_name: name }, value: [1_700_000_000, value] }));
  success({ resultType: 'vector', result })(incoming, outgoing);
};

async function serve(rules: string): Promise<AdapterProcess> {
  await writeFile(join(folder, 'rules.yaml'), rules);
  const words = ['--bind-address=127.0.0.1', '--secure-port=0', `--cert-dir=${folder}`];
  const start = parseAdapterWords([...words, `--config=${folder}/rules.yaml`], readEnvironment({}));
  if (start.kind !== 'serve') throw new Error('nothing is served');
  const kube = world.clientOptions(TOKEN);
  const version = { major: '0', minor: '1', gitVersion: 'v0.1.0', gitCommit: '', gitTreeState: '', buildDate: '' };
  adapter = await startAdapter({
    config: start.config,
    client: kube,
    reviews: { authentication: kube, authorization: kube },
    prometheus: { names: [client.name], get: () => client },
    clock: world.clock,
    ioClock: world.io,
    log: SILENT_LOG,
    telemetry: createTelemetry(),
    version: { ...version, goVersion: '', compiler: '', platform: '' },
  });
  return adapter;
}

async function textOf(path: string): Promise<string> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const answer = await request(`${adapter?.url}${path}`, { dispatcher, headers });
  return await answer.body.text();
}

/** The file that the values mean, as the check shows it. */
function meant(): string {
  const result = decodeAdapterConfig(VALUES);
  const finding = result.kind === 'refused' ? result.problems[0]?.finding : undefined;
  return finding?.code === 'ChartValues' ? finding.converted : '';
}

async function untilListed(metric: string): Promise<void> {
  for (let turn = 0; turn < 2_000; turn += 1) {
    const list = await textOf('/apis/custom.metrics.k8s.io/v1beta2');
    if (list.includes(`pods/${metric}`)) return;
    await world.runTo(1);
    await setImmediate();
  }
  throw new Error(`${metric} was never listed`);
}

test('values of the chart are refused as rules, with the file that they mean', async () => {
  const refusal = await serve(VALUES).catch((thrown: unknown) => thrown);
  expect(refusal).toMatchObject({ kind: 'invalid', message: expect.stringMatching(/rules\.yaml:2:1 /) });
  const lines = meant().trimEnd().split('\n');
  expect(lines[0]).toBe('rules:');
  const shown = refusal instanceof Failure ? `${refusal.message}\n${refusal.hint ?? ''}` : '';
  for (const line of lines) expect(shown).toContain(line.trim());
});

test('that file is rules of its metric; an HPA on it needs a name, and then scales by it', async () => {
  const served = await serve(meant());
  await world.deploy('my-app', 2, 0);
  await untilListed('http_requests_per_second');
  const hpa = parse(readFileSync('examples/chart-values/hpa.yaml', 'utf8')) as { readonly spec: HpaSpec };
  const unnamed = { metadata: { namespace: 'shop', name: '' }, spec: hpa.spec };
  await expect(world.client.create(world.hpaApi.type, world.hpaApi.encode(unnamed))).rejects.toThrow(
    'metadata.name: Required value: name or generateName is required',
  );
  await world.hpa('my-app', 'my-app', hpa.spec);
  await world.controller({}, { source: { custom: served.source.custom, resource: NO_USAGE } });
  await world.runTo(120);
  expect(await world.specReplicas('my-app')).toBe(3);
  const { status } = await world.getHpa('my-app');
  expect(status?.currentMetrics).toEqual([
    { type: 'Pods', pods: { metric: { name: 'http_requests_per_second' }, current: { averageValue: '100' } } },
  ]);
  expect(queries.at(-1)).toBe(
    'sum(rate(http_requests_total{kubernetes_namespace="shop",kubernetes_pod_name=~"my-app-0|my-app-1|my-app-2"}[2m])) by (kubernetes_pod_name)',
  );
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAdapterWords } from '../../src/app/config/adapter-config.ts';
import { readEnvironment } from '../../src/app/config/environment.ts';
import { type AdapterProcess, startAdapter } from '../../src/app/processes/adapter-process.ts';
import { openPrometheus } from '../../src/app/processes/prometheus-connection.ts';
import { SILENT_LOG } from '../../src/base/log.ts';
import type { PrometheusClients } from '../../src/metrics/prometheus/backends.ts';
import { createTelemetry } from '../../src/platform/telemetry/registry.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { type FixedPrometheus, servePrometheus } from '../prometheus/fixed-prometheus.ts';
import { ControllerWorld } from './support/controller-world.ts';

const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1';
const TOKEN = 'admin-token';
/** The same series of both servers, under a name of its own of each. */
const RULES = `externalRules:
- seriesQuery: orders{namespace!=""}
  resources: {overrides: {namespace: {resource: namespace}}}
  metricsQuery: <<.Series>>{<<.LabelMatchers>>}
- seriesQuery: orders{namespace!=""}
  prometheus: team-a
  name: {as: orders_of_the_team}
  resources: {overrides: {namespace: {resource: namespace}}}
  metricsQuery: <<.Series>>{<<.LabelMatchers>>}
`;
const environment = readEnvironment({});
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });

let world: ControllerWorld;
let folder: string;
let main: FixedPrometheus;
let team: FixedPrometheus;
let clients: PrometheusClients;
let adapter: AdapterProcess;
const open: FixedPrometheus[] = [];

async function serve(valuesOf: () => readonly number[]): Promise<FixedPrometheus> {
  const server = await servePrometheus(valuesOf);
  open.push(server);
  return server;
}

beforeEach(async () => {
  world = new ControllerWorld({ [TOKEN]: { name: 'admin', groups: ['system:masters'] } });
  await world.begin();
  const namespaces = { group: '', version: 'v1', resource: 'namespaces', isNamespaced: false };
  await world.client.create(namespaces, { metadata: { name: 'monitoring' } });
  [main, team] = [await serve(() => [1]), await serve(() => [2])];
  folder = await mkdtemp(join(tmpdir(), 'podtide-'));
  await writeFile(join(folder, 'rules.yaml'), RULES);
  const backends = [
    { name: 'team-a', url: team.url, freshness: '0s' },
    { name: 'default', url: main.url, freshness: '0s' },
  ];
  await writeFile(join(folder, 'backends'), JSON.stringify({ backends }));
  await start([
    `--config=${join(folder, 'rules.yaml')}`,
    `--prometheus-backends=${join(folder, 'backends')}`,
    '--query-annotation-namespaces=shop',
  ]);
});

afterEach(async () => {
  await world.end();
  const stopping = adapter.stop();
  await world.runIo(60_000);
  await stopping;
  await clients.close();
  for (const server of open.splice(0)) await server.close();
  await rm(folder, { recursive: true });
});

/** Starts an adapter over the backends that its words name. */
async function start(words: readonly string[]): Promise<void> {
  const listening = ['--bind-address=127.0.0.1', '--secure-port=0', `--cert-dir=${folder}`];
  const begun = parseAdapterWords([...listening, ...words], environment);
  if (begun.kind !== 'serve') throw new Error('nothing is served');
  const kube = world.clientOptions(TOKEN);
  const options = { ioClock: createSystemClock(), userAgent: 'test/1', onRequest: () => undefined };
  clients = await openPrometheus(begun.config.prometheus, environment, options);
  const version = { major: '0', minor: '1', gitVersion: 'v0.1.0', gitCommit: '', gitTreeState: '', buildDate: '' };
  adapter = await startAdapter({
    config: begun.config,
    client: kube,
    reviews: { authentication: kube, authorization: kube },
    prometheus: clients,
    clock: world.clock,
    ioClock: world.io,
    log: SILENT_LOG,
    telemetry: createTelemetry(),
    version: { ...version, goVersion: '', compiler: '', platform: '' },
  });
}

async function get(path: string): Promise<{ readonly status: number; readonly text: string }> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const answer = await request(`${adapter.url}${path}`, { dispatcher, headers });
  return { status: answer.statusCode, text: await answer.body.text() };
}

/** The values of a metric in `shop`, or the status of a refusal. */
async function shownValue(metric: string): Promise<string | number> {
  const { status, text } = await get(`${EXTERNAL}/namespaces/shop/${metric}`);
  if (status !== 200) return status;
  const { items } = JSON.parse(text) as { readonly items: readonly { readonly value: string }[] };
  return items.map(({ value }) => value).join(' ');
}

/** An HPA that brings a query along for a metric, once the adapter lists all there is. */
async function annotate(metric: string, promql: string): Promise<void> {
  const target = { type: 'AverageValue', averageValue: '10' } as const;
  const metrics = [{ type: 'External', external: { metric: { name: metric }, target } } as const];
  await world.hpa('web', 'web', { metrics }, { [`query.${metric}`]: promql });
  for (let turn = 0; turn < 2_000; turn += 1) {
    const { text } = await get(EXTERNAL);
    if (['orders', 'orders_of_the_team', metric].every((name) => text.includes(`"${name}"`))) return;
    await world.runTo(1);
    await setImmediate();
  }
  throw new Error('the metrics were never listed');
}

const METRICS = ['orders', 'orders_of_the_team', 'visits'];
const valuesOfAll = () => Promise.all(METRICS.map(shownValue));

describe('rules over several backends beside queries of HPAs', () => {
  test('each rule asks the backend that it names, a query of an HPA the one that is meant where none is named', async () => {
    await annotate('visits', 'sum(visits)');
    expect(await valuesOfAll()).toEqual(['1', '2', '1']);
    expect(main.queries.toSorted()).toEqual(['orders{namespace="shop"}', 'sum(visits{namespace="shop"})']);
    expect(team.queries).toEqual(['orders{namespace="shop"}']);
  });

  test('one that is away takes its own metrics along, and nothing else', async () => {
    await annotate('visits', 'sum(visits)');
    await main.close();
    expect(await valuesOfAll()).toEqual([500, '2', 500]);
    const { text } = await get(EXTERNAL);
    for (const metric of METRICS) expect(text).toContain(`"${metric}"`);
  });

  test('an HPA cannot reach another backend by calling its query as a metric of a rule', async () => {
    await annotate('orders_of_the_team', 'sum(carts)');
    expect(await shownValue('orders_of_the_team')).toBe('1');
    expect(main.queries).toEqual(['sum(carts{namespace="shop"})']);
    expect(team.queries).toEqual([]);
  });
});

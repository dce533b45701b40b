import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAdapterWords } from '../../src/app/config/adapter-config.ts';
import { readEnvironment } from '../../src/app/config/environment.ts';
import { SILENT_LOG } from '../../src/base/log.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { decodeAdapterConfig } from '../../src/metrics/adapter/config/config-decoding.ts';
import { type AdapterSource, createAdapterSource } from '../../src/metrics/adapter/serving/adapter-source.ts';
import { createPrometheusClient, type PrometheusClient } from '../../src/metrics/prometheus/client.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { type FaultServer, faultServer, type SocketAnswer } from '../kube/fault-server.ts';
import { success } from '../prometheus/scripted-prometheus.ts';

const SIGNAL = new AbortController().signal;
const HPAS_COUNT = 50;
const RULES = `rules:
- seriesQuery: requests
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
`;

/** Knows one series, whose value has the instant that is asked for. */
const prometheus: SocketAnswer = (incoming, outgoing) => {
  const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://prometheus.test');
  const value = [Number(searchParams.get('time')), '5'];
  const answer = pathname.endsWith('/series')
    ? success([{ __name__: 'requests', namespace: 'shop', pod: 'web-1' }])
    : success({ resultType: 'vector', result: [{ metric: { pod: 'web-1' }, value }] });
  answer(incoming, outgoing);
};

let clock: VirtualClock;
let server: FaultServer;
let client: PrometheusClient;
let source: AdapterSource;

beforeEach(async () => {
  clock = new VirtualClock({ startAtMs: 1_700_000_000_000, turn: () => setImmediate() });
  server = await faultServer([prometheus]);
});

afterEach(async () => {
  source?.stop();
  await client?.close();
  await server.close();
});

/** The adapter's source by the flags, over pods of one name. */
async function start(...words: readonly string[]): Promise<void> {
  const begun = parseAdapterWords(['--config=c', `--prometheus-url=${server.url}`, ...words], readEnvironment({}));
  const decoded = decodeAdapterConfig(RULES);
  if (begun.kind !== 'serve' || begun.config.prometheus.kind !== 'flags' || decoded.kind === 'refused')
    throw new Error('there is nothing to start');
  client = createPrometheusClient(begun.config.prometheus.backend, {
    ioClock: createSystemClock(),
    userAgent: 'test/1',
  });
  const kindOf = (resource: string, kind: string, isNamespaced: boolean) => {
    const type = { group: '', version: 'v1', resource, isNamespaced };
    return { type, kind, singular: kind.toLowerCase(), shortNames: [], verbs: [], subresources: [] };
  };
  const resources = [kindOf('pods', 'Pod', true), kindOf('namespaces', 'Namespace', false)];
  source = createAdapterSource({
    files: [{ name: 'rules.yaml', config: decoded.config }],
    prometheus: { get: () => client },
    discovery: { read: async () => [{ name: '', versions: [{ version: 'v1', resources }] }] },
    objects: {
      list: async <T>() => ({ items: [{ metadata: { name: 'web-1' } }] as T[], resourceVersion: '1' }),
    },
    measured: { pods: () => [], nodes: () => [], pod: () => undefined, node: () => undefined },
    relistIntervalMs: begun.config.relistIntervalMs,
    maxAgeMs: begun.config.maxAgeMs,
    clock,
    log: SILENT_LOG,
  });
  source.start();
  await clock.runBy(1);
}

/** What an HPA asks, and how old the value is that it gets. */
async function askedAgeMs(): Promise<number> {
  const of = { namespace: 'shop', resource: 'pods', name: '*', labelSelector: 'app=web' };
  const [value] = await source.custom.getValues({ ...of, metric: 'requests', metricSelector: '' }, SIGNAL);
  return clock.nowMs() - (value?.atMs ?? Number.NaN);
}

const queriesCount = (): number => server.requests.filter((each) => each.includes('/api/v1/query')).length;

describe('HPAs with the same selector', () => {
  test('that ask within two seconds cost one query, and the values tell their age', async () => {
    await start();
    const ages: number[] = [];
    for (let index = 0; index < HPAS_COUNT; index += 1) {
      ages.push(await askedAgeMs());
      await clock.runBy(40);
    }
    expect(queriesCount()).toBe(1);
    expect(ages).toEqual(Array.from({ length: HPAS_COUNT }, (_, index) => 40 * index));
    await clock.runBy(1);
    expect([await askedAgeMs(), queriesCount()]).toEqual([0, 2]);
  });

  test('cost a query each without freshness, and one all the same when they ask at one instant', async () => {
    await start('--prometheus-freshness=0s');
    for (let index = 0; index < HPAS_COUNT; index += 1) {
      expect(await askedAgeMs()).toBe(0);
      await clock.runBy(40);
    }
    expect(queriesCount()).toBe(HPAS_COUNT);
    await Promise.all(Array.from({ length: HPAS_COUNT }, askedAgeMs));
    expect(queriesCount()).toBe(HPAS_COUNT + 1);
  });
});

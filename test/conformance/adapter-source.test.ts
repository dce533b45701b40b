import { Buffer } from 'node:buffer';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SILENT_LOG } from '../../src/base/log.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { decodeAdapterConfig } from '../../src/metrics/adapter/config/config-decoding.ts';
import { createAdapterSource } from '../../src/metrics/adapter/serving/adapter-source.ts';
import { followMeasuredObjects } from '../../src/metrics/adapter/serving/measured-objects.ts';
import { createPrometheusClient } from '../../src/metrics/prometheus/client.ts';
import { createAggregatedServer } from '../../src/metrics/serve/aggregated-server.ts';
import { addAdapterChecks } from '../../src/metrics/serve/health-checks.ts';
import { createMetricsApis } from '../../src/metrics/serve/metrics-apis.ts';
import { createDiscovery } from '../../src/platform/kube/discovery.ts';
import { createKubeClient } from '../../src/platform/kube/kube-client.ts';
import { createHealth } from '../../src/platform/telemetry/health.ts';
import { createTelemetry } from '../../src/platform/telemetry/registry.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { ALLOWED_ANSWERS } from '../adapter/allowed-answers.ts';
import { type LineChange, withDifferences } from '../adapter/allowed-differences.ts';
import { recordedClusterTransport } from '../adapter/recorded-cluster.ts';
import {
  type AdapterQuestion,
  configurationText,
  eachWay,
  type RecordedAnswer,
  recordedAnswers,
  recordedExchanges,
} from '../adapter/recording.ts';
import { type ReplayedPrometheus, replayPrometheus } from '../adapter/replayed-prometheus.ts';
import { COMPARED_HEADERS, steadyBody } from '../adapter/steady-answer.ts';
import { plainBackend } from '../prometheus/scripted-prometheus.ts';

const STARTS_AT_MS = Date.parse('2026-11-22T05:49:00Z');

/** What the listener says otherwise does not come from here. */
const CHANGES: readonly LineChange<RecordedAnswer>[] = [
  ...ALLOWED_ANSWERS.filter(({ isOfListener = false }) => !isOfListener),
  {
    // Upstream never asked Prometheus what it is asked here, so that the recording has no answer.
    isOf: ({ configuration, question: { path } }) =>
      configuration === 'wrong-selector' && path.endsWith('/pods/*/myapp_processed_ops_total'),
    instead: (line) => ({ ...line, answer: { ...line.answer, status: 500, body: UNFETCHED } }),
  },
];

const UNFETCHED =
  '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Internal error occurred: unable to fetch metrics","reason":"InternalError","details":{"causes":[{"message":"unable to fetch metrics"}]},"code":500}\n';

interface Stage {
  ask(question: AdapterQuestion): Promise<object>;
  stop(): Promise<void>;
}

let prometheus: ReplayedPrometheus;

beforeAll(async () => {
  prometheus = await replayPrometheus(recordedExchanges());
});

afterAll(async () => {
  await prometheus?.stop();
});

/** The sources by a configuration, over the recorded cluster and the recorded Prometheus, after the first listing. */
async function openStage(configuration: string): Promise<Stage> {
  const decoded = decodeAdapterConfig(configurationText(configuration));
  if (decoded.kind === 'refused') throw new Error(JSON.stringify(decoded.problems));
  const { config } = decoded;
  const ioClock = createSystemClock();
  const clock = new VirtualClock({ startAtMs: STARTS_AT_MS, turn: () => setImmediate() });
  const kube = { transport: recordedClusterTransport(), ioClock, userAgent: 'test/1' };
  const client = createPrometheusClient(plainBackend(prometheus.url), { ioClock, userAgent: 'test/1' });
  const measured = followMeasuredObjects(kube);
  const source = createAdapterSource({
    files: [{ name: configuration, config }],
    prometheus: { get: () => client },
    discovery: createDiscovery(kube),
    objects: createKubeClient(kube),
    measured,
    relistIntervalMs: 600_000,
    maxAgeMs: 3_600_000,
    clock,
    log: SILENT_LOG,
  });
  if (config.resourceRules !== null) await measured.start();
  source.start();
  await clock.runBy(1);
  const served = {
    ...(config.rules.length === 0 ? {} : { custom: source.custom }),
    ...(config.externalRules.length === 0 ? {} : { external: source.external }),
    ...(config.resourceRules === null ? {} : { resource: source.resource }),
  };
  const health = createHealth({ isOpen: true });
  addAdapterChecks(health, { informers: () => undefined, shutdown: () => undefined });
  const version = { major: '', minor: '', gitVersion: '', gitCommit: '', gitTreeState: '', buildDate: '' };
  const handle = createAggregatedServer({
    apis: createMetricsApis(served, clock),
    health,
    telemetry: createTelemetry(),
    version: { ...version, goVersion: '', compiler: '', platform: '' },
  });
  return {
    ask: async ({ path, method = 'GET', headers = {} }) =>
      readAnswer(await handle(new Request(`https://adapter.test${path}`, { method, headers }))),
    stop: async () => {
      source.stop();
      await Promise.all([measured.stop(), client.close()]);
    },
  };
}

async function readAnswer(response: Response) {
  const contentType = response.headers.get('content-type') ?? '';
  const body = steadyBody(contentType, Buffer.from(await response.arrayBuffer()));
  const headers = [...response.headers].filter(([name]) => COMPARED_HEADERS.includes(name));
  return { status: response.status, headers: Object.fromEntries(headers), body };
}

/**
 * What an administrator asked the real adapter itself. Who may ask what, for how long, and what becomes of a body that nobody
 * wants is the listener's, which does not stand in front of the sources here.
 */
const QUESTIONS = eachWay(recordedAnswers()).filter(
  ({ via, question: { as, method, path } }) =>
    via.includes('direct') && as === undefined && method !== 'HEAD' && !path.endsWith('?timeout=1s'),
);
const CONFIGURATIONS = [...new Set(QUESTIONS.map(({ configuration }) => configuration))];

describe.each(CONFIGURATIONS)('by the configuration %s as prometheus-adapter answered', (configuration) => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage(configuration);
  });

  afterAll(async () => {
    await stage?.stop();
  });

  const titled = QUESTIONS.filter((line) => line.configuration === configuration).map((line) => {
    const { method = 'GET', path, headers = {} } = line.question;
    const title = [method, path, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].join(' ');
    return [title, line] as const;
  });

  test.each(titled)('%s', async (_title, line) => {
    expect(await stage.ask(line.question)).toEqual(withDifferences(line, CHANGES).answer);
  });
});

test('Prometheus is asked what upstream asked, and once more where upstream had lost its rules', () => {
  const pods = 'bare|cpu-alone|db-0|dot.name|no-number|waiting|web-1|web-2';
  expect(prometheus.unknownQuestions).toEqual([
    `/api/v1/query sum(myapp_processed_ops_total{namespace="shop",pod=~"${pods}"}) by (pod)`,
  ]);
});

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
import { recordedClusterTransport } from '../adapter/recorded-cluster.ts';
import {
  type AdapterQuestion,
  configurationText,
  type RecordedAnswer,
  recordedAnswers,
  recordedExchanges,
} from '../adapter/recording.ts';
import { type ReplayedPrometheus, replayPrometheus } from '../adapter/replayed-prometheus.ts';
import { steadyBody } from '../adapter/steady-answer.ts';
import { plainBackend } from '../prometheus/scripted-prometheus.ts';

const STARTS_AT_MS = Date.parse('2026-11-22T05:49:00Z');

/** What is answered otherwise than by prometheus-adapter, why, and what is answered. */
interface Difference {
  readonly why: string;
  isOf(line: RecordedAnswer): boolean;
  /** As much of the answer as says it. */
  readonly answer: object;
}

const DIFFERENCES: readonly Difference[] = [
  {
    why: 'discovery tells of both versions that are served, the newer one first; upstream tells of the older one alone',
    isOf: ({ question: { path } }) => path === '/apis/custom.metrics.k8s.io',
    answer: { status: 200, body: expect.stringContaining('v1beta2') },
  },
  {
    why: 'the list of groups does not say where we listen, which nobody reads',
    isOf: ({ question: { path, headers } }) => path === '/apis' && headers === undefined,
    answer: { status: 200, body: expect.stringMatching(/^\{"kind":"APIGroupList",(?!.*serverAddress)/) },
  },
  {
    why: 'a selector of series with != is echoed; upstream has asked, and then refuses with 500',
    isOf: ({ answer }) => String(answer.body).includes('is not a valid label selector operator'),
    answer: { status: 200, body: expect.stringContaining('"operator":"NotIn"') },
  },
  {
    why: 'a selector of series that cannot be read is a bad request; upstream answers with 500',
    isOf: ({ question: { path }, answer: { status, body } }) =>
      path.includes('metricLabelSelector=') && status === 500 && !String(body).includes('unable to fetch metrics'),
    answer: { status: 400 },
  },
  {
    why: 'aggregated discovery has what is served; upstream’s has nothing, so that kubectl api-resources shows nothing',
    isOf: ({ question }) => question.headers?.['accept']?.includes('APIGroupDiscoveryList') ?? false,
    answer: { status: 200, body: expect.stringContaining('"responseKind"') },
  },
  {
    why: 'the index has the paths that are there: each OpenAPI document, and no /metrics/slis',
    isOf: ({ answer }) => String(answer.body).startsWith('{\n  "paths"'),
    answer: { body: expect.stringMatching(/^\{\n {2}"paths"(?!.*slis)/s) },
  },
  {
    why: 'pods can be chosen by their node, as of metrics-server; upstream knows no such field',
    isOf: ({ question: { path } }) =>
      path.startsWith('/apis/metrics.k8s.io/') && path.includes('fieldSelector=spec.nodeName'),
    answer: { status: 200, body: expect.stringContaining('"kind":"PodMetricsList"') },
  },
  {
    why: 'of usage no forms for watches are named, which nobody answers',
    isOf: ({ configuration, answer: { status } }) => configuration === 'resource' && status === 406,
    answer: { status: 406, body: expect.stringMatching(/application\/vnd\.kubernetes\.protobuf",/) },
  },
  {
    why: 'a selector that Prometheus refuses hides no other rule; upstream lists nothing any more',
    isOf: ({ configuration, question: { path } }) =>
      configuration === 'wrong-selector' && path === '/apis/custom.metrics.k8s.io/v1beta1',
    answer: { status: 200, body: expect.stringContaining('"pods/myapp_processed_ops_total"') },
  },
  {
    why: 'so that its metrics are asked for; the real Prometheus never was, which makes it a failure of the recorded one',
    isOf: ({ configuration, question: { path } }) =>
      configuration === 'wrong-selector' && path.endsWith('/pods/*/myapp_processed_ops_total'),
    answer: { status: 500, body: expect.stringContaining('unable to fetch metrics') },
  },
];

/** Headers that clients act upon; `x-content-type-options: nosniff` is on every answer here, and on upstream's texts alone. */
const HEADERS = ['content-type', 'content-encoding', 'cache-control', 'location', 'retry-after', 'www-authenticate'];

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
  return { status: response.status, headers: comparedHeaders(Object.fromEntries(response.headers)), body };
}

function comparedHeaders(headers: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HEADERS.includes(name)));
}

/**
 * What an administrator asked the real adapter itself. Who may ask what, for how long, and what becomes of a body that nobody
 * wants is the listener's, which does not stand in front of the sources here.
 */
const QUESTIONS = recordedAnswers().filter(
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
    const recorded = { ...line.answer, headers: comparedHeaders(line.answer.headers) };
    const answer = await stage.ask(line.question);
    const difference = DIFFERENCES.find((each) => each.isOf(line));
    if (difference === undefined) expect(answer).toEqual(recorded);
    else expect(answer, difference.why).toMatchObject(difference.answer);
  });
});

test('Prometheus is asked what upstream asked, and once more where upstream had lost its rules', () => {
  const pods = 'bare|cpu-alone|db-0|dot.name|no-number|waiting|web-1|web-2';
  expect(prometheus.unknownQuestions).toEqual([
    `/api/v1/query sum(myapp_processed_ops_total{namespace="shop",pod=~"${pods}"}) by (pod)`,
  ]);
});

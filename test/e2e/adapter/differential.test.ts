import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  configurationText,
  type RecordedAnswer,
  recordedAnswers,
  recordedExchanges,
  recordedPrometheusRequests,
  recordedStartUps,
} from '../../adapter/recording.ts';
import { type ReplayedPrometheus, replayPrometheus } from '../../adapter/replayed-prometheus.ts';
import { ADAPTERS, UPSTREAM } from './adapter-under-test.ts';
import { askEveryWay } from './asked-answers.ts';
import { MANNERS, requestsOf } from './prometheus-requests.ts';
import { type AdapterStage, openAdapterStage, type StagedAdapter, stageAdapter } from './stage.ts';
import { START_UPS, tryStartUp } from './start-ups.ts';

const CONFIGURATIONS = [...new Set(recordedAnswers().map(({ configuration }) => configuration))];

let stage: AdapterStage;

beforeAll(async () => {
  stage = await openAdapterStage();
  for (const adapter of ADAPTERS) await adapter.install(stage.cluster);
});

afterAll(async () => {
  await stage?.stop();
});

describe.each(ADAPTERS)('$name beside what upstream’s adapter was recorded to say', (candidate) => {
  /** The one place where the candidate is started. */
  const startCandidate = (configuration: string, prometheusUrl: string): Promise<StagedAdapter> =>
    stageAdapter(stage, candidate, {
      name: `${candidate.name}-${configuration}`,
      configuration: configurationText(configuration),
      prometheusUrl,
    });

  describe.each(CONFIGURATIONS)('configuration %s', (configuration) => {
    let adapter: StagedAdapter;

    beforeAll(async () => {
      adapter = await startCandidate(configuration, stage.prometheus.url);
    });

    afterAll(async () => {
      await adapter?.stop();
    });

    test.each(questionsOf(configuration))('%s', async (_title, question, recorded) => {
      expect(await askEveryWay(adapter, stage.prometheus, configuration, question)).toEqual(recorded);
    });
  });

  test.each(MANNERS)('speaks to Prometheus: $why', async (manner) => {
    const recorded = recordedPrometheusRequests().filter(({ why }) => why === manner.why);
    expect(await requestsOf(stage, candidate, manner)).toEqual(recorded);
  });

  test.each(START_UPS.map((startUp) => [startUp.why, startUp] as const))(
    'starts or does not: %s',
    async (why, startUp) => {
      const recorded = recordedStartUps().find((line) => line.why === why);
      expect(await tryStartUp(stage.cluster, candidate, startUp)).toEqual(recorded);
    },
  );
});

describe('the recording can stand in for Prometheus', () => {
  let replayed: ReplayedPrometheus;

  beforeAll(async () => {
    replayed = await replayPrometheus(recordedExchanges());
  });

  afterAll(async () => {
    await replayed?.stop();
  });

  test.each(CONFIGURATIONS)('upstream’s adapter says the same over it: %s', async (configuration) => {
    const adapter = await stageAdapter(stage, UPSTREAM, {
      name: `replayed-${configuration}`,
      configuration: configurationText(configuration),
      prometheusUrl: replayed.url,
    });
    try {
      const recorded = directAnswers(configuration);
      const said = [];
      for (const { question } of recorded) said.push({ question, answer: await adapter.ask(question, 'direct') });
      expect(said).toEqual(recorded);
      expect(replayed.unknownQuestions).toEqual([]);
    } finally {
      await adapter.stop();
    }
  });
});

/** Each question of a configuration once, with a title and everything recorded of it. */
function questionsOf(configuration: string) {
  const byQuestion = Map.groupBy(
    recordedAnswers().filter((line) => line.configuration === configuration),
    ({ question }) => JSON.stringify(question),
  );
  return [...byQuestion.values()].map((lines) => {
    const [{ question }] = lines as [RecordedAnswer];
    const { method = 'GET', path, as = 'admin', headers = {} } = question;
    const named = Object.entries(headers).map(([name, value]) => ` ${name}: ${value}`);
    return [`${method} ${path} as ${as}${named.join('')}`, question, lines] as const;
  });
}

function directAnswers(configuration: string) {
  return recordedAnswers()
    .filter((line) => line.configuration === configuration && line.via.includes('direct'))
    .map(({ question, answer }) => ({ question, answer }));
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withDifferences } from '../../adapter/allowed-differences.ts';
import {
  configurationText,
  eachWay,
  type RecordedAnswer,
  recordedAnswers,
  recordedExchanges,
  recordedPrometheusRequests,
  recordedStartUps,
} from '../../adapter/recording.ts';
import { type ReplayedPrometheus, replayPrometheus } from '../../adapter/replayed-prometheus.ts';
import { ADAPTERS } from './adapter-under-test.ts';
import { askEveryWay } from './asked-answers.ts';
import { PODTIDE } from './podtide-adapter.ts';
import { MANNERS, requestsOf } from './prometheus-requests.ts';
import { type AdapterStage, openAdapterStage, type StagedAdapter, stageAdapter } from './stage.ts';
import { START_UPS, tryStartUp } from './start-ups.ts';
import { UPSTREAM } from './upstream-adapter.ts';

const CONFIGURATIONS = [...new Set(recordedAnswers().map(({ configuration }) => configuration))];

/**
 * Ours answers everything. What upstream says is in the recording; it says some of it again, so that a stage that is no longer
 * what it was is found. `scripts/record-adapter-answers.ts` asks it everything.
 */
const PLAYS = [
  {
    candidate: UPSTREAM,
    share: 'a share of all',
    configurations: ['rate', 'external', 'resource'],
    manners: MANNERS.slice(0, 2),
    // Some start, some end by a rule and some by a flag.
    startUps: START_UPS.filter((_, index) => index % 10 === 3),
  },
  {
    candidate: PODTIDE,
    share: 'all',
    configurations: CONFIGURATIONS,
    manners: MANNERS,
    startUps: START_UPS,
  },
];

/** Queries of pods, of what is outside, and of usage. */
const REPLAYED = ['values', 'external', 'resource'];

let stage: AdapterStage;

beforeAll(async () => {
  stage = await openAdapterStage();
  for (const adapter of ADAPTERS) await adapter.install(stage.cluster);
});

afterAll(async () => {
  await stage?.stop();
});

describe.each(PLAYS)('$candidate.name beside what upstream’s adapter was recorded to say, $share', (play) => {
  const { candidate } = play;
  const { differences } = candidate;

  describe.each(play.configurations)('configuration %s', (configuration) => {
    let adapter: StagedAdapter;

    beforeAll(async () => {
      adapter = await stageAdapter(stage, candidate, {
        name: `${candidate.name}-${configuration}`,
        configuration: configurationText(configuration),
        prometheusUrl: stage.prometheus.url,
      });
    });

    afterAll(async () => {
      await adapter?.stop();
    });

    test.each(questionsOf(configuration))('%s', async (_title, question, recorded) => {
      const answers = await askEveryWay(adapter, stage.prometheus, configuration, question);
      const expected = recorded.map((line) => withDifferences(line, differences.answers));
      expect(eachWay(answers).filter(isOwnAnswer)).toEqual(expected.filter(isOwnAnswer));
    });
  });

  test.each(play.manners)('speaks to Prometheus: $why', async (manner) => {
    const recorded = recordedPrometheusRequests().filter(({ why }) => why === manner.why);
    expect(await requestsOf(stage, candidate, manner)).toEqual(
      recorded.map((line) => withDifferences(line, differences.requests)),
    );
  });

  test.each(play.startUps.map((startUp) => [startUp.why, startUp] as const))(
    'starts or does not: %s',
    async (why, startUp) => {
      const recorded = recordedStartUps().filter((line) => line.why === why);
      expect([await tryStartUp(stage.cluster, candidate, startUp)]).toEqual(
        recorded.map((line) => withDifferences(line, differences.startUps)),
      );
    },
  );
});

describe('the recording can stand in for Prometheus, a share of all', () => {
  let replayed: ReplayedPrometheus;

  beforeAll(async () => {
    replayed = await replayPrometheus(recordedExchanges());
  });

  afterAll(async () => {
    await replayed?.stop();
  });

  test.each(REPLAYED)('upstream’s adapter says the same over it: %s', async (configuration) => {
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

/** Each question of a configuration once, with a title and what was recorded of it on each way. */
function questionsOf(configuration: string) {
  const byQuestion = Map.groupBy(
    recordedAnswers().filter((line) => line.configuration === configuration),
    ({ question }) => JSON.stringify(question),
  );
  return [...byQuestion.values()].map((lines) => {
    const [{ question }] = lines as [RecordedAnswer];
    const { method = 'GET', path, as = 'admin', headers = {} } = question;
    const named = Object.entries(headers).map(([name, value]) => ` ${name}: ${value}`);
    return [`${method} ${path} as ${as}${named.join('')}`, question, eachWay(lines)] as const;
  });
}

/** A request whose time is up is ended by the API server or by the adapter behind it, whichever comes first. */
function isOwnAnswer({ answer, via }: RecordedAnswer): boolean {
  return answer.status !== 504 || !via.includes('aggregated');
}

function directAnswers(configuration: string) {
  return recordedAnswers()
    .filter((line) => line.configuration === configuration && line.via.includes('direct'))
    .map(({ question, answer }) => ({ question, answer }));
}

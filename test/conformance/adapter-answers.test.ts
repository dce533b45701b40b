import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { FAULTS, faultIn } from '../adapter/faults.ts';
import {
  configurationText,
  RECORDING_FOLDER,
  recordedAnswers,
  recordedExchanges,
  recordedPrometheusRequests,
  recordedStartUps,
} from '../adapter/recording.ts';
import { type ReplayedPrometheus, replayPrometheus } from '../adapter/replayed-prometheus.ts';
import { exchangeKey, steadyQuery } from '../adapter/steady-exchange.ts';

const QUESTIONS_COUNT_MIN = 250;

describe('what the real adapter was recorded to say', () => {
  const answers = recordedAnswers();
  const exchanges = recordedExchanges();

  test('is about every configuration, and enough', () => {
    const files = readdirSync(join(RECORDING_FOLDER, 'configurations')).map((file) => file.replace('.yaml', ''));
    expect([...new Set(answers.map(({ configuration }) => configuration))].toSorted()).toEqual(files.toSorted());
    const questions = new Set(answers.map(({ configuration, question }) => JSON.stringify([configuration, question])));
    expect(questions.size).toBeGreaterThanOrEqual(QUESTIONS_COUNT_MIN);
  });

  test('says nothing twice: one answer of each way', () => {
    const keys = answers.flatMap(({ configuration, question, via }) =>
      via.map((way) => JSON.stringify([configuration, question, way])),
    );
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  test('has good answers and bad ones on both ways', () => {
    for (const way of ['direct', 'aggregated'] as const) {
      const statuses = new Set(answers.filter(({ via }) => via.includes(way)).map(({ answer }) => answer.status));
      expect([...statuses].toSorted(), way).toEqual(expect.arrayContaining([200, 400, 403, 404, 405, 406, 500]));
    }
  });

  test('knows what Prometheus answered to each query, but for faults', () => {
    const known = new Set(exchanges.map(exchangeKey));
    const asked = answers.flatMap(({ queries }) => queries);
    const unknown = asked.filter(
      (question) => faultIn(question) === undefined && !known.has(exchangeKey({ path: '/api/v1/query', question })),
    );
    expect(asked.length).toBeGreaterThan(100);
    expect(unknown).toEqual([]);
  });

  test('tries every fault', () => {
    const tried = new Set(answers.flatMap(({ queries }) => queries.map(faultIn)));
    expect([...tried].filter((fault) => fault !== undefined).toSorted()).toEqual(Object.keys(FAULTS).toSorted());
  });

  test.each([
    ['seed', 'rule-counter'],
    ['rate', 'rule-rate'],
  ])('%s is the rule of the example %s', (configuration, example) => {
    const text = readFileSync(join('examples', 'custom-metrics', `${example}.yaml`), 'utf8');
    expect(parse(configurationText(configuration))).toEqual(parse(text));
  });

  test('has no times of a run, and no places of a machine', () => {
    const lines = [answers, exchanges, recordedStartUps(), recordedPrometheusRequests()].flat();
    const found = lines
      .map((line) => JSON.stringify(line))
      .filter((line) => /\d{4}-\d\d-\d\dT\d\d|\/tmp\/|\.cache/.test(line));
    expect(found).toEqual([]);
  });
});

describe('Prometheus as it was recorded', () => {
  let prometheus: ReplayedPrometheus;
  const ask = async (path: string, init: Parameters<typeof request>[1] = {}) => {
    const answer = await request(prometheus.url + path, { ...init, signal: AbortSignal.timeout(5_000) });
    return { status: answer.statusCode, body: await answer.body.text() };
  };

  beforeAll(async () => {
    const result = [{ metric: { pod: 'web-1' }, value: [null, '3'] }];
    prometheus = await replayPrometheus([
      {
        path: '/api/v1/query',
        question: 'sum(work{pod=~"a|b"}) by (pod)',
        status: 200,
        body: { status: 'success', data: { resultType: 'vector', result } },
      },
      {
        path: '/api/v1/series',
        question: 'work',
        status: 200,
        body: { status: 'success', data: [{ __name__: 'work' }] },
      },
      {
        path: '/api/v1/query',
        question: 'sum(',
        status: 400,
        body: { status: 'error', errorType: 'bad_data', error: 'no' },
      },
    ]);
  });

  afterAll(async () => {
    await prometheus.stop();
  });

  const good =
    '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"pod":"web-1"},"value":[1700000000.5,"3"]}]}}';
  const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } } as const;
  const query = new URLSearchParams({ query: 'sum(work{pod=~"b|a"}) by (pod)', time: '1700000000.5' }).toString();

  test.each([
    ['samples have the time that was asked for', `/api/v1/query?${query}`, {}, { status: 200, body: good }],
    ['a form is read too', '/api/v1/query', { ...form, body: query }, { status: 200, body: good }],
    [
      'series are listed by their selector, whatever the start',
      '/api/v1/series?match%5B%5D=work&start=1',
      {},
      { status: 200, body: '{"status":"success","data":[{"__name__":"work"}]}' },
    ],
    [
      'errors keep their status',
      '/api/v1/query?query=sum(&time=1',
      {},
      { status: 400, body: '{"status":"error","errorType":"bad_data","error":"no"}' },
    ],
    [
      'a series of a fault has it',
      '/api/v1/query?query=sum(fault_execution)&time=1',
      {},
      { status: 422, body: '{"status":"error","errorType":"execution","error":"too many samples"}' },
    ],
  ])('%s', async (_why, path, init, expected) => {
    expect(await ask(path, init)).toEqual(expected);
  });

  test('what nobody asked before is refused, and told', async () => {
    expect(await ask('/api/v1/query?query=up&time=1')).toEqual({ status: 404, body: '' });
    expect(prometheus.unknownQuestions).toEqual(['/api/v1/query up']);
  });

  test('alternatives of a matcher count in whatever order, and nothing else', () => {
    expect(steadyQuery('a{x=~"c|b",y="d|c"} + b{z!~"b|a"}')).toBe('a{x=~"b|c",y="d|c"} + b{z!~"b|a"}');
  });
});

import { beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../base/failure.ts';
import { ADAPTER_TOLD_FAILURES_COUNT_MAX } from '../../../base/limits.ts';
import { type Log, SILENT_LOG } from '../../../base/log.ts';
import type { PrometheusProblem } from '../../../core/explain/prometheus-problem.ts';
import { PrometheusFailure } from '../../prometheus/prometheus-failure.ts';
import { MetricFailure, type MetricFailureReason } from '../../source/metric-failure.ts';
import { ToldFailures } from './told-failures.ts';

const SIGNAL = new AbortController().signal;
const REFUSED: PrometheusProblem = { code: 'Refused', address: '10.0.0.1:9090' };
const SLOW: PrometheusProblem = { code: 'TimedOut', afterMs: 10_000 };

let nowMs: number;
let lines: string[];
let told: ToldFailures;

const log: Log = {
  ...SILENT_LOG,
  warn: (message, fields) => void lines.push(`${message} ${JSON.stringify(fields)}`),
  info: (message, fields) => void lines.push(`${message}${fields === undefined ? '' : ` ${JSON.stringify(fields)}`}`),
};

beforeEach(() => {
  nowMs = 0;
  lines = [];
  told = new ToldFailures(log, { nowMs: () => nowMs });
});

function failureOf(problem: PrometheusProblem, backend = 'main'): MetricFailure {
  const cause = new PrometheusFailure(backend, 'query "up"', problem);
  return new MetricFailure('unfetched', cause.message, {
    cause,
    ...(cause.hint === undefined ? {} : { hint: cause.hint }),
  });
}

/** What was told, up to its fields. */
function heads(): readonly string[] {
  return lines.map((line) => line.replace(/ \{.*/, ''));
}

const NO_SERVER = 'Prometheus cannot be asked; metrics have no values until it can';
const NO_VALUES = 'a metric has no values';

describe('ToldFailures', () => {
  test('a metric that fails is told with why and what to do, once, and again when it is over', () => {
    for (let again = 0; again < 3; again += 1) told.failed('requests', failureOf(SLOW));
    told.answered('requests');
    told.answered('requests');
    expect(lines).toEqual([
      `${NO_VALUES} {"metric":"requests","error":"prometheus main: query \\"up\\": no answer within 10 s","hint":"run the query by hand and make it cheaper, by a recording rule for example, or raise the backend's deadline; if other queries are late too, look at the server's load"}`,
      'the metric has values again {"metric":"requests"}',
    ]);
  });

  test('what is wrong with Prometheus itself is told once for all metrics, and over when any is answered', () => {
    for (const metric of ['a', 'b', 'c']) told.failed(metric, failureOf(REFUSED));
    told.answered('b');
    expect(heads()).toEqual([NO_SERVER, 'Prometheus answers again']);
  });

  test('of several backends each stands for itself: one that answers says nothing of another', () => {
    told.failed('a', failureOf(REFUSED, 'main'));
    told.failed('b', failureOf(REFUSED, 'team-b'));
    told.answered('c');
    told.failed('a', failureOf(REFUSED, 'main'));
    told.answered('b');
    expect(heads()).toEqual([NO_SERVER, NO_SERVER, 'Prometheus answers again']);
    expect(lines.at(-1)).toContain('"backend":"team-b"');
  });

  test('another cause of the same is told', () => {
    told.failed('a', failureOf(REFUSED));
    told.failed('a', failureOf({ code: 'Unauthorized' }));
    expect(heads()).toEqual([NO_SERVER, NO_SERVER]);
  });

  test('what comes and goes is told once a minute', () => {
    for (let second = 0; second < 121; second += 1) {
      nowMs = second * 1_000;
      told.failed('a', failureOf(SLOW));
      told.answered('a');
    }
    expect(heads()).toEqual([0, 1, 2].flatMap(() => [NO_VALUES, 'the metric has values again']));
  });

  test('warnings are told when they begin', () => {
    for (const warnings of [['one', 'two', 'three', 'four'], ['one'], [], ['one']]) told.warned('sum(x)', warnings);
    nowMs = 60_000;
    told.warned('sum(x)', []);
    told.warned('sum(y)', ['one']);
    const head = 'Prometheus warns of its answers; values made of them may be too low';
    expect(lines).toEqual([
      `${head} {"query":"sum(x)","warnings":["one","two","three"]}`,
      `${head} {"query":"sum(y)","warnings":["one"]}`,
    ]);
  });

  test('no more metrics are remembered than the bound; one that is over gives its place up', () => {
    for (let index = 0; index <= ADAPTER_TOLD_FAILURES_COUNT_MAX; index += 1) told.failed(`m${index}`, failureOf(SLOW));
    expect(lines).toHaveLength(ADAPTER_TOLD_FAILURES_COUNT_MAX);
    told.answered('m7');
    told.failed('another', failureOf(SLOW));
    expect(lines.at(-1)).toContain('"metric":"another"');
  });

  test.each<readonly [why: string, thrown: Error, isTold: boolean]>([
    ['nobody gave the numbers', new MetricFailure('unfetched', 'm'), true],
    ['a result that is no list of values', new MetricFailure('unreadResult', 'm'), true],
    ['a right to list pods is missing', new MetricFailure('unlistedObjects', 'm'), true],
    ['there is no such metric', new MetricFailure('unknownMetric', 'm'), false],
    ['there is, and its rule makes no query', new MetricFailure('unknownMetric', 'm', { hint: 'h' }), true],
    ['the object has no value', new MetricFailure('noValue', 'm'), false],
    ['bad words of who asked', new Failure('invalid', 'm'), false],
    ['a bug', new TypeError('m'), false],
  ])('of requests only failures are told: %s', async (_why, thrown, isTold) => {
    await expect(told.watch('a', Promise.reject(thrown), SIGNAL)).rejects.toBe(thrown);
    expect(lines.length > 0).toBe(isTold);
  });

  test('who gave up has learnt nothing; an answer is handed on', async () => {
    const left = AbortSignal.abort();
    const reason: MetricFailureReason = 'unfetched';
    await expect(told.watch('a', Promise.reject(new MetricFailure(reason, 'm')), left)).rejects.toThrow('m');
    expect(await told.watch('a', Promise.resolve(3), SIGNAL)).toBe(3);
    expect(lines).toEqual([]);
  });
});

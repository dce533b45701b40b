import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddedPrometheus } from '../prometheus/embedded-prometheus.ts';
import { comparable, differencesOf, type PrometheusOutcome } from '../prometheus/promql-outcome.ts';
import {
  KNOWN_QUESTIONS,
  QUESTIONED_SERIES,
  QUESTIONS_AT_MS,
  UNKNOWN_QUESTIONS,
} from '../prometheus/promql-questions.ts';
import { questionPath, readPromqlRecording } from '../prometheus/promql-recording.ts';
import { type QuestionedPrometheus, startQuestionedPrometheus } from './support/questioned-prometheus.ts';

const embedded = embeddedPrometheus(QUESTIONED_SERIES);
let real: QuestionedPrometheus;

beforeAll(async () => {
  real = await startQuestionedPrometheus();
});

afterAll(() => real?.stop());

async function askReal(path: string): Promise<PrometheusOutcome> {
  const { status, text } = await real.ask(path);
  return comparable(status, JSON.parse(text));
}

describe('embedded PromQL says what Prometheus says', () => {
  test('at an instant', async () => {
    const found: unknown[] = [];
    const recording = readPromqlRecording();
    for (const { why, query } of KNOWN_QUESTIONS) {
      const [theirs, ours] = await Promise.all([askReal(questionPath(query)), embedded.ask(questionPath(query))]);
      const recorded = recording.get(query);
      const differences = [
        ...differencesOf(theirs, ours),
        ...(recorded === undefined ? ['not recorded'] : differencesOf(theirs, recorded)),
      ];
      if (differences.length > 0) found.push({ why, query, differences });
    }
    expect(found).toEqual([]);
    expect(KNOWN_QUESTIONS.length).toBeGreaterThanOrEqual(60);
  });

  test('at many instants', async () => {
    const times = { start: String(QUESTIONS_AT_MS / 1000 - 600), end: String(QUESTIONS_AT_MS / 1000), step: '37s' };
    const found: unknown[] = [];
    for (const { why, query } of KNOWN_QUESTIONS) {
      const path = `/api/v1/query_range?${new URLSearchParams({ query, ...times })}`;
      const differences = differencesOf(await askReal(path), await embedded.ask(path));
      if (differences.length > 0) found.push({ why, query, differences });
    }
    expect(found).toEqual([]);
  });

  test('what it does not know it refuses, and Prometheus does not', async () => {
    for (const { why, query, names } of UNKNOWN_QUESTIONS) {
      expect({ why, status: (await askReal(questionPath(query))).status }).toEqual({ why, status: 200 });
      const refused = await embedded.ask(questionPath(query));
      expect({ why, refused }).toEqual({
        why,
        refused: expect.objectContaining({ status: 400, errorType: 'bad_data' }),
      });
      expect(await embedded.refusalOf(questionPath(query))).toContain(`does not know ${names}`);
    }
  });

  test.each([
    { why: 'series of two selectors', path: '/api/v1/series?match[]=depth&match[]={namespace="b",code="200"}' },
    { why: 'series of a time', path: '/api/v1/series?match[]={pod!=""}&start=1699999990&end=1700000000' },
    { why: 'series of no selector', path: '/api/v1/series' },
    { why: 'series of everything', path: '/api/v1/series?match[]={pod=~".*"}' },
    { why: 'series of a sum', path: '/api/v1/series?match[]=sum(depth)' },
    { why: 'names of labels', path: '/api/v1/labels' },
    { why: 'names of labels of a selector', path: '/api/v1/labels?match[]=depth' },
    { why: 'names of metrics', path: '/api/v1/label/__name__/values' },
    { why: 'values of a label of a selector', path: '/api/v1/label/namespace/values?match[]=capacity' },
    { why: 'values of what is no label', path: '/api/v1/label/a-b/values' },
    { why: 'no query', path: '/api/v1/query' },
    { why: 'no instant', path: '/api/v1/query?query=1&time=noon' },
    { why: 'an instant of RFC 3339', path: '/api/v1/query?query=time()&time=2023-11-14T22:13:20.5Z' },
    { why: 'an end before the start', path: '/api/v1/query_range?query=1&start=2&end=1&step=1' },
    { why: 'a step of nothing', path: '/api/v1/query_range?query=1&start=1&end=2&step=0' },
    { why: 'too many steps', path: '/api/v1/query_range?query=1&start=1&end=20000&step=1' },
    { why: 'a range of ranges', path: '/api/v1/query_range?query=depth[1m]&start=1&end=2&step=1' },
    { why: 'another path', path: '/api/v2/query' },
    { why: 'health', path: '/-/healthy' },
    { why: 'readiness', path: '/-/ready' },
  ])('$why', async ({ path }) => {
    const escaped = path.replaceAll(/[{}"[\]!~*]/g, encodeURIComponent);
    const { status, text } = await real.ask(escaped);
    const ours = await embedded.fetch(escaped);
    expect(summaryOf(ours.status, await ours.text())).toEqual(summaryOf(status, text));
  });
});

/** Everything of an answer but the order of series and the words of a refusal. */
function summaryOf(status: number, text: string): unknown {
  if (!text.startsWith('{')) return { status, text };
  const { error: _error, ...envelope } = JSON.parse(text) as Record<string, unknown>;
  const data = Array.isArray(envelope['data'])
    ? envelope['data'].map((each) => canonical(each)).sort()
    : envelope['data'];
  return { status, ...envelope, data };
}

function canonical(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(Object.entries(value as object).sort());
}

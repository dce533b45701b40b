import { describe, expect, test } from 'vitest';
import { embeddedPrometheus } from '../prometheus/embedded-prometheus.ts';
import { differencesOf } from '../prometheus/promql-outcome.ts';
import { KNOWN_QUESTIONS, QUESTIONED_SERIES } from '../prometheus/promql-questions.ts';
import { questionPath, readPromqlRecording } from '../prometheus/promql-recording.ts';

const recording = readPromqlRecording();
const embedded = embeddedPrometheus(QUESTIONED_SERIES);

describe('the lab’s Prometheus says what was recorded of Prometheus 2.42', () => {
  test('to every question', () => {
    expect([...recording.keys()]).toEqual(KNOWN_QUESTIONS.map(({ query }) => query));
  });

  test.each(KNOWN_QUESTIONS)('$why: $query', async ({ query }) => {
    const recorded = recording.get(query);
    if (recorded === undefined) throw new Error(`${query} was not recorded`);
    expect(differencesOf(recorded, await embedded.ask(questionPath(query)))).toEqual([]);
  });
});

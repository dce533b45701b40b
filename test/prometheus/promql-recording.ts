import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparable, type PrometheusOutcome } from './promql-outcome.ts';
import { QUESTIONS_AT_MS } from './promql-questions.ts';

/** What Prometheus 2.42 answers to the questions; `scripts/record-promql-answers.ts` makes it. */
export const PROMQL_RECORDING = join('test', 'conformance', 'promql-answers.jsonl');

/** One answer, without the words of a refusal. */
export interface RecordedPromqlAnswer {
  readonly query: string;
  readonly status: number;
  readonly envelope: Readonly<Record<string, unknown>>;
}

/** Where a question is asked. */
export function questionPath(query: string): string {
  return `/api/v1/query?${new URLSearchParams({ query, time: String(QUESTIONS_AT_MS / 1000) })}`;
}

/** An answer as it is recorded. */
export function recordedAnswer(query: string, status: number, text: string): RecordedPromqlAnswer {
  const { error: _words, ...envelope } = JSON.parse(text) as Readonly<Record<string, unknown>>;
  return { query, status, envelope };
}

/** The recorded outcomes, by query. */
export function readPromqlRecording(): ReadonlyMap<string, PrometheusOutcome> {
  const lines = readFileSync(PROMQL_RECORDING, 'utf8').trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const { query, status, envelope } = JSON.parse(line) as RecordedPromqlAnswer;
      return [query, comparable(status, envelope)];
    }),
  );
}

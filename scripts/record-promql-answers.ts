/**
 * Records what Prometheus answers to the questions that the lab's own is compared by: `node scripts/record-promql-answers.ts`.
 * What changes in `test/conformance/promql-answers.jsonl` is what has changed in the questions or in Prometheus.
 */
import { writeFile } from 'node:fs/promises';
import { startQuestionedPrometheus } from '../test/e2e/support/questioned-prometheus.ts';
import { KNOWN_QUESTIONS } from '../test/prometheus/promql-questions.ts';
import { PROMQL_RECORDING, questionPath, recordedAnswer } from '../test/prometheus/promql-recording.ts';

const prometheus = await startQuestionedPrometheus();
try {
  const lines: string[] = [];
  for (const { query } of KNOWN_QUESTIONS) {
    const { status, text } = await prometheus.ask(questionPath(query));
    lines.push(JSON.stringify(recordedAnswer(query, status, text)));
  }
  await writeFile(PROMQL_RECORDING, `${lines.join('\n')}\n`);
} finally {
  await prometheus.stop();
}

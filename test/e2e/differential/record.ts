import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MetricsAnswer } from '../support/metrics-api.ts';
import type { Performance } from './stage.ts';

/** Writes the record of a performance into a folder, so that it can be gone through again. Returns the file's path. */
export function writeRecord(folder: string, name: string, { answers, ...others }: Performance): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ ...others, answers: [...answers.values()] }));
  return file;
}

/** The performance of such a file. */
export function readRecord(file: string): Performance {
  const { answers, ...others } = JSON.parse(readFileSync(file, 'utf8'));
  return { ...others, answers: new Map(answers.map((answer: MetricsAnswer) => [answer.auditId, answer])) };
}

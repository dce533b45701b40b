import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { startProcess, stopProcess } from '../../../scripts/cluster/process.ts';
import { QUESTIONED_SERIES } from '../../prometheus/promql-questions.ts';
import { startPrometheus } from './real-prometheus.ts';

/** A real Prometheus that has the series of the questions. */
export interface QuestionedPrometheus {
  ask(path: string): Promise<{ readonly status: number; readonly text: string }>;
  stop(): Promise<void>;
}

const GRACE_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** Starts one. Throws Failure('unavailable') where Prometheus is not installed. */
export async function startQuestionedPrometheus(): Promise<QuestionedPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'podtide-promql-'));
  await mkdir(join(folder, 'logs'));
  const real = await startPrometheus({
    folder,
    run: (command) => startProcess({ ...command, folder, logFile: join(folder, 'logs', `${command.name}.log`) }),
  });
  await real.write(QUESTIONED_SERIES);
  return {
    ask: async (path) => {
      const answer = await request(`${real.url}${path}`, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
      return { status: answer.statusCode, text: await answer.body.text() };
    },
    stop: async () => {
      await stopProcess(real.record, GRACE_MS);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

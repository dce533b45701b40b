import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  configurationText,
  RECORDING_FOLDER,
  type RecordedAnswer,
  type RecordedPrometheusRequest,
  type RecordedStartUp,
} from '../../adapter/recording.ts';
import { askEveryWay } from './asked-answers.ts';
import { recordCluster } from './cluster-documents.ts';
import { MANNERS, requestsOf } from './prometheus-requests.ts';
import { QUESTIONS } from './questions.ts';
import { SERIES } from './recorded-series.ts';
import { type AdapterStage, openAdapterStage, stageAdapter } from './stage.ts';
import { START_UPS, tryStartUp } from './start-ups.ts';
import { UPSTREAM } from './upstream-adapter.ts';

type Report = (text: string) => void;

/** What can be recorded by itself, by the name of its file. */
export const PARTS: Readonly<Record<string, (stage: AdapterStage, report: Report) => Promise<void>>> = {
  answers: recordAnswers,
  'prometheus-requests': recordPrometheusRequests,
  'start-ups': recordStartUps,
};

/** Asks upstream's adapter everything of these parts, and writes what it says into the recording's folder. */
export async function recordAdapterAnswers(parts: readonly string[], report: Report): Promise<void> {
  const stage = await openAdapterStage();
  try {
    await UPSTREAM.install(stage.cluster);
    for (const part of parts) await PARTS[part]?.(stage, report);
  } finally {
    await stage.stop();
  }
}

async function recordAnswers(stage: AdapterStage, report: Report): Promise<void> {
  const { cluster, prometheus } = stage;
  await writeLines(
    'series.jsonl',
    SERIES.map((series) => ({ ...series, value: String(series.value) })),
  );
  await writeLines('cluster.jsonl', await recordCluster(cluster));
  const answers: RecordedAnswer[] = [];
  for (const [configuration, questions] of Object.entries(QUESTIONS)) {
    report(`${configuration}: ${questions.length} questions`);
    const adapter = await stageAdapter(stage, UPSTREAM, {
      name: `adapter-${configuration}`,
      configuration: configurationText(configuration),
      prometheusUrl: prometheus.url,
    });
    for (const question of questions) {
      answers.push(...(await askEveryWay(adapter, prometheus, configuration, question)));
    }
    await adapter.stop();
  }
  await writeLines('answers.jsonl', answers);
  await writeLines('prometheus.jsonl', prometheus.exchanges().toSorted(byQuestion));
}

async function recordPrometheusRequests(stage: AdapterStage, report: Report): Promise<void> {
  const requests: RecordedPrometheusRequest[] = [];
  for (const manner of MANNERS) {
    report(`Prometheus: ${manner.why}`);
    requests.push(...(await requestsOf(stage, UPSTREAM, manner)));
  }
  await writeLines('prometheus-requests.jsonl', requests);
}

async function recordStartUps({ cluster }: AdapterStage, report: Report): Promise<void> {
  const startUps: RecordedStartUp[] = [];
  for (const startUp of START_UPS) {
    report(`start: ${startUp.why}`);
    startUps.push(await tryStartUp(cluster, UPSTREAM, startUp));
  }
  await writeLines('start-ups.jsonl', startUps);
}

function byQuestion(left: { readonly question: string }, right: { readonly question: string }): number {
  return left.question < right.question ? -1 : 1;
}

async function writeLines(file: string, lines: readonly object[]): Promise<void> {
  await writeFile(join(RECORDING_FOLDER, file), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

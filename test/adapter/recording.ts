import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the real adapter's answers lie; `README.md` there says how they were made. */
export const RECORDING_FOLDER = join('test', 'conformance', 'adapter-answers');

/** Who asks: each has other rights. */
export type Asker = 'admin' | 'reader' | 'stranger' | 'nobody' | 'forger';

/** Which way a request goes: to the adapter itself, or to the API server that hands it on. */
export type Way = 'direct' | 'aggregated';

/** What is asked. */
export interface AdapterQuestion {
  readonly path: string;
  /** GET when absent. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The administrator when absent. */
  readonly as?: Asker;
}

/** What was answered, without what differs from run to run. */
export interface AdapterAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON and other text word for word, of protobuf and YAML what they hold. */
  readonly body: unknown;
}

/** A line of answers.jsonl. */
export interface RecordedAnswer {
  /** File of `configurations`, without its ending. */
  readonly configuration: string;
  /** The ways on which this was the answer. */
  readonly via: readonly Way[];
  readonly question: AdapterQuestion;
  readonly answer: AdapterAnswer;
  /** What Prometheus was asked meanwhile, in PromQL: each text once, in its order. */
  readonly queries: readonly string[];
}

/** A line of prometheus.jsonl: what Prometheus answered. */
export interface PrometheusExchange {
  readonly path: string;
  /** The query, or the selector of a list of series. */
  readonly question: string;
  readonly status: number;
  /** Sample times are null: they are the time that was asked for. Text where the body is no JSON. */
  readonly body: unknown;
}

/** A line of start-ups.jsonl: a command line and a configuration, and how the adapter ended. */
export interface RecordedStartUp {
  readonly why: string;
  readonly flags: readonly string[];
  /** Null when no file is given. */
  readonly configuration: string | null;
  /** Null when it started. */
  readonly exitCode: number | null;
  /** The last line that it logged, without time and place; empty when it started. */
  readonly message: string;
}

/** A line of prometheus-requests.jsonl: what reached Prometheus of an adapter with these flags. */
export interface RecordedPrometheusRequest {
  readonly why: string;
  readonly flags: readonly string[];
  /** `list` at the start, `query` for a metric. */
  readonly purpose: 'list' | 'query';
  readonly method: string;
  readonly path: string;
  /** Parameters of the URL and of the body, in their order; times read NOW, and what lies before it in seconds. */
  readonly urlParameters: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function recordedAnswers(): readonly RecordedAnswer[] {
  return readLines('answers.jsonl');
}

/** The same answers, a line for each way. */
export function eachWay(answers: readonly RecordedAnswer[]): readonly RecordedAnswer[] {
  const ways: readonly Way[] = ['direct', 'aggregated'];
  return ways.flatMap((way) => answers.filter(({ via }) => via.includes(way)).map((line) => ({ ...line, via: [way] })));
}

export function recordedExchanges(): readonly PrometheusExchange[] {
  return readLines('prometheus.jsonl');
}

export function recordedStartUps(): readonly RecordedStartUp[] {
  return readLines('start-ups.jsonl');
}

export function recordedPrometheusRequests(): readonly RecordedPrometheusRequest[] {
  return readLines('prometheus-requests.jsonl');
}

/** The text of a configuration. */
export function configurationText(name: string): string {
  return readFileSync(join(RECORDING_FOLDER, 'configurations', `${name}.yaml`), 'utf8');
}

function readLines<Line>(file: string): readonly Line[] {
  const lines = readFileSync(join(RECORDING_FOLDER, file), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line): Line => JSON.parse(line));
}

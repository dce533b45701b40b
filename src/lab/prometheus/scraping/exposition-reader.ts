import { Failure } from '../../../base/failure.ts';
import type { MetricMetadata, SeriesLabels } from '../../../metrics/prometheus/answers.ts';
import { readSampleValue } from '../../../metrics/prometheus/sample-value.ts';
import { METRIC_NAME } from '../series-labels.ts';

/** A sample as a target shows it. */
export interface ExposedSample {
  /** With the metric's name. */
  readonly labels: SeriesLabels;
  readonly value: number;
  /** Epoch milliseconds; undefined where the target leaves the instant to whoever scrapes. */
  readonly atMs: number | undefined;
}

/** What a page of metrics says. */
export interface ExposedPage {
  readonly samples: readonly ExposedSample[];
  /** What is known of metrics, by name. */
  readonly metadata: ReadonlyMap<string, MetricMetadata>;
}

/**
 * Reads a page in Prometheus' text format 0.0.4.
 *
 * @throws Failure('invalid') with the line and what is wrong with it: of a page with an error nothing is used.
 */
export function readExposition(text: string): ExposedPage {
  const samples: ExposedSample[] = [];
  const metadata = new Map<string, MetricMetadata>();
  for (const [index, line] of text.split('\n').entries()) {
    const body = line.trim();
    if (body === '') continue;
    if (body.startsWith('#')) readComment(body, metadata);
    else samples.push(new SampleLine(body, index + 1).read());
  }
  return { samples, metadata };
}

const UNKNOWN: MetricMetadata = { type: 'unknown', help: '', unit: '' };
/** What the format calls a metric of no type is `unknown` to the API. */
const TYPES: Readonly<Record<string, string>> = { untyped: 'unknown' };

function readComment(line: string, metadata: Map<string, MetricMetadata>): void {
  const [, keyword, name = '', rest = ''] = /^#\s*(HELP|TYPE)\s+(\S+)(?:\s+(.*))?$/.exec(line) ?? [];
  const known = metadata.get(name) ?? UNKNOWN;
  if (keyword === 'HELP') metadata.set(name, { ...known, help: unescaped(rest) });
  if (keyword === 'TYPE') metadata.set(name, { ...known, type: TYPES[rest] ?? rest });
}

const BLANK = /[ \t]*/y;
const METRIC = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"/y;
const WORD = /[^ \t]+/y;

/** One line with a sample: `name{label="value",…} value instant`. */
class SampleLine {
  readonly #text: string;
  readonly #number: number;
  #at = 0;

  constructor(text: string, number: number) {
    this.#text = text;
    this.#number = number;
  }

  read(): ExposedSample {
    const name = this.#take(METRIC)?.[0];
    if (name === undefined) throw this.#failure('must begin with the name of a metric');
    const labels = new Map([[METRIC_NAME, name]]);
    if (this.#takeText('{')) this.#readLabels(labels);
    const value = readSampleValue(this.#take(WORD)?.[0] ?? '');
    if (value === undefined) throw this.#failure('must have a number behind the name and its labels');
    const instant = this.#take(WORD)?.[0];
    if (instant !== undefined && !/^-?\d+$/.test(instant))
      throw this.#failure('must have milliseconds behind the number');
    if (this.#at < this.#text.length) throw this.#failure('must end behind the instant');
    return { labels: Object.fromEntries(labels), value, atMs: instant === undefined ? undefined : Number(instant) };
  }

  #readLabels(labels: Map<string, string>): void {
    while (!this.#takeText('}')) {
      const [, label = '', escaped = ''] = this.#take(LABEL) ?? [];
      if (label === '') throw this.#failure('must have labels such as a="b"');
      if (labels.has(label)) throw this.#failure(`must not have the label ${label} twice`);
      labels.set(label, unescaped(escaped));
      if (this.#takeText(',')) continue;
      if (!this.#takeText('}')) throw this.#failure('must have a comma between labels');
      return;
    }
  }

  /** What stands here, and the blanks behind it; undefined when it is something else. */
  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    BLANK.lastIndex = pattern.lastIndex;
    BLANK.exec(this.#text);
    this.#at = BLANK.lastIndex;
    return found;
  }

  #takeText(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    BLANK.lastIndex = this.#at + text.length;
    BLANK.exec(this.#text);
    this.#at = BLANK.lastIndex;
    return true;
  }

  #failure(rule: string): Failure {
    const shown = JSON.stringify(this.#text.slice(0, SHOWN_LENGTH_MAX));
    return new Failure('invalid', `line ${this.#number} ${shown}: ${rule}`);
  }
}

/** Of a line that cannot be read. */
const SHOWN_LENGTH_MAX = 120;

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' };

/** An escape that the format does not know stays as it is. */
function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (whole, character: string) => ESCAPES[character] ?? whole);
}

import type { Interner } from '../../base/interner.ts';
import type { ContainerLayout, ContainerName } from './container-layout.ts';
import { type NodeSample, SAMPLE, SampleBuilder } from './sample-builder.ts';
import { ScrapeFailure } from './scrape-failure.ts';
import { isText, LabelScanner, TextProblem, TextScanner } from './text-scanner.ts';

/** What the reading of one answer needs beside it. */
export interface ResourceTextOptions {
  /** For messages. */
  readonly nodeName: string;
  /** When the request was made, epoch ms: the instant of samples that carry none. */
  readonly requestedAtMs: number;
  /** Of the node's last sample. */
  readonly layout: ContainerLayout;
  /** Shares the names of namespaces and containers between nodes. */
  readonly names: Interner<string>;
}

/**
 * Reads a kubelet's `/metrics/resource` (Prometheus' text format 0.0.4) by upstream's rules: five series count, CPU seconds
 * are cut to whole nanoseconds, memory to bytes, and of several samples of one series the last counts. CPU and memory
 * set the instant, the start time does not.
 *
 * Better than upstream, deliberately: a kubelet that says that it could not measure (`resource_scrape_error 1`), and an
 * answer without any usage, are failures and no empty samples; a value that is no size at all (negative, NaN, infinite,
 * beyond 64 bits) is as good as absent; labels are read as labels, escapes included.
 *
 * @throws ScrapeFailure naming the node, the line and the rule, when the text is not in the format.
 */
export function readResourceText(bytes: Uint8Array, options: ResourceTextOptions): NodeSample {
  const { nodeName, layout, names } = options;
  const builder = new SampleBuilder(layout, names);
  const scanner = new TextScanner(bytes);
  const labels = new LabelScanner(scanner);
  let isFailed = false;
  try {
    while (scanner.next()) {
      const series = seriesOf(scanner);
      if (series === 'error') isFailed ||= scanner.value === 1;
      else if (series === undefined) checkUnread(builder, scanner, labels);
      else take(builder, scanner, labels, series, options.requestedAtMs);
    }
  } catch (thrown) {
    if (!(thrown instanceof TextProblem)) throw thrown;
    throw new ScrapeFailure(nodeName, { code: 'Garbage', line: thrown.line, rule: thrown.message });
  }
  if (isFailed) throw new ScrapeFailure(nodeName, { code: 'KubeletError' });
  const sample = builder.build();
  const isEmpty = sample.layout.rowCount === 0 && sample.node.every(Number.isNaN);
  if (isEmpty) throw new ScrapeFailure(nodeName, { code: 'Empty' });
  return sample;
}

/** A series that counts: whose it is, and the column that it fills. */
interface Series {
  readonly name: Uint8Array;
  readonly isNode: boolean;
  readonly column: number;
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

const SERIES: readonly Series[] = [
  { name: ascii('container_cpu_usage_seconds_total'), isNode: false, column: SAMPLE.CPU_NS },
  { name: ascii('container_memory_working_set_bytes'), isNode: false, column: SAMPLE.MEMORY_BYTES },
  { name: ascii('container_start_time_seconds'), isNode: false, column: SAMPLE.START_NS },
  { name: ascii('node_cpu_usage_seconds_total'), isNode: true, column: SAMPLE.CPU_NS },
  { name: ascii('node_memory_working_set_bytes'), isNode: true, column: SAMPLE.MEMORY_BYTES },
];

/** The second is the older name, which Kubernetes 1.29 deprecated. */
const ERRORS = [ascii('resource_scrape_error'), ascii('scrape_error')];

const LABELS = { container: ascii('container'), namespace: ascii('namespace'), pod: ascii('pod') };

const NS_PER_SECOND = 1e9;
/** Counters and instants in nanoseconds are 64-bit integers upstream. */
const INT64_LIMIT = 2 ** 63;

function seriesOf({ bytes, nameStart, nameEnd }: TextScanner): Series | 'error' | undefined {
  for (const series of SERIES) if (isText(bytes, nameStart, nameEnd, series.name)) return series;
  for (const name of ERRORS) if (isText(bytes, nameStart, nameEnd, name)) return 'error';
  return undefined;
}

function take(
  builder: SampleBuilder,
  scanner: TextScanner,
  labels: LabelScanner,
  series: Series,
  requestedAtMs: number,
): void {
  const atMs = Number.isNaN(scanner.atMs) ? Math.trunc(requestedAtMs) : scanner.atMs;
  const value = columnValue(series.column, scanner.value);
  if (series.isNode) {
    checkLabels(labels);
    builder.node[series.column] = value;
    builder.node[SAMPLE.AT_MS] = atMs;
    return;
  }
  const row = rowOf(builder, scanner, labels);
  if (row < 0) return;
  builder.set(row, series.column, value);
  if (series.column !== SAMPLE.START_NS) builder.set(row, SAMPLE.AT_MS, atMs);
}

/** The 64-bit integer that upstream stores, as a double; 0 for a size, and no start, where there is no such integer. */
function columnValue(column: number, value: number): number {
  if (column === SAMPLE.START_NS) {
    const startNs = Math.trunc(value * NS_PER_SECOND);
    return Math.abs(startNs) < INT64_LIMIT ? startNs : Number.NEGATIVE_INFINITY;
  }
  const whole = Math.trunc(column === SAMPLE.CPU_NS ? value * NS_PER_SECOND : value);
  return whole > 0 && whole < INT64_LIMIT ? whole : 0;
}

/** The row of the container that the labels name; -1 when they name none, so that nobody could ask for it. */
function rowOf(builder: SampleBuilder, scanner: TextScanner, labels: LabelScanner): number {
  const known = builder.find(scanner);
  if (known >= 0) return known;
  const name = readContainerName(labels);
  if (name.container === '' || name.namespace === '' || name.pod === '') return -1;
  return builder.add(scanner, name);
}

function readContainerName(labels: LabelScanner): ContainerName {
  const name = { namespace: '', pod: '', container: '' };
  labels.restart();
  while (labels.next()) {
    if (labels.isNamed(LABELS.container)) name.container = labels.value();
    else if (labels.isNamed(LABELS.namespace)) name.namespace = labels.value();
    else if (labels.isNamed(LABELS.pod)) name.pod = labels.value();
  }
  return name;
}

/** A series that does not count may have the labels of one that does, which are known to be labels. */
function checkUnread(builder: SampleBuilder, scanner: TextScanner, labels: LabelScanner): void {
  if (scanner.isExpected) builder.find(scanner);
  else checkLabels(labels);
}

/** Labels that nobody reads must still be labels. */
function checkLabels(labels: LabelScanner): void {
  labels.restart();
  while (labels.next());
}

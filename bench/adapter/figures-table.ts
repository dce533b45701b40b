import { UPSTREAM } from '../../test/e2e/adapter/upstream-adapter.ts';
import type { Spread } from '../scale/quantiles.ts';
import { mebibytes, type ResultsTable, tableText, withRows } from '../scale/results-table.ts';
import { METRICS_COUNT } from './measured-series.ts';
import type { AdapterFigures } from './measurement.ts';
import type { ReadFigures } from './reads.ts';

/** What tells one row from another. */
const KEY_COLUMNS = ['series', 'metrics', 'adapter'];

const COST: ResultsTable<AdapterFigures> = {
  columns: [
    ...KEY_COLUMNS,
    'listed after, s',
    'a list, MiB',
    'lists a minute',
    'CPU, s/min',
    'RSS / peak, MiB',
    'private, MiB',
  ],
  row: (figures) => [
    ...keyOf(figures),
    figures.firstListSeconds.toFixed(1),
    (figures.listBytes / 1024 / 1024).toFixed(1),
    figures.listsPerMinute.toFixed(1),
    figures.cpuSecondsPerMinute.toFixed(2),
    `${mebibytes(figures.rssBytes)} / ${mebibytes(figures.rssBytesMax)}`,
    mebibytes(privateBytesOf(figures)),
  ],
};

const READS: ResultsTable<AdapterFigures> = {
  columns: [
    ...KEY_COLUMNS,
    'discovery p50 / p99, ms',
    'discovery, KiB',
    'first reads p50 / p99, ms',
    'later reads p50 / p99, ms',
    'queries a read',
    'sync of an HPA p50 / p99, ms',
    'queries a sync',
  ],
  row: (figures) => [
    ...keyOf(figures),
    millisText(figures.discoveryMs),
    (figures.discoveryBytes / 1024).toFixed(0),
    millisText(figures.firstReads.latencyMs),
    millisText(figures.laterReads.latencyMs),
    figures.firstReads.queriesPerRead.toFixed(2),
    ...readCells(figures.syncs),
  ],
};

const ROUNDS: ResultsTable<AdapterFigures> = {
  columns: [
    ...KEY_COLUMNS,
    'HPAs',
    'pods of their own p50 / p99, ms',
    'queries a sync',
    'one object p50 / p99, ms',
    'queries a sync of it',
  ],
  row: (figures) => [
    ...keyOf(figures),
    String(figures.roundHpaCount),
    ...readCells(figures.ownPods),
    ...readCells(figures.oneObject),
  ],
};

const TABLES = [COST, READS, ROUNDS];

/** An adapter, and upstream's with the same series in the same run. */
interface Pair {
  readonly ours: AdapterFigures;
  readonly upstream: AdapterFigures;
}

const RATIOS: ResultsTable<Pair> = {
  columns: [
    ...KEY_COLUMNS,
    'RSS',
    'RSS peak',
    'private',
    'CPU',
    'first reads p50',
    'first reads p99',
    'later reads p50',
    'later reads p99',
    'queries, pods of their own',
    'queries, one object',
  ],
  row: ({ ours, upstream }) => {
    const ratio = (of: (figures: AdapterFigures) => number | null): string => {
      const [one, other] = [of(ours), of(upstream)];
      return one === null || other === null ? '–' : (one / other).toFixed(2);
    };
    return [
      ...keyOf(ours),
      ratio(({ rssBytes }) => rssBytes),
      ratio(({ rssBytesMax }) => rssBytesMax),
      ratio(privateBytesOf),
      ratio(({ cpuSecondsPerMinute }) => cpuSecondsPerMinute),
      ratio(({ firstReads }) => firstReads.latencyMs.p50),
      ratio(({ firstReads }) => firstReads.latencyMs.p99),
      ratio(({ laterReads }) => laterReads.latencyMs.p50),
      ratio(({ laterReads }) => laterReads.latencyMs.p99),
      ratio(({ ownPods }) => ownPods.queriesPerRead),
      ratio(({ oneObject }) => oneObject.queriesPerRead),
    ];
  },
};

/** The tables of the figures: what the lists cost, how long answers take, what many at once cost, and ratios where there are both. */
export function figuresTables(figures: readonly AdapterFigures[]): string {
  const pairs = pairsOf(figures);
  const ratios = pairs.length === 0 ? [] : [tableText(RATIOS, pairs)];
  return [...TABLES.map((table) => tableText(table, figures)), ...ratios].join('\n\n');
}

/** The page with the rows of these figures put in or replaced. */
export function withFigures(page: string, figures: readonly AdapterFigures[]): string {
  const text = TABLES.reduce((before, table) => withRows(before, table, figures), page);
  return withRows(text, RATIOS, pairsOf(figures));
}

function pairsOf(figures: readonly AdapterFigures[]): readonly Pair[] {
  return figures.flatMap((ours) => {
    const upstream = figures.find((each) => each.adapter === UPSTREAM.name && each.seriesCount === ours.seriesCount);
    return upstream === undefined || upstream === ours ? [] : [{ ours, upstream }];
  });
}

/** Without pages of files. */
function privateBytesOf({ rssBytes, rssFileBytes }: AdapterFigures): number {
  return rssBytes - rssFileBytes;
}

function keyOf({ seriesCount, adapter }: AdapterFigures): readonly string[] {
  return [String(seriesCount), String(METRICS_COUNT), adapter];
}

function readCells({ latencyMs, queriesPerRead }: ReadFigures): readonly [string, string] {
  return [millisText(latencyMs), queriesPerRead.toFixed(2)];
}

function millisText({ p50, p99 }: Spread): string {
  return p50 === null || p99 === null ? '–' : `${p50.toFixed(1)} / ${p99.toFixed(1)}`;
}

import type { Spread } from '../scale/quantiles.ts';
import { mebibytes, type ResultsTable, tableText, withRows } from '../scale/results-table.ts';
import type { ListName } from './list-latencies.ts';
import type { ServerFigures } from './measurement.ts';

/** What tells one row from another. */
const KEY_COLUMNS = ['nodes', 'pods a node', 'server'];

const COST: ResultsTable<ServerFigures> = {
  columns: [
    ...KEY_COLUMNS,
    'CPU, s/min',
    'CPU, ms a scrape',
    'RSS / peak, MiB',
    'first value / all, s',
    'step to served p50 / p99, s',
    'scrape to served p50 / p99, s',
  ],
  row: (figures) => [
    ...keyOf(figures),
    figures.cpuSecondsPerMinute.toFixed(2),
    figures.cpuMsPerScrape.toFixed(2),
    `${mebibytes(figures.rssBytes)} / ${mebibytes(figures.rssBytesMax)}`,
    `${figures.firstValueSeconds.toFixed(1)} / ${figures.allValuesSeconds.toFixed(1)}`,
    secondsText(figures.stepToServedMs),
    secondsText(figures.scrapeToServedMs),
  ],
};

const LISTS: ResultsTable<ServerFigures> = {
  columns: [
    ...KEY_COLUMNS,
    'namespace, JSON p50 / p99, ms',
    'KiB',
    'namespace as HPAs ask p50 / p99, ms',
    'KiB as HPAs ask',
    'all pods, JSON p50 / p99, ms',
    'MiB',
  ],
  row: (figures) => {
    const list = (name: ListName) => figures.lists.find((each) => each.name === name);
    const latency = (name: ListName): string => millisText(list(name)?.latencyMs);
    const kibibytes = (name: ListName): string => ((list(name)?.answerBytes ?? 0) / 1024).toFixed(0);
    return [
      ...keyOf(figures),
      latency('namespace'),
      kibibytes('namespace'),
      latency('namespaceAsHpa'),
      kibibytes('namespaceAsHpa'),
      latency('cluster'),
      ((list('cluster')?.answerBytes ?? 0) / 1024 / 1024).toFixed(1),
    ];
  },
};

const TABLES = [COST, LISTS];

/** The tables of the figures: what scraping costs and brings, and the lists. */
export function figuresTables(figures: readonly ServerFigures[]): string {
  return TABLES.map((table) => tableText(table, figures)).join('\n\n');
}

/** The page with the rows of these figures put in or replaced. */
export function withFigures(page: string, figures: readonly ServerFigures[]): string {
  return TABLES.reduce((text, table) => withRows(text, table, figures), page);
}

function keyOf({ size, server }: ServerFigures): readonly string[] {
  return [String(size.nodeCount), String(size.podsPerNodeCount), server];
}

function secondsText({ p50, p99 }: Spread): string {
  return p50 === null || p99 === null ? '–' : `${(p50 / 1000).toFixed(2)} / ${(p99 / 1000).toFixed(2)}`;
}

function millisText(spread: Spread | undefined): string {
  if (spread === undefined || spread.p50 === null || spread.p99 === null) return '–';
  return `${spread.p50.toFixed(1)} / ${spread.p99.toFixed(1)}`;
}

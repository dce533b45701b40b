import type { Spread } from '../scale/quantiles.ts';
import { mebibytes, type ResultsTable, tableText, withRows } from '../scale/results-table.ts';
import type { NotifierFigures } from './measurement.ts';
import type { SoakFigures } from './soak.ts';

const KEY_COLUMNS = ['HPAs', 'scalings', 'manifest'];

const COST: ResultsTable<NotifierFigures> = {
  columns: [
    ...KEY_COLUMNS,
    'ready after, s',
    'CPU until then, s',
    'told while nothing scales',
    'CPU, s/min',
    'RSS / peak, MiB',
  ],
  row: (figures) => [
    ...keyOf(figures),
    figures.readySeconds.toFixed(1),
    figures.readyCpuSeconds.toFixed(1),
    String(figures.calmEventCount),
    figures.cpuSecondsPerMinute.toFixed(2),
    `${mebibytes(figures.rssBytes)} / ${mebibytes(figures.rssBytesMax)}`,
  ],
};

const NEWS: ResultsTable<NotifierFigures> = {
  columns: [
    ...KEY_COLUMNS,
    'change to message p50 / p99, ms',
    'told of: starts / completions',
    'outage, s',
    'CPU meanwhile, %',
    'all told after its end, s',
  ],
  row: (figures) => [
    ...keyOf(figures),
    millisText(figures.startMs),
    `${figures.startedEventCount} / ${figures.completedEventCount}`,
    String(figures.outageSeconds),
    figures.outageCpuPercent.toFixed(1),
    figures.resyncSeconds.toFixed(1),
  ],
};

const SOAK: ResultsTable<SoakFigures> = {
  columns: ['HPAs', 'hours', 'soak', 'messages', 'held after 1 h, MiB', 'after half', 'at the end', 'real time, s'],
  row: ({ hpaCount, hourCount, messageCount, heldBytes, tookSeconds }) => [
    String(hpaCount),
    String(hourCount),
    'notifier and API server',
    String(messageCount),
    ...[0, Math.floor(heldBytes.length / 2) - 1, heldBytes.length - 1].map((hour) => tenths(heldBytes.at(hour) ?? 0)),
    tookSeconds.toFixed(0),
  ],
};

const TABLES = [COST, NEWS];

/** The tables of these figures alone. */
export function figuresTables(figures: readonly NotifierFigures[]): string {
  return TABLES.map((table) => tableText(table, figures)).join('\n\n');
}

/** The page with the rows of these figures put in or replaced. */
export function withFigures(page: string, figures: readonly NotifierFigures[]): string {
  return TABLES.reduce((before, table) => withRows(before, table, figures), page);
}

/** The table of a soak alone. */
export function soakTable(figures: readonly SoakFigures[]): string {
  return tableText(SOAK, figures);
}

/** The page with the row of a soak put in or replaced. */
export function withSoak(page: string, figures: readonly SoakFigures[]): string {
  return withRows(page, SOAK, figures);
}

function keyOf({ hpaCount, startCount, notifier }: NotifierFigures): readonly string[] {
  return [String(hpaCount), String(startCount), `${notifier}.yaml`];
}

function tenths(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

function millisText({ p50, p99 }: Spread): string {
  return p50 === null || p99 === null ? '–' : `${p50} / ${p99}`;
}

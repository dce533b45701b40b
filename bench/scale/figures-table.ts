import type { CellFigures } from './measurement.ts';
import type { Spread } from './quantiles.ts';
import { mebibytes, type ResultsTable, tableText, withRows } from './results-table.ts';

const KEY_COLUMNS = ['HPAs', 'namespaces', 'controller'];

const COST: ResultsTable<CellFigures> = {
  columns: [
    ...KEY_COLUMNS,
    'period p50 / p99, s',
    'reaction p50 / p99, s',
    'first pass, s',
    'controller CPU, s/min',
    'API server CPU, s/min',
    'etcd CPU, s/min',
    'RSS / peak, MiB',
  ],
  row: (figures) => [
    ...keyOf(figures),
    spreadText(figures.periodSeconds),
    spreadText(figures.reactionSeconds),
    figures.firstPassSeconds.toFixed(1),
    figures.controllerCpuSecondsPerMinute.toFixed(1),
    figures.apiServerCpuSecondsPerMinute.toFixed(1),
    figures.etcdCpuSecondsPerMinute.toFixed(1),
    `${mebibytes(figures.rssBytes)} / ${mebibytes(figures.rssBytesMax)}`,
  ],
};

const CALLS: ResultsTable<CellFigures> = {
  columns: [...KEY_COLUMNS, 'scale GET', 'scale PUT', 'status PUT', 'metrics LIST', 'events', 'other', 'failed'],
  row: (figures) => {
    const { callsPerMinute: calls } = figures;
    const count = (matches: (kind: string) => boolean): number =>
      Object.entries(calls).reduce((sum, [kind, perMinute]) => sum + (matches(kind) ? perMinute : 0), 0);
    const named = [
      (kind: string) => kind.startsWith('get workloads') && kind.endsWith('/scale'),
      (kind: string) => kind.startsWith('update workloads') && kind.endsWith('/scale'),
      (kind: string) => kind === 'update horizontalpodautoscalers.autoscaling/status',
      (kind: string) => kind === 'list pods.metrics.k8s.io',
      (kind: string) => /^(create|patch) events\b/.test(kind),
    ];
    const other = count((kind) => !named.some((matches) => matches(kind)));
    const perMinute = [...named.map(count), other, figures.failuresPerMinute];
    return [...keyOf(figures), ...perMinute.map((value) => String(Math.round(value)))];
  },
};

/** The tables of the cells, the calls per minute. */
export function figuresTables(cells: readonly CellFigures[]): string {
  return [COST, CALLS].map((table) => tableText(table, cells)).join('\n\n');
}

/** The page with the rows of these cells put in or replaced; every other row stays. */
export function withFigures(page: string, cells: readonly CellFigures[]): string {
  return [COST, CALLS].reduce((text, table) => withRows(text, table, cells), page);
}

function keyOf({ size, contender, flags }: CellFigures): readonly string[] {
  return [String(size.hpaCount), String(size.namespaceCount), [contender, ...flags].join(' ')];
}

function spreadText({ p50, p99 }: Spread): string {
  return p50 === null || p99 === null ? '–' : `${p50.toFixed(2)} / ${p99.toFixed(2)}`;
}

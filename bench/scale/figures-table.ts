import type { CellFigures } from './measurement.ts';
import type { Spread } from './quantiles.ts';

/** A table of RESULTS.md: its heading's cells, and how a row is made of a cell's figures. */
interface Table {
  readonly columns: readonly string[];
  readonly row: (figures: CellFigures) => readonly string[];
}

/** What tells one row from another: HPAs, namespaces, controller. */
const KEY_COLUMN_COUNT = 3;
const KEY_COLUMNS = ['HPAs', 'namespaces', 'controller'];

const COST: Table = {
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

const CALLS: Table = {
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
  return [COST, CALLS].map((table) => tableText(table, cells.map(table.row))).join('\n\n');
}

/** The page with the rows of these cells put in or replaced; every other row stays. */
export function withFigures(page: string, cells: readonly CellFigures[]): string {
  return [COST, CALLS].reduce((text, table) => withRows(text, table, cells.map(table.row)), page);
}

function withRows(page: string, table: Table, rows: readonly (readonly string[])[]): string {
  const lines = page.split('\n');
  const head = lines.indexOf(rowText(table.columns));
  if (head === -1) throw new Error(`bench/RESULTS.md has no table with the head ${rowText(table.columns)}`);
  const afterRule = head + 2;
  let end = afterRule;
  while (lines[end]?.startsWith('|')) end += 1;
  const byKey = new Map(lines.slice(afterRule, end).map((line) => [keyText(cellsOf(line)), cellsOf(line)]));
  for (const row of rows) byKey.set(keyText(row), row);
  const sorted = [...byKey.values()].sort(
    (left, right) =>
      Number(left[0]) - Number(right[0]) ||
      Number(left[1]) - Number(right[1]) ||
      String(left[2]).localeCompare(String(right[2])),
  );
  return [...lines.slice(0, afterRule), ...sorted.map(rowText), ...lines.slice(end)].join('\n');
}

function tableText(table: Table, rows: readonly (readonly string[])[]): string {
  const rule = table.columns.map((_, index) => (index < KEY_COLUMN_COUNT - 1 ? '---:' : index === 2 ? '---' : '---:'));
  return [table.columns, rule, ...rows].map(rowText).join('\n');
}

function keyOf({ size, contender, flags }: CellFigures): readonly string[] {
  return [String(size.hpaCount), String(size.namespaceCount), [contender, ...flags].join(' ')];
}

function keyText(cells: readonly string[]): string {
  return cells.slice(0, KEY_COLUMN_COUNT).join('|');
}

function cellsOf(line: string): readonly string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function rowText(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function spreadText({ p50, p99 }: Spread): string {
  return p50 === null || p99 === null ? '–' : `${p50.toFixed(2)} / ${p99.toFixed(2)}`;
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}

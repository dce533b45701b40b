/** A table of RESULTS.md: its heading's cells, and how a row is made of a cell's figures. */
export interface ResultsTable<Figures> {
  /** The first three tell one row from another: two numbers and a name. */
  readonly columns: readonly string[];
  readonly row: (figures: Figures) => readonly string[];
}

const KEY_COLUMN_COUNT = 3;
const NAME_COLUMN = KEY_COLUMN_COUNT - 1;

/** The table of these figures alone. */
export function tableText<Figures>(table: ResultsTable<Figures>, figures: readonly Figures[]): string {
  const rule = table.columns.map((_, index) => (index === NAME_COLUMN ? '---' : '---:'));
  return [table.columns, rule, ...figures.map(table.row)].map(rowText).join('\n');
}

/** The page with the rows of these figures put in or replaced; every other row stays. */
export function withRows<Figures>(page: string, table: ResultsTable<Figures>, figures: readonly Figures[]): string {
  const lines = page.split('\n');
  const head = lines.indexOf(rowText(table.columns));
  if (head === -1) throw new Error(`bench/RESULTS.md has no table with the head ${rowText(table.columns)}`);
  const afterRule = head + 2;
  let end = afterRule;
  while (lines[end]?.startsWith('|')) end += 1;
  const byKey = new Map(lines.slice(afterRule, end).map((line) => [keyText(cellsOf(line)), cellsOf(line)]));
  for (const row of figures.map(table.row)) byKey.set(keyText(row), row);
  const sorted = [...byKey.values()].sort(
    (left, right) =>
      Number(left[0]) - Number(right[0]) ||
      Number(left[1]) - Number(right[1]) ||
      String(left[2]).localeCompare(String(right[2])),
  );
  return [...lines.slice(0, afterRule), ...sorted.map(rowText), ...lines.slice(end)].join('\n');
}

/** A memory size in MiB, as the tables have it. */
export function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
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

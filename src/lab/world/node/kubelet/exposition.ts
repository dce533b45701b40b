/** A series of a family; an absent `atMs` leaves the instant to whoever scrapes. */
export interface Series {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
  /** Epoch milliseconds. */
  readonly atMs?: number;
}

/** A metric with all its series. */
export interface Family {
  readonly name: string;
  /** With Kubernetes' stability in front where it has one: `[STABLE] Cumulative …`. */
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly series: readonly Series[];
}

/**
 * The Prometheus text format 0.0.4 as Go's client writes it: families by name, labels by name, series by their labels'
 * values, floats in their shortest form with an exponent from a million on. A family without series is left out.
 */
export function expositionText(families: readonly Family[]): string {
  return families
    .filter(({ series }) => series.length > 0)
    .toSorted((a, b) => compareText(a.name, b.name))
    .map(familyText)
    .join('');
}

function familyText({ name, help, type, series }: Family): string {
  const lines = series
    .map(({ labels = {}, value, atMs }) => {
      const sorted = Object.entries(labels).sort(([a], [b]) => compareText(a, b));
      return { values: sorted.map(([, text]) => text), line: seriesLine(name, sorted, value, atMs) };
    })
    .sort((a, b) => compareValues(a.values, b.values))
    .map(({ line }) => line);
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function seriesLine(
  name: string,
  labels: readonly (readonly [string, string])[],
  value: number,
  atMs: number | undefined,
): string {
  const pairs = labels.map(([label, text]) => `${label}="${escapeValue(text)}"`).join(',');
  const instant = atMs === undefined ? '' : ` ${atMs}`;
  return `${name}${pairs === '' ? '' : `{${pairs}}`} ${floatText(value)}${instant}\n`;
}

const PLAIN_EXPONENT_MIN = -4;
const PLAIN_EXPONENT_MAX = 5;

/** `41.730112`, `1.253376e+07`, `1e-05`: the fewest digits that say it, with an exponent below 0.0001 and from a million on. */
export function floatText(value: number): string {
  if (value === 0) return '0';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= PLAIN_EXPONENT_MIN && exponent <= PLAIN_EXPONENT_MAX) return String(value);
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeValue(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

function compareValues(left: readonly string[], right: readonly string[]): number {
  for (const [index, value] of left.entries()) {
    const order = compareText(value, right[index] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

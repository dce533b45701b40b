import type { MetricPoint } from '../../control/history/feed.ts';
import { amountText } from '../../core/explain/amount.ts';
import { explainHeadline, sentencesIn } from '../../core/explain/explain-decision.ts';
import type { ExplainableDecision } from '../../core/explain/explanation.ts';
import { term } from '../../core/explain/glossary.ts';
import type { Language } from '../../core/explain/language.ts';
import { metricLabel, metricUnit } from '../../core/explain/metric-label.ts';
import { fitText, textWidth, wrapText } from './text-width.ts';

/** What the view shows of one HPA. Histories are oldest first; null is a gap. */
export interface LiveHpa {
  readonly namespace: string;
  readonly name: string;
  readonly currentReplicas: number | null;
  readonly desiredReplicas: number | null;
  readonly minReplicas: number | null;
  readonly maxReplicas: number | null;
  readonly metrics: readonly MetricPoint[];
  readonly replicaHistory: readonly (number | null)[];
  /** Of the first metric, in its own unit. */
  readonly metricHistory: readonly (number | null)[];
  /** The decision that last changed the count, or the first one. */
  readonly lastChange: ExplainableDecision | null;
  /** What drives it, as text; null when nothing is known. */
  readonly load: string | null;
}

export interface LiveViewModel {
  readonly hpas: readonly LiveHpa[];
  /** One line above all blocks, such as the domain clock and the address of the page. */
  readonly title: string;
  /** One line below all blocks; none when absent. */
  readonly foot?: string | undefined;
}

export interface LiveViewOptions {
  /** Cells that a line may take. */
  readonly columns: number;
  readonly language: Language;
  readonly isColor: boolean;
  /** Writes an instant (epoch ms) in the reader's zone. */
  readonly formatTime: (atMs: number) => string;
}

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const WHY_LINE_COUNT_MAX = 2;
const LABEL_WIDTH_MAX = 14;

/** The live view as lines, each at most `columns` cells wide: a block for each HPA. */
export function renderLiveView(model: LiveViewModel, options: LiveViewOptions): string[] {
  const blocks = model.hpas.flatMap((hpa) => ['', ...renderHpa(hpa, options)]);
  const title = fitText(model.title, options.columns).trimEnd();
  const foot =
    model.foot === undefined ? [] : ['', paint(fitText(model.foot, options.columns).trimEnd(), 'dim', options)];
  return [paint(title, 'dim', options), ...blocks, ...foot];
}

/** One line for a change, for logs and terminals that cannot redraw. */
export function renderChangeLine(
  decision: ExplainableDecision,
  { language, formatTime }: Pick<LiveViewOptions, 'language' | 'formatTime'>,
): string {
  const { namespace, name } = decision.hpa;
  return `${formatTime(decision.atMs)} ${namespace}/${name} ${explainHeadline(decision, language, { formatTime })}`;
}

function renderHpa(hpa: LiveHpa, options: LiveViewOptions): string[] {
  const { columns, language, formatTime } = options;
  const label = hpa.metrics[0] === undefined ? term('metric', language) : metricLabel(hpa.metrics[0]);
  const replicasLabel = term('replicas', language);
  const labelWidth = Math.min(LABEL_WIDTH_MAX, Math.max(textWidth(replicasLabel), textWidth(label)));
  const graphWidth = Math.max(1, columns - labelWidth - 4);
  const graph = (name: string, values: readonly (number | null)[], colour: Colour): string =>
    `  ${paint(fitText(name, labelWidth), 'dim', options)}  ${paint(sparkline(values, graphWidth), colour, options)}`;
  const lines = [
    headLine(hpa, options),
    graph(replicasLabel, hpa.replicaHistory, 'cyan'),
    graph(label, hpa.metricHistory, 'magenta'),
  ];
  if (hpa.lastChange !== null) {
    const time = formatTime(hpa.lastChange.atMs);
    const width = Math.max(4, columns - 2);
    const why = wrapText(
      `${time}  ${explainHeadline(hpa.lastChange, language, { formatTime })}`,
      width,
      WHY_LINE_COUNT_MAX,
    );
    lines.push(...why.map((line) => `  ${line}`));
  }
  return lines;
}

/** Name, count, bounds, metrics and load; what does not fit goes from the end. */
function headLine(hpa: LiveHpa, options: LiveViewOptions): string {
  const { columns, language } = options;
  const parts: { readonly text: string; readonly colour: Colour }[] = [
    { text: `${hpa.namespace}/${hpa.name}`, colour: 'bold' },
    { text: countText(hpa), colour: hpa.currentReplicas === hpa.desiredReplicas ? 'bold' : 'yellow' },
    { text: `[${hpa.minReplicas ?? '–'}–${hpa.maxReplicas ?? '–'}]`, colour: 'dim' },
    ...hpa.metrics.map((metric) => ({
      text: metricSummary(metric, language),
      colour: metric.kind === 'failed' ? ('red' as const) : ('plain' as const),
    })),
    ...(hpa.load === null ? [] : [{ text: `${term('load', language)} ${hpa.load}`, colour: 'dim' as const }]),
  ];
  let line = '';
  let left = columns;
  for (const { text, colour } of parts) {
    const gap = line === '' ? '' : '  ';
    const room = left - gap.length;
    if (room < Math.min(4, textWidth(text))) break;
    const shown = textWidth(text) <= room ? text : fitText(text, room);
    line += gap + paint(shown, colour, options);
    left = room - textWidth(shown);
  }
  return line;
}

function countText({ currentReplicas, desiredReplicas }: LiveHpa): string {
  if (currentReplicas === null) return '?';
  return desiredReplicas === null || desiredReplicas === currentReplicas
    ? String(currentReplicas)
    : `${currentReplicas} → ${desiredReplicas}`;
}

function metricSummary(metric: MetricPoint, language: Language): string {
  const label = metricLabel(metric);
  if (metric.kind === 'failed') {
    const reason = language === 'zh-CN' ? `（${metric.reason}）` : ` (${metric.reason})`;
    return `${label} ${term('noData', language)}${reason}`;
  }
  const write = (value: number | string): string =>
    amountText(value, metricUnit(metric), sentencesIn(language).percent);
  return `${label} ${write(metric.current)} / ${write(metric.target)}`;
}

/** The newest `width` values as bars of eight heights; a gap is a space. */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const shown = values.slice(-width);
  let peak = 0;
  for (const value of shown) peak = Math.max(peak, value ?? 0);
  return shown.map((value) => (value === null ? ' ' : BARS[barIndex(value, peak)])).join('');
}

function barIndex(value: number, peak: number): number {
  if (peak === 0) return 0;
  return Math.max(0, Math.min(BARS.length - 1, Math.round((value / peak) * (BARS.length - 1))));
}

type Colour = 'plain' | 'bold' | 'dim' | 'cyan' | 'magenta' | 'yellow' | 'red';

const CODES: Readonly<Record<Colour, number>> = {
  plain: 0,
  bold: 1,
  dim: 2,
  cyan: 36,
  magenta: 35,
  yellow: 33,
  red: 31,
};

function paint(text: string, colour: Colour, { isColor }: LiveViewOptions): string {
  return isColor && colour !== 'plain' && text !== '' ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
}

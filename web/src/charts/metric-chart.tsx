import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { amountText, isMeasured } from '../../../src/core/explain/amount.ts';
import { sentencesIn } from '../../../src/core/explain/explain-decision.ts';
import { metricUnit, toleranceBand } from '../../../src/core/explain/metric-label.ts';
import type { DecisionSummary, MetricPoint } from '../../../src/people/dashboard/wire.ts';
import { metricText } from '../hpa-state.ts';
import { Caption } from './caption.tsx';
import { Chart } from './chart.tsx';
import type { ChartProps } from './chart-props.ts';
import type { Palette } from './palette.ts';

/** One metric over time with its target and, shaded, the band in which nothing happens. Failures are gaps. */
export function MetricChart({
  index,
  points,
  hoveredAtMs,
  store,
  preferences,
  reader,
}: ChartProps & { readonly index: number }) {
  const { words, time, language } = reader;
  const data = useMemo(() => metricData(points, index), [points, index]);
  const hovered = points.find(({ atMs }) => atMs === hoveredAtMs.value) ?? points.at(-1);
  const metric = hovered?.metrics[index];
  if (metric === undefined) return null;
  const text = metricText(metric, language);
  const unit = metricUnit(newestProposed(points, index) ?? metric);
  const { percent } = sentencesIn(language);
  return (
    <figure>
      <Caption
        title={text.label}
        when={hovered === undefined ? '' : time.clock(hovered.atMs)}
        items={[
          { text: words.metric, swatch: 'metric', value: text.current ?? words.noData },
          { text: words.target, swatch: 'target', value: text.target === '' ? null : text.target },
          { text: words.band, swatch: 'band', value: text.band === '' ? null : text.band },
        ]}
      />
      <Chart
        data={data}
        series={metricSeries}
        bands={(palette) => [{ series: [4, 3], fill: palette.band }]}
        valueAxis={(values) => values.map((value) => amountText(value, unit, percent))}
        valueRange={rangeOf}
        markedAtMs={store.picked.value?.decision.atMs ?? null}
        timeText={time.clock}
        heightPx={180}
        label={words.chartOfMetric(text.label, store.hpa.value?.name ?? '')}
        preferences={preferences}
        hoveredAtMs={hoveredAtMs}
        onPick={(atMs) => store.pick(points.find((point) => point.atMs === atMs)?.id ?? null)}
      />
    </figure>
  );
}

/** Values by series: the metric, its target, and the lower and upper end of its band. */
function metricData(points: readonly DecisionSummary[], index: number): uPlot.AlignedData {
  const proposed = points.map(({ metrics }) => {
    const point = metrics[index];
    return point?.kind === 'proposed' ? point : null;
  });
  const bands = proposed.map((point) => (point === null ? null : toleranceBand(point.target, point.tolerance)));
  return [
    points.map(({ atMs }) => atMs / 1000),
    proposed.map((point) => (point !== null && isMeasured(point.current) ? Number(point.current) : null)),
    proposed.map((point) => (point === null ? null : Number(point.target))),
    bands.map((band) => band?.low ?? null),
    bands.map((band) => band?.high ?? null),
  ];
}

function metricSeries(palette: Palette): uPlot.Series[] {
  const edge: uPlot.Series = { stroke: 'transparent', width: 0, points: { show: false } };
  return [
    { stroke: palette.metric, width: 2, points: { show: false } },
    { stroke: palette.ink, width: 1, dash: [5, 4], points: { show: false } },
    edge,
    edge,
  ];
}

function rangeOf(data: uPlot.AlignedData): [number, number] {
  let top = 1;
  for (const values of data.slice(1)) for (const value of values ?? []) top = Math.max(top, value ?? 0);
  return [0, top * 1.12];
}

function newestProposed(points: readonly DecisionSummary[], index: number): MetricPoint | undefined {
  return points.findLast(({ metrics }) => metrics[index]?.kind === 'proposed')?.metrics[index];
}

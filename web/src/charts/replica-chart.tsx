import { useMemo } from 'preact/hooks';
import uPlot from 'uplot';
import type { DecisionSummary } from '../../../src/people/dashboard/wire.ts';
import { recommendation } from '../hpa-state.ts';
import { Caption } from './caption.tsx';
import { Chart } from './chart.tsx';
import type { ChartProps } from './chart-props.ts';
import type { Palette } from './palette.ts';

/** Bounds farther away than this many times the highest count are named, not drawn: they would flatten the rest. */
const BOUND_PEAK_RATIO_MAX = 2.5;

/** Current and desired replicas, what the metrics asked for, and the bounds. A dot marks each write. */
export function ReplicaChart({ points, hoveredAtMs, store, preferences, reader }: ChartProps) {
  const { words, time } = reader;
  const data = useMemo(() => replicaData(points), [points]);
  const hovered = points.find(({ atMs }) => atMs === hoveredAtMs.value) ?? points.at(-1);
  const name = store.hpa.value?.name ?? '';
  return (
    <figure>
      <Caption
        title={words.replicas}
        when={hovered === undefined ? '' : time.clock(hovered.atMs)}
        items={[
          { text: words.current, swatch: 'replicas', value: hovered?.currentReplicas ?? null },
          { text: words.desired, swatch: 'desired', value: hovered?.desiredReplicas ?? null },
          {
            text: words.recommendation,
            swatch: 'recommendation',
            value: hovered === undefined ? null : recommendation(hovered),
          },
          {
            text: words.bounds,
            swatch: 'bounds',
            value: hovered === undefined ? null : `${hovered.minReplicas ?? '–'} – ${hovered.maxReplicas ?? '–'}`,
          },
        ]}
      />
      <Chart
        data={data}
        series={replicaSeries}
        valueAxis={(values) => values.map((value) => (Number.isInteger(value) ? String(value) : ''))}
        valueRange={() => [0, topOf(points)]}
        wholeNumbersOnly
        draw={(chart, palette) => drawWrites(chart, palette, points)}
        markedAtMs={store.picked.value?.decision.atMs ?? null}
        timeText={time.clock}
        heightPx={220}
        label={words.chartOfReplicas(name)}
        preferences={preferences}
        hoveredAtMs={hoveredAtMs}
        onPick={(atMs) => store.pick(points.find((point) => point.atMs === atMs)?.id ?? null)}
      />
    </figure>
  );
}

function replicaData(points: readonly DecisionSummary[]): uPlot.AlignedData {
  return [
    points.map(({ atMs }) => atMs / 1000),
    points.map(({ currentReplicas }) => currentReplicas),
    points.map(({ desiredReplicas }) => desiredReplicas),
    points.map(recommendation),
    points.map(({ minReplicas }) => minReplicas),
    points.map(({ maxReplicas }) => maxReplicas),
  ];
}

function replicaSeries(palette: Palette): uPlot.Series[] {
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const steps = stepped === undefined ? {} : { paths: stepped };
  const bound: uPlot.Series = { ...steps, stroke: palette.faint, width: 1, dash: [2, 4], points: { show: false } };
  return [
    { ...steps, stroke: palette.replicas, width: 2, fill: palette.replicasFill, points: { show: false } },
    { ...steps, stroke: palette.desired, width: 2, points: { show: false } },
    { ...steps, stroke: palette.ink, width: 1, dash: [5, 4], points: { show: false } },
    bound,
    bound,
  ];
}

function topOf(points: readonly DecisionSummary[]): number {
  let peak = 1;
  for (const { currentReplicas, desiredReplicas } of points)
    peak = Math.max(peak, currentReplicas ?? 0, desiredReplicas ?? 0);
  const maxReplicas = points.at(-1)?.maxReplicas ?? 0;
  const isBoundNear = maxReplicas <= Math.max(peak * BOUND_PEAK_RATIO_MAX, 10);
  return Math.ceil((isBoundNear ? Math.max(peak, maxReplicas) : peak) * 1.1);
}

function drawWrites(chart: uPlot, palette: Palette, points: readonly DecisionSummary[]): void {
  const { ctx } = chart;
  ctx.save();
  ctx.setLineDash([]);
  ctx.fillStyle = palette.desired;
  ctx.strokeStyle = palette.surface;
  ctx.lineWidth = 3 * devicePixelRatio;
  for (const { atMs, scaledTo } of points) {
    if (scaledTo === null) continue;
    ctx.beginPath();
    ctx.arc(
      chart.valToPos(atMs / 1000, 'x', true),
      chart.valToPos(scaledTo, 'y', true),
      4 * devicePixelRatio,
      0,
      2 * Math.PI,
    );
    ctx.stroke();
    ctx.fill();
  }
  ctx.restore();
}

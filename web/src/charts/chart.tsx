import type { Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Preferences } from '../preferences.ts';
import { type Palette, readPalette } from './palette.ts';

/** What a chart draws, and what happens when it is pointed at. */
export interface ChartOptions {
  /** Instants in seconds, then one list of values for each series. */
  readonly data: uPlot.AlignedData;
  readonly series: (palette: Palette) => uPlot.Series[];
  readonly bands?: (palette: Palette) => uPlot.Band[];
  readonly valueAxis: (values: readonly number[]) => string[];
  readonly valueRange: (data: uPlot.AlignedData) => [number, number];
  readonly wholeNumbersOnly?: boolean;
  readonly draw?: (chart: uPlot, palette: Palette) => void;
  /** The instant to mark with a line; null for none. */
  readonly markedAtMs: number | null;
  readonly timeText: (atMs: number) => string;
  readonly heightPx: number;
  /** What the chart shows, in words. */
  readonly label: string;
  readonly preferences: Preferences;
  readonly hoveredAtMs: Signal<number | null>;
  readonly onPick: (atMs: number) => void;
}

/** A chart over time. It is drawn anew when its look changes, and only redrawn when its data does. */
export function Chart(options: ChartOptions) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const current = useRef(options);
  current.current = options;
  const look = `${options.preferences.theme.value} ${options.preferences.language.value} ${options.data.length}`;

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const build = (): void => {
      chart.current?.destroy();
      chart.current = new uPlot(uplotOptions(current, element.clientWidth), current.current.data, element);
    };
    build();
    const resize = new ResizeObserver(() =>
      chart.current?.setSize({ width: element.clientWidth, height: current.current.heightPx }),
    );
    resize.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', build);
    return () => {
      resize.disconnect();
      scheme.removeEventListener('change', build);
      chart.current?.destroy();
      chart.current = null;
    };
  }, [look]);

  useEffect(() => {
    chart.current?.setData(options.data);
  }, [options.data]);

  useEffect(() => {
    chart.current?.redraw(false, false);
  }, [options.markedAtMs]);

  return <div class="chart" ref={host} role="img" aria-label={options.label} />;
}

function uplotOptions(current: { readonly current: ChartOptions }, width: number): uPlot.Options {
  const palette = readPalette();
  const { series, bands, heightPx, wholeNumbersOnly = false } = current.current;
  const axis = { stroke: palette.faint, font: palette.font, ticks: { show: false } };
  return {
    width,
    height: heightPx,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    series: [{}, ...series(palette)],
    bands: bands?.(palette) ?? [],
    scales: { x: { time: true }, y: { range: () => current.current.valueRange(current.current.data) } },
    axes: [
      {
        ...axis,
        size: 28,
        gap: 6,
        space: 90,
        grid: { show: false },
        values: (_chart, splits) => splits.map((seconds) => current.current.timeText(seconds * 1000)),
      },
      {
        ...axis,
        size: 52,
        gap: 8,
        space: 32,
        grid: { stroke: palette.grid, width: 1 },
        ...(wholeNumbersOnly ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] } : {}),
        values: (_chart, splits) => current.current.valueAxis(splits),
      },
    ],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7, width: 2 }, sync: { key: 'podtide' } },
    hooks: {
      draw: [(chart) => drawOver(chart, current.current, palette)],
      setCursor: [(chart) => hover(chart, current.current)],
      ready: [(chart) => onClick(chart, current)],
    },
  };
}

function hover(chart: uPlot, { hoveredAtMs }: ChartOptions): void {
  const index = chart.cursor.idx;
  const seconds = index === null || index === undefined ? undefined : chart.data[0][index];
  hoveredAtMs.value = seconds === undefined ? null : Math.round(seconds * 1000);
}

function onClick(chart: uPlot, current: { readonly current: ChartOptions }): void {
  chart.over.addEventListener('click', () => {
    const index = chart.cursor.idx;
    const seconds = index === null || index === undefined ? undefined : chart.data[0][index];
    if (seconds !== undefined) current.current.onPick(Math.round(seconds * 1000));
  });
}

function drawOver(chart: uPlot, { draw, markedAtMs }: ChartOptions, palette: Palette): void {
  if (markedAtMs !== null) markInstant(chart, markedAtMs, palette.desired);
  draw?.(chart, palette);
}

/** A vertical line at an instant, in the plot's own pixels. */
function markInstant(chart: uPlot, atMs: number, colour: string): void {
  const x = chart.valToPos(atMs / 1000, 'x', true);
  const { left, top, width, height } = chart.bbox;
  if (x < left || x > left + width) return;
  const { ctx } = chart;
  ctx.save();
  ctx.setLineDash([]);
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio * 1.5;
  ctx.beginPath();
  ctx.moveTo(x, top);
  ctx.lineTo(x, top + height);
  ctx.stroke();
  ctx.restore();
}

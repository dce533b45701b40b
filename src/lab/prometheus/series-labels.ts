import type { SeriesLabels } from '../../metrics/prometheus/answers.ts';

/** The label that holds a metric's name. */
export const METRIC_NAME = '__name__';

/** Labels as one text, which is the same for the same labels in whatever order. */
export function labelsKey(labels: SeriesLabels): string {
  return JSON.stringify(Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/** The text of a label; a label that is not there has none. */
export function labelText(labels: SeriesLabels, name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] ?? '') : '';
}

/** The labels of these names, as far as they are there. */
export function pickLabels(labels: SeriesLabels, names: readonly string[]): SeriesLabels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => names.includes(name)));
}

/** All labels but those of these names. */
export function omitLabels(labels: SeriesLabels, names: readonly string[]): SeriesLabels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

/** The labels without the metric's name, which a number that was computed of it no longer is. */
export function withoutName(labels: SeriesLabels): SeriesLabels {
  return omitLabels(labels, [METRIC_NAME]);
}

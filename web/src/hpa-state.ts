import { amountText } from '../../src/core/explain/amount.ts';
import { sentencesIn } from '../../src/core/explain/explain-decision.ts';
import type { Language } from '../../src/core/explain/language.ts';
import { metricLabel, metricUnit, toleranceBand } from '../../src/core/explain/metric-label.ts';
import type { DecisionSummary, MetricPoint } from '../../src/people/dashboard/wire.ts';
import type { HpaState } from './words.ts';

/** How an HPA fares, from its newest decision. */
export function hpaState(summary: DecisionSummary): HpaState {
  const { path, currentReplicas, desiredReplicas, maxReplicas } = summary;
  if (path === 'Disabled') return 'paused';
  if (currentReplicas === null || desiredReplicas === null) return 'failing';
  if (desiredReplicas > currentReplicas) return 'scalingUp';
  if (desiredReplicas < currentReplicas) return 'scalingDown';
  const wanted = recommendation(summary);
  if (wanted === null) return 'steady';
  if (desiredReplicas === maxReplicas && wanted > desiredReplicas) return 'capped';
  return wanted < desiredReplicas && desiredReplicas !== summary.minReplicas ? 'held' : 'steady';
}

/** What the metrics asked for, before windows and limits; null when none did. */
export function recommendation({ metrics, winnerIndex }: DecisionSummary): number | null {
  const winner = winnerIndex === null ? undefined : metrics[winnerIndex];
  return winner?.kind === 'proposed' ? winner.proposedReplicas : null;
}

/** A metric's numbers as text. */
interface MetricText {
  readonly label: string;
  readonly current: string | null;
  readonly target: string;
  readonly band: string;
}

/** A metric's numbers for the reader; `current` is null and the rest empty when the metric failed. */
export function metricText(point: MetricPoint, language: Language): MetricText {
  const label = metricLabel(point);
  if (point.kind === 'failed') return { label, current: null, target: '', band: '' };
  const unit = metricUnit(point);
  const write = (value: number | string): string => amountText(value, unit, sentencesIn(language).percent);
  const { low, high } = toleranceBand(point.target, point.tolerance);
  return { label, current: write(point.current), target: write(point.target), band: `${write(low)} – ${write(high)}` };
}

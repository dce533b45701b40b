import { assert } from '../../base/failure.ts';
import type { Int64 } from '../../base/int64.ts';
import { parseQuantity, quantityMilli } from '../../base/quantity.ts';
import type { HpaStatus, MetricStatus, MetricValueStatus } from '../../core/autoscaling/types.ts';
import type { MetricFailed, MetricProposed, Trace } from '../../core/engine/trace.ts';
import type { ExplainableDecision } from '../../core/explain/explanation.ts';
import { metricLabel, metricUnit } from '../../core/explain/metric-label.ts';
import type { Direction, DisagreementReason } from '../../core/explain/observed-move.ts';
import type { JudgedMove } from './agreement.ts';

/** Values that are closer than this are taken for the same: between two looks every average moves a little. */
const SAME_VALUE_RATIO = 0.01;

/** Why two controllers came to different ends, and our decision that shows it best. */
export interface Explained {
  readonly reasons: readonly DisagreementReason[];
  readonly ours: ExplainableDecision;
}

/**
 * What tells the two controllers apart, as far as our decisions and their status show it: first what only one of them
 * saw, then what held the one that stayed. Of our decisions the one speaks whose numbers are nearest to theirs. The
 * reasons are empty when nothing shows.
 */
export function explainDisagreement({ verdict, ours, status, statusChangedAtMs }: JudgedMove): Explained {
  const [nearest] = ours
    .map((decision) => ({ decision, seen: metricReasons(decision.trace, status) }))
    .sort((left, right) => left.seen.length - right.seen.length);
  assert(nearest !== undefined, 'a verdict rests on a decision');
  const { decision, seen } = nearest;
  if (verdict.theirReplicas !== null) return { reasons: [...seen, ...ourHolds(decision)], ours: decision };
  const isMetricMoving = seen.some(({ code }) => code === 'MetricDiffers');
  const isSilent = statusChangedAtMs === null || statusChangedAtMs <= verdict.atMs;
  const silent: DisagreementReason[] =
    isMetricMoving && isSilent ? [{ code: 'StatusSilent', sinceMs: statusChangedAtMs ?? verdict.atMs }] : [];
  return { reasons: [...seen, ...silent, ...theirHolds(decision, status, isMetricMoving)], ours: decision };
}

/** What the two saw of each metric, where that differs. */
function metricReasons({ metrics }: Trace, status: HpaStatus | undefined): DisagreementReason[] {
  return metrics.flatMap((metric): DisagreementReason[] => {
    const theirs = status?.currentMetrics?.[metric.index];
    if (metric.code === 'MetricFailed') return isMeasured(theirs) ? [failedHere(metric)] : [];
    const value = theirs === undefined ? undefined : theirValue(theirs, metric);
    if (value === undefined || isSameValue(value, metric.current)) return [];
    const { label, unit } = { label: metricLabel(metric), unit: metricUnit(metric) };
    return [{ code: 'MetricDiffers', label, unit, theirs: value, ours: metric.current }];
  });
}

function failedHere(metric: MetricFailed): DisagreementReason {
  const { reason, message } = metric;
  return { code: 'MetricFailedHere', label: metricLabel(metric), reason, message };
}

/** A metric that failed there leaves an entry without a type. */
function isMeasured(theirs: MetricStatus | undefined): boolean {
  return theirs !== undefined && theirs.type !== '';
}

/** Their value in the unit of ours: percent for a utilization, else milli. */
function theirValue(theirs: MetricStatus, { targetKind }: MetricProposed): Int64 | undefined {
  const { resource, containerResource, pods, object, external } = theirs;
  const current: MetricValueStatus | undefined = (resource ?? containerResource ?? pods ?? object ?? external)?.current;
  if (current === undefined) return undefined;
  if (targetKind === 'utilization') return current.averageUtilization;
  const text = targetKind === 'averageValue' ? current.averageValue : current.value;
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity === undefined ? undefined : quantityMilli(quantity);
}

function isSameValue(left: Int64, right: Int64): boolean {
  const [a, b] = [Number(left), Number(right)];
  return Math.abs(a - b) <= SAME_VALUE_RATIO * Math.max(Math.abs(a), Math.abs(b));
}

/** What held us, or sent us elsewhere, by our own trace. */
function ourHolds({ trace, currentReplicas, desiredReplicas }: ExplainableDecision): readonly DisagreementReason[] {
  const { path, metrics, combination, stabilization, limit } = trace;
  if (path.code !== 'MetricDriven') return [{ code: 'OurPath', path: path.code }];
  const reasons: DisagreementReason[] = [];
  const winner = metrics.find((metric) => metric.index === combination?.winnerIndex);
  if (winner?.code === 'MetricProposed') reasons.push(...ruleReasons(winner));
  if (stabilization !== null && stabilization.code !== 'Unchanged') {
    const direction: Direction = stabilization.code === 'ScaleUpStabilized' ? 'up' : 'down';
    const windowMs = direction === 'up' ? stabilization.upWindowMs : stabilization.downWindowMs;
    reasons.push({ code: 'OurWindow', direction, windowMs, heldReplicas: stabilization.stabilizedReplicas });
  }
  if (limit === null) return reasons;
  const limitReplicas = limit.rateLimit ?? desiredReplicas ?? currentReplicas ?? 0;
  if (limit.code === 'ScaleUpLimit') reasons.push({ code: 'OurRateLimit', direction: 'up', limitReplicas });
  if (limit.code === 'ScaleDownLimit') reasons.push({ code: 'OurRateLimit', direction: 'down', limitReplicas });
  if (limit.code === 'TooFewReplicas') {
    reasons.push({ code: 'OurBound', bound: 'minReplicas', boundReplicas: path.minReplicas ?? 0 });
  }
  if (limit.code === 'TooManyReplicas') {
    reasons.push({ code: 'OurBound', bound: 'maxReplicas', boundReplicas: path.maxReplicas ?? 0 });
  }
  return reasons;
}

function ruleReasons(winner: MetricProposed): readonly DisagreementReason[] {
  const label = metricLabel(winner);
  const { down, up } = winner.tolerance;
  const tolerance: DisagreementReason = { code: 'OurTolerance', label, down, up };
  const fill: DisagreementReason = {
    code: 'OurFill',
    label,
    unreadyCount: winner.pods?.unready.length ?? 0,
    missingCount: winner.pods?.missing.length ?? 0,
  };
  switch (winner.rule) {
    case 'WithinTolerance':
      return [tolerance];
    case 'WithinToleranceAfterFill':
      return [tolerance, fill];
    case 'DirectionReversedByFill':
      return [fill];
    default:
      return [];
  }
}

/** What holds them by their own conditions; with none of it and the same values they can only be more tolerant. */
function theirHolds(
  { trace }: ExplainableDecision,
  status: HpaStatus | undefined,
  isMetricMoving: boolean,
): readonly DisagreementReason[] {
  const reasons: DisagreementReason[] = [];
  for (const { type, status: value, reason = '', message = '' } of status?.conditions ?? []) {
    if (type === 'ScalingActive' && value === 'False') {
      const isMetric = /^FailedGet.*Metric$/.test(reason);
      reasons.push(
        isMetric ? { code: 'MetricFailedThere', reason, message } : { code: 'TheirCondition', type, reason, message },
      );
    }
    if (type === 'AbleToScale' && value !== 'True') reasons.push({ code: 'TheirCondition', type, reason, message });
    if (type === 'AbleToScale' && reason === 'ScaleDownStabilized') {
      reasons.push({ code: 'TheirWindow', direction: 'down', windowMs: trace.stabilization?.downWindowMs ?? 0 });
    }
    if (type === 'AbleToScale' && reason === 'ScaleUpStabilized') {
      reasons.push({ code: 'TheirWindow', direction: 'up', windowMs: trace.stabilization?.upWindowMs ?? 0 });
    }
    if (type === 'ScalingLimited' && value === 'True') reasons.push({ code: 'TheirLimit', reason, message });
  }
  const winner = trace.metrics.find((metric) => metric.index === trace.combination?.winnerIndex);
  if (reasons.length > 0 || isMetricMoving || winner?.code !== 'MetricProposed') return reasons;
  const { down, up } = winner.tolerance;
  return [{ code: 'TheirTolerance', label: metricLabel(winner), down, up }];
}

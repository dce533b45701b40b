import type { LimitTrace, MetricProposed, SelectorTrace, StabilizationTrace, Trace } from '../engine/trace.ts';
import { amountText, decimalText } from './amount.ts';
import type { ExplainableDecision, ExplainOptions } from './explanation.ts';
import { metricLabel, metricUnit, toleranceBand } from './metric-label.ts';
import type {
  LimitParams,
  MetricParams,
  PathParams,
  RateRule,
  SelectorParams,
  Sentences,
  StabilizationParams,
} from './sentences.ts';

/** Names that a sentence prints before it only counts. */
const NAME_COUNT_MAX = 5;

/** Names of pods or HPAs as one list, cut where it gets long. */
export function nameList(names: readonly string[], sentences: Sentences): string {
  const shown = names.slice(0, NAME_COUNT_MAX).join(sentences.listSeparator);
  const hiddenCount = names.length - NAME_COUNT_MAX;
  return hiddenCount > 0 ? `${shown} ${sentences.andMore(hiddenCount)}` : shown;
}

/** The path's numbers; a count that is unknown reads 0, and no sentence of such a path prints it. */
export function pathParams({ trace, error }: ExplainableDecision): PathParams {
  const { currentReplicas, minReplicas, maxReplicas } = trace.path;
  return {
    currentReplicas: currentReplicas ?? 0,
    minReplicas: minReplicas ?? 0,
    maxReplicas: maxReplicas ?? 0,
    error: error ?? '',
  };
}

/** The selector's numbers. */
export function selectorParams(selector: SelectorTrace, sentences: Sentences): SelectorParams {
  return { selector: selector.selector, podCount: selector.podCount, rivals: nameList(selector.rivals, sentences) };
}

/** A metric's numbers as the language writes them. */
export function metricParams(metric: MetricProposed, sentences: Sentences): MetricParams {
  const unit = metricUnit(metric);
  const amount = (value: number | string): string => amountText(value, unit, sentences.percent);
  const band = toleranceBand(metric.target, metric.tolerance);
  const ratio = metric.usageRatio === null ? '–' : decimalText(metric.usageRatio, 3);
  return {
    label: metricLabel(metric),
    targetKind: metric.targetKind,
    current: amount(metric.current),
    target: amount(metric.target),
    low: amount(band.low),
    high: amount(band.high),
    ratio,
    filledRatio: metric.filledRatio === null ? ratio : decimalText(metric.filledRatio, 3),
    multiplier: metric.multiplier === null ? '–' : String(metric.multiplier),
    proposedReplicas: metric.proposedReplicas,
  };
}

/** The windows' numbers, and until when the remembered recommendation that decided counts. */
export function stabilizationParams(
  trace: StabilizationTrace,
  currentReplicas: number,
  sentences: Sentences,
  { formatTime }: ExplainOptions,
): StabilizationParams {
  const windowMs = trace.code === 'ScaleUpStabilized' ? trace.upWindowMs : trace.downWindowMs;
  return {
    currentReplicas,
    recommendedReplicas: trace.recommendedReplicas,
    stabilizedReplicas: trace.stabilizedReplicas,
    upWindow: sentences.duration(trace.upWindowMs),
    downWindow: sentences.duration(trace.downWindowMs),
    hasUpWindow: trace.upWindowMs > 0,
    hasDownWindow: trace.downWindowMs > 0,
    decidedBy:
      trace.decidedBy === null
        ? null
        : {
            replicaCount: trace.decidedBy[0],
            at: formatTime(trace.decidedBy[1]),
            until: formatTime(trace.decidedBy[1] + windowMs),
          },
  };
}

/** The bounds' numbers. */
export function limitParams(limit: LimitTrace, { path, stabilization }: Trace): LimitParams {
  return {
    currentReplicas: path.currentReplicas ?? 0,
    minReplicas: path.minReplicas ?? 0,
    maxReplicas: path.maxReplicas ?? 0,
    stabilizedReplicas: limit.stabilizedReplicas,
    limitedReplicas: limit.limitedReplicas,
    rateLimit: limit.rateLimit,
    rate: rateRule(limit, stabilization?.algorithm ?? 'behavior'),
  };
}

function rateRule({ isDirectionDisabled, policy }: LimitTrace, algorithm: 'legacy' | 'behavior'): RateRule {
  if (isDirectionDisabled) return { kind: 'disabled' };
  if (algorithm === 'legacy') return { kind: 'legacy' };
  return policy === null ? { kind: 'unknown' } : { kind: 'policy', ...policy };
}

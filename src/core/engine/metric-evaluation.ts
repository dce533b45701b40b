import { type Int64, isInt64 } from '../../base/int64.ts';
import type { MetricStatus } from '../autoscaling/types.ts';
import { proposeByAverageValue } from './average-value.ts';
import { countSamples, type SampleRules } from './counted-samples.ts';
import { proposeByExternalAverage, sumForAverage, sumForValue } from './external-metric.ts';
import type { MetricSamples, PodFact, PodSample, SampleSet } from './facts.ts';
import { innerPrefix, outerPrefix, queryFailure } from './metric-failure.ts';
import type { ComputedSource, MetricSource } from './metric-source.ts';
import { FAILED_METRIC_STATUS, metricStatus } from './metric-status.ts';
import { type ListedPods, proposeByObjectAverage, proposeByValue } from './object-metric.ts';
import type { EngineOptions } from './options.ts';
import { groupPods } from './pod-groups.ts';
import { NO_PODS } from './ready-pods.ts';
import { readRequests } from './requests.ts';
import type { Tolerance } from './tolerance.ts';
import type { MetricFailed, MetricProposed, MetricTrace } from './trace.ts';
import type { Calculated, Calculation } from './usage-ratio.ts';
import { proposeByUtilization } from './utilization.ts';

/** What a formula is computed with. */
export interface CalculationContext {
  readonly nowMs: number;
  readonly namespace: string;
  readonly pods: readonly PodFact[];
  readonly currentReplicas: number;
  readonly statusReplicas: number;
  readonly tolerance: Tolerance;
  readonly options: EngineOptions;
  /** The HPA's own warm-up; absent or 0 for none. */
  readonly warmupMs?: number;
}

/** What every metric of one reconcile is evaluated with: which samples count, and the formulas' own. */
export interface EvaluationContext extends CalculationContext, SampleRules {}

/** One metric's result: what the trace shows, its entry in the status and, when it failed, its combined-error text. */
export interface MetricOutcome {
  readonly trace: MetricTrace;
  readonly status: MetricStatus;
  /** Empty when the metric could be computed. */
  readonly outerText: string;
  readonly isSpecError: boolean;
}

/** Computes one metric of the spec (specification 2; upstream: computeReplicasForMetric). */
export function evaluateMetric(
  index: number,
  source: MetricSource,
  samples: MetricSamples | undefined,
  context: EvaluationContext,
): MetricOutcome {
  if (source.kind === 'invalid') {
    const trace = failedTrace(index, source, source.innerText);
    const { outerText, isSpecError } = source;
    return { trace, status: FAILED_METRIC_STATUS, outerText, isSpecError };
  }
  const counted = countSamples(samples, context);
  const calculation = calculate(source, counted.samples, context);
  const stale = counted.stale === null ? {} : { stale: counted.stale };
  if (calculation.kind === 'failed') {
    const innerText = innerPrefix(source) + calculation.message;
    const trace = { ...failedTrace(index, source, innerText), ...stale };
    return { trace, status: FAILED_METRIC_STATUS, outerText: outerPrefix(source) + innerText, isSpecError: false };
  }
  const trace = { ...proposedTrace(index, source, calculation, context.tolerance), ...stale };
  return { trace, status: metricStatus(source, calculation), outerText: '', isSpecError: false };
}

/** Samples of a metric's query with the listing of pods that the metric makes. */
interface Query {
  readonly samples: SampleSet;
  readonly pods: ListedPods;
}

/**
 * The formula of a metric that can be computed, applied to what its query brought (upstream: the replica calculator). The
 * text of a failure is the calculator's own, without the source's prefixes.
 */
export function calculate(
  source: ComputedSource,
  samples: MetricSamples | undefined,
  context: CalculationContext,
): Calculation {
  const query = readQuery(samples, context.pods);
  if (typeof query === 'string') return failed(queryFailure(source, context.namespace, query));
  switch (source.kind) {
    case 'utilization':
    case 'averageValue':
    case 'podsAverage':
      return query.samples.kind === 'perPod'
        ? calculateOverPods(source, query.samples.byPod, query.pods, context)
        : failed(queryFailure(source, context.namespace, WRONG_SAMPLES));
    default:
      return query.samples.kind === 'values'
        ? calculateOverValues(source, query.samples.milli.filter(isInt64), query.pods, context)
        : failed(queryFailure(source, context.namespace, WRONG_SAMPLES));
  }
}

const WRONG_SAMPLES = 'the samples do not belong to this kind of metric';

function readQuery(samples: MetricSamples | undefined, pods: readonly PodFact[]): Query | string {
  switch (samples?.kind) {
    case 'values':
      return { samples: samples.samples, pods };
    case 'podsFailed':
      return { samples: samples.samples, pods: { failure: samples.message } };
    case 'metricFailed':
      return samples.message;
    default:
      return 'the metric was not queried';
  }
}

type PodSource = Extract<ComputedSource, { kind: 'utilization' | 'averageValue' | 'podsAverage' }>;

/** Resource, ContainerResource and Pods metrics: one sample a pod. */
function calculateOverPods(
  source: PodSource,
  byPod: Readonly<Record<string, PodSample>>,
  pods: ListedPods,
  context: CalculationContext,
): Calculation {
  if ('failure' in pods) return failed(`unable to get pods while calculating replica count: ${pods.failure}`);
  if (pods.length === 0) return failed(NO_PODS);
  const { nowMs, warmupMs = 0, options, currentReplicas, tolerance } = context;
  const groups = groupPods(pods, byPod, source.kind === 'podsAverage' ? '' : source.resource, {
    nowMs,
    cpuInitializationPeriodMs: options.cpuInitializationPeriodMs,
    initialReadinessDelayMs: options.initialReadinessDelayMs,
    warmupMs,
  });
  if (groups.readySamples.length === 0 && groups.strangers.length === 0) {
    return failed('did not receive metrics for targeted pods (pods might be unready)');
  }
  if (source.kind !== 'utilization') {
    return proposeByAverageValue({ groups, targetMilli: source.targetMilli, currentReplicas, tolerance });
  }
  const { resource, container, targetPercent } = source;
  const requests = readRequests(pods, resource, container, options.features.PodLevelResources);
  if (requests.kind === 'failed') return failed(requests.message);
  return proposeByUtilization({ groups, requests: requests.ofPod, targetPercent, currentReplicas, tolerance });
}

type ValueSource = Exclude<ComputedSource, PodSource>;

/** Object and External metrics: one total. */
function calculateOverValues(
  source: ValueSource,
  milli: readonly Int64[],
  pods: ListedPods,
  { currentReplicas, statusReplicas, tolerance }: CalculationContext,
): Calculation {
  const { targetMilli } = source;
  switch (source.kind) {
    case 'objectValue':
      return proposeByValue({ usageMilli: milli[0] ?? 0, targetMilli, currentReplicas, tolerance, pods });
    case 'externalValue':
      return proposeByValue({ usageMilli: sumForValue(milli), targetMilli, currentReplicas, tolerance, pods });
    case 'objectAverage':
      return proposeByObjectAverage({ usageMilli: milli[0] ?? 0, targetMilli, statusReplicas, tolerance });
    case 'externalAverage':
      return proposeByExternalAverage({ usageMilli: sumForAverage(milli), targetMilli, statusReplicas, tolerance });
  }
}

function failed(message: string): Calculation {
  return { kind: 'failed', message };
}

function failedTrace(index: number, source: MetricSource, message: string): MetricFailed {
  const { sourceType, name, failureReason: reason } = source;
  return { code: 'MetricFailed', index, sourceType, name, reason, message };
}

function proposedTrace(
  index: number,
  source: ComputedSource,
  calculated: Calculated,
  tolerance: Tolerance,
): MetricProposed {
  const isUtilization = source.kind === 'utilization';
  return {
    code: 'MetricProposed',
    index,
    sourceType: source.sourceType,
    name: source.name,
    targetKind: isUtilization
      ? 'utilization'
      : source.kind.endsWith('Value') && source.kind !== 'averageValue'
        ? 'value'
        : 'averageValue',
    target: isUtilization ? source.targetPercent : source.targetMilli,
    current: calculated.current,
    currentRawMilli: calculated.currentRawMilli,
    pods: calculated.pods,
    tolerance,
    usageRatio: finite(calculated.usageRatio),
    filledRatio: calculated.filledRatio === null ? null : finite(calculated.filledRatio),
    multiplier: calculated.multiplier,
    rule: calculated.rule,
    proposedReplicas: calculated.proposedReplicas,
  };
}

function finite(ratio: number): number | null {
  return Number.isFinite(ratio) ? ratio : null;
}

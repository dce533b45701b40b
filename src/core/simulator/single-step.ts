import type { Int64 } from '../../base/int64.ts';
import { limitMessage, stabilizationCondition } from '../engine/conditions.ts';
import type { PodSample } from '../engine/facts.ts';
import { limitLegacy, limitWithBehavior } from '../engine/limits.ts';
import { EMPTY_MEMORY } from '../engine/memory.ts';
import { calculate } from '../engine/metric-evaluation.ts';
import type { ComputedSource } from '../engine/metric-source.ts';
import { DEFAULT_ENGINE_OPTIONS } from '../engine/options.ts';
import { groupPods } from '../engine/pod-groups.ts';
import { scaleDownLimit, scaleUpLimit } from '../engine/rate-limit.ts';
import { readRequests } from '../engine/requests.ts';
import { noteRescale } from '../engine/rescale.ts';
import { readRules } from '../engine/scaling-rules.ts';
import { stabilizeLegacy, stabilizeWithBehavior } from '../engine/stabilization.ts';
import { resourceStatusQuantity } from '../engine/status-quantity.ts';
import type { LimitTrace } from '../engine/trace.ts';
import { readMetricEntry, readMilli } from './scenario-metrics.ts';
import { unfoldPods } from './scenario-pods.ts';
import type {
  CalculateRequestsStep,
  DirectionLimitStep,
  GroupPodsStep,
  ReplicaCalculatorStep,
  SingleStep,
  StabilizeWithBehaviorStep,
  StoreScaleEventStep,
} from './single-step-format.ts';

/** What a single step gives, in the form of its `out`; a problem when its inputs do not fit together. */
export type SingleStepResult =
  | { readonly kind: 'result'; readonly out: unknown }
  | { readonly kind: 'problem'; readonly message: string };

/** Calls one rule of the engine alone, with inputs whose shape has been checked. */
export function playSingleStep(step: SingleStep): SingleStepResult {
  switch (step.kind) {
    case 'replicaCalculator':
      return playCalculator(step);
    case 'groupPods':
      return playGroupPods(step);
    case 'calculateRequests':
      return result(playRequests(step));
    case 'stabilizeLegacy': {
      const clock = { nowMs: step.nowMs, isTicking: false };
      const stabilized = stabilizeLegacy(step.recommendations, step.desired, step.downscaleStabilizationMs, clock);
      const { recommendations, trace } = stabilized;
      return result({ recommendations, stabilized: trace.stabilizedReplicas });
    }
    case 'stabilizeWithBehavior':
      return result(playStabilization(step));
    case 'limitLegacy':
      return result(limitOut(limitLegacy(step.desired, step.currentReplicas, step, step.legacyScaleUpFactor)));
    case 'rateLimitWithBehavior': {
      const rules = { up: readRules(step.scaleUp), down: readRules(step.scaleDown) };
      return result(limitOut(limitWithBehavior(step.desired, rules, step, step)));
    }
    case 'scaleUpLimit':
    case 'scaleDownLimit':
      return result({ limit: playDirectionLimit(step) });
    case 'storeScaleEvent':
      return result(playStoreScaleEvent(step));
    case 'statusQuantity':
      return result({ quantity: resourceStatusQuantity(step.resource, readMilli(step.milli)) });
  }
}

function result(out: unknown): SingleStepResult {
  return { kind: 'result', out };
}

function limitOut({ limitedReplicas, code }: LimitTrace) {
  return { replicas: limitedReplicas, reason: code, message: limitMessage(code) };
}

function playCalculator(step: ReplicaCalculatorStep): SingleStepResult {
  const source = sourceOf(step);
  if (source === null)
    return { kind: 'problem', message: `func: "${step.func}" is no calculator function that is known` };
  const samples = readMetricEntry(step.metric, queryKindOf(source));
  if (samples.kind === 'problem') return { kind: 'problem', message: `metric: ${samples.message}` };
  const { currentReplicas = 0, statusReplicas = 0, tolerances } = step.in;
  const { cpuInitializationPeriodMs, initialReadinessDelayMs, nowMs } = step;
  const calculation = calculate(source, samples, {
    nowMs,
    namespace: '',
    pods: unfoldPods(step.pods ?? [], {}).map(({ fact }) => fact),
    currentReplicas,
    statusReplicas,
    tolerance: { down: tolerances.scaleDown, up: tolerances.scaleUp },
    options: { ...DEFAULT_ENGINE_OPTIONS, cpuInitializationPeriodMs, initialReadinessDelayMs },
  });
  if (calculation.kind === 'failed') return result({ error: calculation.message });
  const { current, currentRawMilli, proposedReplicas: replicas } = calculation;
  return result(
    source.kind === 'utilization'
      ? { error: null, replicas, utilization: current, averageMilli: currentRawMilli }
      : { error: null, replicas, usageMilli: current },
  );
}

function sourceOf({ func, in: input }: ReplicaCalculatorStep): ComputedSource | null {
  const { resource = '', container = '', metric = '', describedObject, targetUtilization = 0, targetMilli = 0 } = input;
  const named = { sourceType: '', name: '', failureReason: '' };
  const target: Int64 = readMilli(targetMilli);
  const selected = { metric: { name: metric }, metricSelector: '', targetMilli: target };
  const object = describedObject ?? { kind: '', name: '' };
  switch (func) {
    case 'GetResourceReplicas':
      return { ...named, kind: 'utilization', resource, container, targetPercent: targetUtilization };
    case 'GetRawResourceReplicas':
      return { ...named, kind: 'averageValue', resource, container, targetMilli: target };
    case 'GetMetricReplicas':
      return { ...named, kind: 'podsAverage', ...selected };
    case 'GetObjectMetricReplicas':
      return { ...named, kind: 'objectValue', object, ...selected };
    case 'GetObjectPerPodMetricReplicas':
      return { ...named, kind: 'objectAverage', object, ...selected };
    case 'GetExternalMetricReplicas':
      return { ...named, kind: 'externalValue', ...selected };
    case 'GetExternalPerPodMetricReplicas':
      return { ...named, kind: 'externalAverage', ...selected };
    default:
      return null;
  }
}

function queryKindOf({ kind }: ComputedSource) {
  switch (kind) {
    case 'utilization':
    case 'averageValue':
      return 'resource';
    case 'podsAverage':
      return 'pods';
    case 'objectValue':
    case 'objectAverage':
      return 'object';
    default:
      return 'external';
  }
}

function playGroupPods(step: GroupPodsStep): SingleStepResult {
  const samples = readMetricEntry(step.metric, 'pods');
  if (samples.kind === 'problem') return { kind: 'problem', message: `metric: ${samples.message}` };
  const byPod: Readonly<Record<string, PodSample>> =
    samples.kind === 'values' && samples.samples.kind === 'perPod' ? samples.samples.byPod : {};
  const pods = unfoldPods(step.pods, {}).map(({ fact }) => fact);
  const groups = groupPods(pods, byPod, step.resource, step);
  return result({
    readyPodCount: groups.ready.length,
    unready: groups.unready.map(({ pod }) => pod).sort(),
    missing: groups.missing.map(({ name }) => name).sort(),
    ignored: groups.ignored.map(({ pod }) => pod).sort(),
  });
}

function playRequests(step: CalculateRequestsStep) {
  const hasPodLevelResources = step.features?.PodLevelResources ?? DEFAULT_ENGINE_OPTIONS.features.PodLevelResources;
  const pods = unfoldPods(step.pods, {}).map(({ fact }) => fact);
  const read = readRequests(pods, step.resource, step.container, hasPodLevelResources);
  if (read.kind === 'failed') return { error: read.message, requestsMilli: null };
  const requestsMilli = Object.fromEntries(pods.map(({ name, requests }) => [name, read.ofPod.get(requests)]));
  return { error: null, requestsMilli };
}

function playStabilization(step: StabilizeWithBehaviorStep) {
  const windows = { upWindowMs: step.scaleUpWindowSeconds * 1000, downWindowMs: step.scaleDownWindowSeconds * 1000 };
  const clock = { nowMs: step.nowMs, isTicking: false };
  const { recommendations, trace } = stabilizeWithBehavior(
    step.recommendations,
    step.desired,
    step.currentReplicas,
    windows,
    clock,
  );
  // Upstream names the direction here whether or not the count changed; its caller drops the name when it did not.
  const isUp = step.desired >= step.currentReplicas;
  const { reason, message } = stabilizationCondition({
    ...trace,
    code: isUp ? 'ScaleUpStabilized' : 'ScaleDownStabilized',
  });
  return { stabilized: trace.stabilizedReplicas, reason, message, recommendations };
}

function playDirectionLimit(step: DirectionLimitStep): number {
  const rules = readRules(step.rules);
  const history = { ...step, nowMs: step.nowMs ?? 0 };
  return (step.kind === 'scaleUpLimit' ? scaleUpLimit(rules, history) : scaleDownLimit(rules, history)).limit;
}

function playStoreScaleEvent(step: StoreScaleEventStep) {
  const memory = { ...EMPTY_MEMORY, scaleUpEvents: step.scaleUpEvents, scaleDownEvents: step.scaleDownEvents };
  if (step.behavior === null) return { scaleUpEvents: memory.scaleUpEvents, scaleDownEvents: memory.scaleDownEvents };
  const move = { fromReplicas: step.previousReplicas, toReplicas: step.newReplicas };
  const { scaleUpEvents, scaleDownEvents } = noteRescale(move, step.behavior, memory, step.nowMs);
  return { scaleUpEvents, scaleDownEvents };
}

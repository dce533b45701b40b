import { combineMetrics } from './combination.ts';
import {
  type ConditionChange,
  failedGetScale,
  failedMetricCondition,
  limitCondition,
  removeCondition,
  SCALING_DISABLED,
  SUCCEEDED_GET_SCALE,
  selectorCondition,
  setConditions,
  stabilizationCondition,
  validMetricCondition,
} from './conditions.ts';
import type { DecisionEvent, DraftOfHpa, Proposal } from './decision.ts';
import { failedComputeEvent, failedGetScaleEvent, failedMetricEvent, selectorEvent } from './events.ts';
import type { Facts, HpaFact, PodFact, ScaleFact } from './facts.ts';
import { noteFailures } from './failing-since.ts';
import { type HpaReading, readHpa } from './hpa-reading.ts';
import type { Memory } from './memory.ts';
import { evaluateMetric, type MetricOutcome } from './metric-evaluation.ts';
import { readMetricSource } from './metric-source.ts';
import { type Normalized, normalize } from './normalization.ts';
import type { EngineOptions } from './options.ts';
import { choosePath, endedPath, hasObjectOrExternal, readScale, type ScaleReading, wasScaledToZero } from './path.ts';
import { forcedReason, metricReason, planRescale, wakeFloor } from './rescale.ts';
import { checkSelector } from './selector.ts';
import { metricTelemetry } from './telemetry.ts';
import { toleranceOf } from './tolerance.ts';
import type { PathTrace, SelectorTrace, Trace } from './trace.ts';

/**
 * Decides one reconcile (specification 1.5): what the target's count should be and why, and everything that follows whether
 * or not the scale write then succeeds. Pure, total, deterministic; options choose flags and gates.
 */
export function decide(facts: Facts, memory: Memory, options: EngineOptions): Proposal {
  const { hpa, scale } = facts;
  if (hpa.kind !== 'found') return withoutHpa(hpa, facts.nowMs, memory);
  const reading = readHpa(hpa.object);
  if (scale.kind === 'failed') return withoutScale(reading, scale, facts.nowMs, memory);
  const reconcile: Reconcile = { facts, options, hpa: reading, scale: readScale(scale), memory };
  const seeded = seedRecommendations(reconcile);
  const path = choosePath(reading, seeded.scale.currentReplicas, options);
  switch (path.code) {
    case 'MetricDriven':
      return decideByMetrics(seeded, path);
    case 'Disabled':
      return decideDisabled(seeded, path);
    default:
      return decideForced(seeded, path);
  }
}

/** What one reconcile of an HPA with a readable scale works on. */
interface Reconcile {
  readonly facts: Facts;
  readonly options: EngineOptions;
  readonly hpa: HpaReading;
  readonly scale: ScaleReading;
  readonly memory: Memory;
}

/** A first reconcile notes the current count, so that a new controller shrinks nothing for one window (1.5, step 5). */
function seedRecommendations(reconcile: Reconcile): Reconcile {
  const { memory, scale, facts } = reconcile;
  if (memory.recommendations !== null) return reconcile;
  return { ...reconcile, memory: { ...memory, recommendations: [[scale.currentReplicas, facts.nowMs]] } };
}

function withoutHpa(hpa: Exclude<HpaFact, { kind: 'found' }>, nowMs: number, memory: Memory): Proposal {
  const { kind, namespace, name } = hpa;
  const key = { namespace, name, uid: null };
  return kind === 'missing'
    ? proposal(endedTrace('HpaMissing'), memory, { stage: 'gone', hpa: key, nowMs, error: null })
    : proposal(endedTrace('HpaUnreadable'), memory, { stage: 'unreadable', hpa: key, nowMs, error: hpa.message });
}

/** Step F: only AbleToScale changes; counts, metrics and the other conditions keep their values. */
function withoutScale(
  hpa: HpaReading,
  { stage, message }: Extract<ScaleFact, { kind: 'failed' }>,
  nowMs: number,
  memory: Memory,
): Proposal {
  const errors = {
    parse: `invalid API version in scale target reference: ${message}`,
    mapping: `unable to determine resource for scale target reference: ${message}`,
    read: `failed to query scale subresource for ${referenceOf(hpa)}: ${message}`,
  };
  return proposal(endedTrace('ScaleFailed'), memory, {
    ...draftOf(hpa, nowMs, [failedGetScale(message)]),
    stage: 'scaleFailed',
    events: [failedGetScaleEvent(message)],
    error: errors[stage],
    isSpecError: stage === 'parse',
  });
}

function decideDisabled({ hpa, facts, memory, options }: Reconcile, path: PathTrace): Proposal {
  const draft = draftOf(hpa, facts.nowMs, [SUCCEEDED_GET_SCALE, SCALING_DISABLED]);
  const conditions = options.features.HPAScaleToZero ? draft : removeCondition(draft, 'ScaledToZero');
  return proposal(traceOf(path), memory, { ...draft, ...conditions, currentReplicas: 0, desiredReplicas: 0 });
}

function decideForced(reconcile: Reconcile, path: PathTrace): Proposal {
  const { hpa, facts } = reconcile;
  const desiredReplicas = path.code === 'ForcedToMax' ? hpa.maxReplicas : hpa.minReplicas;
  const draft = draftOf(hpa, facts.nowMs, [SUCCEEDED_GET_SCALE]);
  return reached(reconcile, traceOf(path), draft, desiredReplicas, forcedReason(path.code));
}

function decideByMetrics(reconcile: Reconcile, path: PathTrace): Proposal {
  const { hpa, scale, facts, memory } = reconcile;
  const { namespace, name } = hpa;
  const { pods, isRegistered, rivals } = facts;
  const check = checkSelector({ namespace, name, selector: scale.selector, pods, isRegistered, rivals });
  if (check.kind === 'failed') return selectorFailed(reconcile, path, check.trace, check.error);
  const outcomes = evaluateMetrics(reconcile, check.pods);
  const combination = combineMetrics(outcomes, scale.currentReplicas);
  const metrics = outcomes.map(({ trace }) => trace);
  const failingSinceMs = noteFailures(memory.failingSinceMs, metrics, facts.nowMs);
  const noted = { ...reconcile, memory: { ...memory, failingSinceMs } };
  const trace = { ...traceOf(path), selector: check.trace, metrics, combination: combination.trace };
  const events = metricEvents(outcomes);
  if (combination.kind === 'failed') {
    const { reason, message } = combination.firstFailure;
    const draft = draftOf(hpa, facts.nowMs, [SUCCEEDED_GET_SCALE, failedMetricCondition(reason, message)]);
    return metricsFailed(noted, trace, { ...draft, ...evaluationOf(outcomes, hpa), events }, combination.error);
  }
  const { recommendedReplicas } = combination;
  const normalized = normalizeAll(noted, recommendedReplicas);
  const draft = draftOf(hpa, facts.nowMs, [
    // Takes the place of SucceededGetScale: both are True, so that only the later one shows.
    stabilizationCondition(normalized.stabilization),
    validMetricCondition(combination.trace, combination.winnerName),
    limitCondition(normalized.limit),
  ]);
  const floor = wakeFloor(
    scale.currentReplicas,
    normalized.limit.limitedReplicas,
    hpa,
    wasScaledToZero(hpa, reconcile.options),
  );
  const winnerName = recommendedReplicas > 0 ? combination.winnerName : '';
  const reason = metricReason(scale.currentReplicas, recommendedReplicas, winnerName);
  return reached(
    { ...noted, memory: { ...noted.memory, recommendations: normalized.recommendations } },
    { ...trace, stabilization: normalized.stabilization, limit: normalized.limit, wakeFloor: floor },
    { ...draft, ...evaluationOf(outcomes, hpa), events, error: combination.error },
    floor === null ? normalized.limit.limitedReplicas : floor.minReplicas,
    floor !== null && reason === '' ? forcedReason('ForcedToMin') : reason,
  );
}

function normalizeAll({ hpa, memory, scale, facts, options }: Reconcile, recommendedReplicas: number): Normalized {
  const { nowMs, clockTickNs } = facts;
  const { currentReplicas } = scale;
  return normalize({ hpa, memory, recommendedReplicas, currentReplicas, nowMs, clockTickNs }, options);
}

function evaluateMetrics(
  { hpa, scale, facts, options }: Reconcile,
  pods: readonly PodFact[],
): readonly MetricOutcome[] {
  const context = {
    nowMs: facts.nowMs,
    namespace: hpa.namespace,
    pods,
    currentReplicas: scale.currentReplicas,
    statusReplicas: scale.statusReplicas,
    tolerance: toleranceOf(hpa.behavior, options),
    options,
  };
  return hpa.metrics.map((spec, index) => evaluateMetric(index, readMetricSource(spec), facts.metrics[index], context));
}

function metricEvents(outcomes: readonly MetricOutcome[]): readonly DecisionEvent[] {
  const events: DecisionEvent[] = [];
  for (const { trace } of outcomes) {
    if (trace.code === 'MetricFailed') events.push(failedMetricEvent(trace.reason, trace.message));
  }
  return events;
}

function evaluationOf(
  outcomes: readonly MetricOutcome[],
  { status }: HpaReading,
): Pick<DraftOfHpa, 'metricStatuses' | 'metricTelemetry'> {
  return {
    metricStatuses: outcomes.map((outcome) => outcome.status),
    metricTelemetry: metricTelemetry(outcomes, status.currentReplicas ?? 0),
  };
}

function selectorFailed(reconcile: Reconcile, path: PathTrace, selector: SelectorTrace, error: string): Proposal {
  const condition = selectorCondition(selector.code, error);
  const event = selectorEvent(selector.code, error);
  const changes = condition === null ? [SUCCEEDED_GET_SCALE] : [SUCCEEDED_GET_SCALE, condition];
  const draft = draftOf(reconcile.hpa, reconcile.facts.nowMs, changes);
  const trace = { ...traceOf({ ...path, code: 'SelectorFailed' }), selector };
  return metricsFailed(reconcile, trace, { ...draft, events: event === null ? [] : [event] }, error);
}

function metricsFailed({ hpa, scale, memory }: Reconcile, trace: Trace, draft: DraftOfHpa, error: string): Proposal {
  return proposal(trace, memory, {
    ...draft,
    stage: 'metricsFailed',
    currentReplicas: scale.currentReplicas,
    closingEvents: [failedComputeEvent(error)],
    error: `failed to compute desired number of replicas based on listed metrics for ${referenceOf(hpa)}: ${error}`,
  });
}

function reached(
  { hpa, scale, facts, memory, options }: Reconcile,
  trace: Trace,
  draft: DraftOfHpa,
  desiredReplicas: number,
  reason: string,
): Proposal {
  const { currentReplicas, resource } = scale;
  const isOwnZero = currentReplicas > 0 && desiredReplicas === 0 && hpa.minReplicas === 0 && hasObjectOrExternal(hpa);
  const zeroMark = !options.features.HPAScaleToZero ? 'removed' : isOwnZero ? 'zero' : 'notZero';
  const move = { resource, fromReplicas: currentReplicas, toReplicas: desiredReplicas, reason };
  return {
    trace,
    scaleWrite: planRescale(move, hpa.behavior, memory, facts.nowMs),
    memory,
    draft: { ...draft, currentReplicas, desiredReplicas, zeroMark },
  };
}

function draftOf(hpa: HpaReading, nowMs: number, changes: readonly ConditionChange[]): DraftOfHpa {
  const { namespace, name, uid, status } = hpa;
  const stored = { conditions: status.conditions ?? [], hasTransition: false };
  const { conditions, hasTransition } = setConditions(stored, changes, nowMs);
  return {
    stage: 'reached',
    hpa: { namespace, name, uid },
    nowMs,
    reference: referenceOf(hpa),
    storedStatus: status,
    conditions,
    hasTransition,
    currentReplicas: 0,
    desiredReplicas: 0,
    metricStatuses: null,
    zeroMark: 'removed',
    events: [],
    closingEvents: [],
    error: null,
    isSpecError: false,
    metricTelemetry: [],
  };
}

function referenceOf({ targetKind, namespace, targetName }: HpaReading): string {
  return `${targetKind}/${namespace}/${targetName}`;
}

function proposal(trace: Trace, memory: Memory, draft: Proposal['draft']): Proposal {
  return { trace, scaleWrite: null, memory, draft };
}

function endedTrace(code: 'HpaMissing' | 'HpaUnreadable' | 'ScaleFailed'): Trace {
  return traceOf(endedPath(code));
}

function traceOf(path: PathTrace): Trace {
  return {
    path,
    selector: null,
    metrics: [],
    combination: null,
    stabilization: null,
    limit: null,
    wakeFloor: null,
  };
}

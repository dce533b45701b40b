import { type Combination, combineMetrics } from './combination.ts';
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
import { foreignPodsOf, sampleAgeLimit } from './counted-samples.ts';
import type { DecisionEvent, DraftOfHpa, Proposal } from './decision.ts';
import { failedComputeEvent, failedGetScaleEvent, failedMetricEvent, selectorEvent } from './events.ts';
import type { Facts, HpaFact, PodFact, ScaleFact } from './facts.ts';
import { noteFailures } from './failing-since.ts';
import { conditionsUnderHold, findHold, noteHold } from './hold.ts';
import { type HpaReading, readHpa } from './hpa-reading.ts';
import type { Memory } from './memory.ts';
import { evaluateMetric, type MetricOutcome } from './metric-evaluation.ts';
import { readMetricSource } from './metric-source.ts';
import { type Normalized, normalize } from './normalization.ts';
import { reportOptions } from './option-report.ts';
import type { EngineOptions } from './options.ts';
import { choosePath, endedPath, hasObjectOrExternal, readScale, type ScaleReading, wasScaledToZero } from './path.ts';
import { forcedReason, metricReason, planRescale, wakeFloor } from './rescale.ts';
import { checkSelector, ownershipOf } from './selector.ts';
import { metricTelemetry } from './telemetry.ts';
import { toleranceOf } from './tolerance.ts';
import type { HoldTrace, PathTrace, SelectorTrace, Trace } from './trace.ts';

/**
 * Decides one reconcile (specification 1.5): what the target's count should be and why, and everything that follows whether
 * or not the scale write then succeeds. Pure, total, deterministic; options choose flags and gates.
 */
export function decide(facts: Facts, memory: Memory, options: EngineOptions): Proposal {
  const { hpa } = facts;
  if (hpa.kind !== 'found') return withoutHpa(hpa, facts.nowMs, memory);
  const reading = readHpa(hpa.object);
  return reportOptions(decideFound(reading, facts, memory, options), reading, facts, options);
}

function decideFound(reading: HpaReading, facts: Facts, memory: Memory, options: EngineOptions): Proposal {
  const { scale } = facts;
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

function decideDisabled(reconcile: Reconcile, path: PathTrace): Proposal {
  const hold = holdOf(reconcile, path, null);
  const draft = draftUnderHold(reconcile, [SUCCEEDED_GET_SCALE, SCALING_DISABLED], hold);
  const isZeroKnown = reconcile.options.features.HPAScaleToZero;
  const conditions = isZeroKnown ? draft : removeCondition(draft, 'ScaledToZero');
  const { events, memory } = noteHold(reconcile.memory, hold, false);
  const counts = { currentReplicas: 0, desiredReplicas: 0 };
  return proposal({ ...traceOf(path), hold }, memory, { ...draft, ...conditions, ...counts, events });
}

function decideForced(reconcile: Reconcile, path: PathTrace): Proposal {
  const { hpa } = reconcile;
  const wantedReplicas = path.code === 'ForcedToMax' ? hpa.maxReplicas : hpa.minReplicas;
  const hold = holdOf(reconcile, path, wantedReplicas);
  const draft = draftUnderHold(reconcile, [SUCCEEDED_GET_SCALE], hold);
  return reached(reconcile, { ...traceOf(path), hold }, draft, wantedReplicas, forcedReason(path.code));
}

function decideByMetrics(reconcile: Reconcile, path: PathTrace): Proposal {
  const { hpa, scale, facts, memory } = reconcile;
  const { namespace, name } = hpa;
  const { pods, isRegistered, rivals } = facts;
  const ownership = ownershipOf(hpa, facts);
  const check = checkSelector({ namespace, name, selector: scale.selector, pods, isRegistered, rivals, ownership });
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
    const changes = [SUCCEEDED_GET_SCALE, failedMetricCondition(reason, message)];
    return metricsFailed(noted, trace, changes, { ...evaluationOf(outcomes, hpa), events }, combination.error);
  }
  return decideCombined(noted, trace, combination, {
    ...evaluationOf(outcomes, hpa),
    events,
    error: combination.error,
  });
}

/** The metrics recommend a count: stabilized, bounded and, where something holds it, held. */
function decideCombined(
  reconcile: Reconcile,
  trace: Trace,
  { trace: combined, winnerName, recommendedReplicas }: Extract<Combination, { kind: 'combined' }>,
  evaluation: Partial<DraftOfHpa>,
): Proposal {
  const { hpa, scale, memory, options } = reconcile;
  const { currentReplicas } = scale;
  const { stabilization, limit, recommendations } = normalizeAll(reconcile, recommendedReplicas);
  const floor = wakeFloor(currentReplicas, limit.limitedReplicas, hpa, wasScaledToZero(hpa, options));
  const wantedReplicas = floor === null ? limit.limitedReplicas : floor.minReplicas;
  const hold = holdOf(reconcile, trace.path, wantedReplicas);
  const changes = [
    // Takes the place of SucceededGetScale: both are True, so that only the later one shows.
    stabilizationCondition(stabilization),
    validMetricCondition(combined, winnerName),
    limitCondition(limit),
  ];
  const reason = metricReason(currentReplicas, recommendedReplicas, recommendedReplicas > 0 ? winnerName : '');
  return reached(
    { ...reconcile, memory: { ...memory, recommendations } },
    { ...trace, stabilization, limit, wakeFloor: floor, hold },
    { ...draftUnderHold(reconcile, changes, hold), ...evaluation },
    wantedReplicas,
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
    warmupMs: hpa.own.options.warmupMs ?? 0,
    ageLimit: sampleAgeLimit(hpa.own.options, options),
    foreignPods: foreignPodsOf(ownershipOf(hpa, facts)),
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
  const trace = { ...traceOf({ ...path, code: 'SelectorFailed' }), selector };
  return metricsFailed(reconcile, trace, changes, { events: event === null ? [] : [event] }, error);
}

function metricsFailed(
  reconcile: Reconcile,
  trace: Trace,
  changes: readonly ConditionChange[],
  evaluation: Partial<DraftOfHpa> & Pick<DraftOfHpa, 'events'>,
  error: string,
): Proposal {
  const { hpa, scale } = reconcile;
  const hold = holdOf(reconcile, trace.path, null);
  const note = noteHold(reconcile.memory, hold, false);
  return proposal({ ...trace, hold }, note.memory, {
    ...draftUnderHold(reconcile, changes, hold),
    ...evaluation,
    events: [...evaluation.events, ...note.events],
    stage: 'metricsFailed',
    currentReplicas: scale.currentReplicas,
    closingEvents: [failedComputeEvent(error)],
    error: `failed to compute desired number of replicas based on listed metrics for ${referenceOf(hpa)}: ${error}`,
  });
}

/** A count was reached: here, and nowhere else, a hold turns the wanted count into the current one. */
function reached(
  { hpa, scale, facts, memory, options }: Reconcile,
  trace: Trace,
  draft: DraftOfHpa,
  wantedReplicas: number,
  reason: string,
): Proposal {
  const { currentReplicas, resource } = scale;
  const desiredReplicas = trace.hold === null ? wantedReplicas : currentReplicas;
  const isOwnZero = currentReplicas > 0 && desiredReplicas === 0 && hpa.minReplicas === 0 && hasObjectOrExternal(hpa);
  const zeroMark = !options.features.HPAScaleToZero ? 'removed' : isOwnZero ? 'zero' : 'notZero';
  const move = { resource, fromReplicas: currentReplicas, toReplicas: desiredReplicas, reason };
  const note = noteHold(memory, trace.hold, true);
  return {
    trace,
    scaleWrite: planRescale(move, hpa.behavior, note.memory, facts.nowMs),
    memory: note.memory,
    draft: { ...draft, currentReplicas, desiredReplicas, zeroMark, events: [...draft.events, ...note.events] },
  };
}

function holdOf(
  { hpa, facts, options, scale }: Reconcile,
  path: PathTrace,
  wantedReplicas: number | null,
): HoldTrace | null {
  const isForced = path.code !== 'MetricDriven';
  return findHold({ hpa, facts, options, currentReplicas: scale.currentReplicas, wantedReplicas, isForced });
}

function draftUnderHold(
  { hpa, facts, scale }: Reconcile,
  changes: readonly ConditionChange[],
  hold: HoldTrace | null,
): DraftOfHpa {
  return draftOf(hpa, facts.nowMs, conditionsUnderHold(changes, hold, scale.currentReplicas));
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
    options: null,
    path,
    selector: null,
    metrics: [],
    combination: null,
    stabilization: null,
    limit: null,
    wakeFloor: null,
    hold: null,
  };
}

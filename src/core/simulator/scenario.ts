import { matchesSelector, parseSelector } from '../../base/label-selector.ts';
import { keyText } from '../../base/object-key.ts';
import { decodeHpa } from '../autoscaling/decoding.ts';
import type { HorizontalPodAutoscaler, HpaStatus } from '../autoscaling/types.ts';
import { conclude } from '../engine/conclude.ts';
import { decide } from '../engine/decide.ts';
import type { Decision, MetricQuery, StatusWriteOutcome } from '../engine/decision.ts';
import type { Facts, HpaFact, MetricSamples, PodsFact, ScaleFact } from '../engine/facts.ts';
import { EMPTY_MEMORY, type Memory } from '../engine/memory.ts';
import { DEFAULT_ENGINE_OPTIONS, type EngineOptions } from '../engine/options.ts';
import { plan } from '../engine/plan.ts';
import { settle } from '../engine/settle.ts';
import type { ScaleAnswer, Scenario, ScenarioStep } from './scenario-format.ts';
import { queryText, readMetricEntry } from './scenario-metrics.ts';
import { ownedPods } from './scenario-ownership.ts';
import { type ScenarioPod, unfoldPods } from './scenario-pods.ts';
import { playScaleRead } from './scenario-target.ts';
import { playScaleWrite } from './scenario-writes.ts';
import { storedSpec, storedStatus } from './stored-form.ts';

/** What one step came to. */
export interface StepOutcome {
  readonly kind: 'outcome';
  readonly step: ScenarioStep;
  readonly facts: Facts;
  readonly decision: Decision;
  /** The calls that a controller asking one by one would make, in order. */
  readonly queries: readonly string[];
  /** The status before the step, as the API server has it; null when the HPA is gone. */
  readonly statusBefore: HpaStatus | null;
  /** The status after the step, likewise. */
  readonly statusAfter: HpaStatus | null;
}

/** A step that cannot be played; the story ends there. */
export interface StepProblem {
  readonly kind: 'problem';
  /** Path and sentence: `steps[2].metrics[0]: …`. */
  readonly message: string;
}

/**
 * Plays a story whose shape has been checked, step by step, with the engine itself, and carries from step to step what the
 * controller and the API server would: memory, the stored HPA, the scale's last answer, the pods.
 */
export function* playScenario(scenario: Scenario): Generator<StepOutcome | StepProblem, void, undefined> {
  const { clockTickNs = 0, features, ...flags } = scenario.options ?? {};
  const options: EngineOptions = {
    ...DEFAULT_ENGINE_OPTIONS,
    ...flags,
    features: { ...DEFAULT_ENGINE_OPTIONS.features, ...features },
  };
  const podDefaults = scenario.podDefaults ?? {};
  const hpa = storedHpa(scenario.hpa);
  let world: World = { key: keyOf(hpa), hpa, scale: null, pods: [] };
  const memories = new Map<string, Memory>();
  memories.set(keyText(world.key), { ...EMPTY_MEMORY, ...scenario.initialState });
  for (const [index, step] of scenario.steps.entries()) {
    world = enterStep(world, step, podDefaults);
    if (step.restart === true) memories.clear();
    const key = keyText(world.key);
    const played = playStep(world, step, memories.get(key) ?? EMPTY_MEMORY, { options, clockTickNs });
    if (played.kind === 'problem') {
      yield { kind: 'problem', message: `steps[${index}].${played.message}` };
      return;
    }
    yield played;
    const { statusAfter, decision } = played;
    if (world.hpa !== null && statusAfter !== null) world = { ...world, hpa: { ...world.hpa, status: statusAfter } };
    memories.set(key, decision.memory ?? EMPTY_MEMORY);
  }
}

/** What lasts from step to step, besides the memory, which the controller keeps by the HPA's key. */
interface World {
  readonly key: { readonly namespace: string; readonly name: string };
  /** Null once it was deleted. */
  readonly hpa: HorizontalPodAutoscaler | null;
  /** The last answer; null before the first one. */
  readonly scale: ScaleAnswer | null;
  readonly pods: readonly ScenarioPod[];
}

function enterStep(before: World, step: ScenarioStep, podDefaults: NonNullable<Scenario['podDefaults']>): World {
  let { hpa } = before;
  if (step.hpa !== undefined) hpa = storedHpa(step.hpa);
  if (step.hpaSpec !== undefined && hpa !== null) hpa = { ...hpa, spec: storedSpec(step.hpaSpec) };
  return {
    key: hpa === null ? before.key : keyOf(hpa),
    hpa: step.hpaDeleted === true ? null : hpa,
    scale: step.scale ?? before.scale,
    pods: step.pods === undefined ? before.pods : unfoldPods(step.pods, podDefaults),
  };
}

const NO_STATUS: HpaStatus = { desiredReplicas: 0, currentMetrics: null };

function keyOf({ metadata: { namespace = '', name } }: HorizontalPodAutoscaler): World['key'] {
  return { namespace, name };
}

function storedHpa(object: HorizontalPodAutoscaler): HorizontalPodAutoscaler {
  const decoded = decodeHpa(object);
  const hpa = decoded.kind === 'decoded' ? decoded.value : object;
  return { ...hpa, spec: storedSpec(hpa.spec), status: storedStatus(hpa.status ?? NO_STATUS) };
}

function playStep(
  world: World,
  step: ScenarioStep,
  memory: Memory,
  { options, clockTickNs }: { readonly options: EngineOptions; readonly clockTickNs: number },
): StepOutcome | StepProblem {
  const { hpa } = world;
  const read = hpa === null || step.hpaGetError !== undefined ? UNREAD_SCALE : readTarget(world, hpa, step);
  if (read.kind === 'problem') return read;
  const { pods, ownership } = ownedPods(hpa, selectedPods(world, read.scale));
  const before: Facts = {
    nowMs: step.atMs,
    clockTickNs,
    hpa: hpaFact(world, step),
    scale: read.scale,
    pods: podsFact(pods, step),
    isRegistered: step.unregistered !== true,
    rivals: rivalsOf(pods, world.key, step),
    metrics: [],
    ...(ownership === null ? {} : { ownership }),
  };
  const queried = plan(before, options).queries;
  const metrics = readMetrics(step, queried, hpa?.spec.metrics?.length ?? 0);
  if ('kind' in metrics) return metrics;
  const facts = playPodListings({ ...before, metrics }, step, memory, options);
  const proposal = decide(facts, memory, options);
  const intent = proposal.scaleWrite;
  const target = intent === null ? '' : `${intent.resource} ${targetKey(world)}`;
  const write = intent === null ? NO_WRITE : playScaleWrite(target, intent.toReplicas, step.scaleUpdate);
  const settlement = settle(proposal, write.outcome);
  const decision = conclude(settlement, statusWriteOf(step, settlement.isStatusChanged));
  const statusBefore = hpa?.status ?? null;
  return {
    kind: 'outcome',
    step,
    facts,
    decision,
    queries: [...read.queries, ...queried.map(queryText), ...write.queries],
    statusBefore,
    statusAfter: decision.isStatusWritten && decision.status !== null ? storedStatus(decision.status) : statusBefore,
  };
}

const UNREAD_SCALE = { kind: 'played', scale: { kind: 'failed', stage: 'read', message: '' }, queries: [] } as const;

const NO_WRITE = { outcome: { kind: 'notTried' }, queries: [] } as const;

function readTarget(world: World, hpa: HorizontalPodAutoscaler, step: ScenarioStep) {
  return playScaleRead(step, world.scale, hpa.spec.scaleTargetRef.apiVersion ?? '', targetKey(world));
}

function targetKey({ key, hpa }: World): string {
  return `${key.namespace}/${hpa?.spec.scaleTargetRef.name ?? ''}`;
}

function hpaFact({ hpa, key }: World, { hpaGetError }: ScenarioStep): HpaFact {
  if (hpaGetError !== undefined) return { kind: 'unreadable', ...key, message: hpaGetError.message };
  return hpa === null ? { kind: 'missing', ...key } : { kind: 'found', object: hpa };
}

function podsFact(pods: readonly ScenarioPod[], step: ScenarioStep): PodsFact {
  const listError = step.podListErrors?.[0];
  if (listError) return { kind: 'failed', message: listError.message };
  return { kind: 'listed', pods: pods.map(({ fact }) => fact) };
}

/** The pods that the scale's selector matches; none when it cannot be read, which the engine finds out itself. */
function selectedPods({ pods }: World, scale: ScaleFact): readonly ScenarioPod[] {
  const result = scale.kind === 'found' && scale.selector !== '' ? parseSelector(scale.selector) : null;
  if (result?.kind !== 'selector') return [];
  return pods.filter(({ labels }) => matchesSelector(result.selector, labels));
}

function rivalsOf(pods: readonly ScenarioPod[], key: World['key'], step: ScenarioStep): readonly string[] {
  const rivals = new Set<string>();
  for (const other of step.otherHpas ?? []) {
    const result = other.selector === null ? null : parseSelector(other.selector);
    if (other.namespace !== key.namespace || result?.kind !== 'selector') continue;
    const isRival = pods.some(({ labels }) => matchesSelector(result.selector, labels));
    if (isRival) rivals.add(keyText(other));
  }
  rivals.delete(keyText(key));
  return [...rivals].sort();
}

function readMetrics(
  step: ScenarioStep,
  queries: readonly MetricQuery[],
  metricCount: number,
): readonly MetricSamples[] | StepProblem {
  const metrics: MetricSamples[] = Array.from({ length: metricCount }, () => ({ kind: 'notQueried' }));
  for (const query of queries) {
    const { index, kind } = query;
    const entry = step.metrics?.[index];
    if (entry === undefined || entry === null) {
      return { kind: 'problem', message: `metrics[${index}]: is missing, but the step asks for "${queryText(query)}"` };
    }
    const samples = readMetricEntry(entry, kind);
    if (samples.kind === 'problem') return { kind: 'problem', message: `metrics[${index}]: ${samples.message}` };
    metrics[index] = samples;
  }
  return metrics;
}

/**
 * Gives the scripted errors of the second and later listings of pods to the metrics that make them, in order. Whether one
 * lists pods depends on its numbers, so the engine is asked: a metric that lists fails when listing does.
 */
function playPodListings(facts: Facts, step: ScenarioStep, memory: Memory, options: EngineOptions): Facts {
  const errors = step.podListErrors?.slice(1) ?? [];
  const metrics = facts.metrics.slice();
  let listing = 0;
  for (const [index, samples] of facts.metrics.entries()) {
    if (listing >= errors.length) break;
    if (samples.kind !== 'values') continue;
    const failing: MetricSamples = { ...samples, kind: 'podsFailed', message: errors[listing]?.message ?? '' };
    const probe = decide({ ...facts, metrics: metrics.with(index, failing) }, memory, options);
    if (probe.trace.metrics[index]?.code !== 'MetricFailed') continue;
    if (errors[listing]) metrics[index] = failing;
    listing++;
  }
  return { ...facts, metrics };
}

function statusWriteOf({ statusUpdateError }: ScenarioStep, isStatusChanged: boolean): StatusWriteOutcome {
  if (!isStatusChanged) return { kind: 'notTried' };
  return statusUpdateError === undefined ? { kind: 'written' } : { kind: 'failed', message: statusUpdateError.message };
}

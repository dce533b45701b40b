import type { Clock } from '../../base/clock.ts';
import { parseSelector } from '../../base/label-selector.ts';
import type { ObjectKey } from '../../base/object-key.ts';
import type { HorizontalPodAutoscaler } from '../../core/autoscaling/types.ts';
import type { MetricQuery, Plan } from '../../core/engine/decision.ts';
import type {
  Facts,
  FleetPressure,
  HpaFact,
  MetricSamples,
  OwnershipFact,
  PodsFact,
  ScaleFact,
} from '../../core/engine/facts.ts';
import { readHpaOptions } from '../../core/engine/hpa-options.ts';
import type { EngineOptions } from '../../core/engine/options.ts';
import { plan } from '../../core/engine/plan.ts';
import type { MetricReader } from './metric-reader.ts';
import { type MatchingPods, matchingPods, type PodIndex } from './pod-index.ts';
import type { PodOwners } from './pod-owners.ts';
import type { ScaleReader, ScaleTarget } from './scale-reader.ts';
import type { SelectorRegistry } from './selector-registry.ts';

/** Where facts come from. */
export interface GatherPorts {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly options: EngineOptions;
  readonly readScale: ScaleReader;
  readonly pods: Pick<PodIndex, 'matching' | 'entries'>;
  readonly owners: Pick<PodOwners, 'sort'>;
  readonly registry: Pick<SelectorRegistry, 'isRegistered' | 'store' | 'rivals'>;
  readonly metrics: MetricReader;
  /** Present with the scale-down breaker: how the fleet fares, for this HPA. */
  readonly pressureOf?: (key: ObjectKey) => FleetPressure;
}

/** The facts of one sync, and what else acting on them needs. */
export interface Gathered {
  readonly facts: Facts;
  readonly plan: Plan;
  /** What a scale write starts from; null when the scale could not be read. */
  readonly target: ScaleTarget | null;
}

/**
 * Gathers everything that the decision on one HPA may depend on: its scale, its pods and rivals, and the answers to the
 * queries that the engine plans. It never fails for what the world says: failures are facts. The instant of the decision
 * is the end of the gathering.
 */
export async function gatherFacts(hpa: HpaFact, ports: GatherPorts, signal: AbortSignal): Promise<Gathered> {
  if (hpa.kind !== 'found') return ungathered(hpa, ports);
  const { object } = hpa;
  const key: ObjectKey = { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
  const { fact: scale, target } = await ports.readScale(key.namespace, object.spec.scaleTargetRef, signal);
  const listing = await listPods(object, { scale, target }, key, ports, signal);
  const planned = plan({ hpa, scale, ...listing }, ports.options);
  const metrics = await readMetrics(object, planned.queries, ports.metrics, signal);
  const pressure = ports.pressureOf === undefined ? {} : { pressure: ports.pressureOf(key) };
  const facts: Facts = { nowMs: ports.clock.nowMs(), clockTickNs: 0, hpa, scale, ...listing, metrics, ...pressure };
  return { facts, plan: planned, target };
}

/** What the ambiguity check lists. */
type Listing = Pick<Facts, 'pods' | 'isRegistered' | 'rivals' | 'ownership'>;

/** What is taken for so until the pods are listed. */
const NOBODY_ELSES: OwnershipFact = { kind: 'known', foreign: [] };

const NO_PODS: PodsFact = { kind: 'listed', pods: [] };

function ungathered(hpa: HpaFact, ports: GatherPorts): Gathered {
  const scale: ScaleFact = { kind: 'failed', stage: 'read', message: 'the HPA could not be read' };
  const listing: Listing = { pods: NO_PODS, isRegistered: false, rivals: [] };
  const planned = plan({ hpa, scale, ...listing }, ports.options);
  const facts: Facts = { nowMs: ports.clock.nowMs(), clockTickNs: 0, hpa, scale, ...listing, metrics: [] };
  return { facts, plan: planned, target: null };
}

/**
 * Lists the pods and rivals as far as the path asks for them. Only a metric-driven sync stores its selector: a disabled,
 * forced or failing HPA keeps the one it used last (specification 1.10).
 */
async function listPods(
  object: HorizontalPodAutoscaler,
  { scale, target }: { readonly scale: ScaleFact; readonly target: ScaleTarget | null },
  key: ObjectKey,
  ports: GatherPorts,
  signal: AbortSignal,
): Promise<Listing> {
  const none: Listing = { pods: NO_PODS, isRegistered: ports.registry.isRegistered(key), rivals: [] };
  if (scale.kind !== 'found' || scale.selector === '') return none;
  const hpa: HpaFact = { kind: 'found', object };
  const { path } = plan({ hpa, scale, ...none, ownership: NOBODY_ELSES }, ports.options);
  if (path.code !== 'MetricDriven') return none;
  const parsed = parseSelector(scale.selector);
  if (parsed.kind !== 'selector') return none;
  ports.registry.store(key, parsed.selector);
  const listed = ({ pods, labelSets }: MatchingPods): Listing => ({
    ...none,
    pods: { kind: 'listed', pods },
    rivals: ports.registry.rivals(key, labelSets),
  });
  if (target === null || !readHpaOptions(object.metadata.annotations).options.isOwnerSelected) {
    return listed(ports.pods.matching(key.namespace, parsed.selector));
  }
  const entries = ports.pods.entries(key.namespace, parsed.selector);
  const { owned, ownership } = await ports.owners.sort(target, key.namespace, entries, signal);
  return { ...listed(matchingPods(owned)), ownership };
}

async function readMetrics(
  object: HorizontalPodAutoscaler,
  queries: readonly MetricQuery[],
  reader: MetricReader,
  signal: AbortSignal,
): Promise<readonly MetricSamples[]> {
  const samples: MetricSamples[] = (object.spec.metrics ?? []).map(() => ({ kind: 'notQueried' }));
  await Promise.all(
    queries.map(async (query) => {
      samples[query.index] = await reader.read(query, signal);
    }),
  );
  return samples;
}

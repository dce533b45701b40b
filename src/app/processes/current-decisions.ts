import type { Clock, IoClock } from '../../base/clock.ts';
import { parseSelector, type Selector } from '../../base/label-selector.ts';
import { SILENT_LOG } from '../../base/log.ts';
import { type GatherPorts, gatherFacts } from '../../control/facts/gather.ts';
import { projectHpa } from '../../control/facts/hpa-projection.ts';
import { createMetricReader, createPodMetricsReader } from '../../control/facts/metric-reader.ts';
import { PodIndex } from '../../control/facts/pod-index.ts';
import { PodOwners } from '../../control/facts/pod-owners.ts';
import { type Pod, PodProjection } from '../../control/facts/pod-projection.ts';
import { createScaleReader, type ScaleReading } from '../../control/facts/scale-reader.ts';
import { SelectorRegistry } from '../../control/facts/selector-registry.ts';
import type { HorizontalPodAutoscaler } from '../../core/autoscaling/types.ts';
import { conclude } from '../../core/engine/conclude.ts';
import { decide } from '../../core/engine/decide.ts';
import type { Decision } from '../../core/engine/decision.ts';
import type { Facts } from '../../core/engine/facts.ts';
import { EMPTY_MEMORY } from '../../core/engine/memory.ts';
import { DEFAULT_ENGINE_OPTIONS } from '../../core/engine/options.ts';
import { settle } from '../../core/engine/settle.ts';
import type { MetricsSource } from '../../metrics/source/port.ts';
import type { KubeClient, ResourceType } from '../../platform/kube/client.ts';
import type { Discovery } from '../../platform/kube/discovery.ts';
import { findHpaApi } from '../../platform/kube/hpa-api.ts';
import { createRestMapper } from '../../platform/kube/rest-mapper.ts';

/** Scales that are read at once. */
const SCALE_READS_COUNT_MAX = 8;

const PODS: ResourceType = { group: '', version: 'v1', resource: 'pods', isNamespaced: true };

/** A cluster whose HPAs are decided on now, by somebody who only looks. */
export interface WatchedCluster {
  readonly client: KubeClient;
  readonly discovery: Discovery;
  /** Where the HPAs' numbers come from. */
  readonly source: MetricsSource;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ioClock: IoClock;
}

/** A decision, and the facts that it is made of. */
export interface CurrentDecision {
  readonly decision: Decision;
  readonly facts: Facts;
}

/** What has been decided. */
export interface CurrentDecisions {
  readonly hpas: readonly CurrentDecision[];
  /** Why some scale could not be read, for want of a right; undefined when none was refused. */
  readonly refusal: string | undefined;
}

/**
 * Decides now on those HPAs of a namespace that are wanted, as a controller would that has just started: it remembers
 * nothing, takes the count that there is for the last recommendation, and so waits for the window before it scales down.
 * All HPAs are looked at, because two may select the same pods. Nothing is written.
 */
export async function decideCurrently(
  namespace: string,
  isWanted: (hpa: HorizontalPodAutoscaler, podSelector: Selector | undefined) => boolean,
  cluster: WatchedCluster,
  signal: AbortSignal,
): Promise<CurrentDecisions> {
  const objects = await listHpas(namespace, cluster, signal);
  const ports = gatherPorts(cluster);
  const readings = new Map<string, ScaleReading>();
  const waiting = [...objects];
  const read = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      readings.set(next.metadata.name, await ports.readScale(namespace, next.spec.scaleTargetRef, signal));
    }
  };
  await Promise.all(Array.from({ length: SCALE_READS_COUNT_MAX }, read));
  const wanted = objects.filter((hpa) => isWanted(hpa, register(hpa, readings.get(hpa.metadata.name), ports)));
  const refusal = [...readings.values()].flatMap(({ fact }) =>
    fact.kind === 'failed' && / is forbidden/.test(fact.message) ? [fact.message] : [],
  )[0];
  if (wanted.length > 0) await indexPods(namespace, ports.pods, cluster, signal);
  const hpas: CurrentDecision[] = [];
  for (const object of wanted) {
    const reading = readings.get(object.metadata.name);
    const readScale = reading === undefined ? ports.readScale : async () => reading;
    hpas.push(await decideOn(object, { ...ports, readScale }, signal));
  }
  return { hpas, refusal };
}

async function listHpas(
  namespace: string,
  { client, ioClock }: WatchedCluster,
  signal: AbortSignal,
): Promise<readonly HorizontalPodAutoscaler[]> {
  const api = await findHpaApi({ client, ioClock, random: Math.random, log: SILENT_LOG, signal });
  const { items } = await client.list(api.type, { namespace }, { signal });
  return items.flatMap((item) => {
    const fact = projectHpa(item, api);
    return fact.kind === 'found' ? [fact.object] : [];
  });
}

type CurrentPorts = GatherPorts & { readonly pods: PodIndex; readonly registry: SelectorRegistry };

function gatherPorts({ client, discovery, source, clock, ioClock }: WatchedCluster): CurrentPorts {
  const mapper = createRestMapper({ discovery, ioClock });
  return {
    clock,
    options: DEFAULT_ENGINE_OPTIONS,
    readScale: createScaleReader(client, mapper),
    pods: new PodIndex(),
    owners: new PodOwners({ client, mapper, ioClock }),
    registry: new SelectorRegistry(),
    metrics: createMetricReader({ podMetrics: createPodMetricsReader(source), source, mapper, ioClock }),
  };
}

/** Files an HPA as the controller that has looked at all of them would; tells which pods it means, where that is known. */
function register(
  { metadata }: HorizontalPodAutoscaler,
  reading: ScaleReading | undefined,
  { registry }: CurrentPorts,
): Selector | undefined {
  const key = { namespace: metadata.namespace ?? '', name: metadata.name };
  registry.register(key);
  if (reading?.fact.kind !== 'found' || reading.fact.selector === '') return undefined;
  const parsed = parseSelector(reading.fact.selector);
  if (parsed.kind !== 'selector') return undefined;
  registry.store(key, parsed.selector);
  return parsed.selector;
}

async function indexPods(
  namespace: string,
  index: PodIndex,
  { client }: WatchedCluster,
  signal: AbortSignal,
): Promise<void> {
  const projection = new PodProjection();
  const { items } = await client.list<Pod>(PODS, { namespace }, { signal });
  for (const item of items) index.add(projection.project(item));
}

async function decideOn(
  object: HorizontalPodAutoscaler,
  ports: GatherPorts,
  signal: AbortSignal,
): Promise<CurrentDecision> {
  const { facts } = await gatherFacts({ kind: 'found', object }, ports, signal);
  const settlement = settle(decide(facts, EMPTY_MEMORY, ports.options), { kind: 'notTried' });
  return { facts, decision: conclude(settlement, { kind: 'notTried' }) };
}

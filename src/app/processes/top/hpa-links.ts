import { Failure } from '../../../base/failure.ts';
import { matchesSelector, parseSelector } from '../../../base/label-selector.ts';
import { SILENT_LOG } from '../../../base/log.ts';
import { type GatherPorts, gatherFacts } from '../../../control/facts/gather.ts';
import { projectHpa } from '../../../control/facts/hpa-projection.ts';
import { createMetricReader, createPodMetricsReader } from '../../../control/facts/metric-reader.ts';
import { PodIndex } from '../../../control/facts/pod-index.ts';
import { PodOwners } from '../../../control/facts/pod-owners.ts';
import { PodProjection } from '../../../control/facts/pod-projection.ts';
import { createScaleReader, type ScaleReading } from '../../../control/facts/scale-reader.ts';
import { SelectorRegistry } from '../../../control/facts/selector-registry.ts';
import type { HorizontalPodAutoscaler } from '../../../core/autoscaling/types.ts';
import { conclude } from '../../../core/engine/conclude.ts';
import { decide } from '../../../core/engine/decide.ts';
import type { Decision } from '../../../core/engine/decision.ts';
import type { Facts } from '../../../core/engine/facts.ts';
import { EMPTY_MEMORY } from '../../../core/engine/memory.ts';
import { DEFAULT_ENGINE_OPTIONS } from '../../../core/engine/options.ts';
import { settle } from '../../../core/engine/settle.ts';
import type { UsageLink } from '../../../core/explain/usage-chain.ts';
import { createHttpMetricsSource } from '../../../metrics/source/http-source.ts';
import { createDiscovery } from '../../../platform/kube/discovery.ts';
import { findHpaApi } from '../../../platform/kube/hpa-api.ts';
import { createRestMapper } from '../../../platform/kube/rest-mapper.ts';
import { metricLinks } from './metric-links.ts';
import { PODS, TOP_CALL_MS_MAX, type TopCluster, type TopPod } from './top-cluster.ts';

/** Scales that are read at once. */
const SCALE_READS_COUNT_MAX = 8;

/**
 * What the HPAs that target a pod make of its usage: the facts that the controller would gather now, and the engine's
 * arithmetic. Windows and policies need the controller's memory, so only the metrics are told, and no count.
 */
export async function hpaLinks(pod: TopPod, cluster: TopCluster, signal: AbortSignal): Promise<readonly UsageLink[]> {
  try {
    const { hpas, message } = await targetingHpas(pod, cluster, signal);
    const unseen: UsageLink[] = message === undefined ? [] : [{ code: 'HpasUnseen', message }];
    if (hpas.length === 0) return unseen.length > 0 ? unseen : [{ code: 'NoHpa' }];
    return [...hpas.flatMap(({ decision, facts }) => metricLinks(pod.metadata.name, decision, facts)), ...unseen];
  } catch (thrown) {
    if (!(thrown instanceof Failure) || signal.aborted) throw thrown;
    return [{ code: 'HpasUnseen', message: thrown.message }];
  }
}

interface Decided {
  readonly decision: Decision;
  readonly facts: Facts;
}

/** The decisions of the HPAs that target the pod; `message`: why some scale could not be read. */
async function targetingHpas(
  pod: TopPod,
  cluster: TopCluster,
  signal: AbortSignal,
): Promise<{ readonly hpas: readonly Decided[]; readonly message?: string }> {
  const namespace = pod.metadata.namespace ?? '';
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
  const targeting = objects.filter((hpa) => register(hpa, readings.get(hpa.metadata.name), ports, pod));
  const refused = [...readings.values()].flatMap(({ fact }) =>
    fact.kind === 'failed' && / is forbidden/.test(fact.message) ? [fact.message] : [],
  );
  if (targeting.length > 0) await indexPods(namespace, ports.pods, cluster, signal);
  const hpas: Decided[] = [];
  for (const object of targeting) {
    const reading = readings.get(object.metadata.name);
    const readScale = reading === undefined ? ports.readScale : async () => reading;
    hpas.push(await decideOn(object, { ...ports, readScale }, signal));
  }
  return { hpas, ...(refused[0] === undefined ? {} : { message: refused[0] }) };
}

async function listHpas(
  namespace: string,
  { client, ioClock }: TopCluster,
  signal: AbortSignal,
): Promise<readonly HorizontalPodAutoscaler[]> {
  const api = await findHpaApi({ client, ioClock, random: Math.random, log: SILENT_LOG, signal });
  const { items } = await client.list(api.type, { namespace }, { signal });
  return items.flatMap((item) => {
    const fact = projectHpa(item, api);
    return fact.kind === 'found' ? [fact.object] : [];
  });
}

type TopGatherPorts = GatherPorts & { readonly pods: PodIndex; readonly registry: SelectorRegistry };

function gatherPorts({ kube, client, clock, ioClock }: TopCluster): TopGatherPorts {
  const discovery = createDiscovery(kube);
  const mapper = createRestMapper({ discovery, ioClock });
  const source = createHttpMetricsSource({
    client,
    discovery,
    clock,
    discoveryMs: TOP_CALL_MS_MAX,
    deadlineMs: TOP_CALL_MS_MAX,
  });
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

/** Files an HPA as the controller that has looked at all of them would; tells whether it targets the pod. */
function register(
  { metadata }: HorizontalPodAutoscaler,
  reading: ScaleReading | undefined,
  { registry }: TopGatherPorts,
  pod: TopPod,
): boolean {
  const key = { namespace: metadata.namespace ?? '', name: metadata.name };
  registry.register(key);
  if (reading?.fact.kind !== 'found' || reading.fact.selector === '') return false;
  const parsed = parseSelector(reading.fact.selector);
  if (parsed.kind !== 'selector') return false;
  registry.store(key, parsed.selector);
  return matchesSelector(parsed.selector, pod.metadata.labels ?? {});
}

async function indexPods(
  namespace: string,
  index: PodIndex,
  { client }: TopCluster,
  signal: AbortSignal,
): Promise<void> {
  const projection = new PodProjection();
  const { items } = await client.list(PODS, { namespace }, { signal });
  for (const item of items) index.add(projection.project(item));
}

async function decideOn(object: HorizontalPodAutoscaler, ports: GatherPorts, signal: AbortSignal): Promise<Decided> {
  const { facts } = await gatherFacts({ kind: 'found', object }, ports, signal);
  const settlement = settle(decide(facts, EMPTY_MEMORY, ports.options), { kind: 'notTried' });
  return { facts, decision: conclude(settlement, { kind: 'notTried' }) };
}

import { Failure } from '../../../src/base/failure.ts';
import { writeScale } from '../../../src/control/controller/scale-writer.ts';
import { type GatherPorts, gatherFacts } from '../../../src/control/facts/gather.ts';
import type { KindMapper } from '../../../src/control/facts/kind-mapper.ts';
import { createMetricReader, createPodMetricsReader } from '../../../src/control/facts/metric-reader.ts';
import { PodIndex } from '../../../src/control/facts/pod-index.ts';
import { PodOwners } from '../../../src/control/facts/pod-owners.ts';
import { type Pod, PodProjection } from '../../../src/control/facts/pod-projection.ts';
import { createScaleReader } from '../../../src/control/facts/scale-reader.ts';
import { SelectorRegistry } from '../../../src/control/facts/selector-registry.ts';
import type { HorizontalPodAutoscaler } from '../../../src/core/autoscaling/types.ts';
import { conclude } from '../../../src/core/engine/conclude.ts';
import { decide } from '../../../src/core/engine/decide.ts';
import type { Decision, Settlement, StatusWriteOutcome } from '../../../src/core/engine/decision.ts';
import type { Facts } from '../../../src/core/engine/facts.ts';
import type { Memory } from '../../../src/core/engine/memory.ts';
import { settle } from '../../../src/core/engine/settle.ts';
import { createHttpMetricsSource } from '../../../src/metrics/source/http-source.ts';
import type { KubeClient } from '../../../src/platform/kube/client.ts';
import { createKubeClient } from '../../../src/platform/kube/kube-client.ts';
import { createSystemClock } from '../../../src/platform/time/system-clock.ts';
import type { MetricsAnswer } from '../support/metrics-api.ts';
import { WORKLOAD_GROUP } from '../support/workload-kind.ts';
import type { Reconcile } from './reconciles.ts';
import { RecordedAnswers } from './recorded-answers.ts';
import { HPAS } from './story-play.ts';
import { ENGINE_OPTIONS, TIMING } from './timing.ts';

/** What a reconcile may have seen in its caches, and when. */
export interface Reading {
  readonly hpa: HorizontalPodAutoscaler;
  readonly pods: readonly Pod[];
  readonly nowMs: number;
}

/** What our sync makes of a reading. */
export interface ReplayedSync {
  /** Empty when it asked and wrote exactly what upstream asked and wrote. */
  readonly differences: readonly string[];
  readonly facts: Facts;
  readonly decision: Decision;
}

const CALL_DEADLINE_MS = 5_000;
const SIGNAL = new AbortController().signal;

/**
 * Lets our controller's gathering, its engine and its writers go through a reconcile that upstream went through: the same
 * caches, the same instant, the same answers of the API server and of the metrics server.
 */
export async function replaySync(
  reconcile: Reconcile,
  answers: ReadonlyMap<string, MetricsAnswer>,
  given: Reading & { readonly memory: Memory },
): Promise<ReplayedSync> {
  const { hpa, memory } = given;
  const ioClock = createSystemClock();
  const transport = new RecordedAnswers(reconcile, answers);
  const client = createKubeClient({ transport, ioClock, userAgent: 'replay', deadlineMs: CALL_DEADLINE_MS });
  const { facts, target } = await gatherFacts({ kind: 'found', object: hpa }, portsOf(client, given), SIGNAL);
  const proposal = decide(facts, memory, ENGINE_OPTIONS);
  const writer = { client, ioClock, random: () => 0, isLeader: () => true };
  const scaleWrite =
    proposal.scaleWrite === null || target === null
      ? undefined
      : await writeScale(target, proposal.scaleWrite.toReplicas, writer, SIGNAL);
  const settlement = settle(proposal, scaleWrite?.outcome ?? { kind: 'notTried' });
  const decision = conclude(settlement, await writeStatus(client, hpa, settlement));
  return { differences: transport.differences, facts, decision };
}

async function writeStatus(
  client: KubeClient,
  hpa: HorizontalPodAutoscaler,
  { status, isStatusChanged }: Settlement,
): Promise<StatusWriteOutcome> {
  if (status === null || !isStatusChanged) return { kind: 'notTried' };
  try {
    await client.replace(HPAS, { ...hpa, status }, { subresource: 'status' });
    return { kind: 'written' };
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return { kind: 'failed', message: thrown.message };
  }
}

function portsOf(client: KubeClient, { hpa, pods, nowMs }: Reading): GatherPorts {
  const clock = { nowMs: () => nowMs };
  const ioClock = createSystemClock();
  const http = { client, discovery: DISCOVERY, clock, discoveryMs: TIMING.syncPeriodMs, deadlineMs: CALL_DEADLINE_MS };
  const source = createHttpMetricsSource(http);
  const registry = new SelectorRegistry();
  registry.register({ namespace: hpa.metadata.namespace ?? '', name: hpa.metadata.name });
  return {
    clock,
    options: ENGINE_OPTIONS,
    readScale: createScaleReader(client, KINDS),
    pods: indexOf(pods),
    registry,
    owners: new PodOwners({ client, mapper: KINDS, ioClock }),
    metrics: createMetricReader({ podMetrics: createPodMetricsReader(source), source, mapper: KINDS, ioClock }),
  };
}

function indexOf(pods: readonly Pod[]): PodIndex {
  const projection = new PodProjection();
  const index = new PodIndex();
  for (const pod of pods) index.add(projection.project(pod));
  return index;
}

/** The kinds that stories name and the cluster has. */
const RESOURCES: Readonly<Record<string, readonly [group: string, resource: string]>> = {
  'Workload.stories.podtide.dev': [WORKLOAD_GROUP, 'workloads'],
  'Deployment.apps': ['apps', 'deployments'],
  'Service.': ['', 'services'],
  'Namespace.': ['', 'namespaces'],
  'Ingress.networking.k8s.io': ['networking.k8s.io', 'ingresses'],
};

const KINDS: KindMapper = {
  mappings: async (group, kind) => {
    const found = RESOURCES[`${kind}.${group}`];
    if (found === undefined) throw new Failure('notFound', `no matches for kind "${kind}" in group "${group}"`);
    return [{ group: found[0], version: 'v1', resource: found[1], isNamespaced: true }];
  },
};

const DISCOVERY = {
  read: async () => [
    { name: 'custom.metrics.k8s.io', versions: ['v1beta2', 'v1beta1'].map((version) => ({ version, resources: [] })) },
  ],
};

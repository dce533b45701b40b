import type { Behavior, HorizontalPodAutoscaler, HpaStatus } from '../src/core/autoscaling/types.ts';
import { conclude } from '../src/core/engine/conclude.ts';
import { decide } from '../src/core/engine/decide.ts';
import type { Decision } from '../src/core/engine/decision.ts';
import type { Facts, PodFact, PodRequests, PodSample } from '../src/core/engine/facts.ts';
import { EMPTY_MEMORY, type Memory } from '../src/core/engine/memory.ts';
import { DEFAULT_ENGINE_OPTIONS } from '../src/core/engine/options.ts';
import { plan } from '../src/core/engine/plan.ts';
import { settle } from '../src/core/engine/settle.ts';

/**
 * Decisions a second on one thread, trace included, and the size of one HPA's memory. Each sync is whole: plan, decide,
 * settle, conclude, with the status of the sync before and usage that changes every time.
 */

const START_MS = 1_767_225_600_000;
const PERIOD_MS = 15_000;

const BEHAVIOR: Behavior = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
};

function hpaOf(behavior: Behavior | undefined): HorizontalPodAutoscaler {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'shop', uid: '7d0c4c8e-2a51-4b0b-8f5d-0b3a6f6c2f11' },
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' },
      minReplicas: 2,
      maxReplicas: 500,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
      ...(behavior === undefined ? {} : { behavior }),
    },
  };
}

const REQUESTS: PodRequests = {
  containers: [{ name: 'app', requests: { cpu: 1000, memory: 1_073_741_824_000 } }],
  initContainers: [],
  pod: null,
};

function podsOf(count: number): readonly PodFact[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `web-6d4cf56db6-${index.toString(36).padStart(5, 'x')}`,
    phase: 'Running',
    isDeleted: false,
    startAtMs: START_MS - 3_600_000,
    ready: { status: 'True', sinceMs: START_MS - 3_590_000 },
    requests: REQUESTS,
  }));
}

/** Usage that swings around the target by a fifth, so that counts move now and then. */
function samplesOf(pods: readonly PodFact[], sync: number, nowMs: number): Readonly<Record<string, PodSample>> {
  const level = 500 + Math.round(100 * Math.sin(sync / 7));
  return Object.fromEntries(
    pods.map(({ name }, index) => [name, { milli: level + (index % 7), atMs: nowMs - 5_000, windowMs: 15_000 }]),
  );
}

interface Track {
  readonly hpa: HorizontalPodAutoscaler;
  readonly memory: Memory;
  readonly specReplicas: number;
}

function factsOf(track: Track, pods: readonly PodFact[], sync: number): Facts {
  const nowMs = START_MS + sync * PERIOD_MS;
  const { specReplicas } = track;
  return {
    nowMs,
    clockTickNs: 0,
    hpa: { kind: 'found', object: track.hpa },
    scale: {
      kind: 'found',
      resource: 'deployments.apps',
      specReplicas,
      statusReplicas: specReplicas,
      selector: 'app=web',
    },
    pods: { kind: 'listed', pods },
    isRegistered: true,
    rivals: [],
    metrics: [{ kind: 'values', samples: { kind: 'perPod', byPod: samplesOf(pods, sync, nowMs) } }],
  };
}

function sync(facts: Facts, memory: Memory): Decision {
  plan(facts, DEFAULT_ENGINE_OPTIONS);
  const proposal = decide(facts, memory, DEFAULT_ENGINE_OPTIONS);
  const settlement = settle(proposal, { kind: 'written', attemptCount: 1 });
  return conclude(settlement, settlement.isStatusChanged ? { kind: 'written' } : { kind: 'notTried' });
}

function advance(track: Track, decision: Decision): Track {
  const status: HpaStatus = decision.status ?? { desiredReplicas: 0, currentMetrics: null };
  return {
    hpa: { ...track.hpa, status },
    memory: decision.memory ?? EMPTY_MEMORY,
    specReplicas: decision.scaledTo ?? track.specReplicas,
  };
}

/** An hour of syncs of one HPA: the facts and memory of each, and what it remembers at the end. */
function anHour(podCount: number, behavior: Behavior | undefined): { steps: [Facts, Memory][]; memory: Memory } {
  const pods = podsOf(podCount);
  let track: Track = { hpa: hpaOf(behavior), memory: EMPTY_MEMORY, specReplicas: podCount };
  const steps: [Facts, Memory][] = [];
  for (let index = 0; index < 240; index++) {
    const facts = factsOf(track, pods, index);
    steps.push([facts, track.memory]);
    track = advance(track, sync(facts, track.memory));
  }
  return { steps, memory: track.memory };
}

const RUN_MS = 700;
const ROUND_COUNT = 5;

/** The best of several rounds: what the code can do when nobody else uses the processor. */
function decisionsPerSecond(steps: readonly (readonly [Facts, Memory])[]): number {
  let best = 0;
  for (let round = 0; round < ROUND_COUNT; round++) {
    let count = 0;
    const startMs = performance.now();
    let elapsedMs = 0;
    while (elapsedMs < RUN_MS) {
      for (const [facts, memory] of steps) sync(facts, memory);
      count += steps.length;
      elapsedMs = performance.now() - startMs;
    }
    best = Math.max(best, (count / elapsedMs) * 1000);
  }
  return best;
}

const HEAP_SAMPLE_COUNT = 500;

/** What the memory of one HPA keeps on the heap after an hour of syncs, averaged over many HPAs. */
function heapBytes(behavior: Behavior | undefined): number {
  const kept: Memory[] = [];
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < HEAP_SAMPLE_COUNT; index++) kept.push(anHour(10, behavior).memory);
  globalThis.gc?.();
  return (process.memoryUsage().heapUsed - before) / kept.length;
}

const tracks = [
  { name: 'legacy', behavior: undefined, podCount: 10, ...anHour(10, undefined) },
  { name: 'behavior', behavior: BEHAVIOR, podCount: 10, ...anHour(10, BEHAVIOR) },
  { name: 'legacy', behavior: undefined, podCount: 100, ...anHour(100, undefined) },
  { name: 'behavior', behavior: BEHAVIOR, podCount: 100, ...anHour(100, BEHAVIOR) },
];
for (const { steps } of tracks) decisionsPerSecond(steps);
console.log('| HPA | pods | decisions/s | memory, JSON bytes | memory, heap bytes |');
console.log('| --- | ---: | ---: | ---: | ---: |');
for (const { name, behavior, podCount, steps, memory } of tracks) {
  const rate = Math.round(decisionsPerSecond(steps)).toLocaleString('en');
  const jsonByteCount = JSON.stringify(memory).length;
  const heap = globalThis.gc === undefined ? 'needs --expose-gc' : Math.round(heapBytes(behavior));
  console.log(`| ${name} | ${podCount} | ${rate} | ${jsonByteCount} | ${heap} |`);
}

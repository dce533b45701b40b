import type { HpaSpec, MetricSpec, ScalingRules } from '../../../src/core/autoscaling/types.ts';
import { FAULTS, type FaultKind } from './faults.ts';
import { type SeededRandom, seededRandom } from './random.ts';

/** What a metric is measured by, and how much of it one pod is to carry. */
export type PlannedMetric =
  | { readonly kind: 'external' | 'object'; readonly name: string; readonly perPod: number }
  /** Of pods that request 200m. */
  | { readonly kind: 'cpu'; readonly name: 'cpu'; readonly targetPercent: number };

/** An HPA with its workload, both of one name. */
export interface PlannedHpa {
  readonly name: string;
  readonly metrics: readonly [PlannedMetric, ...PlannedMetric[]];
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Null for the legacy path. */
  readonly behavior: { readonly scaleUp: ScalingRules; readonly scaleDown: ScalingRules } | null;
  readonly startReplicas: number;
}

/** Where in its stream of requests a process is cut off. */
export type CrashPoint =
  | 'beforeScaleWrite'
  | 'afterScaleWrite'
  | 'beforeStatusWrite'
  | 'afterStatusWrite'
  | 'beforeLeaseRenewal'
  | 'afterLeaseRenewal'
  | 'beforeScaleRead'
  | 'afterScaleRead'
  | 'beforeMemoryWrite'
  | 'afterMemoryWrite'
  | 'atMetricRead'
  | 'betweenRequests';

/** Something that happens at an instant, ms after the beginning. */
export type StoryEvent = { readonly atMs: number } & (
  | { readonly kind: 'load'; readonly hpa: string; readonly metric: string; readonly podsWorth: number }
  | { readonly kind: 'edit'; readonly hpa: string; readonly minReplicas: number; readonly maxReplicas: number }
  | { readonly kind: 'fault'; readonly fault: FaultKind; readonly durationMs: number; readonly hitRatio: number }
  | { readonly kind: 'crash'; readonly point: CrashPoint; readonly downMs: number }
  | { readonly kind: 'restart'; readonly downMs: number }
  | { readonly kind: 'pause'; readonly durationMs: number }
  | { readonly kind: 'wallStep'; readonly stepMs: number; readonly durationMs: number }
  | { readonly kind: 'hpaRecreated'; readonly hpa: string; readonly goneMs: number }
  | { readonly kind: 'targetRecreated'; readonly hpa: string; readonly goneMs: number; readonly replicas: number }
  | { readonly kind: 'scaledByHand'; readonly hpa: string; readonly replicas: number }
  | { readonly kind: 'podsChurned' | 'podsUnready'; readonly hpa: string; readonly durationMs: number }
);

/** Everything that one seed says. */
export interface Story {
  readonly seed: number;
  readonly scaleName: string;
  readonly hpas: readonly PlannedHpa[];
  readonly processCount: 1 | 2;
  readonly syncPeriodMs: number;
  /** Whether what is remembered survives a process, as by default, or goes with it, as upstream's. */
  readonly memory: 'configmaps' | 'process';
  /** Of the legacy path. */
  readonly downscaleWindowMs: number;
  /** In the order in which they happen. */
  readonly events: readonly StoryEvent[];
  /** When the last fault has ended and loads stand still. */
  readonly calmAtMs: number;
  /** By when every HPA must stand where the model says. */
  readonly endAtMs: number;
}

/** How much happens in a story. */
export interface StoryScale {
  readonly name: string;
  readonly hpaCountMin: number;
  readonly hpaCountMax: number;
  readonly durationMs: number;
  /** Between two crashes, on average. */
  readonly crashEveryMs: number;
  /** How long windows, policies, handovers and backoffs may take together once all is calm. */
  readonly recoveryMs: number;
}

/** Many syncs, a crash now and then. */
export const ORDINARY_SCALE: StoryScale = {
  name: 'ordinary',
  hpaCountMin: 5,
  hpaCountMax: 40,
  durationMs: 480_000,
  crashEveryMs: 30_000,
  recoveryMs: 420_000,
};

/** A process that hardly ever lives for two periods. */
export const CRASHING_SCALE: StoryScale = {
  name: 'crashing',
  hpaCountMin: 5,
  hpaCountMax: 8,
  durationMs: 600_000,
  crashEveryMs: 6_000,
  recoveryMs: 420_000,
};

/** Over within a second. */
export const SMALL_SCALE: StoryScale = {
  name: 'small',
  hpaCountMin: 3,
  hpaCountMax: 4,
  durationMs: 80_000,
  crashEveryMs: 10_000,
  recoveryMs: 250_000,
};

/** The story of a seed. */
export function tellStory(seed: number, scale: StoryScale): Story {
  const random = seededRandom(seed);
  const hpaCount = random.between(scale.hpaCountMin, scale.hpaCountMax);
  const hpas = Array.from({ length: hpaCount }, (_, index) => planHpa(`app-${index}`, random));
  const events = [
    ...hpas.flatMap((hpa) => eventsOfHpa(hpa, scale.durationMs, random)),
    ...faultEvents(scale.durationMs, random),
    ...crashEvents(scale, random),
  ];
  return {
    seed,
    scaleName: scale.name,
    hpas,
    processCount: random.chance(0.6) ? 2 : 1,
    syncPeriodMs: random.pick([5_000, 10_000, 15_000]),
    memory: random.chance(0.85) ? 'configmaps' : 'process',
    downscaleWindowMs: random.pick([30_000, 60_000, 120_000]),
    events: events.toSorted((left, right) => left.atMs - right.atMs),
    calmAtMs: scale.durationMs,
    endAtMs: scale.durationMs + scale.recoveryMs,
  };
}

function planHpa(name: string, random: SeededRandom): PlannedHpa {
  const minReplicas = random.between(1, 3);
  const metrics: [PlannedMetric, ...PlannedMetric[]] = [planMetric(name, 0, random)];
  if (random.chance(0.35)) metrics.push(planMetric(name, 1, random));
  // Pods that have just started are set aside when a workload shrinks (specification 2.2): over CPU a window shorter than
  // their start would swing for ever, here as upstream.
  const downWindows = metrics.some(({ kind }) => kind === 'cpu') ? ([60, 120] as const) : ([0, 15, 60, 120] as const);
  const behavior = random.chance(0.65)
    ? { scaleUp: planRules(random, [0, 0, 15, 30]), scaleDown: planRules(random, downWindows) }
    : null;
  return {
    name,
    metrics: metrics.filter((metric, index) => metrics.findIndex(({ kind }) => kind === metric.kind) === index) as [
      PlannedMetric,
      ...PlannedMetric[],
    ],
    minReplicas,
    maxReplicas: minReplicas + random.between(3, 10),
    behavior,
    startReplicas: minReplicas + random.between(0, 3),
  };
}

function planMetric(name: string, index: number, random: SeededRandom): PlannedMetric {
  const kind = random.pick(['external', 'external', 'object', 'cpu']);
  if (kind === 'cpu') return { kind, name: 'cpu', targetPercent: random.pick([40, 50, 80]) };
  return { kind, name: `${name}-load-${index}`, perPod: random.pick([5, 10, 100]) };
}

/** Policies that come round within minutes, so that a story sees them end. */
function planRules(random: SeededRandom, windows: readonly [number, ...number[]]): ScalingRules {
  const policies = Array.from({ length: random.between(1, 2) }, () =>
    random.chance(0.6)
      ? { type: 'Pods', value: random.between(2, 4), periodSeconds: random.pick([15, 20, 30]) }
      : { type: 'Percent', value: random.pick([50, 100]), periodSeconds: random.pick([15, 30, 60]) },
  );
  return {
    stabilizationWindowSeconds: random.pick(windows),
    selectPolicy: random.pick(['Max', 'Max', 'Min']),
    policies,
  };
}

function eventsOfHpa(hpa: PlannedHpa, durationMs: number, random: SeededRandom): readonly StoryEvent[] {
  const events: StoryEvent[] = [];
  for (const metric of hpa.metrics) {
    for (let atMs = 0; atMs < durationMs; atMs += random.between(10_000, 90_000)) {
      // A fraction of a pod keeps ratios off the edges of the tolerance.
      const podsWorth = random.between(0, hpa.maxReplicas + 2) + random.pick([0.15, 0.37, 0.63, 0.83]);
      events.push({ atMs, kind: 'load', hpa: hpa.name, metric: metric.name, podsWorth });
    }
  }
  const at = (): number => random.between(5_000, durationMs - Math.min(60_000, durationMs / 2));
  const name = hpa.name;
  if (random.chance(0.4)) {
    const minReplicas = random.between(1, 4);
    const maxReplicas = minReplicas + random.between(2, 9);
    events.push({ atMs: at(), kind: 'edit', hpa: name, minReplicas, maxReplicas });
  }
  if (random.chance(0.1))
    events.push({ atMs: at(), kind: 'hpaRecreated', hpa: name, goneMs: random.pick([0, 5_000, 40_000]) });
  if (random.chance(0.1)) {
    const replicas = random.between(1, hpa.maxReplicas);
    events.push({ atMs: at(), kind: 'targetRecreated', hpa: name, goneMs: random.pick([0, 5_000, 40_000]), replicas });
  }
  if (random.chance(0.2))
    events.push({ atMs: at(), kind: 'scaledByHand', hpa: name, replicas: random.between(0, hpa.maxReplicas + 2) });
  if (hpa.metrics.some(({ kind }) => kind === 'cpu')) {
    const kind = random.pick(['podsChurned', 'podsUnready']);
    events.push({ atMs: at(), kind, hpa: name, durationMs: random.between(1_000, 60_000) });
  }
  return events;
}

const FAULT_KINDS = Object.keys(FAULTS) as [FaultKind, ...FaultKind[]];

/** One fault or another nearly always; pauses between them, so that the controller also gets somewhere. */
function faultEvents(durationMs: number, random: SeededRandom): readonly StoryEvent[] {
  const events: StoryEvent[] = [];
  for (let atMs = random.between(1_000, 20_000); atMs < durationMs; atMs += random.between(2_000, 25_000)) {
    const fault = random.pick(FAULT_KINDS);
    const longestMs = Math.min(FAULTS[fault].longestMs, durationMs - atMs);
    const hitRatio = random.pick([0.2, 0.5, 1]);
    events.push({ atMs, kind: 'fault', fault, durationMs: random.between(500, Math.max(500, longestMs)), hitRatio });
  }
  for (
    let atMs = random.between(20_000, 120_000);
    atMs < durationMs - 70_000;
    atMs += random.between(40_000, 200_000)
  ) {
    events.push(
      random.chance(0.5)
        ? { atMs, kind: 'pause', durationMs: random.between(500, 60_000) }
        : {
            atMs,
            kind: 'wallStep',
            stepMs: random.pick([-3_600_000, 3_600_000, -2_000, 61_000]),
            durationMs: random.between(1_000, 60_000),
          },
    );
  }
  return events;
}

/** Every place at which a process may be cut off. */
export const CRASH_POINTS: readonly [CrashPoint, ...CrashPoint[]] = [
  'beforeScaleWrite',
  'afterScaleWrite',
  'beforeStatusWrite',
  'afterStatusWrite',
  'beforeLeaseRenewal',
  'afterLeaseRenewal',
  'beforeScaleRead',
  'afterScaleRead',
  'beforeMemoryWrite',
  'afterMemoryWrite',
  'atMetricRead',
  'betweenRequests',
];

function crashEvents({ durationMs, crashEveryMs }: StoryScale, random: SeededRandom): readonly StoryEvent[] {
  const events: StoryEvent[] = [];
  for (let atMs = crashEveryMs; atMs < durationMs; atMs += random.between(crashEveryMs / 2, crashEveryMs * 1.5)) {
    const downMs = random.pick([0, 500, 2_000, 10_000]);
    if (random.chance(0.9)) events.push({ atMs, kind: 'crash', point: random.pick(CRASH_POINTS), downMs });
    else events.push({ atMs, kind: 'restart', downMs });
  }
  return events;
}

/** The HPA's spec as its author writes it. */
export function specOf(
  hpa: PlannedHpa,
  bounds: { readonly minReplicas: number; readonly maxReplicas: number },
): HpaSpec {
  return {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: hpa.name },
    minReplicas: bounds.minReplicas,
    maxReplicas: bounds.maxReplicas,
    metrics: hpa.metrics.map((metric) => metricSpecOf(hpa, metric)),
    ...(hpa.behavior === null ? {} : { behavior: hpa.behavior }),
  };
}

function metricSpecOf(hpa: PlannedHpa, metric: PlannedMetric): MetricSpec {
  if (metric.kind === 'cpu') {
    const target = { type: 'Utilization', averageUtilization: metric.targetPercent };
    return { type: 'Resource', resource: { name: 'cpu', target } };
  }
  const common = {
    metric: { name: metric.name },
    target: { type: 'AverageValue', averageValue: String(metric.perPod) },
  };
  if (metric.kind === 'external') return { type: 'External', external: common };
  return {
    type: 'Object',
    object: { ...common, describedObject: { kind: 'Service', apiVersion: 'v1', name: hpa.name } },
  };
}

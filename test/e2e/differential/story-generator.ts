import { Random } from '../../../src/base/random.ts';
import type { HpaSpec } from '../../../src/core/autoscaling/types.ts';
import { WORKLOAD_GROUP } from '../support/workload-kind.ts';
import type { Act, MetricAnswers, NamedAnswer, PodShape, PodState, ResourceAnswer, Story } from './story.ts';
import { chance, editedSpec, METRIC_NAMES, pick, randomHpaSpec, randomValue } from './story-spec.ts';

/** From one change of the metrics to the next: some syncs, so that most stories come to rest in between. */
const CALM_MS = 8_000;
/** What a target may say that its pods carry: right, wrong, more than one way to write it, and no selector at all. */
const SELECTORS = ['', 'app in (story)', 'app!=none', 'app=none', 'app=none,app=story', 'app==,', 'weight>3'] as const;
/** Labels of every pod of a story. */
export const POD_LABELS = { app: 'story' } as const;

/** Stories that differ in everything that a sync may depend on; the same seed tells the same stories. */
export function generateStories(seed: number, count: number, durationMs: number): readonly Story[] {
  return Array.from({ length: count }, (_, index) => generateStory(seed, index, durationMs));
}

function generateStory(seed: number, index: number, durationMs: number): Story {
  const name = `story-${seed}-${String(index).padStart(4, '0')}`;
  const random = Random.ofSeed(seed, name);
  const target = index % 10 === 9 ? 'deployment' : 'workload';
  const hpa = randomHpaSpec(random, targetReference(random, target));
  const specReplicas = chance(random, 0.03) ? 0 : 1 + random.nextBelow(5);
  return {
    name,
    target,
    specReplicas,
    pods: randomPods(random, target),
    hpa,
    metrics: randomMetricsOverTime(random, durationMs),
    acts: randomActs(random, { hpa, target, durationMs }),
  };
}

function targetReference(random: Random, target: Story['target']) {
  if (target === 'deployment') return { apiVersion: 'apps/v1', kind: 'Deployment', name: 'target' };
  if (chance(random, 0.02)) return { apiVersion: 'example.com/v1', kind: 'Nothing', name: 'target' };
  return { apiVersion: `${WORKLOAD_GROUP}/v1`, kind: 'Workload', name: chance(random, 0.02) ? 'absent' : 'target' };
}

function randomPods(random: Random, target: Story['target']): PodShape {
  const requests = pick<PodShape['requests']>(random, [
    { app: '100m' },
    { app: '100m' },
    { app: '200m', sidecar: '100m' },
  ]);
  return {
    requests,
    isFirstIncomplete: target === 'workload' && chance(random, 0.08),
    ageMs: pick(random, [0, 5_000, 60_000, 3_600_000]),
    state: pick<PodState>(random, ['ready', 'ready', 'ready', 'ready', 'unready', 'pending']),
  };
}

function randomMetricsOverTime(random: Random, durationMs: number): Story['metrics'] {
  const metrics = [{ atMs: 0, answers: randomAnswers(random) }];
  for (let atMs = CALM_MS; atMs < durationMs - CALM_MS; atMs += CALM_MS + random.nextBelow(CALM_MS)) {
    metrics.push({ atMs, answers: randomAnswers(random) });
  }
  return metrics;
}

function randomAnswers(random: Random): MetricAnswers {
  return {
    resource: randomUsage(random),
    named: Object.fromEntries(METRIC_NAMES.map((name) => [name, randomNamed(random)])),
  };
}

function randomUsage(random: Random): ResourceAnswer {
  if (chance(random, 0.12)) return { kind: pick(random, ['empty', 'refused', 'broken']) };
  const level = pick(random, [10, 30, 50, 80, 100, 150, 300]);
  const places = (fraction: number): readonly number[] => [0, 1, 2, 3].filter(() => chance(random, fraction));
  return {
    kind: 'usage',
    cpuMilli: Array.from({ length: 1 + random.nextBelow(4) }, () => level + random.nextBelow(20)),
    memory: pick(random, ['32Mi', '64Mi', '70000000', '128Mi']),
    ageMs: pick(random, [0, 1_000, 5_000, 30_000]),
    windowMs: pick(random, [1_000, 4_000, 15_000]),
    missingPlaces: chance(random, 0.25) ? places(0.4) : [],
    partialPlaces: chance(random, 0.1) ? places(0.4) : [],
    ghostCount: chance(random, 0.1) ? 1 : 0,
  };
}

function randomNamed(random: Random): NamedAnswer {
  if (chance(random, 0.2)) return { kind: pick(random, ['empty', 'unknown', 'refused', 'broken']) };
  return { kind: 'values', values: Array.from({ length: pick(random, [1, 1, 1, 2]) }, () => randomValue(random)) };
}

interface ActSetting {
  readonly hpa: HpaSpec;
  readonly target: Story['target'];
  readonly durationMs: number;
}

function randomActs(random: Random, { hpa, target, durationMs }: ActSetting): Story['acts'] {
  const acts: (Act & { readonly atMs: number })[] = [];
  let spec = hpa;
  let isThere = true;
  for (
    let atMs = 3_000 + random.nextBelow(8_000);
    atMs < durationMs - CALM_MS;
    atMs += 2_000 + random.nextBelow(10_000)
  ) {
    const act: Act = isThere ? randomAct(random, spec, target) : { kind: 'recreateTarget' };
    if (act.kind === 'editHpa') spec = act.spec;
    isThere = act.kind !== 'deleteTarget';
    acts.push({ ...act, atMs });
  }
  return acts;
}

function randomAct(random: Random, spec: HpaSpec, target: Story['target']): Act {
  const scale: Act = { kind: 'scaleTarget', specReplicas: chance(random, 0.1) ? 0 : 1 + random.nextBelow(8) };
  const edit: Act = { kind: 'editHpa', spec: editedSpec(random, spec) };
  // A Deployment's pods, and what it says of itself, are its controller's.
  if (target === 'deployment') return chance(random, 0.5) ? scale : edit;
  const roll = random.nextFraction();
  if (roll < 0.2) return edit;
  if (roll < 0.4) return scale;
  if (roll < 0.8) {
    const state = pick<PodState>(random, ['ready', 'unready', 'unready', 'pending', 'failed', 'terminating', 'gone']);
    return { kind: 'changePod', place: random.nextBelow(4), state };
  }
  if (roll < 0.86) return { kind: 'reportTarget', statusReplicas: random.nextBelow(8) };
  if (roll < 0.92) return { kind: 'reportTarget', selector: pick(random, SELECTORS) };
  return pick<Act>(random, [{ kind: 'recreateHpa' }, { kind: 'recreateHpa' }, { kind: 'deleteTarget' }]);
}

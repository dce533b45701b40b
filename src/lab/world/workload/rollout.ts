import type { Deployment, ReplicaSet } from '../objects.ts';

/** How many pods may exist beyond, and be missing from, the wanted number while a rollout runs. */
export interface RolloutBounds {
  readonly surgeCountMax: number;
  readonly unavailableCountMax: number;
}

/** Resolves `maxSurge` (rounded up) and `maxUnavailable` (rounded down); never both 0, or nothing could move. */
export function rolloutBounds(deployment: Deployment): RolloutBounds {
  const replicas = deployment.spec.replicas ?? 1;
  if (deployment.spec.strategy?.type === 'Recreate') return { surgeCountMax: 0, unavailableCountMax: replicas };
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surgeCountMax = resolveCount(maxSurge, replicas, Math.ceil);
  const unavailableCountMax = resolveCount(maxUnavailable, replicas, Math.floor);
  return surgeCountMax === 0 && unavailableCountMax === 0
    ? { surgeCountMax, unavailableCountMax: 1 }
    : { surgeCountMax, unavailableCountMax: Math.min(unavailableCountMax, replicas) };
}

/** A ReplicaSet and how many pods it should have now. */
export interface ReplicaTarget {
  readonly set: ReplicaSet;
  readonly specReplicas: number;
}

/**
 * The sizes of a rolling update's next step: the new ReplicaSet grows as far as the surge allows, the old ones shrink as
 * far as enough pods stay available, those that are not ready first, then the oldest.
 */
export function rollingStep(
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
): readonly ReplicaTarget[] {
  const replicas = deployment.spec.replicas ?? 1;
  const { surgeCountMax, unavailableCountMax } = rolloutBounds(deployment);
  const specTotal = total([current, ...old], specReplicasOf);
  const currentSpec = specReplicasOf(current);
  const room = replicas + surgeCountMax - specTotal;
  const grown = currentSpec > replicas ? replicas : currentSpec + Math.max(0, Math.min(room, replicas - currentSpec));
  if (grown !== currentSpec) return [{ set: current, specReplicas: grown }];
  return shrinkOld(current, old, replicas - unavailableCountMax, specTotal);
}

function shrinkOld(
  current: ReplicaSet,
  old: readonly ReplicaSet[],
  availableCountMin: number,
  specTotal: number,
): readonly ReplicaTarget[] {
  const currentUnavailable = specReplicasOf(current) - (current.status?.availableReplicas ?? 0);
  let removable = specTotal - availableCountMin - currentUnavailable;
  if (removable <= 0) return [];
  const sizes = new Map(old.map((set) => [set, specReplicasOf(set)]));
  for (const set of old) {
    const size = sizes.get(set) ?? 0;
    const unhealthy = Math.max(0, size - (set.status?.availableReplicas ?? 0));
    const removed = Math.min(removable, unhealthy);
    sizes.set(set, size - removed);
    removable -= removed;
  }
  const available = total([current, ...old], (set) => set.status?.availableReplicas ?? 0);
  let spare = Math.min(removable, available - availableCountMin);
  for (const set of old) {
    const size = sizes.get(set) ?? 0;
    const removed = Math.max(0, Math.min(spare, size));
    sizes.set(set, size - removed);
    spare -= removed;
  }
  return [...sizes].flatMap(([set, specReplicas]) =>
    specReplicas === specReplicasOf(set) ? [] : [{ set, specReplicas }],
  );
}

/**
 * The sizes when the wanted number itself changed during a rollout: the difference is shared in proportion to size, the
 * largest taking what rounding leaves.
 */
export function proportionalStep(deployment: Deployment, sets: readonly ReplicaSet[]): readonly ReplicaTarget[] {
  const replicas = deployment.spec.replicas ?? 1;
  const active = sets.filter((set) => specReplicasOf(set) > 0);
  const allowed = replicas > 0 ? replicas + rolloutBounds(deployment).surgeCountMax : 0;
  const specTotal = total(active, specReplicasOf);
  const change = allowed - specTotal;
  if (change === 0 || active.length === 0) return [];
  const ordered = active.toSorted((a, b) => specReplicasOf(b) - specReplicasOf(a));
  let left = change;
  const targets = ordered.map((set) => {
    const size = specReplicasOf(set);
    const exact = Math.round((size * allowed) / specTotal) - size;
    const share = change > 0 ? Math.min(exact, left) : Math.max(exact, left, -size);
    left -= share;
    return { set, specReplicas: size + share };
  });
  return targets
    .map((target, index) =>
      index === 0 ? { ...target, specReplicas: Math.max(0, target.specReplicas + left) } : target,
    )
    .filter((target) => target.specReplicas !== specReplicasOf(target.set));
}

export function specReplicasOf(set: ReplicaSet): number {
  return set.spec.replicas ?? 0;
}

export function total(sets: readonly ReplicaSet[], countOf: (set: ReplicaSet) => number): number {
  return sets.reduce((sum, set) => sum + countOf(set), 0);
}

function resolveCount(value: number | string, replicas: number, round: (exact: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  return percent === undefined ? 0 : round((Number(percent) * replicas) / 100);
}

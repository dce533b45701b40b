import { writtenStatus } from './conditions.ts';
import type { HpaSeen, ObservedTarget } from './observation.ts';

/** Whether a target's pods are what its count says. */
export type Presence =
  /** `isUnverified`: only counts say so, nobody could look at pods. */
  | { readonly kind: 'there'; readonly availableReplicas: number; readonly isUnverified: boolean }
  | { readonly kind: 'short'; readonly availableReplicas: number }
  /** It has not been looked at, or what was seen is of an older count. */
  | { readonly kind: 'unknown' };

/** What is awaited. */
export interface Expectation {
  readonly targetReplicas: number;
  /** Whether the surplus must be gone. */
  readonly isDown: boolean;
  /** Whether as many pods must be available. */
  readonly needsPods: boolean;
}

const UNKNOWN: Presence = { kind: 'unknown' };

/**
 * Compares pods with what is awaited. `status.replicas` says nothing of a scaling up: in a roll-out it counts the pods
 * of two templates, and it counts pods that never start.
 */
export function presenceOf(seen: HpaSeen, expected: Expectation): Presence {
  switch (seen.target.kind) {
    case 'seen':
      return presenceOfTarget(seen.target.target, seen, expected);
    case 'denied':
      return presenceByStatus(seen, expected);
    case 'notLooked':
    case 'missing':
      return UNKNOWN;
  }
}

function presenceOfTarget(target: ObservedTarget, { pods }: HpaSeen, expected: Expectation): Presence {
  const { targetReplicas, isDown, needsPods } = expected;
  if (target.specReplicas !== targetReplicas) return UNKNOWN;
  const { generation, observedGeneration } = target;
  const isObserved = generation === undefined || observedGeneration === undefined || observedGeneration >= generation;
  const known =
    target.availableReplicas ?? target.readyReplicas ?? (pods.kind === 'seen' ? pods.readyCount : undefined);
  if (!isObserved || (isDown && target.statusReplicas > targetReplicas)) {
    return { kind: 'short', availableReplicas: known ?? 0 };
  }
  if (known !== undefined) {
    const isThere = !needsPods || known >= targetReplicas;
    return isThere
      ? { kind: 'there', availableReplicas: known, isUnverified: false }
      : { kind: 'short', availableReplicas: known };
  }
  if (!needsPods) return { kind: 'there', availableReplicas: target.statusReplicas, isUnverified: true };
  if (pods.kind === 'notLooked') return UNKNOWN;
  return target.statusReplicas >= targetReplicas
    ? { kind: 'there', availableReplicas: target.statusReplicas, isUnverified: true }
    : { kind: 'short', availableReplicas: target.statusReplicas };
}

/** Without a look at the target: its count is what the HPA's controller read at the start of a later sync. */
function presenceByStatus({ hpa }: HpaSeen, { targetReplicas }: Expectation): Presence {
  const status = writtenStatus(hpa);
  if (status === undefined) return UNKNOWN;
  const current = status.currentReplicas ?? 0;
  return current === targetReplicas
    ? { kind: 'there', availableReplicas: current, isUnverified: true }
    : { kind: 'short', availableReplicas: current };
}

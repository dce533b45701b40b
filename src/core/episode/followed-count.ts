import type { HpaStatus } from '../autoscaling/types.ts';
import { conditionOf, scaleTimeMs, writtenStatus } from './conditions.ts';
import type { HpaSeen, ObservedHpa } from './observation.ts';

/**
 * The target's `spec.replicas` as far as it is known, and what tells whose doing its changes are. The target itself
 * speaks where it is seen. Else the HPA's status does, which is old in parts: `desiredReplicas` and `currentReplicas`
 * differ for one sync period after a rescale, and for good when metrics are lost and somebody else moves the count.
 * So only changes of a field count, never its difference from another.
 */
export interface FollowedCount {
  /** Null until it was seen for the first time. */
  readonly specReplicas: number | null;
  readonly source: 'target' | 'status';
  /** `status.lastScaleTime` as it was last seen; of the cluster's clock. */
  readonly scaleTimeMs: number | null;
  /** When that was seen for the first time; domain time. */
  readonly scaleTimeSeenAtMs: number | null;
  /** The newest one that is known to belong to a change that was seen. */
  readonly creditedScaleTimeMs: number | null;
  readonly statusCurrentReplicas: number | null;
  readonly statusDesiredReplicas: number | null;
}

/** Who moved a count: the HPA's controller, KEDA (which alone goes between 0 and 1), somebody else, or nobody knows. */
export type Mover = 'hpa' | 'keda' | 'other' | 'unknown';

/** A change of the count that was seen. */
export interface Move {
  readonly fromReplicas: number;
  readonly toReplicas: number;
  readonly mover: Mover;
  /** As managedFields name them; empty when they do not. */
  readonly manager: string;
  /** By the cluster's clock; null when it is not told. */
  readonly writtenAtMs: number | null;
}

/** The count before anything was seen. */
export const UNSEEN_COUNT: FollowedCount = {
  specReplicas: null,
  source: 'status',
  scaleTimeMs: null,
  scaleTimeSeenAtMs: null,
  creditedScaleTimeMs: null,
  statusCurrentReplicas: null,
  statusDesiredReplicas: null,
};

/** The count at first sight, whose earlier rescales are all taken as known. */
export function firstCount(seen: HpaSeen): FollowedCount {
  const { count } = countAfter(UNSEEN_COUNT, seen, true);
  return { ...count, creditedScaleTimeMs: count.scaleTimeMs };
}

/**
 * The count after a sight, and the change that it shows. Where the target takes over from the status at rest, its count
 * is what it was all along; in the course of a scaling, it is news.
 */
export function countAfter(
  count: FollowedCount,
  seen: HpaSeen,
  isAtRest: boolean,
): { readonly count: FollowedCount; readonly move: Move | undefined } {
  const { hpa, target } = seen;
  const status = writtenStatus(hpa);
  const told = status === undefined ? count : withStatus(count, status, seen.atMs);
  if (target.kind === 'seen') {
    const next: FollowedCount = { ...told, specReplicas: target.target.specReplicas, source: 'target' };
    const { replicasWriter } = target.target;
    const writtenAtMs = replicasWriter?.atMs ?? null;
    const move = moveBetween(count, next, { manager: replicasWriter?.manager ?? '', writtenAtMs, hpa });
    return { count: next, move: isAtRest && count.source === 'status' ? undefined : move };
  }
  const specReplicas = statusCount(count, told, hpa);
  if (specReplicas === count.specReplicas) return { count: told, move: undefined };
  const next: FollowedCount = { ...told, specReplicas, source: 'status' };
  const isRescale = told.scaleTimeMs !== count.scaleTimeMs;
  const manager = isRescale ? 'kube-controller-manager' : '';
  const move = moveBetween(count, next, { manager, writtenAtMs: isRescale ? told.scaleTimeMs : null, hpa });
  return { count: next, move };
}

/**
 * Whether the HPA's own status says that it went to this count, by a rescale that belongs to no earlier change and is
 * not from before `sinceMs`: the status of a rescale may have been lost, and an older one may name the same count.
 */
export function isConfirmed(count: FollowedCount, toReplicas: number, sinceMs: number): boolean {
  const { scaleTimeMs: newest, scaleTimeSeenAtMs: seenAtMs, creditedScaleTimeMs: credited } = count;
  if (newest === null || seenAtMs === null || count.statusDesiredReplicas !== toReplicas) return false;
  return seenAtMs >= sinceMs && newest > (credited ?? Number.NEGATIVE_INFINITY);
}

/** The count once its last change is settled: the rescale that led to it proves no later one. */
export function withCredit(count: FollowedCount): FollowedCount {
  const isSame = count.statusDesiredReplicas === count.specReplicas;
  return isSame ? { ...count, creditedScaleTimeMs: count.scaleTimeMs } : count;
}

function withStatus(count: FollowedCount, status: HpaStatus, atMs: number): FollowedCount {
  const newest = scaleTimeMs(status) ?? count.scaleTimeMs;
  return {
    ...count,
    scaleTimeMs: newest,
    scaleTimeSeenAtMs: newest === count.scaleTimeMs ? count.scaleTimeSeenAtMs : atMs,
    statusCurrentReplicas: status.currentReplicas ?? 0,
    statusDesiredReplicas: status.desiredReplicas,
  };
}

/** What the status says of the target's count, going by the fields that changed. */
function statusCount(before: FollowedCount, told: FollowedCount, hpa: ObservedHpa): number | null {
  const { statusDesiredReplicas: desired, statusCurrentReplicas: current } = told;
  if (before.specReplicas === null) {
    const isRescaled = conditionOf(hpa, 'AbleToScale')?.reason === 'SucceededRescale';
    return isRescaled ? desired : current;
  }
  if (before.statusDesiredReplicas === null) return before.specReplicas;
  if (told.scaleTimeMs !== before.scaleTimeMs || desired !== before.statusDesiredReplicas) return desired;
  return current === before.statusCurrentReplicas ? before.specReplicas : current;
}

interface Writer {
  readonly manager: string;
  readonly writtenAtMs: number | null;
  readonly hpa: ObservedHpa;
}

function moveBetween(before: FollowedCount, after: FollowedCount, writer: Writer): Move | undefined {
  const { specReplicas: fromReplicas } = before;
  const { specReplicas: toReplicas } = after;
  if (fromReplicas === null || toReplicas === null || fromReplicas === toReplicas) return undefined;
  const { manager, writtenAtMs, hpa } = writer;
  const isActivation = Math.min(fromReplicas, toReplicas) === 0 && KEDA_LABEL in hpa.labels;
  return { fromReplicas, toReplicas, mover: moverOf(manager, isActivation), manager, writtenAtMs };
}

/** On the HPAs that KEDA makes. */
const KEDA_LABEL = 'scaledobject.keda.sh/name';

const HPA_MANAGERS: ReadonlySet<string> = new Set(['kube-controller-manager', 'podtide-controller']);
const KEDA_MANAGERS: ReadonlySet<string> = new Set(['keda', 'keda-operator']);

function moverOf(manager: string, isActivation: boolean): Mover {
  if (HPA_MANAGERS.has(manager)) return 'hpa';
  if (KEDA_MANAGERS.has(manager)) return 'keda';
  if (manager !== '') return 'other';
  return isActivation ? 'keda' : 'unknown';
}

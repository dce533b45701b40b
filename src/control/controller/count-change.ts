import { parseRfc3339 } from '../../base/rfc3339.ts';
import type { HpaStatus } from '../../core/autoscaling/types.ts';

/** What an observer saw of one HPA at one of its syncs. */
export interface Glimpse {
  readonly atMs: number;
  /** The target's spec count; null as long as none could be read. */
  readonly specReplicas: number | null;
  /** As the acting controller wrote it last. */
  readonly status: HpaStatus | undefined;
}

/** A change of the target's count. */
export interface CountChange {
  readonly fromReplicas: number;
  readonly toReplicas: number;
  /** When the acting controller made it; null when its status does not show (yet) that it was the one. */
  readonly movedAtMs: number | null;
}

/** A change that the acting controller made. */
export type ActingMove = CountChange & { readonly movedAtMs: number };

/** What a sync of an observer shows of the count. */
export interface CountChanges {
  /** The count had changed by the sync before, and the status says only now that the acting controller did it. */
  readonly late: ActingMove | null;
  /** Since the sync before. */
  readonly fresh: CountChange | null;
}

export const NO_CHANGES: CountChanges = { late: null, fresh: null };

/**
 * What happened to the count between two syncs. The acting controller's moves are told by `lastScaleTime`, which it
 * writes with each of them and with nothing else; `desiredReplicas` says nothing here, since after a person's change it
 * is the new count as well. The scale is written before the status, so that a change may be seen one sync earlier than
 * who made it: `unexplained` is such a change of the sync before.
 */
export function countChanges(before: Glimpse, now: Glimpse, unexplained: CountChange | null): CountChanges {
  const specBefore = before.specReplicas;
  const specNow = now.specReplicas;
  if (specBefore === null || specNow === null) return NO_CHANGES;
  const changed = specNow === specBefore ? null : { fromReplicas: specBefore, toReplicas: specNow, movedAtMs: null };
  const scaledAtMs = lastScaleAtMs(now.status);
  const hasMoved = scaledAtMs !== null && scaledAtMs > (lastScaleAtMs(before.status) ?? Number.NEGATIVE_INFINITY);
  if (!hasMoved) return { late: null, fresh: changed };
  const { currentReplicas = 0, desiredReplicas } = now.status ?? { desiredReplicas: specNow };
  if (specBefore === desiredReplicas && (unexplained !== null || scaledAtMs <= before.atMs)) {
    // Without a change at the sync before, that was the first one, and the move was over before it.
    const { fromReplicas } = unexplained ?? { fromReplicas: currentReplicas };
    return { late: moveOf(fromReplicas, desiredReplicas, Math.min(scaledAtMs, now.atMs)), fresh: changed };
  }
  // The status of the moving reconcile itself has both counts; a later one has the new count twice.
  const fromReplicas = currentReplicas === desiredReplicas ? specBefore : currentReplicas;
  // Their clock is not ours; that it was between the two syncs is certain.
  const movedAtMs = Math.min(Math.max(scaledAtMs, before.atMs), now.atMs);
  return { late: null, fresh: moveOf(fromReplicas, desiredReplicas, movedAtMs) };
}

function moveOf(fromReplicas: number, toReplicas: number, movedAtMs: number): ActingMove | null {
  return fromReplicas === toReplicas ? null : { fromReplicas, toReplicas, movedAtMs };
}

/** When the acting controller moved last, epoch ms in whole seconds; null when it never did or does not say. */
export function lastScaleAtMs(status: HpaStatus | undefined): number | null {
  return status?.lastScaleTime === undefined ? null : (parseRfc3339(status.lastScaleTime) ?? null);
}

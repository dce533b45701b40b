import type { DecisionSummary } from '../../control/history/feed.ts';
import type { Notice } from '../../core/episode/notice.ts';

/** A status says when it scaled in whole seconds, so that a step may seem older than the decision that it is of. */
const INSTANT_TICK_MS = 1_000;

/**
 * The id of the decision that led to a notice: of a scaling the one that made its last step, of anything else the newest
 * change before it. Undefined where there is none, or where no record of it is kept.
 *
 * @param changes the decisions of the notice's HPA that changed something, oldest first
 */
export function decisionBehind({ episode, atMs }: Notice, changes: readonly DecisionSummary[]): string | undefined {
  const step = episode?.steps.at(-1);
  const untilMs = step === undefined ? atMs : step.atMs + INSTANT_TICK_MS;
  const decision = changes.findLast(
    (change) => change.atMs <= untilMs && (step === undefined || change.scaledTo === step.toReplicas),
  );
  return decision?.hasRecord === true ? decision.id : undefined;
}

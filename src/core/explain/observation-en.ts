import { decimalText } from './amount.ts';
import type { ObservationSentences } from './observation-sentences.ts';
import type { Direction } from './observed-move.ts';
import { SENTENCES_EN } from './sentences-en.ts';

/** Observations in English. */
export const OBSERVATION_EN: ObservationSentences = {
  verdicts: {
    agreedMove: ({ fromReplicas, theirReplicas }) => `both ${fromReplicas} → ${theirReplicas}`,
    otherNumber: ({ fromReplicas, theirReplicas, ourReplicas }) =>
      `they went ${fromReplicas} → ${theirReplicas}, we would have gone to ${ourReplicas}`,
    theyMovedAlone: ({ fromReplicas, theirReplicas, ourReplicas }) =>
      ourReplicas === null
        ? `they went ${fromReplicas} → ${theirReplicas}, we came to no count`
        : `they went ${fromReplicas} → ${theirReplicas}, we would have stayed`,
    weMovedAlone: ({ fromReplicas, ourReplicas }) =>
      `we would have gone ${fromReplicas} → ${ourReplicas}, for two periods nobody moved`,
    notComparable: ({ fromReplicas, theirReplicas, ourReplicas }) =>
      theirReplicas === null
        ? `we would have gone ${fromReplicas} → ${ourReplicas}, and cannot compare`
        : `they went ${fromReplicas} → ${theirReplicas}, and we cannot compare`,
  },
  reasons: {
    MetricDiffers: ({ label, theirs, ours }) => `they saw ${label} at ${theirs}, we saw ${ours}.`,
    MetricFailedHere: ({ label, reason, message }) =>
      `${label} failed for us and not for them (${reason}): ${message}. Compare the rights of the two accounts.`,
    MetricFailedThere: ({ reason, message }) => `their metric failed (${reason}): ${message}.`,
    OurTolerance: ({ label, down, up }) =>
      `${label} is within our tolerance (${toleranceText(down, up)}), and theirs seems to be narrower: compare --horizontal-pod-autoscaler-tolerance.`,
    TheirTolerance: ({ label, down, up }) =>
      `${label} is outside our tolerance (${toleranceText(down, up)}), they see the same value and nothing holds them, so theirs seems to be wider: compare --horizontal-pod-autoscaler-tolerance.`,
    OurWindow: ({ direction, windowMs, heldReplicas }) =>
      `our scale-${direction} window (${durationText(windowMs)}) holds ${heldReplicas}, and theirs seems to be shorter: ${windowFlag(direction)}.`,
    TheirWindow: ({ direction, windowMs }) =>
      `their scale-${direction} window still holds the count, and ours (${durationText(windowMs)}) does not: ${windowFlag(direction)}, or their controller was restarted and its window began anew.`,
    OurRateLimit: ({ direction, limitReplicas }) =>
      `our policies allow ${direction} to ${limitReplicas} for now: after a restart theirs have forgotten earlier moves.`,
    TheirLimit: ({ reason, message }) => `a limit holds them (${reason}): ${message}.`,
    OurBound: ({ bound, boundReplicas }) => `our move ends at ${bound} ${boundReplicas}.`,
    OurFill: ({ label, unreadyCount, missingCount }) =>
      `pods without a usable ${label} sample count for us (${unreadyCount} unready, ${missingCount} without data): compare --horizontal-pod-autoscaler-cpu-initialization-period and --horizontal-pod-autoscaler-initial-readiness-delay.`,
    OurPath: ({ path }) => `we asked no metric (${path}).`,
    TheirCondition: ({ type, reason, message }) => `their ${type} says ${reason}: ${message}.`,
    StatusSilent: () => 'the metric has moved and their status has not been written since: does their controller run?',
  },
  unknowns: {
    WindowUnknown: ({ direction, windowMs }) =>
      `we have not watched for one scale-${direction} window (${durationText(windowMs)}) yet: earlier recommendations are theirs alone.`,
    BudgetUnknown: ({ periodMs }) =>
      `they moved shortly before we began: how much of a policy’s budget was left (${durationText(periodMs)}) is theirs alone to know.`,
    SyncsMissed: ({ gapMs }) => `we missed syncs around it (${durationText(gapMs)} between two).`,
    NobodyActs: () => 'nobody ever wrote the status of this HPA: no controller acts on it.',
    TheirWriteFailed: ({ message }) => `they wanted to move and could not: ${message}.`,
  },
  ours: (headline) => `ours: ${headline}`,
  report: {
    head: ({ cluster, since, hpaCount, syncCount, quietCount }) =>
      `${cluster}, observed since ${since}: ${count(hpaCount, 'HPA')}, ${count(syncCount, 'sync')}, ${quietCount} of them quiet.`,
    counts: ({ agreedMove, otherNumber, theyMovedAlone, weMovedAlone, notComparable }) =>
      `Moves: ${agreedMove} agreed, ${otherNumber} to another number, ${theyMovedAlone} theirs alone, ${weMovedAlone} ours alone, ${notComparable} not comparable.`,
    ratio: (ratio) =>
      ratio === null
        ? 'Agreement: no move to compare yet.'
        : `Agreement: ${decimalText(ratio * 100, 1)} % of the moves that can be compared.`,
    nothingSeen: 'The observer has synced no HPA yet.',
    disagreements: 'Disagreements, newest first:',
    notComparable: 'Not comparable, newest first:',
    leftOut: (leftOutCount) => `${leftOutCount} more are counted above and no longer kept.`,
    decision: (id) => `decision: ${id}`,
    allAgree: 'All moves agree.',
  },
};

function windowFlag(direction: Direction): string {
  return direction === 'down'
    ? 'compare --horizontal-pod-autoscaler-downscale-stabilization'
    : 'compare behavior.scaleUp.stabilizationWindowSeconds';
}

function toleranceText(down: number, up: number): string {
  const [downPercent, upPercent] = [decimalText(down * 100, 2), decimalText(up * 100, 2)];
  return down === up ? `${upPercent} %` : `${downPercent} % down, ${upPercent} % up`;
}

function count(howMany: number, what: string): string {
  return `${howMany} ${what}${howMany === 1 ? '' : 's'}`;
}

function durationText(durationMs: number): string {
  return SENTENCES_EN.duration(Math.round(durationMs / 1000) * 1000);
}

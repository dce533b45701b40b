import { FINDINGS_EN } from './findings-en.ts';
import { term } from './glossary.ts';
import { OPTION_SENTENCES_EN } from './option-sentences-en.ts';
import type {
  ClauseSentences,
  LimitParams,
  MetricParams,
  MetricSentences,
  Sentences,
  StabilizationParams,
} from './sentences.ts';

const WINDOW = term('stabilizationWindow', 'en');

const metric: MetricSentences = {
  title: ({ place, label, sourceType }) => `Metric ${place}: ${label} (${sourceType})`,
  at: atTarget,
  failed: ({ label, reason, message }) => `${label} could not be evaluated (${reason}): ${message}.`,
  raw: (average) => `Average usage per pod: ${average}.`,
  readyPods: (count) => `${pods(count)} counted with ${count === 1 ? 'its' : 'their'} own usage.`,
  unreadyPods: ({ pods: names, why, count, isCountedAsIdle }) =>
    `${pods(count)} ${isCountedAsIdle ? 'counted as idle' : 'left out'}, ${why}: ${names}.`,
  ignoredPods: ({ pods: names, why, count }) => `${pods(count)} ignored, ${why}: ${names}.`,
  missingPods: ({ pods: names, count, filledWith }) =>
    `${pods(count)} without a sample, ${filledWith === null ? 'left out' : `taken to use ${filledWith}`}: ${names}.`,
};

const clauses: ClauseSentences = {
  rules: {
    RatioApplied: (of) => `${atTarget(of)}; ${of.proposedReplicas} wanted`,
    WithinTolerance: (of) => `${atTarget(of)}, within tolerance (${of.low} to ${of.high})`,
    WithinToleranceAfterFill: (of) =>
      `${atTarget(of)}; counting pods without a usable sample, within tolerance (ratio ${of.filledRatio})`,
    DirectionReversedByFill: (of) =>
      `${atTarget(of)}; pods without a usable sample turn ratio ${of.ratio} into ${of.filledRatio}, so ${of.proposedReplicas} for now`,
    DirectionGuard: (of) => `${atTarget(of)}; rounding would move the count against the usage`,
    FromZero: (of) => `${atTarget(of)}; ${of.proposedReplicas} wanted from zero`,
    TotalDivided: (of) => `${atTarget(of)}; ${of.proposedReplicas} wanted`,
  },
  path: {
    HpaMissing: () => 'it was deleted',
    HpaUnreadable: ({ error }) => `the HPA could not be read: ${error}`,
    ScaleFailed: ({ error }) => `the scale target could not be read: ${error}`,
    Disabled: () => 'scaling is paused because the target has 0 replicas',
    ForcedToMax: ({ maxReplicas }) => `more than maxReplicas ${maxReplicas}; windows and policies do not apply`,
    ForcedToMin: ({ minReplicas }) => `fewer than minReplicas ${minReplicas}; windows and policies do not apply`,
  },
  selector: {
    SelectorRequired: () => 'the scale target has no selector',
    SelectorInvalid: ({ selector }) => `the selector “${selector}” is not valid`,
    Unregistered: () => 'the selector is not registered yet',
    Ambiguous: ({ rivals }) => `other HPAs select the same pods: ${rivals}`,
    PodListFailed: () => 'the pods could not be listed',
    OwnershipUnknown: () => 'the target’s own pods cannot be told from others',
  },
  combination: {
    AllFailed: ({ metricCount, failure }) =>
      metricCount === 1 ? failure : `all ${metricCount} metrics failed, first ${failure}`,
    PartlyFailedNoScaleDown: ({ failedCount, metricCount, failure, recommendedReplicas }) =>
      `${failedCount} of ${metricCount} metrics failed, and nothing shrinks on partial data (${recommendedReplicas} wanted by the others): ${failure}`,
  },
  stabilization: {
    Unchanged: ({ downWindow }) => `nothing higher was recommended in the last ${downWindow}`,
    ScaleDownStabilized: (of) => remembered(of, of.downWindow),
    ScaleUpStabilized: (of) => remembered(of, of.upWindow),
  },
  limit: {
    TooFewReplicas: ({ minReplicas }) => `minReplicas is ${minReplicas}`,
    TooManyReplicas: ({ maxReplicas }) => `maxReplicas is ${maxReplicas}`,
    ScaleUpLimit: (of) => rateClause(of, 'up'),
    ScaleDownLimit: (of) => rateClause(of, 'down'),
  },
  wakeFloor: ({ minReplicas }) => `woken from zero to minReplicas ${minReplicas}`,
  writeFailed: (error) => `the scale could not be written: ${error}`,
};

/** English. */
export const SENTENCES_EN: Sentences = {
  language: 'en',
  verdictSeparator: ': ',
  clauseSeparator: '; ',
  listSeparator: ', ',
  percent: (digits) => `${digits} %`,
  duration: durationText,
  andMore: (count) => `and ${count} more`,
  topics: {
    options: 'Options',
    hold: 'Hold',
    path: 'Starting point',
    selector: 'Selector',
    metric: 'Metric',
    combination: 'Winner',
    stabilization: 'Stabilization',
    limit: 'Limits and policies',
    wakeFloor: 'Activation',
    write: 'Write',
  },
  verdicts: {
    Scaled: ({ fromReplicas, toReplicas }) => `${fromReplicas} → ${toReplicas}`,
    ScaleFailed: ({ fromReplicas, toReplicas }) => `stays at ${fromReplicas} instead of ${toReplicas}`,
    Proposed: ({ fromReplicas, toReplicas }) => `would go ${fromReplicas} → ${toReplicas}`,
    Stayed: ({ fromReplicas }) => `stays at ${fromReplicas}`,
    Unknown: () => 'no decision',
    Gone: () => 'HPA gone',
  },
  clauses,
  path: {
    HpaMissing: () => 'The HPA no longer exists; its memory is dropped.',
    HpaUnreadable: ({ error }) => `The HPA could not be read: ${error}.`,
    ScaleFailed: ({ error }) => `The target's scale subresource could not be read, so nothing is decided: ${error}.`,
    Disabled: () => 'The target has 0 replicas and the HPA did not put it there: scaling is paused.',
    ForcedToMax: ({ currentReplicas, maxReplicas }) =>
      `${currentReplicas} replicas are more than maxReplicas ${maxReplicas}: forced down at once, without metrics, windows or policies.`,
    ForcedToMin: ({ currentReplicas, minReplicas }) =>
      `${currentReplicas} replicas are fewer than minReplicas ${minReplicas}: forced up at once, without metrics, windows or policies.`,
    SelectorFailed: () => 'The pods of the target cannot be told apart, so no metric is asked.',
    MetricDriven: ({ currentReplicas, minReplicas, maxReplicas }) =>
      `${currentReplicas === 1 ? '1 replica' : `${currentReplicas} replicas`}, bounds ${minReplicas} to ${maxReplicas}: the metrics decide.`,
  },
  selector: {
    Unambiguous: ({ selector, podCount }) => `${selector} matches ${pods(podCount)}, and no other HPA selects them.`,
    SelectorRequired: () => 'The scale subresource carries no selector.',
    SelectorInvalid: ({ selector }) => `The selector “${selector}” cannot be parsed.`,
    Unregistered: ({ selector }) => `The selector ${selector} is not registered, so ambiguity cannot be ruled out.`,
    Ambiguous: ({ selector, podCount, rivals }) =>
      `${selector} matches ${pods(podCount)} that other HPAs select too: ${rivals}.`,
    PodListFailed: ({ selector }) => `The pods that ${selector} selects could not be listed.`,
    OwnershipUnknown: ({ selector }) =>
      `The pods that ${selector} matches cannot be told apart by their owner, so nothing is decided.`,
  },
  rules: {
    RatioApplied: (of) =>
      `${sentence(of)} Ratio ${of.filledRatio}: ceil(${of.filledRatio} × ${of.multiplier}) = ${of.proposedReplicas}.`,
    WithinTolerance: (of) =>
      `${sentence(of)} Ratio ${of.ratio} is within tolerance: nothing happens from ${of.low} to ${of.high}.`,
    WithinToleranceAfterFill: (of) =>
      `${sentence(of)} Ratio ${of.ratio} becomes ${of.filledRatio} once pods without a usable sample are filled in: within tolerance, stay.`,
    DirectionReversedByFill: (of) =>
      `${sentence(of)} Ratio ${of.ratio} becomes ${of.filledRatio} once pods without a usable sample are filled in: the direction turned around, stay.`,
    DirectionGuard: (of) =>
      `${sentence(of)} ceil(${of.filledRatio} × ${of.multiplier}) would move the count against the usage: stay.`,
    FromZero: (of) =>
      `${sentence(of)} There are no replicas to multiply with: ceil(${of.ratio}) = ${of.proposedReplicas}.`,
    TotalDivided: (of) => `${sentence(of)} Total ÷ target, rounded up: ${of.proposedReplicas}.`,
  },
  metric,
  podReasons: {
    Deleted: 'being deleted',
    Failed: 'failed',
    Pending: 'pending',
    NotStarted: 'not started',
    NotReadyWhileInitializing: 'not ready while starting',
    SampleBeforeReady: 'sampled before being ready',
    NeverReady: 'never ready',
    WarmingUp: 'warming up',
  },
  missingFilledWith: {
    zero: 'nothing',
    target: 'the target',
    requestTimesTarget: 'the request, or the target where that is higher',
  },
  combination: {
    Combined: ({ failedCount, metricCount, winner, recommendedReplicas }) =>
      `${metricCount === 1 ? `${winner} decides` : `${winner} asks for the most`}: ${recommendedReplicas}.${
        failedCount === 0 ? '' : ` ${failedCount} of ${metricCount} metrics failed and did not count.`
      }`,
    AllFailed: ({ metricCount }) =>
      metricCount === 1
        ? 'The only metric failed: nothing changes.'
        : `All ${metricCount} metrics failed: nothing changes.`,
    PartlyFailedNoScaleDown: ({ failedCount, metricCount, recommendedReplicas }) =>
      `${failedCount} of ${metricCount} metrics failed; the others want ${recommendedReplicas}, but nothing shrinks on partial data.`,
  },
  stabilization: {
    Unchanged: ({ recommendedReplicas, hasDownWindow, downWindow, hasUpWindow, upWindow }) =>
      `${recommendedReplicas} stands: no earlier ${term('recommendation', 'en')} holds it back (${WINDOW} ${
        hasDownWindow ? downWindow : 'none'
      } down, ${hasUpWindow ? upWindow : 'none'} up).`,
    ScaleDownStabilized: (of) =>
      `${of.recommendedReplicas} becomes ${of.stabilizedReplicas}: ${remembered(of, of.downWindow)}.`,
    ScaleUpStabilized: (of) =>
      `${of.recommendedReplicas} becomes ${of.stabilizedReplicas}: ${remembered(of, of.upWindow)}.`,
  },
  limit: {
    DesiredWithinRange: ({ limitedReplicas }) => `${limitedReplicas} is within every bound.`,
    TooFewReplicas: (of) => `${of.stabilizedReplicas} becomes ${of.limitedReplicas}: minReplicas is ${of.minReplicas}.`,
    TooManyReplicas: (of) =>
      `${of.stabilizedReplicas} becomes ${of.limitedReplicas}: maxReplicas is ${of.maxReplicas}.`,
    ScaleUpLimit: (of) => `${of.stabilizedReplicas} becomes ${of.limitedReplicas}: ${rateClause(of, 'up')}.`,
    ScaleDownLimit: (of) => `${of.stabilizedReplicas} becomes ${of.limitedReplicas}: ${rateClause(of, 'down')}.`,
  },
  wakeFloor: ({ minReplicas }) => `The HPA itself went to zero; leaving it starts at minReplicas ${minReplicas}.`,
  write: {
    Written: ({ toReplicas, attemptCount }) =>
      `${toReplicas} was written to the scale${attemptCount > 1 ? ` at attempt ${attemptCount}, after conflicts` : ''}.`,
    WriteFailed: ({ toReplicas, attemptCount, error }) =>
      `${toReplicas} could not be written (${attemptCount === 1 ? 'one attempt' : `${attemptCount} attempts`}): ${error}.`,
    NotNeeded: ({ fromReplicas }) => `${fromReplicas} is what the scale says already: nothing to write.`,
    NotTried: ({ toReplicas }) => `${toReplicas} was not written: nobody asked this part to act.`,
  },
  findings: FINDINGS_EN,
  options: OPTION_SENTENCES_EN,
};

function atTarget(of: MetricParams): string {
  const per = of.targetKind === 'utilization' ? ' of request' : of.targetKind === 'averageValue' ? ' per pod' : '';
  return `${of.label} at ${of.current}${per}, target ${of.target}`;
}

function sentence(of: MetricParams): string {
  return `${atTarget(of)}.`;
}

function remembered({ decidedBy, stabilizedReplicas }: StabilizationParams, window: string): string {
  if (decidedBy === null) return `${stabilizedReplicas} holds (${WINDOW} ${window})`;
  return `${decidedBy.replicaCount} was recommended at ${decidedBy.at} and counts until ${decidedBy.until} (${WINDOW} ${window})`;
}

function rateClause(
  { currentReplicas, rateLimit, rate, limitedReplicas }: LimitParams,
  direction: 'up' | 'down',
): string {
  const bound = rateLimit ?? limitedReplicas;
  if (rate.kind === 'legacy') return `at most max(2 × ${currentReplicas}, 4) = ${bound} in one step`;
  if (rate.kind === 'disabled') return `scale ${direction} is Disabled by selectPolicy`;
  if (rate.kind === 'unknown') return `at ${direction === 'up' ? 'most' : 'least'} ${bound} for now`;
  const amount = rate.type === 'Percent' ? `${rate.value} %` : pods(rate.value);
  const allowed = `policy ${amount} per ${durationText(rate.periodSeconds * 1000)} allows ${direction} to ${bound}`;
  return rate.periodStartReplicas === currentReplicas
    ? allowed
    : `${allowed} (the period began with ${rate.periodStartReplicas})`;
}

function pods(count: number): string {
  return count === 1 ? '1 pod' : `${count} pods`;
}

function durationText(durationMs: number): string {
  const seconds = durationMs / 1000;
  if (seconds >= 7200 && seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds >= 120 && seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

import type { MetricProposed, MetricTrace, PodGroupsTrace, PodReason } from '../engine/trace.ts';
import { amountText } from './amount.ts';
import type { DerivationStep, ExplainableDecision, ExplainOptions, StepTone, StepTopic } from './explanation.ts';
import { bestProposal, verdictOf } from './headline.ts';
import { metricLabel } from './metric-label.ts';
import { holdParams, optionLines, staleParams } from './option-sentences.ts';
import { limitParams, metricParams, nameList, pathParams, selectorParams, stabilizationParams } from './parameters.ts';
import type { Sentences, WriteCode } from './sentences.ts';

/** The proof: one step for each stage that the decision reached, in the engine's order. */
export function derivationOf(
  decision: ExplainableDecision,
  sentences: Sentences,
  options: ExplainOptions,
): DerivationStep[] {
  const { trace } = decision;
  return [
    ...optionSteps(decision, sentences, options),
    pathStep(decision, sentences),
    ...(trace.selector === null ? [] : [selectorStep(trace.selector, sentences)]),
    ...trace.metrics.map((metric) => metricStep(metric, trace.combination?.winnerIndex ?? null, sentences, options)),
    ...boundSteps(decision, sentences, options),
    ...holdSteps(decision, sentences, options),
    ...writeSteps(decision, sentences),
  ];
}

/** Podtide's own options of the HPA, where it has any: what they are comes before what they did. */
function optionSteps({ trace }: ExplainableDecision, sentences: Sentences, options: ExplainOptions): DerivationStep[] {
  if (trace.options === null) return [];
  const inForceCount = trace.options.inForce.length;
  const ignoredCount = trace.options.ignored.length;
  const text = sentences.options.summary({ inForceCount, ignoredCount });
  const code = ignoredCount === 0 ? 'InForce' : 'SomeIgnored';
  const details = optionLines(trace.options, sentences, options);
  return [{ ...step(sentences, 'options', code, ignoredCount === 0 ? 'passes' : 'fails', text), details }];
}

function holdSteps(decision: ExplainableDecision, sentences: Sentences, options: ExplainOptions): DerivationStep[] {
  const { hold } = decision.trace;
  if (hold === null) return [];
  const params = holdParams(hold, decision.currentReplicas ?? 0, sentences, options);
  return [step(sentences, 'hold', hold.code, 'holds', sentences.options.holds[hold.code](params))];
}

function pathStep(decision: ExplainableDecision, sentences: Sentences): DerivationStep {
  const { code } = decision.trace.path;
  const tones: Readonly<Record<typeof code, StepTone>> = {
    HpaMissing: 'fails',
    HpaUnreadable: 'fails',
    ScaleFailed: 'fails',
    Disabled: 'holds',
    ForcedToMax: 'acts',
    ForcedToMin: 'acts',
    SelectorFailed: 'fails',
    MetricDriven: 'passes',
  };
  return step(sentences, 'path', code, tones[code], sentences.path[code](pathParams(decision)));
}

function selectorStep(
  selector: NonNullable<ExplainableDecision['trace']['selector']>,
  sentences: Sentences,
): DerivationStep {
  const tone = selector.code === 'Unambiguous' ? 'passes' : 'fails';
  return step(
    sentences,
    'selector',
    selector.code,
    tone,
    sentences.selector[selector.code](selectorParams(selector, sentences)),
  );
}

function metricStep(
  metric: MetricTrace,
  winnerIndex: number | null,
  sentences: Sentences,
  options: ExplainOptions,
): DerivationStep {
  const label = metricLabel(metric);
  const title = sentences.metric.title({ place: metric.index + 1, label, sourceType: metric.sourceType });
  if (metric.code === 'MetricFailed') {
    const text = sentences.metric.failed({ label, reason: metric.reason, message: metric.message });
    return { topic: 'metric', code: metric.code, tone: 'fails', title, text, details: staleDetails(metric, sentences) };
  }
  const isStay = metric.rule !== 'RatioApplied' && metric.rule !== 'FromZero' && metric.rule !== 'TotalDivided';
  const tone = metric.index !== winnerIndex ? 'passes' : isStay ? 'holds' : 'acts';
  const text = sentences.rules[metric.rule](metricParams(metric, sentences));
  return { topic: 'metric', code: metric.rule, tone, title, text, details: metricDetails(metric, sentences, options) };
}

function metricDetails(metric: MetricProposed, sentences: Sentences, options: ExplainOptions): string[] {
  const details = metric.pods === null ? [] : podDetails(metric.pods, sentences, options);
  details.push(...staleDetails(metric, sentences));
  if (metric.targetKind === 'utilization' && metric.currentRawMilli !== null) {
    const unit = metricLabel(metric) === 'cpu' ? 'cores' : 'bytes';
    details.push(sentences.metric.raw(amountText(metric.currentRawMilli, unit, sentences.percent)));
  }
  return details;
}

function staleDetails({ stale }: MetricTrace, sentences: Sentences): string[] {
  return stale === undefined ? [] : [sentences.options.staleSamples(staleParams(stale, sentences))];
}

function podDetails(pods: PodGroupsTrace, sentences: Sentences, { formatTime }: ExplainOptions): string[] {
  const { metric: write } = sentences;
  const lines = [write.readyPods(pods.readyCount)];
  for (const [reason, names] of byReason(pods.unready)) {
    const untilMs = Math.max(...pods.unready.map((pod) => (pod.reason === reason ? (pod.untilMs ?? 0) : 0)));
    const why =
      reason === 'WarmingUp'
        ? sentences.options.warmingUp({ until: formatTime(untilMs) })
        : sentences.podReasons[reason];
    const group = { pods: nameList(names, sentences), why, count: names.length };
    lines.push(write.unreadyPods({ ...group, isCountedAsIdle: pods.isUnreadyFilledWithZero }));
  }
  if (pods.missing.length > 0) {
    const filledWith = pods.missingFilledWith === null ? null : sentences.missingFilledWith[pods.missingFilledWith];
    lines.push(write.missingPods({ pods: nameList(pods.missing, sentences), count: pods.missing.length, filledWith }));
  }
  for (const [reason, names] of byReason(pods.ignored)) {
    lines.push(
      write.ignoredPods({ pods: nameList(names, sentences), why: sentences.podReasons[reason], count: names.length }),
    );
  }
  return lines;
}

function byReason(pods: readonly PodReason[]): Map<PodReason['reason'], string[]> {
  const groups = new Map<PodReason['reason'], string[]>();
  for (const { pod, reason } of pods) groups.set(reason, [...(groups.get(reason) ?? []), pod]);
  return groups;
}

function boundSteps(
  { trace, currentReplicas }: ExplainableDecision,
  sentences: Sentences,
  options: ExplainOptions,
): DerivationStep[] {
  const { combination, stabilization, limit, wakeFloor } = trace;
  const steps: DerivationStep[] = [];
  if (combination !== null) {
    const winner = trace.metrics.find(({ index }) => index === combination.winnerIndex);
    const params = {
      ...combination,
      winner: winner === undefined ? '' : metricLabel(winner),
      recommendedReplicas: combination.recommendedReplicas ?? bestProposal(trace.metrics),
    };
    const tone = combination.code === 'Combined' ? 'passes' : 'fails';
    steps.push(step(sentences, 'combination', combination.code, tone, sentences.combination[combination.code](params)));
  }
  if (stabilization !== null) {
    const params = stabilizationParams(stabilization, currentReplicas ?? 0, sentences, options);
    const isMoving = stabilization.stabilizedReplicas !== (currentReplicas ?? 0);
    const tone = stabilization.code === 'Unchanged' ? 'passes' : isMoving ? 'acts' : 'holds';
    steps.push(
      step(sentences, 'stabilization', stabilization.code, tone, sentences.stabilization[stabilization.code](params)),
    );
  }
  if (limit !== null) {
    const tone = limit.code === 'DesiredWithinRange' ? 'passes' : 'holds';
    steps.push(step(sentences, 'limit', limit.code, tone, sentences.limit[limit.code](limitParams(limit, trace))));
  }
  if (wakeFloor !== null) steps.push(step(sentences, 'wakeFloor', 'WakeFloor', 'acts', sentences.wakeFloor(wakeFloor)));
  return steps;
}

function writeSteps(decision: ExplainableDecision, sentences: Sentences): DerivationStep[] {
  const { code: verdict, params } = verdictOf(decision);
  if (verdict === 'Gone' || verdict === 'Unknown' || decision.desiredReplicas === null) return [];
  // That nothing was written is what the hold said.
  if (decision.trace.hold !== null) return [];
  const codes = { Scaled: 'Written', ScaleFailed: 'WriteFailed', Proposed: 'NotTried', Stayed: 'NotNeeded' } as const;
  const tones: Readonly<Record<WriteCode, StepTone>> = {
    Written: 'acts',
    WriteFailed: 'fails',
    NotTried: 'holds',
    NotNeeded: 'passes',
  };
  const code = codes[verdict];
  const text = sentences.write[code]({
    ...params,
    attemptCount: Math.max(1, decision.scaleWriteAttempts.length),
    error: decision.error ?? '',
  });
  return [step(sentences, 'write', code, tones[code], text)];
}

function step(sentences: Sentences, topic: StepTopic, code: string, tone: StepTone, text: string): DerivationStep {
  return { topic, code, tone, title: sentences.topics[topic], text, details: [] };
}

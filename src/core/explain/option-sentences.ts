import type { OptionRule } from '../engine/hpa-options.ts';
import type { HoldTrace, OptionInForce, OptionsTrace, StaleSamplesTrace } from '../engine/trace.ts';
import { decimalText } from './amount.ts';
import type { ExplainOptions } from './explanation.ts';
import { nameList } from './parameters.ts';
import type { Sentences } from './sentences.ts';

/** The sentences about Podtide's own options (docs/specification/options.md): annotations, holds, ages of samples. */
export interface OptionSentences {
  summary(counts: { readonly inForceCount: number; readonly ignoredCount: number }): string;
  readonly inForce: Readonly<Record<OptionInForce['code'], (option: OptionParams) => string>>;
  foreignPods(group: { readonly pods: string; readonly count: number; readonly owner: string | null }): string;
  readonly ignored: Readonly<Record<OptionRule['code'], (problem: OptionProblemParams) => string>>;
  readonly holds: Readonly<Record<HoldTrace['code'], (hold: HoldParams) => string>>;
  readonly holdClauses: Readonly<Record<HoldTrace['code'], (hold: HoldParams) => string>>;
  /** Why a pod does not count yet. */
  warmingUp(pod: { readonly until: string }): string;
  staleSamples(samples: StaleSamplesParams): string;
}

/** An option's values, ready to print; what an option does not have is empty. */
export interface OptionParams {
  readonly duration: string;
  readonly until: string;
  readonly reason: string;
  readonly isOver: boolean;
  readonly metric: string;
  readonly promql: string;
  /** Of a query: whether the controller puts it to Prometheus itself. */
  readonly isDirect: boolean;
}

export interface OptionProblemParams {
  readonly annotation: string;
  readonly value: string;
  readonly min: string;
  readonly max: string;
  readonly lengthMax: number;
  /** Empty when no option is spelt alike. */
  readonly nearest: string;
  readonly metric: string;
  readonly namespace: string;
}

/** A hold's numbers, ready to print; what a hold does not have is empty or 0. */
export interface HoldParams {
  readonly currentReplicas: number;
  /** Null when no count was reached. */
  readonly wantedReplicas: number | null;
  readonly until: string;
  readonly since: string;
  readonly reason: string;
  readonly api: string;
  readonly wantDownCount: number;
  readonly hpaCount: number;
  readonly shareMax: string;
}

export interface StaleSamplesParams {
  readonly maxAge: string;
  /** Age of the newest; empty when it is unknown. */
  readonly newestAge: string;
  readonly pods: string;
  readonly count: number;
}

/** A line for each option in force, each group of foreign pods and each ignored annotation. */
export function optionLines(trace: OptionsTrace, sentences: Sentences, { formatTime }: ExplainOptions): string[] {
  const { options: write, duration } = sentences;
  const lines: string[] = [];
  for (const option of trace.inForce) {
    const durationMs = durationOf(option);
    const pause = option.code === 'PausedUntil' ? option : { untilMs: null, reason: '', isOver: false };
    const query = option.code === 'Query' ? option : { metric: '', promql: '', isDirect: false };
    const params = {
      duration: durationMs === null ? '' : duration(durationMs),
      until: pause.untilMs === null ? '' : formatTime(pause.untilMs),
      reason: pause.reason,
      isOver: pause.isOver,
      metric: query.metric,
      promql: query.promql,
      isDirect: query.isDirect,
    };
    lines.push(write.inForce[option.code](params));
    if (option.code !== 'OwnerSelection') continue;
    for (const { owner, pods } of option.foreign) {
      lines.push(write.foreignPods({ owner, pods: nameList(pods, sentences), count: pods.length }));
    }
  }
  for (const { annotation, value, rule } of trace.ignored) {
    const params = {
      annotation,
      value,
      min: rule.code === 'Duration' ? duration(rule.minMs) : '',
      max: rule.code === 'Duration' ? duration(rule.maxMs) : '',
      lengthMax: rule.code === 'TooLong' ? rule.lengthMax : 0,
      nearest: rule.code === 'Unknown' ? (rule.nearest ?? '') : '',
      metric: rule.code === 'WithoutMetric' ? rule.metric : '',
      namespace: rule.code === 'NamespaceNotListed' ? rule.namespace : '',
    };
    lines.push(write.ignored[rule.code](params));
  }
  return lines;
}

function durationOf(option: OptionInForce): number | null {
  switch (option.code) {
    case 'SyncPeriod':
      return option.periodMs;
    case 'Warmup':
      return option.warmupMs;
    case 'MaxSampleAge':
      return option.maxAgeMs;
    default:
      return null;
  }
}

/** The numbers of a hold. */
export function holdParams(
  hold: HoldTrace,
  currentReplicas: number,
  sentences: Sentences,
  { formatTime }: ExplainOptions,
): HoldParams {
  const { wantedReplicas, untilMs } = hold;
  const base = { currentReplicas, wantedReplicas, until: formatTime(untilMs), reason: '' };
  const fleet = { since: '', api: '', wantDownCount: 0, hpaCount: 0, shareMax: '' };
  if (hold.code === 'Paused') return { ...base, ...fleet, reason: hold.reason };
  if (hold.code === 'FleetNotSeen') return { ...base, ...fleet };
  const { api, wantDownCount, hpaCount, shareRatioMax, sinceMs } = hold;
  const shareMax = sentences.percent(decimalText(shareRatioMax * 100, 1));
  return { ...base, since: formatTime(sinceMs), api, wantDownCount, hpaCount, shareMax };
}

/** The numbers of samples that were set aside. */
export function staleParams(
  { maxAgeMs, newestAgeMs, pods }: StaleSamplesTrace,
  sentences: Sentences,
): StaleSamplesParams {
  return {
    maxAge: sentences.duration(maxAgeMs),
    newestAge: newestAgeMs === null ? '' : sentences.duration(Math.round(newestAgeMs / 1000) * 1000),
    pods: nameList(pods, sentences),
    count: pods.length,
  };
}

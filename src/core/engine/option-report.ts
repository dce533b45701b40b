import { formatDuration } from '../../base/duration.ts';
import { quoteText } from '../../base/go-text.ts';
import type { DecisionEvent, Proposal } from './decision.ts';
import type { Facts } from './facts.ts';
import { NO_HPA_OPTIONS, type OptionProblem, type OptionRule } from './hpa-options.ts';
import type { HpaReading } from './hpa-reading.ts';
import type { Memory } from './memory.ts';
import type { OptionInForce } from './trace.ts';

/**
 * Adds to a proposal what its HPA's own options come to: those in force and those ignored to the trace, and an event for
 * each annotation that is ignored, once, until it changes. Without such annotations the proposal stays as it is.
 */
export function reportOptions(proposal: Proposal, hpa: HpaReading, facts: Facts): Proposal {
  const { own } = hpa;
  const { draft, scaleWrite, memory } = proposal;
  if (own === NO_HPA_OPTIONS && memory.ignoredOptions === undefined) return proposal;
  const options = own === NO_HPA_OPTIONS ? null : { inForce: optionsInForce(hpa, facts), ignored: own.problems };
  const texts = own.problems.map((problem) => [problem.annotation, problemText(problem)] as const);
  const told = memory.ignoredOptions ?? {};
  const news = texts.filter(([annotation, text]) => !Object.hasOwn(told, annotation) || told[annotation] !== text);
  const note = (before: Memory): Memory => {
    const { ignoredOptions: _, ...rest } = before;
    return texts.length === 0 ? rest : { ...rest, ignoredOptions: Object.fromEntries(texts) };
  };
  const events = news.map(([, message]): DecisionEvent => ({ type: 'Warning', reason: 'InvalidOption', message }));
  return {
    trace: { ...proposal.trace, options },
    scaleWrite: scaleWrite === null ? null : { ...scaleWrite, memoryIfWritten: note(scaleWrite.memoryIfWritten) },
    memory: note(memory),
    draft:
      draft.stage === 'gone' || draft.stage === 'unreadable' || events.length === 0
        ? draft
        : { ...draft, events: [...events, ...draft.events] },
  };
}

function optionsInForce({ own }: HpaReading, { nowMs, ownership }: Facts): readonly OptionInForce[] {
  const { syncPeriodMs, isOwnerSelected, pause, warmupMs, maxSampleAgeMs } = own.options;
  const inForce: OptionInForce[] = [];
  if (syncPeriodMs !== null) inForce.push({ code: 'SyncPeriod', periodMs: syncPeriodMs });
  if (isOwnerSelected) {
    inForce.push({ code: 'OwnerSelection', foreign: ownership?.kind === 'known' ? ownership.foreign : [] });
  }
  if (pause !== null) inForce.push({ code: 'PausedUntil', ...pause, isOver: nowMs >= pause.untilMs });
  if (warmupMs !== null) inForce.push({ code: 'Warmup', warmupMs });
  if (maxSampleAgeMs !== null) inForce.push({ code: 'MaxSampleAge', maxAgeMs: maxSampleAgeMs });
  return inForce;
}

function problemText({ annotation, value, rule }: OptionProblem): string {
  return `annotation ${annotation}: ${quoteText(value)} ${ruleText(rule)}; it is ignored`;
}

function ruleText(rule: OptionRule): string {
  switch (rule.code) {
    case 'Duration':
      return `must be a duration from ${formatDuration(rule.minMs)} to ${formatDuration(rule.maxMs)} such as 30s`;
    case 'Instant':
      return 'must be an instant such as 2026-01-31T18:00:00Z';
    case 'Selection':
      return 'must be owner';
    case 'TooLong':
      return `must not be longer than ${rule.lengthMax} characters`;
    case 'WithoutPause':
      return 'goes together with podtide.dev/paused-until';
    case 'Unknown':
      return rule.nearest === null ? 'is no option of this version' : `is no option; did you mean ${rule.nearest}?`;
  }
}

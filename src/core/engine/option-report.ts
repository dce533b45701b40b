import { formatDuration } from '../../base/duration.ts';
import { quoteText } from '../../base/go-text.ts';
import { HPA_OPTION_PROBLEMS_COUNT_MAX } from '../../base/limits.ts';
import type { DecisionEvent, Proposal } from './decision.ts';
import type { Facts } from './facts.ts';
import { NO_HPA_OPTIONS, type OptionProblem, type OptionRule } from './hpa-options.ts';
import type { HpaReading } from './hpa-reading.ts';
import type { Memory } from './memory.ts';
import type { EngineOptions } from './options.ts';
import { type QueryReading, readQueries, shownQuery } from './query-annotations.ts';
import type { OptionInForce } from './trace.ts';

/**
 * Adds to a proposal what its HPA's own options come to: those in force and those ignored to the trace, and an event for
 * each annotation that is ignored, once, until it changes. Without such annotations the proposal stays as it is.
 */
export function reportOptions(
  proposal: Proposal,
  hpa: HpaReading,
  facts: Facts,
  { queryNamespaces }: Pick<EngineOptions, 'queryNamespaces'>,
): Proposal {
  const { own } = hpa;
  const { draft, scaleWrite, memory } = proposal;
  if (own === NO_HPA_OPTIONS && memory.ignoredOptions === undefined) return proposal;
  const queried = readQueries(hpa, queryNamespaces);
  const ignored = [...own.problems, ...queried.problems].slice(0, HPA_OPTION_PROBLEMS_COUNT_MAX);
  const inForce = [...optionsInForce(hpa, facts), ...queriesInForce(queried, queryNamespaces !== null)];
  const options = own === NO_HPA_OPTIONS ? null : { inForce, ignored };
  const texts = ignored.map((problem) => [problem.annotation, optionProblemText(problem)] as const);
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

function queriesInForce({ queries }: QueryReading, isDirect: boolean): readonly OptionInForce[] {
  return queries.map(({ metric, promql }) => ({ code: 'Query', metric, promql: shownQuery(promql), isDirect }));
}

/** What an event, or a log, says of an annotation that is ignored. */
export function optionProblemText({ annotation, value, rule }: OptionProblem): string {
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
    case 'NoQuery':
      return 'must be PromQL such as sum(rate(http_requests_total[2m]))';
    case 'WithoutMetric':
      return `goes together with a metric of type External that is called ${rule.metric}`;
    case 'NamespaceNotListed':
      return `must not stand in the namespace ${rule.namespace}, which is none of --query-annotation-namespaces`;
    case 'Unknown':
      return rule.nearest === null ? 'is no option of this version' : `is no option; did you mean ${rule.nearest}?`;
  }
}

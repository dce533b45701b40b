import { readAuditTrail } from './audit-trail.ts';
import { differingAspects, type LiveOutcome, liveOutcomeOf } from './live-outcome.ts';
import type { Performance } from './stage.ts';
import type { Story } from './story.ts';

/** A performance and the user who scaled in it. */
export interface LivePlay {
  readonly performance: Performance;
  readonly user: string;
}

/** In which stories two performances came to different ends, aspect by aspect. */
export interface LiveSummary {
  /** Stories that differ, by aspect. */
  readonly differing: Readonly<Record<keyof LiveOutcome, readonly string[]>>;
  /** What each was, for the reader of a failure. */
  readonly details: readonly string[];
}

/** What two plays of a story are compared in. */
export const LIVE_ASPECTS = ['plateaus', 'directions', 'conditions', 'events'] as const;

/** Compares what the same stories came to in two performances. */
export function summarizeLive(stories: readonly Story[], one: LivePlay, other: LivePlay): LiveSummary {
  const a = outcomesOf(stories, one);
  const b = outcomesOf(stories, other);
  const differing = { plateaus: [], directions: [], conditions: [], events: [] } as Record<keyof LiveOutcome, string[]>;
  const details: string[] = [];
  for (const [name, outcome] of a) {
    const counterpart = b.get(name);
    if (counterpart === undefined) continue;
    for (const aspect of differingAspects(outcome, counterpart)) {
      differing[aspect].push(name);
      details.push(`${name} ${aspect}: ${JSON.stringify(outcome[aspect])} | ${JSON.stringify(counterpart[aspect])}`);
    }
  }
  return { differing, details };
}

function outcomesOf(stories: readonly Story[], { performance, user }: LivePlay): ReadonlyMap<string, LiveOutcome> {
  const trail = readAuditTrail(performance.auditLines);
  return new Map(stories.map(({ name }) => [name, liveOutcomeOf(trail.get(name) ?? [], user)]));
}

import { readAuditTrail } from './audit-trail.ts';
import { eventsWrittenUpToMs } from './event-comparison.ts';
import { compareStory } from './exact-comparison.ts';
import type { Performance } from './stage.ts';
import type { Story } from './story.ts';

/** How all reconciles of a performance compare with ours. */
export interface ExactSummary {
  readonly storyCount: number;
  readonly equalCount: number;
  readonly ambiguousCount: number;
  readonly blurredCount: number;
  readonly eventCount: number;
  readonly lostEventCount: number;
  /** Story, instant and what differs: of each reconcile that no reading explains, and of the events. */
  readonly differences: readonly string[];
}

/** Compares each story of an upstream performance, reconcile by reconcile. */
export async function summarizeExactly(stories: readonly Story[], performance: Performance): Promise<ExactSummary> {
  const trail = readAuditTrail(performance.auditLines);
  const { answers, endedAtMs } = performance;
  const context = { answers, endedAtMs, eventsUpToMs: eventsWrittenUpToMs(trail.values()) };
  const counts = { equal: 0, ambiguous: 0, blurred: 0, cut: 0, different: 0 };
  const differences: string[] = [];
  let eventCount = 0;
  let lostEventCount = 0;
  for (const { name } of stories) {
    const { verdicts, events } = await compareStory(trail.get(name) ?? [], context);
    for (const { kind, startMs, differences: found } of verdicts) {
      counts[kind] += 1;
      if (kind === 'different') differences.push(`${name} ${new Date(startMs).toISOString()} ${found.join('; ')}`);
    }
    eventCount += events.count;
    lostEventCount += events.lostCount;
    differences.push(...events.differences.map((text) => `${name} ${text}`));
  }
  return {
    storyCount: stories.length,
    equalCount: counts.equal,
    ambiguousCount: counts.ambiguous,
    blurredCount: counts.blurred,
    eventCount,
    lostEventCount,
    differences,
  };
}

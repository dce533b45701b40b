import type { DecisionFeed, DecisionRecord, DecisionSummary } from '../../control/history/feed.ts';
import type { HpaOverview, TimelineEntry } from './wire.ts';

/** Decisions that a sparkline shows. */
const SPARKLINE_COUNT = 60;

/** Every HPA that a decision was made for and that still exists, by namespace and name. */
export async function overviewOf(feed: DecisionFeed): Promise<readonly HpaOverview[]> {
  const byHpa = new Map<string, DecisionSummary[]>();
  for (const summary of await feed.list({})) {
    const key = `${summary.hpa.namespace}/${summary.hpa.name}`;
    const known = byHpa.get(key);
    if (known === undefined) byHpa.set(key, [summary]);
    else known.push(summary);
  }
  const keys = [...byHpa.keys()].sort();
  const overviews = await Promise.all(keys.map((key) => hpaOverview(feed, byHpa.get(key) ?? [])));
  return overviews.filter((overview) => overview !== null);
}

/** What explaining needs of a record. Memory, status and facts stay where they are. */
export function timelineEntry({ id, decision, delivery }: DecisionRecord): TimelineEntry {
  return {
    id,
    mode: delivery.mode,
    decision: {
      hpa: decision.hpa,
      atMs: decision.atMs,
      isDeleted: decision.isDeleted,
      currentReplicas: decision.currentReplicas,
      desiredReplicas: decision.desiredReplicas,
      scaledTo: decision.scaledTo,
      scaleWriteAttempts: decision.scaleWriteAttempts,
      rescaleReason: decision.rescaleReason,
      error: decision.error,
      trace: decision.trace,
    },
  };
}

async function hpaOverview(feed: DecisionFeed, summaries: readonly DecisionSummary[]): Promise<HpaOverview | null> {
  const latest = summaries.at(-1);
  if (latest === undefined || latest.path === 'HpaMissing') return null;
  const kept = summaries.filter(({ hasRecord }) => hasRecord);
  const change = kept.findLast(({ scaledTo }) => scaledTo !== null) ?? kept.findLast(({ isChange }) => isChange);
  const record = change === undefined ? undefined : await feed.at(change.id);
  return {
    namespace: latest.hpa.namespace,
    name: latest.hpa.name,
    latest,
    lastChange: record === undefined ? null : timelineEntry(record),
    recentReplicas: summaries.slice(-SPARKLINE_COUNT).map(({ currentReplicas }) => currentReplicas),
  };
}

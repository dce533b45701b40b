import type { HpaFact } from '../../core/engine/facts.ts';
import type { Gathered } from '../facts/gather.ts';
import type { PodMetricsDemand } from './list-planner.ts';

/** What a sync showed its HPA to need of resource metrics; null when nothing. */
export function demandOf({ plan, facts }: Gathered): PodMetricsDemand | null {
  const query = plan.queries.find(({ kind }) => kind === 'resource');
  if (query?.kind !== 'resource') return null;
  const podCount = facts.pods.kind === 'listed' ? facts.pods.pods.length : 0;
  return { namespace: query.namespace, selector: query.podSelector, podCount };
}

/** An HPA in a window: what it needed last, or undefined before its first sync. */
export interface WindowMember {
  readonly hpa: HpaFact;
  readonly demand: PodMetricsDemand | null | undefined;
}

/**
 * The demands of the HPAs of one window. Those not synced yet are taken to share the pods of their namespace evenly,
 * because that is all that is known of them.
 */
export function demandsOf(
  members: readonly WindowMember[],
  podsInNamespace: (namespace: string) => number,
): readonly PodMetricsDemand[] {
  const known: PodMetricsDemand[] = [];
  const unknownCounts = new Map<string, number>();
  for (const { hpa, demand } of members) {
    if (demand !== undefined) {
      if (demand !== null) known.push(demand);
    } else if (hpa.kind === 'found' && asksForPodMetrics(hpa)) {
      const namespace = hpa.object.metadata.namespace ?? '';
      unknownCounts.set(namespace, (unknownCounts.get(namespace) ?? 0) + 1);
    }
  }
  for (const [namespace, count] of unknownCounts) {
    const podCount = Math.ceil(podsInNamespace(namespace) / count);
    for (let index = 0; index < count; index++) known.push({ namespace, selector: null, podCount });
  }
  return known;
}

function asksForPodMetrics(hpa: Extract<HpaFact, { kind: 'found' }>): boolean {
  return (hpa.object.spec.metrics ?? []).some(({ type }) => type === 'Resource' || type === 'ContainerResource');
}

import type { HorizontalPodAutoscaler } from '../autoscaling/types.ts';
import type { ForeignPods, OwnershipFact } from '../engine/facts.ts';
import { readHpaOptions } from '../engine/hpa-options.ts';
import type { ScenarioPod } from './scenario-pods.ts';

/** The pods that count, and whose the others are; null when all that the selector matches count. */
export interface OwnedPods {
  readonly pods: readonly ScenarioPod[];
  readonly ownership: OwnershipFact | null;
}

/** Leaves out the pods that a story gives to another owner, where the HPA selects by owner. */
export function ownedPods(hpa: HorizontalPodAutoscaler | null, matching: readonly ScenarioPod[]): OwnedPods {
  if (!readHpaOptions(hpa?.metadata.annotations).options.isOwnerSelected) return { pods: matching, ownership: null };
  const byOwner = Map.groupBy(matching, ({ owner }) => owner);
  const foreign: ForeignPods[] = [];
  for (const [owner, pods] of byOwner) {
    if (owner !== null) foreign.push({ owner, pods: pods.map(({ fact }) => fact.name) });
  }
  return { pods: byOwner.get(null) ?? [], ownership: { kind: 'known', foreign } };
}

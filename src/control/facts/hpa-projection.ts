import type { HorizontalPodAutoscaler } from '../../core/autoscaling/types.ts';
import type { HpaFact } from '../../core/engine/facts.ts';

/**
 * What a cache keeps of an HPA. `managedFields` goes, half of the object; all other metadata stays, because a status
 * write sends it back and the server takes what is missing there for removed. An object without the fields that
 * everything relies on becomes `unreadable`.
 */
export function projectHpa(hpa: HorizontalPodAutoscaler): HpaFact {
  const { managedFields: _, ...metadata } = hpa.metadata as HorizontalPodAutoscaler['metadata'] & {
    readonly managedFields?: unknown;
  };
  const problem = problemOf(hpa);
  if (problem !== undefined) {
    return { kind: 'unreadable', namespace: metadata.namespace ?? '', name: metadata.name, message: problem };
  }
  // Items of a list carry neither, a write needs both.
  return { kind: 'found', object: { ...hpa, apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata } };
}

function problemOf(hpa: HorizontalPodAutoscaler): string | undefined {
  if (typeof hpa.spec !== 'object' || hpa.spec === null) return 'the object has no spec';
  if (typeof hpa.spec.scaleTargetRef?.kind !== 'string') return 'spec.scaleTargetRef is missing';
  return undefined;
}

/** Whether two cached HPAs differ in their spec; servers before 1.37 keep no generation that would tell. */
export function isSpecChanged(before: HpaFact, after: HpaFact): boolean {
  return specText(before) !== specText(after);
}

function specText(hpa: HpaFact): string {
  return hpa.kind === 'found' ? JSON.stringify(hpa.object.spec) : hpa.kind;
}

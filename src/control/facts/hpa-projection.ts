import type { HorizontalPodAutoscaler } from '../../core/autoscaling/types.ts';
import type { HpaFact } from '../../core/engine/facts.ts';
import {
  areHpaOptionsEqual,
  type HpaOptionsReading,
  NO_HPA_OPTIONS,
  readHpaOptions,
} from '../../core/engine/hpa-options.ts';
import type { KubeObject } from '../../platform/kube/client.ts';
import type { HpaApi } from '../../platform/kube/hpa-api.ts';

/**
 * What a cache keeps of an HPA. `managedFields` goes, half of the object; all other metadata stays, because a status
 * write sends it back and the server takes what is missing there for removed. Whatever version the server has, what is
 * kept is v2. An object without the shape that everything relies on becomes `unreadable`: what is wrong with one
 * HPA must not meet those that share a list with it.
 */
export function projectHpa(object: KubeObject, api: HpaApi): HpaFact {
  const { managedFields: _, ...metadata } = object.metadata as KubeObject['metadata'] & {
    readonly managedFields?: unknown;
  };
  const problem = problemOf(object as HorizontalPodAutoscaler);
  if (problem !== undefined) {
    return { kind: 'unreadable', namespace: metadata.namespace ?? '', name: metadata.name, message: problem };
  }
  return { kind: 'found', object: api.decode({ ...object, metadata }) };
}

/** What is looked at is the same in every version. */
function problemOf(hpa: HorizontalPodAutoscaler): string | undefined {
  if (typeof hpa.spec !== 'object' || hpa.spec === null) return 'the object has no spec';
  if (typeof hpa.spec.scaleTargetRef?.kind !== 'string') return 'spec.scaleTargetRef is missing';
  const { metrics, behavior } = hpa.spec;
  if (!isListOfObjects(metrics)) return 'spec.metrics is no list of metrics';
  if (!isObject(behavior)) return 'spec.behavior is no object';
  for (const direction of ['scaleUp', 'scaleDown'] as const) {
    const rules = behavior?.[direction];
    if (!isObject(rules)) return `spec.behavior.${direction} is no object`;
    if (!isListOfObjects(rules?.policies)) return `spec.behavior.${direction}.policies is no list of policies`;
  }
  return undefined;
}

/** Absent fields pass. */
function isObject(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value));
}

function isListOfObjects(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) && value.every((item) => item !== null && item !== undefined && isObject(item));
}

/** Whether two cached HPAs differ in their spec; servers before 1.37 keep no generation that would tell. */
export function isSpecChanged(before: HpaFact, after: HpaFact): boolean {
  return specText(before) !== specText(after);
}

/** Whether two cached HPAs differ in the annotations that are options of Podtide's own. */
export function areOptionsChanged(before: HpaFact, after: HpaFact): boolean {
  return !areHpaOptionsEqual(optionsOf(before), optionsOf(after));
}

/** The sync period that an HPA asks for itself; null when it does not. */
export function ownSyncPeriodMs(hpa: HpaFact | undefined): number | null {
  return hpa === undefined ? null : optionsOf(hpa).options.syncPeriodMs;
}

function optionsOf(hpa: HpaFact): HpaOptionsReading {
  return hpa.kind === 'found' ? readHpaOptions(hpa.object.metadata.annotations) : NO_HPA_OPTIONS;
}

function specText(hpa: HpaFact): string {
  return hpa.kind === 'found' ? JSON.stringify(hpa.object.spec) : hpa.kind;
}

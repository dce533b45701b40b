import type { KubeObject } from '../../../src/platform/kube/client.ts';
import type { AuditEntry } from './audit-trail.ts';

/** One change of the objects of a kind in a namespace: the object from then on, or null when it is gone. */
export interface ObjectChange<T> {
  readonly name: string;
  readonly object: T | null;
  /** The change was made between these two; a cache elsewhere has it a little after. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Everything that happened to the objects of a kind, from the writes to them, in the order of the answers. */
export function historyOf<T extends KubeObject>(
  entries: readonly AuditEntry[],
  subjects: readonly string[],
): readonly ObjectChange<T>[] {
  const changes: ObjectChange<T>[] = [];
  const seen = new Set<string>();
  for (const entry of entries) {
    const { responseObject, verb } = entry;
    if (!subjects.includes(entry.subject) || verb === 'get' || entry.status >= 300 || responseObject === undefined)
      continue;
    const object = isGone(entry) ? null : (responseObject as T);
    // A write that changes nothing is answered with the version that is there; so is, in its last version, what is gone.
    const version = `${entry.name} ${responseObject.metadata.resourceVersion}`;
    if (object !== null && seen.has(version)) continue;
    seen.add(version);
    changes.push({ name: entry.name, object, fromMs: entry.receivedAtMs, toMs: entry.answeredAtMs });
  }
  return changes.sort((a, b) => a.toMs - b.toMs);
}

/** The objects as they are after the changes, by name. */
export function afterChanges<T>(changes: readonly ObjectChange<T>[]): readonly T[] {
  const objects = new Map<string, T>();
  for (const { name, object } of changes) {
    if (object === null) objects.delete(name);
    else objects.set(name, object);
  }
  return [...objects.values()];
}

/** Whether the request was the one that removed the object: nothing holds it, and it is given no time. */
function isGone({ verb, responseObject }: AuditEntry): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = responseObject?.metadata ?? {};
  if (verb === 'delete' && deletionTimestamp === undefined) return finalizers.length === 0;
  return deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0 && finalizers.length === 0;
}

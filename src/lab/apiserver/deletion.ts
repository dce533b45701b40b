import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { ApiState } from './api-state.ts';
import type { Kind } from './kind.ts';
import type { ServedKind } from './kind-registry.ts';
import { storeResource } from './kind-registry.ts';
import type { ApiObject } from './object.ts';
import { viewOf } from './object-view.ts';
import type { Status } from './status.ts';
import { badRequest, conflict, deleted, invalid, notFound } from './status.ts';

export type PropagationPolicy = 'Background' | 'Foreground' | 'Orphan';

/** The body of a DELETE, checked. */
export interface DeleteOptions {
  readonly isDryRun: boolean;
  /** Null leaves it to the kind. */
  readonly gracePeriodSeconds: number | null;
  readonly propagationPolicy: PropagationPolicy;
  readonly uid: string | null;
  readonly resourceVersion: string | null;
}

/** A deletion without wishes, as garbage collection does it. */
export const PLAIN_DELETION: DeleteOptions = {
  isDryRun: false,
  gracePeriodSeconds: null,
  propagationPolicy: 'Background',
  uid: null,
  resourceVersion: null,
};

/** What a deletion did. */
export type DeleteResult =
  /** Gone, or it would be: `Status Success`. */
  | { readonly outcome: 'gone'; readonly status: Status }
  /** The object, in the version of the request: it waits for a finalizer or its grace period, or just left. */
  | { readonly outcome: 'object'; readonly object: ApiObject };

export const FOREGROUND_FINALIZER = 'foregroundDeletion';
export const ORPHAN_FINALIZER = 'orphan';

const POLICIES: readonly PropagationPolicy[] = ['Background', 'Foreground', 'Orphan'];

/** Reads DeleteOptions from a body (empty when there is none) and the query. Throws 400 and 422 Statuses. */
export function parseDeleteOptions(body: Readonly<Record<string, unknown>>, query: URLSearchParams): DeleteOptions {
  const preconditions = (body['preconditions'] ?? {}) as Readonly<Record<string, unknown>>;
  const dryRun = body['dryRun'] ?? query.getAll('dryRun');
  const policy = body['propagationPolicy'] ?? query.get('propagationPolicy') ?? orphanPolicy(body) ?? 'Background';
  const graceText = query.get('gracePeriodSeconds');
  const grace = body['gracePeriodSeconds'] ?? (graceText === null ? null : Number(graceText));
  if (grace !== null && (typeof grace !== 'number' || !Number.isInteger(grace))) {
    throw badRequest('invalid DeleteOptions: gracePeriodSeconds must be an integer');
  }
  return {
    isDryRun: Array.isArray(dryRun) && dryRun.includes('All'),
    // Upstream takes a negative period as the shortest one.
    gracePeriodSeconds: grace === null ? null : grace < 0 ? 1 : grace,
    propagationPolicy: readPolicy(policy),
    uid: typeof preconditions['uid'] === 'string' ? preconditions['uid'] : null,
    resourceVersion: typeof preconditions['resourceVersion'] === 'string' ? preconditions['resourceVersion'] : null,
  };
}

function readPolicy(policy: unknown): PropagationPolicy {
  const known = POLICIES.find((each) => each === policy);
  if (known !== undefined) return known;
  throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [
    {
      reason: 'FieldValueNotSupported',
      field: 'propagationPolicy',
      message: `Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`,
    },
  ]);
}

function orphanPolicy(body: Readonly<Record<string, unknown>>): PropagationPolicy | null {
  return body['orphanDependents'] === true ? 'Orphan' : null;
}

/** Deletes an object, or starts to. Throws 404 and 409 Statuses. */
export function deleteObject(
  state: ApiState,
  served: ServedKind,
  namespace: string | null,
  name: string,
  options: DeleteOptions,
): DeleteResult {
  const { kind } = served;
  const resource = storeResource(kind);
  const before = state.store.get(resource, namespace ?? '', name);
  if (before === undefined) throw notFound(kind, name);
  checkPreconditions(kind, before, options);
  const uid = before.metadata.uid ?? '';
  if (options.isDryRun) return { outcome: 'gone', status: deleted(kind, name, uid) };
  if (resource === '/namespaces') return terminateNamespace(state, served, before);
  const finalizers = finalizersOf(before, options.propagationPolicy);
  const graceSeconds = graceOf(kind, before, options);
  const isGraceful = kind.gracePeriodSeconds !== undefined;
  const marked = mark(state, before, finalizers, isGraceful ? graceSeconds : 0);
  if (finalizers.length > 0 || (isGraceful && graceSeconds > 0)) {
    const stored = marked === before ? before : state.store.put(resource, marked);
    return { outcome: 'object', object: viewOf(served, stored) };
  }
  state.store.remove(resource, namespace ?? '', name);
  return isGraceful
    ? { outcome: 'object', object: viewOf(served, marked) }
    : { outcome: 'gone', status: deleted(kind, name, uid) };
}

/** An object that needs no time to finish gets none, whatever was asked for. */
function graceOf(kind: Kind, object: ApiObject, options: DeleteOptions): number {
  const ownSeconds = kind.gracePeriodSeconds?.(object) ?? 0;
  return ownSeconds === 0 ? 0 : (options.gracePeriodSeconds ?? ownSeconds);
}

function checkPreconditions(kind: Kind, before: ApiObject, options: DeleteOptions): void {
  const { name, uid, resourceVersion } = before.metadata;
  // Upstream names the Kind here where every other conflict names the plural.
  const named = { group: kind.group, plural: kind.kind };
  if (options.uid !== null && options.uid !== uid) {
    throw conflict(
      named,
      name,
      `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (options.resourceVersion !== null && options.resourceVersion !== resourceVersion) {
    throw conflict(
      named,
      name,
      `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
}

function finalizersOf(object: ApiObject, policy: PropagationPolicy): readonly string[] {
  const present = object.metadata.finalizers ?? [];
  const own = present.filter((each) => each !== FOREGROUND_FINALIZER && each !== ORPHAN_FINALIZER);
  if (policy === 'Foreground') return [...own, FOREGROUND_FINALIZER];
  if (policy === 'Orphan') return [...own, ORPHAN_FINALIZER];
  return object.metadata.deletionTimestamp === undefined ? own : present;
}

/** The object with its deletionTimestamp; the same object when a second deletion changes nothing. */
function mark(state: ApiState, before: ApiObject, finalizers: readonly string[], graceSeconds: number): ApiObject {
  const { metadata } = before;
  const isMarked = metadata.deletionTimestamp !== undefined;
  if (isMarked && graceSeconds >= (metadata.deletionGracePeriodSeconds ?? 0)) return before;
  const { finalizers: _finalizers, ...rest } = metadata;
  return {
    ...before,
    metadata: {
      ...rest,
      ...(isMarked || metadata.generation === undefined ? {} : { generation: metadata.generation + 1 }),
      deletionTimestamp: formatRfc3339(state.clock.nowMs() + graceSeconds * 1000),
      deletionGracePeriodSeconds: graceSeconds,
      ...(finalizers.length === 0 ? {} : { finalizers }),
    },
  };
}

/** A namespace goes when its content has gone; until then it is Terminating and takes nothing new. */
function terminateNamespace(state: ApiState, served: ServedKind, before: ApiObject): DeleteResult {
  if (before.metadata.deletionTimestamp !== undefined) return { outcome: 'object', object: viewOf(served, before) };
  const terminating = state.store.put('/namespaces', {
    ...before,
    metadata: { ...before.metadata, deletionTimestamp: formatRfc3339(state.clock.nowMs()) },
    status: { ...(before['status'] as object | undefined), phase: 'Terminating' },
  });
  return { outcome: 'object', object: viewOf(served, terminating) };
}

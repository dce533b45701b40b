import type { KubeObject, ObjectRef, ResourceType } from '../../platform/kube/client.ts';

/**
 * What a reconciler wants written. Patches are merge patches without a resourceVersion: each field has one controller
 * that owns it, so nothing is lost and nothing conflicts.
 */
export type Write =
  | { readonly kind: 'create'; readonly type: ResourceType; readonly object: KubeObject }
  /** Makes the object as given: a merge patch, or its creation when there is none. */
  | { readonly kind: 'upsert'; readonly type: ResourceType; readonly object: KubeObject }
  | {
      readonly kind: 'patch';
      readonly type: ResourceType;
      readonly ref: ObjectRef;
      readonly subresource?: 'status';
      readonly body: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'delete';
      readonly type: ResourceType;
      readonly ref: ObjectRef;
      /** Only the object of this uid. */
      readonly uid: string;
      readonly gracePeriodSeconds?: number;
    }
  | { readonly kind: 'event'; readonly event: EventNote };

/** An Event about an object. */
export interface EventNote {
  readonly about: KubeObject;
  readonly aboutKind: { readonly apiVersion: string; readonly kind: string };
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** The component that tells of it, for example `deployment-controller`. */
  readonly source: string;
}

/** What one look at an object leads to. */
export interface Reconciliation {
  /** In order. */
  readonly writes: readonly Write[];
  /** When to look again though nothing changes, epoch ms of the domain clock. */
  readonly wakeAtMs?: number;
}

export function refOf(object: KubeObject): ObjectRef {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? { name } : { namespace, name };
}

export function patchOf(type: ResourceType, object: KubeObject, body: Readonly<Record<string, unknown>>): Write {
  return { kind: 'patch', type, ref: refOf(object), body };
}

export function statusPatchOf(
  type: ResourceType,
  object: KubeObject,
  status: Readonly<Record<string, unknown>>,
): Write {
  return { kind: 'patch', type, ref: refOf(object), subresource: 'status', body: { status } };
}

export function deletionOf(type: ResourceType, object: KubeObject, gracePeriodSeconds?: number): Write {
  const write = { kind: 'delete', type, ref: refOf(object), uid: object.metadata.uid ?? '' } as const;
  return gracePeriodSeconds === undefined ? write : { ...write, gracePeriodSeconds };
}

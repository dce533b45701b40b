import type { FieldError as GroupFieldError } from '../../core/autoscaling/field-error.ts';
import type { ApiObject } from './object.ts';

/**
 * A kind as data: everything that the server must know to serve it. Kinds are handed to `createApiServer`; custom
 * resource definitions make more of them while it runs. The first version is the preferred one.
 *
 * Hooks get a private copy of the object in the *stored* version: they may change it and return it. They never keep
 * state and never read a clock but `context.nowMs`, so that a story gives the same objects each time.
 */
export interface Kind {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Lower case, as URLs have it. */
  readonly plural: string;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  /** `['all']` for what `kubectl get all` shows. */
  readonly categories?: readonly string[];
  readonly isNamespaced: boolean;
  /** All of them when absent. */
  readonly verbs?: readonly Verb[];
  readonly versions: readonly [KindVersion, ...KindVersion[]];
  /** Name of the version that objects are stored in. */
  readonly storedVersion: string;
  /** Whether `/status` exists: then writes to the main path leave the status alone, and those to `/status` all else. */
  readonly hasStatus?: boolean;
  /**
   * Whether a write to `/status` stores the metadata that clients own too, labels and annotations among it: upstream's rule
   * for HPAs keeps only the spec.
   */
  readonly isStatusMetadataTaken?: boolean;
  readonly scale?: ScaleSubresource;
  /** Other subresources of single objects, answered elsewhere, for discovery and authorization: log, attach, token, … */
  readonly otherSubresources?: readonly OtherSubresource[];
  /** `subdomain` when absent; `path` takes RBAC's names with colons. */
  readonly nameRule?: NameRule;

  /** Field selectors beyond metadata.name and metadata.namespace, each with the text of the field. */
  readonly selectableFields?: Readonly<Record<string, (object: ApiObject) => string>>;
  /**
   * When `generation` goes up. Absent: on every change outside metadata and status. `null`: the kind has no generation
   * (an HPA of 1.36, ConfigMaps, …).
   */
  readonly bumpsGeneration?: null | ((before: ApiObject, after: ApiObject) => boolean);
  /** Beyond this many objects the oldest give way to new ones (Events). */
  readonly countMax?: number;
  /** Deletion in two steps: how long the object stays with its deletionTimestamp when the request names no time. */
  readonly gracePeriodSeconds?: (object: ApiObject) => number;

  /** Fills in what upstream's defaulting and admission fill in. Called on every write, before validation. */
  readonly setDefaults?: (object: ApiObject, context: WriteContext) => ApiObject;
  /** After defaulting, before storing for the first time: status at birth, names, addresses, injected fields. */
  readonly prepareForCreate?: (object: ApiObject, context: WriteContext) => ApiObject;
  /** After defaulting of an update of the main path: carries over what clients cannot change. */
  readonly prepareForUpdate?: (object: ApiObject, before: ApiObject, context: WriteContext) => ApiObject;
  readonly validateCreate?: (object: ApiObject, context: WriteContext) => readonly FieldError[];
  /** For updates; the server has checked metadata already. */
  readonly validateUpdate?: (object: ApiObject, before: ApiObject, context: WriteContext) => readonly FieldError[];
  readonly validateStatusUpdate?: (
    object: ApiObject,
    before: ApiObject,
    context: WriteContext,
  ) => readonly FieldError[];
  /** Warnings that a write answers with (`Warning: 299 - "…"`), beside those about unknown fields. */
  readonly warnings?: (object: ApiObject, before: ApiObject | null, context: WriteContext) => readonly string[];
}

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

/** Every verb, in the order in which discovery lists them. */
export const ALL_VERBS: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

export type NameRule = 'subdomain' | 'label' | 'dns1035label' | 'path';

/** One version of a kind: its schema, its columns, and how it is seen from the stored one. */
export interface KindVersion {
  /** `v1`, `v2`, `v1beta1` */
  readonly name: string;
  /** The message of the whole object in the schema book; null for custom resources, whose unknown fields are kept. */
  readonly schema: string | null;
  /** How an object without a message in the book is read: what its own schema does not have falls away. */
  readonly readCustom?: (object: Readonly<Record<string, unknown>>) => {
    readonly value: Record<string, unknown>;
    readonly unknownFields: readonly string[];
  };
  /** Columns of `kubectl get`. Absent: Name and Age. */
  readonly columns?: readonly Column[];
  /** A custom resource's table has `rows: null` when empty, as upstream's. */
  readonly hasNullRowsWhenEmpty?: boolean;
  /** How an object of this version looks when stored, and the way back. Both absent for the stored version. */
  readonly toStored?: (object: ApiObject) => ApiObject;
  readonly fromStored?: (object: ApiObject) => ApiObject;
  /** Not in discovery and not served under its own path. */
  readonly isHidden?: boolean;
  /** Warned of on each use, as upstream's deprecated versions. */
  readonly deprecationWarning?: string;
}

/** A column of the server's tables; `cell` gets an object of the version that was asked for. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: 'name';
  /** 1 for those that only `-o wide` shows; 0 when absent. */
  readonly priority?: 0 | 1;
  readonly description?: string;
  readonly cell: (object: ApiObject, nowMs: number) => CellValue;
}

export type CellValue = string | number | boolean | null;

/** How `autoscaling/v1 Scale` is read from and written to an object. */
export interface ScaleSubresource {
  readonly read: (object: ApiObject) => ScaleView;
  /** The object with another count; never changes anything else. */
  readonly write: (object: ApiObject, specReplicas: number) => ApiObject;
}

export interface ScaleView {
  readonly specReplicas: number;
  readonly statusReplicas: number;
  /** Text form, as the HPA controller lists pods by it; absent when the kind has none. */
  readonly selector?: string;
}

export interface OtherSubresource {
  readonly name: string;
  readonly verbs: readonly string[];
  /** Kind of what it answers or takes; the object's own when absent. */
  readonly responseKind?: { readonly group: string; readonly version: string; readonly kind: string };
}

/** What hooks may know about the write they are part of. */
export interface WriteContext {
  /** Domain time, epoch ms. */
  readonly nowMs: number;
  /** `nowMs` as metadata carries it, RFC 3339 in whole seconds. */
  readonly nowText: string;
  readonly userName: string;
  /** Any stored object by its group, plural, namespace ('' when cluster-scoped) and name. */
  readonly read: (group: string, plural: string, namespace: string, name: string) => ApiObject | undefined;
  /** The stored objects of a kind; null for all namespaces. */
  readonly list: (group: string, plural: string, namespace: string | null) => readonly ApiObject[];
}

/** One field that is wrong: a cause of a 422, in upstream's words. */
export interface FieldError {
  readonly reason: FieldErrorReason;
  /** `spec.metrics[0].resource` */
  readonly field: string;
  /** `Invalid value: 3: must be greater than or equal to \`minReplicas\`` */
  readonly message: string;
}

/** Errors of the API group's own validation as causes of a 422. */
export function causesOf(errors: readonly GroupFieldError[]): readonly FieldError[] {
  return errors.map(({ type, field, message }) => ({ reason: type, field, message }));
}

export type FieldErrorReason =
  | 'FieldValueInvalid'
  | 'FieldValueRequired'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueDuplicate'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueNotFound'
  | 'FieldValueTypeInvalid'
  | 'InternalError';

/** The version of a kind by its name; undefined when the kind has no such version or does not serve it. */
export function findVersion(kind: Kind, name: string): KindVersion | undefined {
  return kind.versions.find((version) => version.name === name && version.isHidden !== true);
}

/** `deployments.apps`, `pods`: how messages and authorization name a kind's resource. */
export function qualifiedResource(kind: Pick<Kind, 'group' | 'plural'>): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}

/** `apps/v1`, `v1` */
export function groupVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

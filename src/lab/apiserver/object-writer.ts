import { newFinalizerErrors } from '../../core/autoscaling/metadata-validation.ts';
import type { ObjectMeta } from '../../core/autoscaling/types.ts';
import type { ApiState } from './api-state.ts';
import { writeContext } from './api-state.ts';
import { isDeepEqual } from './deep-equal.ts';
import { causesOf, type FieldError, type Kind, type WriteContext } from './kind.ts';
import type { ServedKind } from './kind-registry.ts';
import { storeResource } from './kind-registry.ts';
import type { ApiObject } from './object.ts';
import { metadataErrors } from './object-names.ts';
import { storedOf, viewOf } from './object-view.ts';
import {
  alreadyExists,
  badRequest,
  conflict,
  forbidden,
  invalid,
  notFound,
  StatusError,
  staleVersion,
} from './status.ts';

/** Who writes, and whether it counts. */
export interface WriteOptions {
  readonly userName: string;
  readonly isDryRun: boolean;
}

export interface UpdateOptions extends WriteOptions {
  readonly subresource: 'status' | null;
}

/** What a write left, in the stored version. */
export interface WriteResult {
  readonly object: ApiObject;
  readonly warnings: readonly string[];
  /** True when the update took the last finalizer of an object that was waiting to go. */
  readonly isGone: boolean;
}

/** Longest prefix that `generateName` keeps, so that the suffix fits into a label. */
const GENERATED_PREFIX_LENGTH_MAX = 58;

/** Creates an object from what a client sent, in the version of the request. Throws the Statuses of a refusal. */
export function createObject(
  state: ApiState,
  served: ServedKind,
  namespace: string | null,
  view: ApiObject,
  options: WriteOptions,
): WriteResult {
  const { kind } = served;
  const context = writeContext(state, options.userName);
  const sent = storedOf(served, view);
  checkNamespace(state, kind, namespace, sent.metadata);
  if ((sent.metadata.resourceVersion ?? '') !== '') {
    throw new StatusError(500, null, 'resourceVersion should not be set on objects to be created');
  }
  const { status: _status, ...withoutStatus } = sent;
  const born: ApiObject = {
    ...(kind.hasStatus === true ? withoutStatus : sent),
    metadata: metadataAtBirth(state, kind, namespace, sent.metadata, context),
  } as ApiObject;
  const prepared = prepare(kind, born, (object) => kind.prepareForCreate?.(object, context) ?? object, context);
  const errors = [
    ...metadataErrors(prepared.metadata, kind.nameRule ?? 'subdomain'),
    ...(kind.validateCreate?.(prepared, context) ?? []),
  ];
  if (errors.length > 0) throw invalid(kind, prepared.metadata.name, errors);
  const resource = storeResource(kind);
  if (state.store.get(resource, namespace ?? '', prepared.metadata.name) !== undefined) {
    throw alreadyExists(kind, prepared.metadata.name);
  }
  const warnings = kind.warnings?.(prepared, null, context) ?? [];
  if (options.isDryRun) return { object: prepared, warnings, isGone: false };
  makeRoom(state, kind);
  return { object: state.store.put(resource, prepared), warnings, isGone: false };
}

/**
 * Changes a stored object. `change` gets it in the version of the request and returns what it should become; the server
 * keeps what clients cannot change. A change that changes nothing keeps the resourceVersion and tells no watch.
 */
export function updateObject(
  state: ApiState,
  served: ServedKind,
  namespace: string | null,
  name: string,
  change: (view: ApiObject) => ApiObject,
  options: UpdateOptions,
): WriteResult {
  const { kind } = served;
  const resource = storeResource(kind);
  const before = state.store.get(resource, namespace ?? '', name);
  if (before === undefined) throw notFound(kind, name);
  const context = writeContext(state, options.userName);
  const sent = storedOf(served, change(viewOf(served, before)));
  checkPreconditions(kind, before, sent.metadata);
  const after = withGeneration(kind, before, merged(kind, before, sent, options.subresource, context));
  const errors = [...metadataUpdateErrors(kind, before, after), ...ruleErrors(kind, before, after, options, context)];
  if (errors.length > 0) throw invalid(kind, name, errors);
  const warnings = options.subresource === null ? (kind.warnings?.(after, before, context) ?? []) : [];
  if (options.isDryRun || isDeepEqual(before, after)) return { object: after, warnings, isGone: false };
  if (isReadyToGo(after)) {
    state.store.remove(resource, namespace ?? '', name);
    return { object: after, warnings, isGone: true };
  }
  return { object: state.store.put(resource, after), warnings, isGone: false };
}

/** Whether nothing keeps an object that was deleted: no finalizer, no time to finish. */
export function isReadyToGo(object: ApiObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
  if (deletionTimestamp === undefined || (finalizers ?? []).length > 0) return false;
  return deletionGracePeriodSeconds === 0;
}

function checkNamespace(state: ApiState, kind: Kind, namespace: string | null, metadata: ObjectMeta): void {
  if (namespace === null) return;
  if ((metadata.namespace ?? namespace) !== namespace) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
  const namespaceObject = state.store.get('/namespaces', '', namespace);
  if (namespaceObject === undefined) throw notFound({ group: '', plural: 'namespaces' }, namespace);
  if (namespaceObject.metadata.deletionTimestamp !== undefined) {
    throw forbidden(
      kind,
      metadata.name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
      [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    );
  }
}

function metadataAtBirth(
  state: ApiState,
  kind: Kind,
  namespace: string | null,
  sent: ObjectMeta,
  context: WriteContext,
): ObjectMeta {
  const {
    deletionTimestamp: _deletionTimestamp,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    resourceVersion: _resourceVersion,
    ...kept
  } = withoutServerFields(sent);
  const generatedPrefix = (sent.generateName ?? '').slice(0, GENERATED_PREFIX_LENGTH_MAX);
  const name =
    sent.name === '' && generatedPrefix !== '' ? `${generatedPrefix}${state.identity.newSuffix()}` : sent.name;
  const { namespace: _namespace, ...clusterScoped } = kept;
  return {
    ...clusterScoped,
    name,
    ...(namespace === null ? {} : { namespace }),
    uid: state.identity.newUid(),
    ...(kind.bumpsGeneration === null ? {} : { generation: 1 }),
    creationTimestamp: context.nowText,
  };
}

/** Ownership of fields and links are not kept: no client of ours needs them. */
function withoutServerFields(metadata: ObjectMeta): ObjectMeta {
  const {
    managedFields: _managedFields,
    selfLink: _selfLink,
    ...kept
  } = metadata as ObjectMeta & {
    readonly managedFields?: unknown;
    readonly selfLink?: unknown;
  };
  return kept;
}

/** Runs a kind's hooks on a copy that they may change. */
function prepare(
  kind: Kind,
  object: ApiObject,
  finish: (object: ApiObject) => ApiObject,
  context: WriteContext,
): ApiObject {
  const copy = structuredClone(object);
  return finish(kind.setDefaults?.(copy, context) ?? copy);
}

function merged(
  kind: Kind,
  before: ApiObject,
  sent: ApiObject,
  subresource: 'status' | null,
  context: WriteContext,
): ApiObject {
  const metadata = metadataAfterUpdate(before.metadata, sent.metadata);
  if (subresource === 'status' && kind.isStatusMetadataTaken === true) {
    return prepare(kind, { ...before, status: sent['status'], metadata }, (object) => object, context);
  }
  if (subresource === 'status') {
    const { finalizers: _finalizers, ownerReferences: _owners, labels: _labels, ...own } = metadata;
    const { finalizers, ownerReferences, labels } = before.metadata;
    const status: ApiObject = {
      ...before,
      status: sent['status'],
      metadata: {
        ...own,
        ...(labels === undefined ? {} : { labels }),
        ...(finalizers === undefined ? {} : { finalizers }),
        ...(ownerReferences === undefined ? {} : { ownerReferences }),
      },
    };
    return prepare(kind, status, (object) => object, context);
  }
  const { status: _status, ...withoutStatus } = sent;
  const main = (
    kind.hasStatus === true
      ? { ...withoutStatus, metadata, ...(before['status'] === undefined ? {} : { status: before['status'] }) }
      : { ...sent, metadata }
  ) as ApiObject;
  return prepare(kind, main, (object) => kind.prepareForUpdate?.(object, before, context) ?? object, context);
}

function metadataAfterUpdate(before: ObjectMeta, sent: ObjectMeta): ObjectMeta {
  const {
    deletionTimestamp: _deletionTimestamp,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    ...kept
  } = withoutServerFields(sent);
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, resourceVersion } = before;
  return {
    ...kept,
    name: before.name,
    ...(before.namespace === undefined ? {} : { namespace: before.namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(generation === undefined ? {} : { generation }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
  };
}

function checkPreconditions(kind: Kind, before: ApiObject, sent: ObjectMeta): void {
  const { name, uid, resourceVersion } = before.metadata;
  if ((sent.uid ?? '') !== '' && sent.uid !== uid) {
    const key = `/registry/${kind.plural}/${before.metadata.namespace === undefined ? '' : `${before.metadata.namespace}/`}${name}`;
    throw conflict(
      kind,
      name,
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${sent.uid}, UID in object meta: ${uid}`,
    );
  }
  const wanted = sent.resourceVersion ?? '';
  if (!/^\d*$/.test(wanted)) {
    throw new StatusError(500, null, `strconv.ParseUint: parsing ${JSON.stringify(wanted)}: invalid syntax`);
  }
  if (wanted !== '' && wanted !== '0' && wanted !== resourceVersion) throw staleVersion(kind, name);
}

function metadataUpdateErrors(kind: Kind, before: ApiObject, after: ApiObject): readonly FieldError[] {
  const errors = metadataErrors(after.metadata, kind.nameRule ?? 'subdomain');
  if (before.metadata.deletionTimestamp === undefined) return errors;
  return [...errors, ...causesOf(newFinalizerErrors(after.metadata, before.metadata))];
}

function ruleErrors(
  kind: Kind,
  before: ApiObject,
  after: ApiObject,
  options: UpdateOptions,
  context: WriteContext,
): readonly FieldError[] {
  return options.subresource === 'status'
    ? (kind.validateStatusUpdate?.(after, before, context) ?? [])
    : (kind.validateUpdate?.(after, before, context) ?? []);
}

function withGeneration(kind: Kind, before: ApiObject, after: ApiObject): ApiObject {
  if (kind.bumpsGeneration === null) return after;
  const isBumped = kind.bumpsGeneration?.(before, after) ?? isChangedOutsideStatus(before, after);
  if (!isBumped) return after;
  return { ...after, metadata: { ...after.metadata, generation: (before.metadata.generation ?? 0) + 1 } };
}

function isChangedOutsideStatus(before: ApiObject, after: ApiObject): boolean {
  const { metadata: _metadataBefore, status: _statusBefore, ...left } = before;
  const { metadata: _metadataAfter, status: _statusAfter, ...right } = after;
  return !isDeepEqual(left, right);
}

function makeRoom(state: ApiState, kind: Kind): void {
  if (kind.countMax === undefined) return;
  const resource = storeResource(kind);
  for (;;) {
    const oldest = state.store.oldest(resource);
    if (oldest === undefined || oldest.count < kind.countMax) return;
    state.store.remove(resource, oldest.object.metadata.namespace ?? '', oldest.object.metadata.name);
  }
}

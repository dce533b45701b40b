import { utf8ByteCount } from '../../base/go-text.ts';
import {
  dnsLabelProblems,
  dnsSubdomainProblems,
  labelKeyProblems,
  labelValueProblems,
} from '../../base/name-syntax.ts';
import { type FieldError, forbidden, invalid, invalidTyped, required, tooLong } from './field-error.ts';
import type { ObjectMeta, OwnerReference } from './types.ts';

const ANNOTATIONS_BYTES_MAX = 256 * 1024;
const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];

/**
 * Errors of a new namespaced object's metadata whose name must be a DNS subdomain, in upstream's order. Name generation
 * has happened before. Labels and annotations are visited by key, where upstream's order is random.
 */
export function validateNewMetadata(metadata: ObjectMeta): FieldError[] {
  return [
    ...generateNameErrors(metadata.generateName ?? ''),
    ...nameErrors(metadata.name),
    ...namespaceErrors(metadata.namespace ?? ''),
    ...((metadata.generation ?? 0) < 0
      ? [invalid('metadata.generation', metadata.generation ?? 0, 'must be greater than or equal to 0')]
      : []),
    ...sharedErrors(metadata),
    ...finalizerErrors(metadata.finalizers ?? []),
    ...unqualifiedFinalizerErrors(metadata.finalizers ?? []),
  ];
}

/** Errors of metadata in an update of `old`. */
export function validateUpdatedMetadata(metadata: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp !== undefined) errors.push(...newFinalizerErrors(metadata, old));
  if ((metadata.resourceVersion ?? '') === '') {
    errors.push(invalid('metadata.resourceVersion', '', 'must be specified for an update'));
  }
  if ((metadata.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(invalid('metadata.generation', metadata.generation ?? 0, 'must not be decremented'));
  }
  errors.push(...immutabilityErrors(metadata, old), ...sharedErrors(metadata));
  return [...errors, ...unqualifiedFinalizerErrors(metadata.finalizers ?? [])];
}

function generateNameErrors(generateName: string): FieldError[] {
  if (generateName === '') return [];
  // A trailing dash is fine where something will be appended; upstream masks it together with the character before.
  const masked = generateName.length > 1 && generateName.endsWith('-') ? `${generateName.slice(0, -2)}a` : generateName;
  return dnsSubdomainProblems(masked).map((problem) => invalid('metadata.generateName', generateName, problem));
}

function nameErrors(name: string): FieldError[] {
  if (name === '') return [required('metadata.name', 'name or generateName is required')];
  return dnsSubdomainProblems(name).map((problem) => invalid('metadata.name', name, problem));
}

function namespaceErrors(namespace: string): FieldError[] {
  if (namespace === '') return [required('metadata.namespace')];
  return dnsLabelProblems(namespace).map((problem) => invalid('metadata.namespace', namespace, problem));
}

function sharedErrors({ labels, annotations, ownerReferences }: ObjectMeta): FieldError[] {
  return [...labelErrors(labels ?? {}), ...annotationErrors(annotations ?? {}), ...ownerErrors(ownerReferences ?? [])];
}

/** Errors of labels, by key. */
export function labelErrors(labels: Readonly<Record<string, string>>): FieldError[] {
  return byKey(labels).flatMap(([key, value]) => [
    ...labelKeyProblems(key).map((problem) => invalid('metadata.labels', key, problem)),
    ...labelValueProblems(value).map((problem) => invalid('metadata.labels', value, problem)),
  ]);
}

/** Errors of annotations, by key, and of their size together. */
export function annotationErrors(annotations: Readonly<Record<string, string>>): FieldError[] {
  const entries = byKey(annotations);
  const errors = entries.flatMap(([key]) =>
    labelKeyProblems(key.toLowerCase()).map((problem) => invalid('metadata.annotations', key, problem)),
  );
  const byteCount = entries.reduce((sum, [key, value]) => sum + utf8ByteCount(key) + utf8ByteCount(value), 0);
  return byteCount > ANNOTATIONS_BYTES_MAX
    ? [...errors, tooLong('metadata.annotations', ANNOTATIONS_BYTES_MAX)]
    : errors;
}

function byKey(map: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
}

function ownerErrors(references: readonly OwnerReference[]): FieldError[] {
  const field = 'metadata.ownerReferences';
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const reference of references) {
    errors.push(...ownerReferenceErrors(reference, field));
    if (reference.controller !== true) continue;
    const current = `${reference.kind}/${reference.name}`;
    if (controller === undefined) controller = current;
    else {
      const rule = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${current}`;
      errors.push(invalidTyped(field, references, rule));
    }
  }
  return errors;
}

function ownerReferenceErrors(reference: OwnerReference, field: string): FieldError[] {
  const { apiVersion, kind, name, uid } = reference;
  const parts = apiVersion.split('/');
  const version = parts.length > 2 ? '' : (parts.at(-1) ?? '');
  const errors: FieldError[] = [];
  if (version === '') errors.push(invalid(`${field}.apiVersion`, apiVersion, 'version must not be empty'));
  if (kind === '') errors.push(invalid(`${field}.kind`, kind, 'must not be empty'));
  if (name === '') errors.push(invalid(`${field}.name`, name, 'must not be empty'));
  if (uid === '') errors.push(invalidTyped(`${field}.uid`, uid, 'must not be empty'));
  if (apiVersion === 'v1' && kind === 'Event') {
    errors.push(invalidTyped(field, reference, '/v1, Kind=Event is disallowed from being an owner'));
  }
  return errors;
}

/** Errors of finalizers that are there already or new, beyond whether they are qualified. */
export function finalizerErrors(finalizers: readonly string[]): FieldError[] {
  const field = 'metadata.finalizers';
  const errors = finalizers.flatMap((finalizer) =>
    labelKeyProblems(finalizer).map((problem) => invalid(field, finalizer, problem)),
  );
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalidTyped(field, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return errors;
}

function unqualifiedFinalizerErrors(finalizers: readonly string[]): FieldError[] {
  const rule = 'name is neither a standard finalizer name nor is it fully qualified';
  return finalizers.flatMap((finalizer, index) =>
    finalizer.includes('/') || STANDARD_FINALIZERS.includes(finalizer)
      ? []
      : [invalid(`metadata.finalizers[${index}]`, finalizer, rule)],
  );
}

/** Errors of finalizers that are new on an object that is being deleted. */
export function newFinalizerErrors(metadata: ObjectMeta, old: ObjectMeta): FieldError[] {
  const added = (metadata.finalizers ?? []).filter((finalizer) => !(old.finalizers ?? []).includes(finalizer));
  if (added.length === 0) return [];
  const shown = [...new Set(added)].sort().map((finalizer) => JSON.stringify(finalizer));
  const rule = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown.join(', ')}}`;
  return [forbidden('metadata.finalizers', rule)];
}

/** The fields that never change, in upstream's order; texts of a type of their own are shown as JSON. */
function immutabilityErrors(metadata: ObjectMeta, old: ObjectMeta): FieldError[] {
  const rule = 'field is immutable';
  const errors: FieldError[] = [];
  if (metadata.name !== old.name) errors.push(invalid('metadata.name', metadata.name, rule));
  if ((metadata.namespace ?? '') !== (old.namespace ?? '')) {
    errors.push(invalid('metadata.namespace', metadata.namespace ?? '', rule));
  }
  const typed = ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const;
  for (const key of typed) {
    const zero = key === 'uid' ? '' : null;
    const value = metadata[key] ?? zero;
    if (value !== (old[key] ?? zero)) errors.push(invalidTyped(`metadata.${key}`, value, rule));
  }
  return errors;
}

import { validateBehavior } from './behavior-validation.ts';
import type { ApiFeatures } from './features.ts';
import { type FieldError, invalid, required } from './field-error.ts';
import { validateNewMetadata, validateUpdatedMetadata } from './metadata-validation.ts';
import { validateMetrics } from './metric-validation.ts';
import { apiVersionProblem, type ReferenceRules, validateReference } from './reference-validation.ts';
import type { HorizontalPodAutoscaler, HpaSpec, Scale } from './types.ts';

const DESCRIBED_OBJECT_RULES: ReferenceRules = { allowsEmptyGroup: true, allowsInvalidApiVersion: false };

/**
 * Errors of a new HPA, decoded and defaulted, word for word and in the order of the API server of Kubernetes 1.36
 * (specification 7.2 to 7.4, 13.13). None means that it would be created.
 */
export function validateNewHpa(hpa: HorizontalPodAutoscaler, features: ApiFeatures): FieldError[] {
  const isInCoreGroup = hpa.spec.scaleTargetRef.kind === 'ReplicationController';
  return [
    ...validateNewMetadata(hpa.metadata),
    ...validateSpec(hpa.spec, {
      minReplicasMin: features.HPAScaleToZero ? 0 : 1,
      scaleTarget: { allowsEmptyGroup: isInCoreGroup, allowsInvalidApiVersion: false },
      describedObject: DESCRIBED_OBJECT_RULES,
    }),
  ];
}

/** Errors of an update of `old` through the main resource: what was already wrong there may stay so. */
export function validateUpdatedHpa(
  hpa: HorizontalPodAutoscaler,
  old: HorizontalPodAutoscaler,
  features: ApiFeatures,
): FieldError[] {
  const target = hpa.spec.scaleTargetRef;
  const oldTarget = old.spec.scaleTargetRef;
  const isSameTargetKind = (target.apiVersion ?? '') === (oldTarget.apiVersion ?? '') && target.kind === oldTarget.kind;
  return [
    ...validateUpdatedMetadata(hpa.metadata, old.metadata),
    ...validateSpec(hpa.spec, {
      minReplicasMin: features.HPAScaleToZero || old.spec.minReplicas === 0 ? 0 : 1,
      scaleTarget: {
        allowsEmptyGroup: !isSameTargetKind && target.kind === 'ReplicationController',
        allowsInvalidApiVersion: isSameTargetKind,
      },
      describedObject: { ...DESCRIBED_OBJECT_RULES, allowsInvalidApiVersion: hasInvalidDescribedObject(old.spec) },
    }),
  ];
}

/** Errors of an update through the status subresource. */
export function validateUpdatedHpaStatus(hpa: HorizontalPodAutoscaler, old: HorizontalPodAutoscaler): FieldError[] {
  return [
    ...validateUpdatedMetadata(hpa.metadata, old.metadata),
    ...nonNegative(hpa.status?.currentReplicas ?? 0, 'status.currentReplicas'),
    ...nonNegative(hpa.status?.desiredReplicas ?? 0, 'status.desiredReplicas'),
  ];
}

/** Errors of a Scale that is put to the subresource. */
export function validateScale(scale: Scale): FieldError[] {
  return [...validateNewMetadata(scale.metadata), ...nonNegative(scale.spec.replicas ?? 0, 'spec.replicas')];
}

function nonNegative(value: number, field: string): FieldError[] {
  return value < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : [];
}

function hasInvalidDescribedObject(spec: HpaSpec): boolean {
  return (spec.metrics ?? []).some(
    ({ type, object }) =>
      type === 'Object' &&
      object !== undefined &&
      apiVersionProblem(object.describedObject, DESCRIBED_OBJECT_RULES) !== undefined,
  );
}

interface SpecRules {
  readonly minReplicasMin: number;
  readonly scaleTarget: ReferenceRules;
  readonly describedObject: ReferenceRules;
}

function validateSpec(spec: HpaSpec, rules: SpecRules): FieldError[] {
  return [
    ...validateBounds(spec, rules.minReplicasMin),
    ...validateReference(spec.scaleTargetRef, 'spec.scaleTargetRef', rules.scaleTarget),
    ...validateMetrics(spec, 'spec.metrics', rules.describedObject),
    ...validateBehavior(spec.behavior, 'spec.behavior'),
  ];
}

function validateBounds({ minReplicas, maxReplicas }: HpaSpec, minReplicasMin: number): FieldError[] {
  const errors: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < minReplicasMin) {
    errors.push(invalid('spec.minReplicas', minReplicas, `must be greater than or equal to ${minReplicasMin}`));
  }
  if (maxReplicas === 0) errors.push(required('spec.maxReplicas', 'must be set and greater than 0'));
  else if (maxReplicas < 0) errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to 1'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  return errors;
}

import { defaultHpa } from '../../../core/autoscaling/defaulting.ts';
import { type ApiFeatures, dropDisabledFields } from '../../../core/autoscaling/features.ts';
import type { FieldError as HpaFieldError } from '../../../core/autoscaling/field-error.ts';
import { dropRoundTripAnnotations } from '../../../core/autoscaling/round-trip-annotations.ts';
import { HPA_COLUMNS, hpaCells, type TableLook } from '../../../core/autoscaling/table.ts';
import type { HorizontalPodAutoscaler } from '../../../core/autoscaling/types.ts';
import { hpaOfV1, hpaToV1 } from '../../../core/autoscaling/v1-conversion.ts';
import type { HorizontalPodAutoscalerV1 } from '../../../core/autoscaling/v1-types.ts';
import { hpaOfV2beta2, hpaToV2beta2 } from '../../../core/autoscaling/v2beta2-conversion.ts';
import type { HorizontalPodAutoscalerV2beta2 } from '../../../core/autoscaling/v2beta2-types.ts';
import { validateNewHpa, validateUpdatedHpa, validateUpdatedHpaStatus } from '../../../core/autoscaling/validation.ts';
import { type Column, causesOf, type FieldError, type Kind, type KindVersion } from '../kind.ts';
import type { ApiObject } from '../object.ts';
import type { KubernetesVersion } from '../version.ts';

/** The status that upstream writes for an HPA that no controller has looked at. */
const EMPTY_STATUS = { desiredReplicas: 0, currentMetrics: null };

/**
 * HorizontalPodAutoscalers: stored as `autoscaling/v2`, served as v2 and v1, or with the face of 1.20 as v1, which that
 * release prefers, and v2beta2. What is accepted and what is decided is 1.36's in both. Neither gives HPAs a generation.
 * The table is the same in all versions.
 */
export function hpaKind(features: ApiFeatures, kubernetesVersion: KubernetesVersion = '1.36'): Kind {
  return {
    group: 'autoscaling',
    kind: 'HorizontalPodAutoscaler',
    plural: 'horizontalpodautoscalers',
    singular: 'horizontalpodautoscaler',
    shortNames: ['hpa'],
    categories: ['all'],
    isNamespaced: true,
    storedVersion: 'v2',
    hasStatus: true,
    isStatusMetadataTaken: true,
    bumpsGeneration: null,
    versions: kubernetesVersion === '1.36' ? VERSIONS_OF_1_36 : VERSIONS_OF_1_20,
    setDefaults: (object) => asObject(dropRoundTripAnnotations(defaultHpa(asHpa(object))), 'autoscaling/v2'),
    prepareForCreate: (object) =>
      asObject({ ...dropDisabledFields(asHpa(object), undefined, features), status: EMPTY_STATUS }, 'autoscaling/v2'),
    prepareForUpdate: (object, before) =>
      asObject(dropDisabledFields(asHpa(object), asHpa(before), features), 'autoscaling/v2'),
    validateCreate: (object) => causes(validateNewHpa(asHpa(object), features)),
    validateUpdate: (object, before) => causes(validateUpdatedHpa(asHpa(object), asHpa(before), features)),
    validateStatusUpdate: (object, before) => causes(validateUpdatedHpaStatus(asHpa(object), asHpa(before))),
  };
}

function v2(look: TableLook): KindVersion {
  return { name: 'v2', schema: 'autoscaling.v2.HorizontalPodAutoscaler', columns: hpaColumns(asHpa, look) };
}

function v2beta2(look: TableLook): KindVersion {
  const read = (object: ApiObject): HorizontalPodAutoscaler =>
    hpaOfV2beta2(object as unknown as HorizontalPodAutoscalerV2beta2);
  return {
    name: 'v2beta2',
    schema: 'autoscaling.v2beta2.HorizontalPodAutoscaler',
    columns: hpaColumns(read, look),
    toStored: (object) => asObject(read(object), 'autoscaling/v2'),
    fromStored: (object) => asObject(hpaToV2beta2(asHpa(object)), 'autoscaling/v2beta2'),
  };
}

function v1(look: TableLook): KindVersion {
  const read = (object: ApiObject): HorizontalPodAutoscaler => hpaOfV1(object as unknown as HorizontalPodAutoscalerV1);
  return {
    name: 'v1',
    schema: 'autoscaling.v1.HorizontalPodAutoscaler',
    columns: hpaColumns(read, look),
    toStored: (object) => asObject(read(object), 'autoscaling/v2'),
    fromStored: (object) => asObject(hpaToV1(asHpa(object)), 'autoscaling/v1'),
  };
}

const LOOK_OF_1_36: TableLook = { isResourceNamed: true };
const LOOK_OF_1_20: TableLook = { isResourceNamed: false };

const VERSIONS_OF_1_36: Kind['versions'] = [v2(LOOK_OF_1_36), v1(LOOK_OF_1_36)];
const VERSIONS_OF_1_20: Kind['versions'] = [
  v1(LOOK_OF_1_20),
  v2beta2(LOOK_OF_1_20),
  { ...v2(LOOK_OF_1_20), isHidden: true },
];

/** The server has said what is wrong with the metadata already. */
function causes(errors: readonly HpaFieldError[]): readonly FieldError[] {
  return causesOf(errors.filter(({ field }) => !field.startsWith('metadata.')));
}

function hpaColumns(read: (object: ApiObject) => HorizontalPodAutoscaler, look: TableLook): readonly Column[] {
  return HPA_COLUMNS.map(
    (column, index): Column => ({
      name: column.name,
      type: 'string',
      ...(column.format === 'name' ? { format: 'name' } : {}),
      description: column.description,
      cell: (object, nowMs) => hpaCells(read(object), nowMs, look)[index] ?? null,
    }),
  );
}

function asHpa(object: ApiObject): HorizontalPodAutoscaler {
  return object as unknown as HorizontalPodAutoscaler;
}

function asObject(hpa: object, apiVersion: string): ApiObject {
  return { ...hpa, apiVersion, kind: 'HorizontalPodAutoscaler' } as ApiObject;
}

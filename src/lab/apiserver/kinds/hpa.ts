import { defaultHpa } from '../../../core/autoscaling/defaulting.ts';
import { type ApiFeatures, dropDisabledFields } from '../../../core/autoscaling/features.ts';
import type { FieldError as HpaFieldError } from '../../../core/autoscaling/field-error.ts';
import { HPA_COLUMNS, hpaCells } from '../../../core/autoscaling/table.ts';
import type { HorizontalPodAutoscaler } from '../../../core/autoscaling/types.ts';
import { dropRoundTripAnnotations, hpaOfV1, hpaToV1 } from '../../../core/autoscaling/v1-conversion.ts';
import type { HorizontalPodAutoscalerV1 } from '../../../core/autoscaling/v1-types.ts';
import { validateNewHpa, validateUpdatedHpa, validateUpdatedHpaStatus } from '../../../core/autoscaling/validation.ts';
import type { Column, FieldError, Kind } from '../kind.ts';
import type { ApiObject } from '../object.ts';

/** The status that upstream writes for an HPA that no controller has looked at. */
const EMPTY_STATUS = { desiredReplicas: 0, currentMetrics: null };

/**
 * HorizontalPodAutoscalers: stored as `autoscaling/v2`, served as v2 and v1. A 1.36 server gives them no generation. The
 * table is the same in both versions.
 */
export function hpaKind(features: ApiFeatures): Kind {
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
    bumpsGeneration: null,
    versions: [
      { name: 'v2', schema: 'autoscaling.v2.HorizontalPodAutoscaler', columns: hpaColumns(asHpa) },
      {
        name: 'v1',
        schema: 'autoscaling.v1.HorizontalPodAutoscaler',
        columns: hpaColumns((object) => hpaOfV1(object as unknown as HorizontalPodAutoscalerV1)),
        toStored: (object) => asObject(hpaOfV1(object as unknown as HorizontalPodAutoscalerV1), 'autoscaling/v2'),
        fromStored: (object) => asObject(hpaToV1(asHpa(object)), 'autoscaling/v1'),
      },
    ],
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

/** The server has said what is wrong with the metadata already. */
function causes(errors: readonly HpaFieldError[]): readonly FieldError[] {
  return errors
    .filter(({ field }) => !field.startsWith('metadata.'))
    .map(({ type, field, message }) => ({ reason: type, field, message }));
}

function hpaColumns(read: (object: ApiObject) => HorizontalPodAutoscaler): readonly Column[] {
  return HPA_COLUMNS.map(
    (column, index): Column => ({
      name: column.name,
      type: 'string',
      ...(column.format === 'name' ? { format: 'name' } : {}),
      description: column.description,
      cell: (object, nowMs) => hpaCells(read(object), nowMs)[index] ?? null,
    }),
  );
}

function asHpa(object: ApiObject): HorizontalPodAutoscaler {
  return object as unknown as HorizontalPodAutoscaler;
}

function asObject(hpa: object, apiVersion: string): ApiObject {
  return { ...hpa, apiVersion, kind: 'HorizontalPodAutoscaler' } as ApiObject;
}

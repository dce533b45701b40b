import { parseQuantity, quantitySign } from '../../base/quantity.ts';
import {
  dropRoundTripAnnotations,
  SCALE_DOWN_TOLERANCE,
  SCALE_UP_TOLERANCE,
  withAnnotations,
} from './round-trip-annotations.ts';
import type { Behavior, HorizontalPodAutoscaler, HpaStatus, ObjectMeta, ScalingRules } from './types.ts';
import type {
  BehaviorV2beta2,
  HorizontalPodAutoscalerV2beta2,
  HpaStatusV2beta2,
  ScalingRulesV2beta2,
} from './v2beta2-types.ts';

/**
 * An HPA of v2 read through `autoscaling/v2beta2` (specification 7.1): the same shape, except that tolerances travel in
 * annotations and that a status always has its count and its conditions.
 */
export function hpaToV2beta2(hpa: HorizontalPodAutoscaler): HorizontalPodAutoscalerV2beta2 {
  const { behavior, ...spec } = hpa.spec;
  const { status } = hpa;
  return {
    apiVersion: 'autoscaling/v2beta2',
    kind: 'HorizontalPodAutoscaler',
    metadata: withAnnotations(hpa.metadata, {
      ...toleranceAnnotation(SCALE_DOWN_TOLERANCE, behavior?.scaleDown),
      ...toleranceAnnotation(SCALE_UP_TOLERANCE, behavior?.scaleUp),
    }),
    spec: { ...spec, ...(behavior && { behavior: withoutTolerances(behavior) }) },
    ...(status && { status: statusToV2beta2(status) }),
  };
}

/**
 * An HPA of v2beta2 as v2. An annotation that is a tolerance becomes one, and makes a behaviour where there is none, as
 * upstream's; the API server of an old cluster looks into none of them, so that any other text stays where it is.
 */
export function hpaOfV2beta2(hpa: HorizontalPodAutoscalerV2beta2): HorizontalPodAutoscaler {
  const { behavior, ...spec } = hpa.spec;
  const { status } = hpa;
  const scaleDownTolerance = toleranceOf(hpa.metadata, SCALE_DOWN_TOLERANCE);
  const scaleUpTolerance = toleranceOf(hpa.metadata, SCALE_UP_TOLERANCE);
  const applied = [
    ...(scaleDownTolerance === undefined ? [] : [SCALE_DOWN_TOLERANCE]),
    ...(scaleUpTolerance === undefined ? [] : [SCALE_UP_TOLERANCE]),
  ];
  const tolerant: Behavior = {
    ...behavior,
    ...(scaleUpTolerance !== undefined && { scaleUp: { ...behavior?.scaleUp, tolerance: scaleUpTolerance } }),
    ...(scaleDownTolerance !== undefined && { scaleDown: { ...behavior?.scaleDown, tolerance: scaleDownTolerance } }),
  };
  return dropRoundTripAnnotations(
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: hpa.metadata,
      spec: { ...spec, ...((behavior || applied.length > 0) && { behavior: tolerant }) },
      ...(status && { status: statusOfV2beta2(status) }),
    },
    applied,
  );
}

function toleranceAnnotation(key: string, rules: ScalingRules | undefined): Readonly<Record<string, string>> {
  return rules?.tolerance === undefined ? {} : { [key]: rules.tolerance };
}

/** The text of a tolerance, which no v2 object may have below zero; undefined when the annotation holds none. */
function toleranceOf({ annotations }: ObjectMeta, key: string): string | undefined {
  const text = annotations?.[key];
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity === undefined || quantitySign(quantity) < 0 ? undefined : text;
}

function withoutTolerances({ scaleUp, scaleDown }: Behavior): BehaviorV2beta2 {
  return {
    ...(scaleUp && { scaleUp: withoutTolerance(scaleUp) }),
    ...(scaleDown && { scaleDown: withoutTolerance(scaleDown) }),
  };
}

function withoutTolerance({ tolerance: _, ...rules }: ScalingRules): ScalingRulesV2beta2 {
  return rules;
}

function statusToV2beta2({ currentReplicas = 0, conditions, ...status }: HpaStatus): HpaStatusV2beta2 {
  return { ...status, currentReplicas, conditions: conditions ?? null };
}

/** What v2 leaves out when it is empty is left out. */
function statusOfV2beta2({ currentReplicas, conditions, ...status }: HpaStatusV2beta2): HpaStatus {
  return {
    ...status,
    ...(currentReplicas ? { currentReplicas } : {}),
    ...(conditions && conditions.length > 0 && { conditions }),
  };
}

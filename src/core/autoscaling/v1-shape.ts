import { LABEL_SELECTOR, OBJECT_META } from './v2-shape.ts';
import { always, filled, INT32, INT64, list, nullable, QUANTITY, set, struct, TIME, text } from './wire-shape.ts';

const REFERENCE = struct('v1.CrossVersionObjectReference', [
  always('kind', text()),
  always('name', text()),
  filled('apiVersion', text()),
]);

const METRIC_NAME = always('metricName', text());
const RESOURCE_NAME = always('name', text('v1.ResourceName'));
const CONTAINER = always('container', text());
const SELECTOR = set('selector', LABEL_SELECTOR);
const TARGET_UTILIZATION = set('targetAverageUtilization', INT32);
const CURRENT_UTILIZATION = set('currentAverageUtilization', INT32);

/** One entry of the annotation that carries metrics through `autoscaling/v1`. */
export const METRIC_SPEC_V1 = struct('v1.MetricSpec', [
  always('type', text('v1.MetricSourceType')),
  set(
    'object',
    struct('v1.ObjectMetricSource', [
      always('target', REFERENCE),
      METRIC_NAME,
      always('targetValue', QUANTITY),
      SELECTOR,
      set('averageValue', QUANTITY),
    ]),
  ),
  set('pods', struct('v1.PodsMetricSource', [METRIC_NAME, always('targetAverageValue', QUANTITY), SELECTOR])),
  set(
    'resource',
    struct('v1.ResourceMetricSource', [RESOURCE_NAME, TARGET_UTILIZATION, set('targetAverageValue', QUANTITY)]),
  ),
  set(
    'containerResource',
    struct('v1.ContainerResourceMetricSource', [
      RESOURCE_NAME,
      TARGET_UTILIZATION,
      set('targetAverageValue', QUANTITY),
      CONTAINER,
    ]),
  ),
  set(
    'external',
    struct('v1.ExternalMetricSource', [
      METRIC_NAME,
      set('metricSelector', LABEL_SELECTOR),
      set('targetValue', QUANTITY),
      set('targetAverageValue', QUANTITY),
    ]),
  ),
]);

/** One entry of the annotation that carries `status.currentMetrics` through `autoscaling/v1`. */
export const METRIC_STATUS_V1 = struct('v1.MetricStatus', [
  always('type', text('v1.MetricSourceType')),
  set(
    'object',
    struct('v1.ObjectMetricStatus', [
      always('target', REFERENCE),
      METRIC_NAME,
      always('currentValue', QUANTITY),
      SELECTOR,
      set('averageValue', QUANTITY),
    ]),
  ),
  set('pods', struct('v1.PodsMetricStatus', [METRIC_NAME, always('currentAverageValue', QUANTITY), SELECTOR])),
  set(
    'resource',
    struct('v1.ResourceMetricStatus', [RESOURCE_NAME, CURRENT_UTILIZATION, always('currentAverageValue', QUANTITY)]),
  ),
  set(
    'containerResource',
    struct('v1.ContainerResourceMetricStatus', [
      RESOURCE_NAME,
      CURRENT_UTILIZATION,
      always('currentAverageValue', QUANTITY),
      CONTAINER,
    ]),
  ),
  set(
    'external',
    struct('v1.ExternalMetricStatus', [
      METRIC_NAME,
      set('metricSelector', LABEL_SELECTOR),
      always('currentValue', QUANTITY),
      set('currentAverageValue', QUANTITY),
    ]),
  ),
]);

/** One entry of the annotation that carries `status.conditions` through `autoscaling/v1`. */
export const CONDITION_V1 = struct('v1.HorizontalPodAutoscalerCondition', [
  always('type', text('v1.HorizontalPodAutoscalerConditionType')),
  always('status', text('v1.ConditionStatus')),
  always('lastTransitionTime', TIME),
  filled('reason', text()),
  filled('message', text()),
]);

/** The rules of one direction in the internal spelling, which is what the annotation of the behaviour holds. */
const SCALING_RULES_INTERNAL = struct('autoscaling.HPAScalingRules', [
  nullable('StabilizationWindowSeconds', INT32),
  nullable('SelectPolicy', text('autoscaling.ScalingPolicySelect')),
  nullable(
    'Policies',
    list(
      struct('autoscaling.HPAScalingPolicy', [
        always('Type', text('autoscaling.HPAScalingPolicyType')),
        always('Value', INT32),
        always('PeriodSeconds', INT32),
      ]),
    ),
  ),
  nullable('Tolerance', QUANTITY),
]);

/** The annotation that carries `spec.behavior` through `autoscaling/v1`. */
export const BEHAVIOR_INTERNAL = struct('autoscaling.HorizontalPodAutoscalerBehavior', [
  nullable('ScaleUp', SCALING_RULES_INTERNAL),
  nullable('ScaleDown', SCALING_RULES_INTERNAL),
]);

/** A HorizontalPodAutoscaler of `autoscaling/v1`. */
export const HPA_V1 = struct('v1.HorizontalPodAutoscaler', [
  filled('kind', text()),
  filled('apiVersion', text()),
  always('metadata', OBJECT_META),
  always(
    'spec',
    struct('v1.HorizontalPodAutoscalerSpec', [
      always('scaleTargetRef', REFERENCE),
      set('minReplicas', INT32),
      always('maxReplicas', INT32),
      set('targetCPUUtilizationPercentage', INT32),
    ]),
  ),
  set(
    'status',
    struct('v1.HorizontalPodAutoscalerStatus', [
      set('observedGeneration', INT64),
      set('lastScaleTime', TIME),
      always('currentReplicas', INT32),
      always('desiredReplicas', INT32),
      set('currentCPUUtilizationPercentage', INT32),
    ]),
  ),
]);

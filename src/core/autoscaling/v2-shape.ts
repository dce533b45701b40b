import {
  always,
  BOOL,
  filled,
  INT32,
  INT64,
  list,
  QUANTITY,
  RAW,
  STRING_MAP,
  set,
  struct,
  TIME,
  text,
} from './wire-shape.ts';

const OWNER_REFERENCE = struct('v1.OwnerReference', [
  always('apiVersion', text()),
  always('kind', text()),
  always('name', text()),
  always('uid', text('types.UID')),
  set('controller', BOOL),
  set('blockOwnerDeletion', BOOL),
]);

const MANAGED_FIELDS = struct('v1.ManagedFieldsEntry', [
  filled('manager', text()),
  filled('operation', text('v1.ManagedFieldsOperationType')),
  filled('apiVersion', text()),
  set('time', TIME),
  filled('fieldsType', text()),
  set('fieldsV1', RAW),
  filled('subresource', text()),
]);

/** Metadata of any object. */
export const OBJECT_META = struct('v1.ObjectMeta', [
  always('name', text()),
  filled('generateName', text()),
  filled('namespace', text()),
  filled('selfLink', text()),
  filled('uid', text('types.UID')),
  filled('resourceVersion', text()),
  filled('generation', INT64),
  filled('creationTimestamp', TIME),
  set('deletionTimestamp', TIME),
  set('deletionGracePeriodSeconds', INT64),
  filled('labels', STRING_MAP),
  filled('annotations', STRING_MAP),
  filled('ownerReferences', list(OWNER_REFERENCE)),
  filled('finalizers', list(text())),
  filled('managedFields', list(MANAGED_FIELDS)),
]);

export const LABEL_SELECTOR = struct('v1.LabelSelector', [
  filled('matchLabels', STRING_MAP),
  filled(
    'matchExpressions',
    list(
      struct('v1.LabelSelectorRequirement', [
        always('key', text()),
        always('operator', text('v1.LabelSelectorOperator')),
        filled('values', list(text())),
      ]),
    ),
  ),
]);

const REFERENCE = struct('v2.CrossVersionObjectReference', [
  always('kind', text()),
  always('name', text()),
  filled('apiVersion', text()),
]);

const METRIC_IDENTIFIER = struct('v2.MetricIdentifier', [always('name', text()), set('selector', LABEL_SELECTOR)]);

const TARGET = always(
  'target',
  struct('v2.MetricTarget', [
    always('type', text('v2.MetricTargetType')),
    set('value', QUANTITY),
    set('averageValue', QUANTITY),
    set('averageUtilization', INT32),
  ]),
);

const CURRENT = always(
  'current',
  struct('v2.MetricValueStatus', [
    set('value', QUANTITY),
    set('averageValue', QUANTITY),
    set('averageUtilization', INT32),
  ]),
);

const RESOURCE_NAME = always('name', text('v1.ResourceName'));
const METRIC = always('metric', METRIC_IDENTIFIER);
const DESCRIBED_OBJECT = always('describedObject', REFERENCE);

const METRIC_SPEC = struct('v2.MetricSpec', [
  always('type', text('v2.MetricSourceType')),
  set('object', struct('v2.ObjectMetricSource', [DESCRIBED_OBJECT, TARGET, METRIC])),
  set('pods', struct('v2.PodsMetricSource', [METRIC, TARGET])),
  set('resource', struct('v2.ResourceMetricSource', [RESOURCE_NAME, TARGET])),
  set(
    'containerResource',
    struct('v2.ContainerResourceMetricSource', [RESOURCE_NAME, TARGET, always('container', text())]),
  ),
  set('external', struct('v2.ExternalMetricSource', [METRIC, TARGET])),
]);

const SCALING_RULES = struct('v2.HPAScalingRules', [
  set('stabilizationWindowSeconds', INT32),
  set('selectPolicy', text('v2.ScalingPolicySelect')),
  filled(
    'policies',
    list(
      struct('v2.HPAScalingPolicy', [
        always('type', text('v2.HPAScalingPolicyType')),
        always('value', INT32),
        always('periodSeconds', INT32),
      ]),
    ),
  ),
  set('tolerance', QUANTITY),
]);

/** `spec` of a HorizontalPodAutoscaler. */
export const HPA_SPEC_V2 = struct('v2.HorizontalPodAutoscalerSpec', [
  always('scaleTargetRef', REFERENCE),
  set('minReplicas', INT32),
  always('maxReplicas', INT32),
  filled('metrics', list(METRIC_SPEC)),
  set(
    'behavior',
    struct('v2.HorizontalPodAutoscalerBehavior', [set('scaleUp', SCALING_RULES), set('scaleDown', SCALING_RULES)]),
  ),
]);

const METRIC_STATUS = struct('v2.MetricStatus', [
  always('type', text('v2.MetricSourceType')),
  set('object', struct('v2.ObjectMetricStatus', [METRIC, CURRENT, DESCRIBED_OBJECT])),
  set('pods', struct('v2.PodsMetricStatus', [METRIC, CURRENT])),
  set('resource', struct('v2.ResourceMetricStatus', [RESOURCE_NAME, CURRENT])),
  set(
    'containerResource',
    struct('v2.ContainerResourceMetricStatus', [RESOURCE_NAME, CURRENT, always('container', text())]),
  ),
  set('external', struct('v2.ExternalMetricStatus', [METRIC, CURRENT])),
]);

/** `status` of a HorizontalPodAutoscaler. */
export const HPA_STATUS_V2 = struct('v2.HorizontalPodAutoscalerStatus', [
  set('observedGeneration', INT64),
  set('lastScaleTime', TIME),
  filled('currentReplicas', INT32),
  always('desiredReplicas', INT32),
  always('currentMetrics', list(METRIC_STATUS)),
  filled(
    'conditions',
    list(
      struct('v2.HorizontalPodAutoscalerCondition', [
        always('type', text('v2.HorizontalPodAutoscalerConditionType')),
        always('status', text('v1.ConditionStatus')),
        always('lastTransitionTime', TIME),
        filled('reason', text()),
        filled('message', text()),
        filled('observedGeneration', INT64),
      ]),
    ),
  ),
]);

/** A HorizontalPodAutoscaler of `autoscaling/v2`, Kubernetes 1.36. */
export const HPA_V2 = struct('v2.HorizontalPodAutoscaler', [
  filled('kind', text()),
  filled('apiVersion', text()),
  always('metadata', OBJECT_META),
  always('spec', HPA_SPEC_V2),
  set('status', HPA_STATUS_V2),
]);

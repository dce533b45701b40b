import { jsonText } from '../../base/go-text.ts';
import { decode } from './decoding.ts';
import {
  BEHAVIOR,
  CONDITIONS,
  CURRENT_METRICS,
  dropRoundTripAnnotations,
  METRICS,
  withAnnotations,
} from './round-trip-annotations.ts';
import type {
  Behavior,
  HorizontalPodAutoscaler,
  HpaCondition,
  HpaSpec,
  HpaStatus,
  MetricSpec,
  MetricStatus,
  ScalingRules,
} from './types.ts';
import { metricOfV1, metricStatusOfV1, metricStatusToV1, metricToV1 } from './v1-metric.ts';
import { BEHAVIOR_INTERNAL, CONDITION_V1, METRIC_SPEC_V1, METRIC_STATUS_V1 } from './v1-shape.ts';
import type {
  BehaviorInternal,
  HorizontalPodAutoscalerV1,
  HpaStatusV1,
  MetricSpecV1,
  MetricStatusV1,
  ScalingRulesInternal,
} from './v1-types.ts';
import { encode, list, type WireShape } from './wire-shape.ts';

const DEFAULT_CPU_PERCENT = 80;

/**
 * An HPA of v2, decoded, read through `autoscaling/v1` (specification 7.5): the first CPU utilization becomes a field,
 * the other such metrics are lost, everything else goes into annotations, as text exactly as upstream writes it.
 */
export function hpaToV1(hpa: HorizontalPodAutoscaler): HorizontalPodAutoscalerV1 {
  const { scaleTargetRef, minReplicas, maxReplicas, metrics = [], behavior } = hpa.spec;
  const cpuPercent = metrics.find(isCpuUtilization)?.resource?.target.averageUtilization;
  const otherMetrics = metrics.filter((metric) => !isCpuUtilization(metric)).map(metricToV1);
  const currentMetrics = (hpa.status?.currentMetrics ?? []).map(metricStatusToV1);
  const conditions = hpa.status?.conditions ?? [];
  const added = {
    ...listAnnotation(METRICS, METRIC_SPEC_V1, otherMetrics),
    ...listAnnotation(CURRENT_METRICS, METRIC_STATUS_V1, currentMetrics),
    ...(behavior && { [BEHAVIOR]: jsonText(encode(BEHAVIOR_INTERNAL, behaviorToInternal(behavior))) }),
    ...listAnnotation(CONDITIONS, CONDITION_V1, conditions),
  };
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: withAnnotations(dropRoundTripAnnotations(hpa).metadata, added),
    spec: {
      scaleTargetRef,
      ...(minReplicas === undefined ? {} : { minReplicas }),
      maxReplicas,
      ...(cpuPercent === undefined ? {} : { targetCPUUtilizationPercentage: cpuPercent }),
    },
    ...(hpa.status && { status: statusToV1(hpa.status) }),
  };
}

/**
 * An HPA of v1, decoded and with `minReplicas` defaulted to 1, as v2. The metrics of the annotation come first, CPU
 * last; annotations that do not parse are ignored; without any metric CPU at 80 % is assumed.
 */
export function hpaOfV1(hpa: HorizontalPodAutoscalerV1): HorizontalPodAutoscaler {
  const { scaleTargetRef, minReplicas, maxReplicas } = hpa.spec;
  const behavior = behaviorOfAnnotation(hpa.metadata.annotations?.[BEHAVIOR]);
  const spec: HpaSpec = {
    scaleTargetRef,
    minReplicas: minReplicas ?? 1,
    maxReplicas,
    metrics: metricsOfV1(hpa),
    ...(behavior && { behavior }),
  };
  const status = statusOfV1(hpa);
  return dropRoundTripAnnotations({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: hpa.metadata,
    spec,
    ...(status && { status }),
  });
}

function isCpuUtilization({ type, resource }: MetricSpec): boolean {
  return type === 'Resource' && resource?.name === 'cpu' && resource.target.averageUtilization !== undefined;
}

function cpuUtilization(percent: number): MetricSpec {
  return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } } };
}

function listAnnotation(key: string, item: WireShape, values: readonly unknown[]): Record<string, string> {
  return values.length === 0 ? {} : { [key]: jsonText(encode(list(item), values)) };
}

/** The value of an annotation, or undefined when it is absent or does not parse. */
function parseAnnotation(shape: WireShape, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    const decoded = decode(shape, JSON.parse(text), { ignoresCase: true });
    return decoded.kind === 'decoded' ? decoded.value : undefined;
  } catch {
    // Not JSON: upstream ignores it as well.
    return undefined;
  }
}

function metricsOfV1({ metadata, spec }: HorizontalPodAutoscalerV1): readonly MetricSpec[] {
  const percent = spec.targetCPUUtilizationPercentage;
  const cpu = percent === undefined ? [] : [cpuUtilization(percent)];
  const others = parseAnnotation(list(METRIC_SPEC_V1), metadata.annotations?.[METRICS]) as
    | readonly MetricSpecV1[]
    | null;
  const metrics = [...(others ?? []).map(metricOfV1), ...cpu];
  return metrics.length === 0 ? [cpuUtilization(DEFAULT_CPU_PERCENT)] : metrics;
}

function statusToV1(status: HpaStatus): HpaStatusV1 {
  const { observedGeneration, lastScaleTime, currentReplicas, desiredReplicas, currentMetrics } = status;
  const cpu = (currentMetrics ?? []).findLast(
    ({ type, resource }) =>
      type === 'Resource' && resource?.name === 'cpu' && resource.current.averageUtilization !== undefined,
  );
  const percent = cpu?.resource?.current.averageUtilization;
  return {
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
    currentReplicas: currentReplicas ?? 0,
    desiredReplicas,
    ...(percent === undefined ? {} : { currentCPUUtilizationPercentage: percent }),
  };
}

function statusOfV1({ metadata, status }: HorizontalPodAutoscalerV1): HpaStatus | undefined {
  const annotations = metadata.annotations ?? {};
  const statuses = parseAnnotation(list(METRIC_STATUS_V1), annotations[CURRENT_METRICS]) as
    | readonly MetricStatusV1[]
    | null
    | undefined;
  const conditions = parseAnnotation(list(CONDITION_V1), annotations[CONDITIONS]) as readonly HpaCondition[] | null;
  if (status === undefined && statuses === undefined && !conditions) return undefined;
  const { observedGeneration, lastScaleTime, currentReplicas, desiredReplicas = 0 } = status ?? {};
  const percent = status?.currentCPUUtilizationPercentage;
  const fromField: MetricStatus[] | null =
    percent === undefined
      ? null
      : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: percent } } }];
  return {
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
    ...(currentReplicas ? { currentReplicas } : {}),
    desiredReplicas,
    currentMetrics: statuses === undefined ? fromField : (statuses ?? []).map(metricStatusOfV1),
    ...(conditions && conditions.length > 0 && { conditions }),
  };
}

function behaviorToInternal({ scaleUp, scaleDown }: Behavior): BehaviorInternal {
  return {
    ...(scaleUp && { ScaleUp: rulesToInternal(scaleUp) }),
    ...(scaleDown && { ScaleDown: rulesToInternal(scaleDown) }),
  };
}

function rulesToInternal(rules: ScalingRules): ScalingRulesInternal {
  const { stabilizationWindowSeconds, selectPolicy, policies, tolerance } = rules;
  return {
    ...(stabilizationWindowSeconds === undefined ? {} : { StabilizationWindowSeconds: stabilizationWindowSeconds }),
    ...(selectPolicy === undefined ? {} : { SelectPolicy: selectPolicy }),
    ...(policies && {
      Policies: policies.map(({ type, value, periodSeconds }) => ({
        Type: type,
        Value: value,
        PeriodSeconds: periodSeconds,
      })),
    }),
    ...(tolerance === undefined ? {} : { Tolerance: tolerance }),
  };
}

function behaviorOfAnnotation(text: string | undefined): Behavior | undefined {
  const internal = parseAnnotation(BEHAVIOR_INTERNAL, text) as BehaviorInternal | undefined;
  if (!internal?.ScaleUp && !internal?.ScaleDown) return undefined;
  return {
    ...(internal.ScaleUp && { scaleUp: rulesOfInternal(internal.ScaleUp) }),
    ...(internal.ScaleDown && { scaleDown: rulesOfInternal(internal.ScaleDown) }),
  };
}

function rulesOfInternal(rules: ScalingRulesInternal): ScalingRules {
  return {
    ...(rules.StabilizationWindowSeconds === undefined
      ? {}
      : { stabilizationWindowSeconds: rules.StabilizationWindowSeconds }),
    ...(rules.SelectPolicy === undefined ? {} : { selectPolicy: rules.SelectPolicy }),
    ...(rules.Policies && {
      policies: rules.Policies.map(({ Type, Value, PeriodSeconds }) => ({
        type: Type,
        value: Value,
        periodSeconds: PeriodSeconds,
      })),
    }),
    ...(rules.Tolerance === undefined ? {} : { tolerance: rules.Tolerance }),
  };
}

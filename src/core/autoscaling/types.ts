/**
 * The API group `autoscaling` as data: version 2 of HorizontalPodAutoscaler and the Scale subresource, as they stand on
 * the wire. Field names, optionality and casing are upstream's (Kubernetes 1.36).
 */
import type { LabelSelector } from '../../base/label-selector.ts';

export type { LabelSelector };

/** Metadata of any object, as far as the program reads it. Times are RFC 3339 in whole seconds. */
export interface ObjectMeta {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
}

/** Who an object belongs to: it goes when the last of its owners is gone; the one with `controller` decides about it. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface HorizontalPodAutoscaler {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly spec: HpaSpec;
  readonly status?: HpaStatus;
}

export interface HpaSpec {
  readonly scaleTargetRef: CrossVersionObjectReference;
  /** 1 when absent. */
  readonly minReplicas?: number;
  readonly maxReplicas: number;
  readonly metrics?: readonly MetricSpec[];
  /** Its absence selects the legacy path. */
  readonly behavior?: Behavior;
}

export interface CrossVersionObjectReference {
  readonly kind: string;
  readonly name: string;
  readonly apiVersion?: string;
}

export interface MetricSpec {
  /** Resource, ContainerResource, Pods, Object or External; a stored object may hold any other text. */
  readonly type: string;
  readonly object?: {
    readonly describedObject: CrossVersionObjectReference;
    readonly target: MetricTarget;
    readonly metric: MetricIdentifier;
  };
  readonly pods?: { readonly metric: MetricIdentifier; readonly target: MetricTarget };
  readonly resource?: { readonly name: string; readonly target: MetricTarget };
  readonly containerResource?: { readonly name: string; readonly target: MetricTarget; readonly container: string };
  readonly external?: { readonly metric: MetricIdentifier; readonly target: MetricTarget };
}

export interface MetricIdentifier {
  readonly name: string;
  readonly selector?: LabelSelector;
}

/** `type` is Utilization, Value or AverageValue, but most sources go by the field that is set. Values are quantities. */
export interface MetricTarget {
  readonly type: string;
  readonly value?: string;
  readonly averageValue?: string;
  /** Percent of the request. */
  readonly averageUtilization?: number;
}

export interface Behavior {
  readonly scaleUp?: ScalingRules;
  readonly scaleDown?: ScalingRules;
}

export interface ScalingRules {
  readonly stabilizationWindowSeconds?: number;
  /** Max (default), Min or Disabled. */
  readonly selectPolicy?: string;
  readonly policies?: readonly ScalingPolicy[];
  /** A quantity: 0.1 means 10 %. */
  readonly tolerance?: string;
}

export interface ScalingPolicy {
  /** Pods or Percent. */
  readonly type: string;
  readonly value: number;
  readonly periodSeconds: number;
}

export interface HpaStatus {
  readonly observedGeneration?: number;
  readonly lastScaleTime?: string;
  readonly currentReplicas?: number;
  readonly desiredReplicas: number;
  /** Null when empty: upstream has no `omitempty` here. */
  readonly currentMetrics: readonly MetricStatus[] | null;
  readonly conditions?: readonly HpaCondition[];
}

export interface HpaCondition {
  /** AbleToScale, ScalingActive, ScalingLimited or ScaledToZero. */
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** One entry for each spec metric, by index; a metric that failed leaves `{type: ""}`. */
export interface MetricStatus {
  readonly type: string;
  readonly object?: {
    readonly metric: MetricIdentifier;
    readonly current: MetricValueStatus;
    readonly describedObject: CrossVersionObjectReference;
  };
  readonly pods?: { readonly metric: MetricIdentifier; readonly current: MetricValueStatus };
  readonly resource?: { readonly name: string; readonly current: MetricValueStatus };
  readonly containerResource?: {
    readonly name: string;
    readonly current: MetricValueStatus;
    readonly container: string;
  };
  readonly external?: { readonly metric: MetricIdentifier; readonly current: MetricValueStatus };
}

export interface MetricValueStatus {
  readonly value?: string;
  readonly averageValue?: string;
  readonly averageUtilization?: number;
}

/** `autoscaling/v1 Scale`. */
export interface Scale {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly spec: { readonly replicas?: number };
  readonly status?: { readonly replicas: number; readonly selector?: string };
}

import type { LabelSelector } from '../../base/label-selector.ts';
import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { ExternalMetricValue, ObjectMetricValue } from '../source/port.ts';
import { ZERO_TIME_MS } from '../source/wire.ts';
import { writeCustomBeta1, writeCustomBeta2, writeExternal } from './metric-value-protobuf.ts';
import type { BackwardMessage } from './protobuf-message.ts';
import { describedApiVersion, sortedLabels, windowSeconds } from './value-spelling.ts';

/** One version of a group whose lists are of values, and what can be made of a value. */
export interface ValueKind<Value> {
  /** Of the list; items do not have one. */
  readonly kind: string;
  readonly apiVersion: string;
  /** The value, with the selector that its series were chosen by as answers echo it. */
  toObject(value: Value, selector: LabelSelector | null): object;
  /** The same in protobuf, its last field first. */
  write(message: BackwardMessage, value: Value, selector: LabelSelector | null): void;
}

/** The newer version differs in how it spells the metric and the window, in nothing else. */
export const CUSTOM_METRIC_VALUES: Readonly<Record<string, ValueKind<ObjectMetricValue>>> = {
  v1beta1: {
    kind: 'MetricValueList',
    apiVersion: 'custom.metrics.k8s.io/v1beta1',
    toObject: (value, selector) => ({
      describedObject: describedObject(value),
      metricName: value.metric,
      timestamp: timeText(value.atMs),
      ...(value.windowMs === null ? {} : { window: windowSeconds(value.windowMs) }),
      value: value.value,
      selector,
    }),
    write: writeCustomBeta1,
  },
  v1beta2: {
    kind: 'MetricValueList',
    apiVersion: 'custom.metrics.k8s.io/v1beta2',
    toObject: (value, selector) => ({
      describedObject: describedObject(value),
      metric: { name: value.metric, selector },
      timestamp: timeText(value.atMs),
      ...(value.windowMs === null ? {} : { windowSeconds: windowSeconds(value.windowMs) }),
      value: value.value,
    }),
    write: writeCustomBeta2,
  },
};

export const EXTERNAL_METRIC_VALUES: ValueKind<ExternalMetricValue> = {
  kind: 'ExternalMetricValueList',
  apiVersion: 'external.metrics.k8s.io/v1beta1',
  toObject: ({ metric, labels, atMs, windowMs, value }) => ({
    metricName: metric,
    metricLabels: labels === null ? null : Object.fromEntries(sortedLabels(labels)),
    timestamp: timeText(atMs),
    ...(windowMs === null ? {} : { window: windowSeconds(windowMs) }),
    value,
  }),
  write: writeExternal,
};

function describedObject({ describedObject: described }: ObjectMetricValue) {
  const { kind, namespace, name } = described;
  const apiVersion = describedApiVersion(described);
  return { kind, ...(namespace === undefined ? {} : { namespace }), name, apiVersion };
}

function timeText(atMs: number): string | null {
  return atMs === ZERO_TIME_MS ? null : formatRfc3339(atMs);
}

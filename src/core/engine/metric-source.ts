import { quoteText } from '../../base/go-text.ts';
import type { Int64 } from '../../base/int64.ts';
import { selectorOfObject, selectorText } from '../../base/label-selector.ts';
import { parseQuantity, quantityMilli } from '../../base/quantity.ts';
import type {
  CrossVersionObjectReference,
  LabelSelector,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
} from '../autoscaling/types.ts';
import { externalOuterPrefix, OBJECT_OUTER_PREFIX, PODS_OUTER_PREFIX, resourceOuterPrefix } from './metric-failure.ts';
import {
  averageValueName,
  externalMetricName,
  objectMetricName,
  podsMetricName,
  utilizationName,
} from './metric-name.ts';

/**
 * A spec metric as the formula that it selects (specification 2.8): which samples, which target, and how it is called.
 * `invalid` never asks for samples.
 */
export type MetricSource = NamedSource &
  (
    | {
        readonly kind: 'utilization';
        readonly resource: string;
        readonly container: string;
        readonly targetPercent: number;
      }
    | {
        readonly kind: 'averageValue';
        readonly resource: string;
        readonly container: string;
        readonly targetMilli: Int64;
      }
    | ({ readonly kind: 'podsAverage' } & SelectedMetric)
    | ({
        readonly kind: 'objectValue' | 'objectAverage';
        readonly object: CrossVersionObjectReference;
      } & SelectedMetric)
    | ({ readonly kind: 'externalValue' | 'externalAverage' } & SelectedMetric)
    | InvalidSource
  );

/** A source that asks for samples. */
export type ComputedSource = Exclude<MetricSource, { kind: 'invalid' }>;

/** The sources whose metric has a name and a selector of its own. */
export interface SelectedMetric {
  readonly metric: MetricIdentifier;
  /** Canonical text of the metric's selector, empty for none. */
  readonly metricSelector: string;
  readonly targetMilli: Int64;
}

/** A metric that cannot be computed whatever the samples say. */
export interface InvalidSource {
  readonly kind: 'invalid';
  /** The text of the event and the condition. */
  readonly innerText: string;
  /** The text of the combined error. */
  readonly outerText: string;
  /** An unknown type is labelled as an error of the spec in the metric computation's telemetry (specification 13.9). */
  readonly isSpecError: boolean;
}

interface NamedSource {
  /** The spec's type string. */
  readonly sourceType: string;
  /** Upstream's name in messages; the bare source while the target is unknown. */
  readonly name: string;
  /** Reason of the event and the condition when the metric fails. */
  readonly failureReason: string;
}

/** Chooses the formula of a spec metric. Object goes by the target's type and field, the others by the field alone. */
export function readMetricSource(spec: MetricSpec): MetricSource {
  const sourceType = spec.type;
  switch (sourceType) {
    case 'Resource':
      return readResource(spec.resource?.name ?? '', spec.resource?.target, null);
    case 'ContainerResource': {
      const { name = '', target, container = '' } = spec.containerResource ?? {};
      return readResource(name, target, container);
    }
    case 'Pods':
      return readPods(spec.pods?.metric, spec.pods?.target);
    case 'Object':
      return readObject(spec.object?.metric, spec.object?.target, spec.object?.describedObject);
    case 'External':
      return readExternal(spec.external?.metric, spec.external?.target);
    default: {
      const text = `unknown metric source type ${quoteText(sourceType)}`;
      const name = sourceType;
      return {
        sourceType,
        name,
        failureReason: 'InvalidMetricSourceType',
        kind: 'invalid',
        innerText: text,
        outerText: text,
        isSpecError: true,
      };
    }
  }
}

function readResource(resource: string, target: MetricTarget | undefined, container: string | null): MetricSource {
  const isContainer = container !== null;
  const named = {
    sourceType: isContainer ? 'ContainerResource' : 'Resource',
    failureReason: isContainer ? 'FailedGetContainerResourceMetric' : 'FailedGetResourceMetric',
  };
  const outerPrefix = resourceOuterPrefix(resource, container);
  if (target?.averageValue !== undefined) {
    const name = averageValueName(resource);
    const targetMilli = readTarget(target.averageValue);
    if (targetMilli === undefined) return { ...named, name, ...invalidTarget(target.averageValue, outerPrefix) };
    return { ...named, name, kind: 'averageValue', resource, container: container ?? '', targetMilli };
  }
  const name = utilizationName(resource, isContainer);
  if (target?.averageUtilization === undefined) {
    const innerText =
      'invalid resource metric source: neither an average utilization target nor an average value (usage) target was set';
    return { ...named, name: averageValueName(resource), ...invalid(innerText, outerPrefix) };
  }
  const targetPercent = target.averageUtilization;
  return { ...named, name, kind: 'utilization', resource, container: container ?? '', targetPercent };
}

function readPods(metric: MetricIdentifier = { name: '' }, target: MetricTarget | undefined): MetricSource {
  const named = { sourceType: 'Pods', name: podsMetricName(metric.name), failureReason: 'FailedGetPodsMetric' };
  const selector = readMetricSelector(metric.selector);
  if (selector.kind === 'invalid') return { ...named, ...invalid(selector.message, PODS_OUTER_PREFIX) };
  const targetMilli = readTarget(target?.averageValue);
  if (targetMilli === undefined) return { ...named, ...invalidTarget(target?.averageValue, PODS_OUTER_PREFIX) };
  return { ...named, kind: 'podsAverage', metric, metricSelector: selector.text, targetMilli };
}

function readObject(
  metric: MetricIdentifier = { name: '' },
  target: MetricTarget | undefined,
  object: CrossVersionObjectReference = { kind: '', name: '' },
): MetricSource {
  const named = { sourceType: 'Object', failureReason: 'FailedGetObjectMetric' };
  const name = objectMetricName(object.kind, metric.name);
  const selector = readMetricSelector(metric.selector);
  if (selector.kind === 'invalid') return { ...named, name, ...invalid(selector.message, OBJECT_OUTER_PREFIX) };
  const isValue = target?.type === 'Value' && target.value !== undefined;
  const isAverage = target?.type === 'AverageValue' && target.averageValue !== undefined;
  if (!isValue && !isAverage) {
    const text = 'invalid object metric source: neither a value target nor an average value target was set';
    return { ...named, name, ...invalid(text, OBJECT_OUTER_PREFIX) };
  }
  const quantity = isValue ? target.value : target.averageValue;
  const targetMilli = readTarget(quantity);
  if (targetMilli === undefined) return { ...named, name, ...invalidTarget(quantity, OBJECT_OUTER_PREFIX) };
  const selected = { metric, metricSelector: selector.text, targetMilli, object };
  return isValue
    ? { ...named, name, kind: 'objectValue', ...selected }
    : { ...named, name: externalMetricName(metric.name, metric.selector), kind: 'objectAverage', ...selected };
}

function readExternal(metric: MetricIdentifier = { name: '' }, target: MetricTarget | undefined): MetricSource {
  const named = {
    sourceType: 'External',
    name: externalMetricName(metric.name, metric.selector),
    failureReason: 'FailedGetExternalMetric',
  };
  const kind = target?.averageValue !== undefined ? 'externalAverage' : 'externalValue';
  const quantity = target?.averageValue ?? target?.value;
  if (quantity === undefined) {
    const text = 'invalid external metric source: neither a value target nor an average value target was set';
    return { ...named, ...invalid(text, externalOuterPrefix(metric.name, null)) };
  }
  const outerPrefix = externalOuterPrefix(metric.name, kind);
  const selector = readMetricSelector(metric.selector);
  if (selector.kind === 'invalid') return { ...named, ...invalid(selector.message, outerPrefix) };
  const targetMilli = readTarget(quantity);
  if (targetMilli === undefined) return { ...named, ...invalidTarget(quantity, outerPrefix) };
  return { ...named, kind, metric, metricSelector: selector.text, targetMilli };
}

function invalid(innerText: string, outerPrefix: string): InvalidSource {
  return { kind: 'invalid', innerText, outerText: outerPrefix + innerText, isSpecError: false };
}

/** Cannot come from an API server, which refuses such a quantity; a target of 0 instead would scale to the maximum. */
function invalidTarget(quantity: string | undefined, outerPrefix: string): InvalidSource {
  return invalid(`invalid target "${quantity ?? ''}"`, outerPrefix);
}

type MetricSelector =
  | { readonly kind: 'valid'; readonly text: string }
  | { readonly kind: 'invalid'; readonly message: string };

const NO_SELECTOR: MetricSelector = { kind: 'valid', text: '' };

function readMetricSelector(object: LabelSelector | undefined): MetricSelector {
  if (object === undefined) return NO_SELECTOR;
  const result = selectorOfObject(object);
  return result.kind === 'invalid' ? result : { kind: 'valid', text: selectorText(result.selector) };
}

function readTarget(text: string | undefined): Int64 | undefined {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity === undefined ? undefined : quantityMilli(quantity);
}

import { parseQuantity, quantitySign } from '../../base/quantity.ts';
import type {
  LabelSelector,
  MetricIdentifier,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from './types.ts';
import type { MetricSpecV1, MetricStatusV1, ResourceSourceV1, ResourceStatusV1 } from './v1-types.ts';

/** A metric in the shape of v1; what that has no place for is lost (specification 7.5). */
export function metricToV1(metric: MetricSpec): MetricSpecV1 {
  const { type, object, pods, resource, containerResource, external } = metric;
  return {
    type,
    ...(object && {
      object: {
        target: object.describedObject,
        metricName: object.metric.name,
        targetValue: object.target.value ?? '0',
        ...optional('selector', object.metric.selector),
        ...optional('averageValue', object.target.averageValue),
      },
    }),
    ...(pods && {
      pods: {
        metricName: pods.metric.name,
        targetAverageValue: pods.target.averageValue ?? '0',
        ...optional('selector', pods.metric.selector),
      },
    }),
    ...(resource && { resource: resourceToV1(resource.name, resource.target) }),
    ...(containerResource && {
      containerResource: {
        ...resourceToV1(containerResource.name, containerResource.target),
        container: containerResource.container,
      },
    }),
    ...(external && {
      external: {
        metricName: external.metric.name,
        ...optional('metricSelector', external.metric.selector),
        ...optional('targetValue', external.target.value),
        ...optional('targetAverageValue', external.target.averageValue),
      },
    }),
  };
}

/** A metric of v1 as v2's; the target's type follows from the field that is set. */
export function metricOfV1(metric: MetricSpecV1): MetricSpec {
  const { type, object, pods, resource, containerResource, external } = metric;
  return {
    type,
    ...(object && {
      object: {
        describedObject: object.target,
        metric: identifier(object.metricName, object.selector),
        target: objectTargetOfV1(object),
      },
    }),
    ...(pods && {
      pods: {
        metric: identifier(pods.metricName, pods.selector),
        target: { type: 'AverageValue', averageValue: pods.targetAverageValue },
      },
    }),
    ...(resource && { resource: { name: resource.name, target: resourceTargetOfV1(resource) } }),
    ...(containerResource && {
      containerResource: {
        name: containerResource.name,
        target: resourceTargetOfV1(containerResource),
        container: containerResource.container,
      },
    }),
    ...(external && {
      external: {
        metric: identifier(external.metricName, external.metricSelector),
        target: {
          type: external.targetValue === undefined ? 'AverageValue' : 'Value',
          ...optional('value', external.targetValue),
          ...optional('averageValue', external.targetAverageValue),
        },
      },
    }),
  };
}

/** A metric's current value in the shape of v1. */
export function metricStatusToV1(status: MetricStatus): MetricStatusV1 {
  const { type, object, pods, resource, containerResource, external } = status;
  return {
    type,
    ...(object && {
      object: {
        target: object.describedObject,
        metricName: object.metric.name,
        currentValue: object.current.value ?? '0',
        ...optional('selector', object.metric.selector),
        ...optional('averageValue', object.current.averageValue),
      },
    }),
    ...(pods && {
      pods: {
        metricName: pods.metric.name,
        currentAverageValue: pods.current.averageValue ?? '0',
        ...optional('selector', pods.metric.selector),
      },
    }),
    ...(resource && { resource: resourceStatusToV1(resource.name, resource.current) }),
    ...(containerResource && {
      containerResource: {
        ...resourceStatusToV1(containerResource.name, containerResource.current),
        container: containerResource.container,
      },
    }),
    ...(external && {
      external: {
        metricName: external.metric.name,
        ...optional('metricSelector', external.metric.selector),
        currentValue: external.current.value ?? '0',
        ...optional('currentAverageValue', external.current.averageValue),
      },
    }),
  };
}

/** A current value of v1 as v2's; values that v1 cannot leave out come back as `0`. */
export function metricStatusOfV1(status: MetricStatusV1): MetricStatus {
  const { type, object, pods, resource, containerResource, external } = status;
  return {
    type,
    ...(object && {
      object: {
        metric: identifier(object.metricName, object.selector),
        current: { value: object.currentValue, ...optional('averageValue', object.averageValue) },
        describedObject: object.target,
      },
    }),
    ...(pods && {
      pods: {
        metric: identifier(pods.metricName, pods.selector),
        current: { averageValue: pods.currentAverageValue },
      },
    }),
    ...(resource && { resource: { name: resource.name, current: resourceCurrentOfV1(resource) } }),
    ...(containerResource && {
      containerResource: {
        name: containerResource.name,
        current: resourceCurrentOfV1(containerResource),
        container: containerResource.container,
      },
    }),
    ...(external && {
      external: {
        metric: identifier(external.metricName, external.metricSelector),
        current: { value: external.currentValue, ...optional('averageValue', external.currentAverageValue) },
      },
    }),
  };
}

/**
 * A current value that came through v1, without the zeros that v1 puts beside an average because it cannot leave a value
 * out: equal to what was written there.
 */
export function withoutImpliedZeros(status: MetricStatus): MetricStatus {
  const { object, external } = status;
  return {
    ...status,
    ...(object && { object: { ...object, current: withoutImpliedZero(object.current) } }),
    ...(external && { external: { ...external, current: withoutImpliedZero(external.current) } }),
  };
}

function withoutImpliedZero({ value, ...current }: MetricValueStatus): MetricValueStatus {
  const isImplied = value === '0' && current.averageValue !== undefined;
  return isImplied || value === undefined ? current : { value, ...current };
}

function resourceToV1(name: string, target: MetricTarget): ResourceSourceV1 {
  return {
    name,
    ...optional('targetAverageUtilization', target.averageUtilization),
    ...optional('targetAverageValue', target.averageValue),
  };
}

function resourceTargetOfV1(resource: ResourceSourceV1): MetricTarget {
  return {
    type: resource.targetAverageUtilization === undefined ? 'AverageValue' : 'Utilization',
    ...optional('averageValue', resource.targetAverageValue),
    ...optional('averageUtilization', resource.targetAverageUtilization),
  };
}

function objectTargetOfV1({ targetValue, averageValue }: NonNullable<MetricSpecV1['object']>): MetricTarget {
  if (averageValue === undefined) return { type: 'Value', value: targetValue };
  // v1 cannot leave the value out, and a zero would not pass validation when it comes back.
  const quantity = parseQuantity(targetValue);
  const isZero = quantity === undefined || quantitySign(quantity) === 0;
  return { type: 'AverageValue', ...(isZero ? {} : { value: targetValue }), averageValue };
}

function resourceStatusToV1(name: string, current: MetricValueStatus): ResourceStatusV1 {
  return {
    name,
    ...optional('currentAverageUtilization', current.averageUtilization),
    currentAverageValue: current.averageValue ?? '0',
  };
}

function resourceCurrentOfV1(resource: ResourceStatusV1): MetricValueStatus {
  return {
    averageValue: resource.currentAverageValue,
    ...optional('averageUtilization', resource.currentAverageUtilization),
  };
}

function identifier(name: string, selector: LabelSelector | undefined): MetricIdentifier {
  return { name, ...optional('selector', selector) };
}

/** `{key: value}`, or nothing when there is no value. */
function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}

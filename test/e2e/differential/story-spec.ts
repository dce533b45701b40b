import type { Random } from '../../../src/base/random.ts';
import type {
  Behavior,
  CrossVersionObjectReference,
  HpaSpec,
  MetricSpec,
  MetricTarget,
  ScalingPolicy,
  ScalingRules,
} from '../../../src/core/autoscaling/types.ts';

/** The names under which a story's custom and external metrics are asked for. */
export const METRIC_NAMES = ['requests_per_second', 'queue_length', 'latency'] as const;

/**
 * Windows and periods in seconds. With a sync period of 2.6 s none of them is near a whole number of periods, where a few
 * milliseconds would decide between two neighbouring syncs.
 */
const SPANS_SECONDS = [2, 4, 6, 7, 9, 12] as const;

/** One of the values, each as likely. */
export function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.nextBelow(values.length)] as T;
}

export function chance(random: Random, fraction: number): boolean {
  return random.nextFraction() < fraction;
}

/** A spec of any kind that the API accepts. */
export function randomHpaSpec(random: Random, target: CrossVersionObjectReference): HpaSpec {
  const minReplicas = 1 + random.nextBelow(3);
  const metricCount = pick(random, [1, 1, 1, 2, 2, 3]);
  return {
    scaleTargetRef: target,
    ...(minReplicas === 1 ? {} : { minReplicas }),
    maxReplicas: minReplicas + 1 + random.nextBelow(9),
    metrics: Array.from({ length: metricCount }, () => randomMetric(random)),
    ...(chance(random, 0.6) ? { behavior: randomBehavior(random) } : {}),
  };
}

/** The same HPA after somebody edited one part of it. */
export function editedSpec(random: Random, spec: HpaSpec): HpaSpec {
  const { behavior, ...rest } = spec;
  switch (random.nextBelow(4)) {
    case 0:
      return { ...spec, maxReplicas: Math.max(spec.minReplicas ?? 1, 1 + random.nextBelow(10)) };
    case 1:
      return { ...spec, minReplicas: 1 + random.nextBelow(spec.maxReplicas) };
    case 2:
      return behavior === undefined || chance(random, 0.5) ? { ...spec, behavior: randomBehavior(random) } : rest;
    default:
      return { ...spec, metrics: [randomMetric(random)] };
  }
}

function randomMetric(random: Random): MetricSpec {
  const metric = {
    name: pick(random, METRIC_NAMES),
    ...(chance(random, 0.3) ? { selector: randomSelector(random) } : {}),
  };
  switch (pick(random, ['resource', 'resource', 'resource', 'container', 'pods', 'object', 'external'])) {
    case 'resource':
      return {
        type: 'Resource',
        resource: { name: pick(random, ['cpu', 'cpu', 'memory']), target: usageTarget(random) },
      };
    case 'container': {
      const container = pick(random, ['app', 'app', 'sidecar']);
      return { type: 'ContainerResource', containerResource: { name: 'cpu', container, target: usageTarget(random) } };
    }
    case 'pods':
      return { type: 'Pods', pods: { metric, target: { type: 'AverageValue', averageValue: randomValue(random) } } };
    case 'object': {
      const describedObject = pick(random, [
        { apiVersion: 'v1', kind: 'Service', name: 'front' },
        { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'main' },
        { apiVersion: 'v1', kind: 'Namespace', name: 'any' },
        { apiVersion: 'example.com/v1', kind: 'Nothing', name: 'main' },
      ]);
      return { type: 'Object', object: { describedObject, metric, target: valueTarget(random) } };
    }
    default:
      return { type: 'External', external: { metric, target: valueTarget(random) } };
  }
}

function randomSelector(random: Random) {
  return pick(random, [
    { matchLabels: { verb: 'GET' } },
    { matchExpressions: [{ key: 'zone', operator: 'In', values: ['b', 'a'] }] },
    { matchLabels: { queue: 'mail' }, matchExpressions: [{ key: 'test', operator: 'DoesNotExist' }] },
  ]);
}

function usageTarget(random: Random): MetricTarget {
  if (chance(random, 0.7)) return { type: 'Utilization', averageUtilization: pick(random, [30, 50, 60, 80, 100]) };
  return { type: 'AverageValue', averageValue: pick(random, ['50m', '100m', '150m', '64Mi']) };
}

function valueTarget(random: Random): MetricTarget {
  if (chance(random, 0.5)) return { type: 'Value', value: randomValue(random) };
  return { type: 'AverageValue', averageValue: randomValue(random) };
}

/** A quantity for targets and answers alike, so that ratios lie around 1. */
export function randomValue(random: Random): string {
  return pick(random, ['500m', '800m', '1', '1500m', '2', '3', '2500m', '4']);
}

function randomBehavior(random: Random): Behavior {
  return {
    ...(chance(random, 0.7) ? { scaleUp: randomRules(random) } : {}),
    ...(chance(random, 0.7) ? { scaleDown: randomRules(random) } : {}),
  };
}

function randomRules(random: Random): ScalingRules {
  return {
    ...(chance(random, 0.6) ? { stabilizationWindowSeconds: pick(random, [0, ...SPANS_SECONDS]) } : {}),
    ...(chance(random, 0.4) ? { selectPolicy: pick(random, ['Max', 'Min', 'Min', 'Disabled']) } : {}),
    ...(chance(random, 0.7)
      ? { policies: Array.from({ length: 1 + random.nextBelow(2) }, () => randomPolicy(random)) }
      : {}),
    ...(chance(random, 0.25) ? { tolerance: pick(random, ['0', '0.05', '0.2', '0.5']) } : {}),
  };
}

function randomPolicy(random: Random): ScalingPolicy {
  const periodSeconds = pick(random, SPANS_SECONDS);
  return chance(random, 0.5)
    ? { type: 'Pods', value: 1 + random.nextBelow(3), periodSeconds }
    : { type: 'Percent', value: pick(random, [10, 25, 50, 100, 200]), periodSeconds };
}

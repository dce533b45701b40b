import { Failure } from '../../base/failure.ts';
import { addInt64, type Int64 } from '../../base/int64.ts';
import { parseQuantity, quantityMilli, quantityProblem } from '../../base/quantity.ts';
import type { PodSample, SampleSet } from '../../core/engine/facts.ts';
import type { ExternalMetricValue, ObjectMetricValue, PodMetrics } from '../../metrics/source/port.ts';

/** The window of a custom metric that names none (specification 6.2). */
const CUSTOM_WINDOW_MS = 60_000;

/**
 * One sample a pod: the sum over its containers. A pod without containers, or with any container that lacks the
 * resource, has no sample and counts as missing (specification 6.1).
 */
export function podSamples(items: readonly PodMetrics[], resource: string): SampleSet {
  return perPod(items, (item) => {
    if (item.containers.length === 0) return undefined;
    let sum: Int64 = 0;
    for (const { usage } of item.containers) {
      const value = usage[resource];
      if (value === undefined) return undefined;
      sum = addInt64(sum, readMilli(value));
    }
    return sum;
  });
}

/** One sample a pod: that of one container. A pod without it, or without the resource in it, has no sample. */
export function containerSamples(items: readonly PodMetrics[], resource: string, container: string): SampleSet {
  return perPod(items, (item) => {
    const value = item.containers.find(({ name }) => name === container)?.usage[resource];
    return value === undefined ? undefined : readMilli(value);
  });
}

/** One sample a pod of a custom metric. */
export function customPodSamples(values: readonly ObjectMetricValue[]): SampleSet {
  const byPod = values.map((value): [string, PodSample] => [
    value.describedObject.name,
    { milli: readMilli(value.value), atMs: value.atMs, windowMs: value.windowMs ?? CUSTOM_WINDOW_MS },
  ]);
  return { kind: 'perPod', byPod: Object.fromEntries(byPod) };
}

/** The values of an Object or External metric: together they are as old as the oldest of them. */
export function valueSamples(values: readonly (ObjectMetricValue | ExternalMetricValue)[]): SampleSet {
  return {
    kind: 'values',
    milli: values.map(({ value }) => readMilli(value)),
    atMs: values.length === 0 ? 0 : Math.min(...values.map(({ atMs }) => atMs)),
  };
}

function perPod(items: readonly PodMetrics[], read: (item: PodMetrics) => Int64 | undefined): SampleSet {
  const byPod: [string, PodSample][] = [];
  for (const item of items) {
    const milli = read(item);
    if (milli !== undefined) byPod.push([item.name, { milli, atMs: item.atMs, windowMs: item.windowMs }]);
  }
  return { kind: 'perPod', byPod: Object.fromEntries(byPod) };
}

function readMilli(text: string): Int64 {
  const quantity = parseQuantity(text);
  if (quantity === undefined) throw new Failure('invalid', quantityProblem(text) ?? `"${text}" is not a quantity`);
  return quantityMilli(quantity);
}

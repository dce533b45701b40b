import { Failure } from '../../base/failure.ts';
import { addInt64, type Int64 } from '../../base/int64.ts';
import {
  compareQuantities,
  parseQuantity,
  type Quantity,
  quantityMilli,
  quantityProblem,
  quantitySign,
} from '../../base/quantity.ts';
import type { PodSample, SampleSet } from '../../core/engine/facts.ts';
import type { ExternalMetricValue, ObjectMetricValue, PodMetrics } from '../../metrics/source/port.ts';

/**
 * Which values count as measurements. Upstream's controller takes any quantity: a negative one leads to the most replicas,
 * and one beyond 64 bits reads as something else. `plausible` takes neither: such a pod has no sample, and such a value
 * fails its metric.
 */
export type SampleValues = 'any' | 'plausible';

/** The largest value whose milli units fit into 64 bits. */
const LARGEST = parseQuantity('9223372036854775807m') as Quantity;

/** The window of a custom metric that names none (specification 6.2). */
const CUSTOM_WINDOW_MS = 60_000;

/**
 * One sample a pod: the sum over its containers. A pod without containers, or with any container that lacks the
 * resource, has no sample and counts as missing (specification 6.1).
 */
export function podSamples(items: readonly PodMetrics[], resource: string, values: SampleValues = 'any'): SampleSet {
  return perPod(items, (item) => {
    if (item.containers.length === 0) return undefined;
    let sum: Int64 = 0;
    for (const { usage } of item.containers) {
      const value = usage[resource];
      const milli = value === undefined ? undefined : readMilli(value, values);
      if (milli === undefined) return undefined;
      sum = addInt64(sum, milli);
    }
    return sum;
  });
}

/** One sample a pod: that of one container. A pod without it, or without the resource in it, has no sample. */
export function containerSamples(
  items: readonly PodMetrics[],
  resource: string,
  container: string,
  values: SampleValues = 'any',
): SampleSet {
  return perPod(items, (item) => {
    const value = item.containers.find(({ name }) => name === container)?.usage[resource];
    return value === undefined ? undefined : readMilli(value, values);
  });
}

/** One sample a pod of a custom metric. */
export function customPodSamples(items: readonly ObjectMetricValue[], values: SampleValues = 'any'): SampleSet {
  const byPod: [string, PodSample][] = [];
  for (const { describedObject, value, atMs, windowMs } of items) {
    const milli = readMilli(value, values);
    if (milli !== undefined)
      byPod.push([describedObject.name, { milli, atMs, windowMs: windowMs ?? CUSTOM_WINDOW_MS }]);
  }
  return { kind: 'perPod', byPod: Object.fromEntries(byPod) };
}

/** The values of an Object or External metric: together they are as old as the oldest of them. */
export function valueSamples(
  items: readonly (ObjectMetricValue | ExternalMetricValue)[],
  values: SampleValues = 'any',
): SampleSet {
  const milli = items.map(({ value }) => {
    const read = readMilli(value, values);
    if (read !== undefined) return read;
    throw new Failure(
      'invalid',
      `the value ${value} is negative or beyond 64 bits, and implausible values are refused`,
    );
  });
  let oldestAtMs = items[0]?.atMs ?? 0;
  for (const { atMs } of items) if (atMs < oldestAtMs) oldestAtMs = atMs;
  return { kind: 'values', milli, atMs: oldestAtMs };
}

function perPod(items: readonly PodMetrics[], read: (item: PodMetrics) => Int64 | undefined): SampleSet {
  const byPod: [string, PodSample][] = [];
  for (const item of items) {
    const milli = read(item);
    if (milli !== undefined) byPod.push([item.name, { milli, atMs: item.atMs, windowMs: item.windowMs }]);
  }
  return { kind: 'perPod', byPod: Object.fromEntries(byPod) };
}

/** The value in milli units; undefined for one that is not to count. */
function readMilli(text: string, values: SampleValues): Int64 | undefined {
  const quantity = parseQuantity(text);
  if (quantity === undefined) throw new Failure('invalid', quantityProblem(text) ?? `"${text}" is not a quantity`);
  if (values === 'plausible' && (quantitySign(quantity) < 0 || compareQuantities(quantity, LARGEST) > 0))
    return undefined;
  return quantityMilli(quantity);
}

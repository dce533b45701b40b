import { type Int64, int64OfBigInt } from '../../base/int64.ts';
import type { MetricQuery } from '../engine/decision.ts';
import type { MetricSamples, PodSample } from '../engine/facts.ts';
import type { MetricEntry } from './scenario-format.ts';

/**
 * The answer to a metric's query as facts, or why the entry cannot be one: pod metrics need samples, an Object metric
 * exactly one value, an External metric values.
 */
export function readMetricEntry(
  entry: MetricEntry,
  kind: MetricQuery['kind'],
): MetricSamples | { readonly kind: 'problem'; readonly message: string } {
  const { error, samples, values, atMs = 0, windowMs = 0 } = entry;
  if (error !== undefined) return { kind: 'metricFailed', message: error.message };
  if (kind === 'resource' || kind === 'pods') {
    if (samples === undefined) return { kind: 'problem', message: `a ${kind} metric needs samples by pod` };
    const byPod: [string, PodSample][] = Object.entries(samples).map(([pod, sample]) => [
      pod,
      typeof sample === 'object'
        ? { milli: readMilli(sample.milli), atMs: sample.atMs ?? atMs, windowMs: sample.windowMs ?? windowMs }
        : { milli: readMilli(sample), atMs, windowMs },
    ]);
    return { kind: 'values', samples: { kind: 'perPod', byPod: Object.fromEntries(byPod) } };
  }
  if (values === undefined) return { kind: 'problem', message: `an ${kind} metric needs values` };
  if (kind === 'object' && values.length !== 1) {
    return { kind: 'problem', message: `an object metric needs exactly one value, not ${values.length}` };
  }
  return { kind: 'values', samples: { kind: 'values', milli: values.map(readMilli), atMs } };
}

/** A query in the words of the vectors, for example `metric resource cpu container= pods=app=web ns=shop`. */
export function queryText(query: MetricQuery): string {
  switch (query.kind) {
    case 'resource':
      return `metric resource ${query.resource} container=${query.container} pods=${query.podSelector} ns=${query.namespace}`;
    case 'pods':
      return `metric pods ${query.metric} selector=${query.metricSelector} pods=${query.podSelector} ns=${query.namespace}`;
    case 'object': {
      const { metric, apiVersion, objectKind, objectName, metricSelector, namespace } = query;
      return `metric object ${metric} ${apiVersion} ${objectKind}/${objectName} selector=${metricSelector} ns=${namespace}`;
    }
    case 'external':
      return `metric external ${query.metric} selector=${query.metricSelector} ns=${query.namespace}`;
  }
}

/** A number as it is, digits in quotes in the one spelling that the engine knows. */
export function readMilli(milli: Int64): Int64 {
  return typeof milli === 'number' ? milli : int64OfBigInt(BigInt(milli));
}

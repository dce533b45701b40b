import { keyText } from '../../../base/object-key.ts';
import type { MetricSpec } from '../../../core/autoscaling/types.ts';
import type { Decision } from '../../../core/engine/decision.ts';
import type { Facts } from '../../../core/engine/facts.ts';
import { readMetricSource } from '../../../core/engine/metric-source.ts';
import { DEFAULT_ENGINE_OPTIONS } from '../../../core/engine/options.ts';
import { readRequests } from '../../../core/engine/requests.ts';
import type { MetricProposed, MetricTrace } from '../../../core/engine/trace.ts';
import type { PodShare, UsageLink } from '../../../core/explain/usage-chain.ts';

/** What one HPA's decision says of one pod's CPU and memory. */
export function metricLinks(podName: string, { hpa: key, trace, error }: Decision, facts: Facts): readonly UsageLink[] {
  const hpa = keyText(key);
  const { path, selector, metrics } = trace;
  if (path.code !== 'MetricDriven') return [{ code: 'HpaStops', hpa, path, selector, error: error ?? '' }];
  const ofResources = metrics.filter(({ sourceType }) => RESOURCE_TYPES.has(sourceType));
  if (ofResources.length === 0) return [{ code: 'HpaLooksElsewhere', hpa }];
  return ofResources.map((metric) => metricLink(podName, hpa, metric, facts));
}

const RESOURCE_TYPES: ReadonlySet<string> = new Set(['Resource', 'ContainerResource']);

function metricLink(podName: string, hpa: string, metric: MetricTrace, facts: Facts): UsageLink {
  if (metric.code === 'MetricFailed') return { code: 'HpaFails', hpa, metric };
  const groups = metric.pods;
  const left = [...(groups?.unready ?? []), ...(groups?.ignored ?? [])].find(({ pod }) => pod === podName);
  if (left !== undefined) return { code: 'HpaLeavesOut', hpa, metric, reason: left.reason };
  const share = shareOf(podName, metric, facts);
  return share === undefined
    ? { code: 'HpaLeavesOut', hpa, metric, reason: null }
    : { code: 'HpaReckons', hpa, metric, share };
}

/** The pod's own sample and request; undefined without a sample. */
function shareOf(podName: string, { index }: MetricProposed, facts: Facts): PodShare | undefined {
  const samples = facts.metrics[index];
  const pods = facts.pods.kind === 'listed' ? facts.pods.pods : [];
  const pod = pods.find(({ name }) => name === podName);
  if (samples?.kind !== 'values' || samples.samples.kind !== 'perPod' || pod === undefined) return undefined;
  const sample = samples.samples.byPod[podName];
  if (sample === undefined) return undefined;
  const source = readMetricSource(specOf(facts, index));
  if (source.kind !== 'utilization') return { usageMilli: Number(sample.milli), requestMilli: null };
  const { PodLevelResources } = DEFAULT_ENGINE_OPTIONS.features;
  const requests = readRequests([pod], source.resource, source.container, PodLevelResources);
  const requestMilli = requests.kind === 'read' ? Number(requests.ofPod.get(pod.requests) ?? 0) : null;
  return { usageMilli: Number(sample.milli), requestMilli };
}

function specOf({ hpa }: Facts, index: number): MetricSpec {
  return (hpa.kind === 'found' ? hpa.object.spec.metrics?.[index] : undefined) ?? { type: '' };
}

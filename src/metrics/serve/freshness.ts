import type { Clock } from '../../base/clock.ts';
import type { Telemetry, TelemetryHistogram } from '../../platform/telemetry/registry.ts';

/** Told when what is served was measured. */
type FreshnessRecorder = (atMs: number) => void;

/** How old what is served is, by API; a histogram is there once it is asked for. */
export interface Freshness {
  ofResources(): FreshnessRecorder;
  /** Of `custom.metrics.k8s.io` or `external.metrics.k8s.io`. */
  ofGroup(group: string): FreshnessRecorder;
}

/** Upstream's buckets: from a second on, each 1.364 times the one before. */
const BUCKETS_COUNT = 20;
const BUCKET_FACTOR = 1.364;

/** Records ages in histograms under the names of upstream's two servers. */
export function createFreshness(telemetry: Telemetry | undefined, clock: Pick<Clock, 'nowMs'>): Freshness {
  if (telemetry === undefined) return { ofResources: () => () => {}, ofGroup: () => () => {} };
  const common = {
    help: 'Freshness of metrics exported',
    buckets: Array.from({ length: BUCKETS_COUNT }, (_, index) => BUCKET_FACTOR ** index),
  };
  const ageSeconds = (atMs: number): number => (clock.nowMs() - atMs) / 1000;
  let ofValues: TelemetryHistogram | undefined;
  return {
    ofResources: () => {
      const histogram = telemetry.histogram({ name: 'metrics_server_api_metric_freshness_seconds', ...common });
      return (atMs) => histogram.observe(ageSeconds(atMs));
    },
    ofGroup: (group) => {
      const name = 'metrics_apiserver_metric_freshness_seconds';
      ofValues ??= telemetry.histogram({ name, ...common, labels: ['group'] });
      const histogram = ofValues;
      return (atMs) => histogram.observe(ageSeconds(atMs), { group });
    },
  };
}

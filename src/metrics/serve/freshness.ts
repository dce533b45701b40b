import type { Telemetry } from '../../platform/telemetry/registry.ts';

/** Told how old each sample is that is served. */
export type FreshnessRecorder = (ageMs: number) => void;

/** Upstream's buckets: from a second on, each 1.364 times the one before. */
const BUCKETS_COUNT = 20;
const BUCKET_FACTOR = 1.364;

/** The histogram of the ages of what is served, under upstream's name. */
export function recordFreshness(telemetry: Telemetry | undefined): FreshnessRecorder {
  if (telemetry === undefined) return () => {};
  const histogram = telemetry.histogram({
    name: 'metrics_server_api_metric_freshness_seconds',
    help: 'Freshness of metrics exported',
    buckets: Array.from({ length: BUCKETS_COUNT }, (_, index) => BUCKET_FACTOR ** index),
  });
  return (ageMs) => histogram.observe(ageMs / 1000);
}

import type { Telemetry } from '../../../platform/telemetry/registry.ts';
import type { AdapterStanding } from './adapter-source.ts';

/** Shows in each exposition what discovery has come to. */
export function exposeAdapterStanding(telemetry: Telemetry, standing: () => AdapterStanding): void {
  const metrics = telemetry.gauge({
    name: 'podtide_adapter_metrics_count',
    help: 'Metrics that rules make of the series there are, by API.',
    labels: ['api'],
  });
  const leftOut = telemetry.gauge({
    name: 'podtide_adapter_left_out_metrics_count',
    help: 'Metrics beyond the bound of one adapter, which nobody can ask for.',
  });
  const series = telemetry.gauge({
    name: 'podtide_adapter_series_count',
    help: 'Series that the selectors of all rules have found, those of several selectors counted for each.',
  });
  const failing = telemetry.gauge({
    name: 'podtide_adapter_failing_selectors_count',
    help: 'Selectors whose last listing has failed; what they found before is still in use.',
  });
  const listed = telemetry.gauge({
    name: 'podtide_adapter_last_listing_timestamp_seconds',
    help: 'When the series of every selector were last listed without a failure.',
  });
  telemetry.beforeExposition(() => {
    const now = standing();
    metrics.set(now.customMetricsCount, { api: 'custom.metrics.k8s.io' });
    metrics.set(now.externalMetricsCount, { api: 'external.metrics.k8s.io' });
    leftOut.set(now.leftOutCount);
    series.set(now.seriesCount);
    failing.set(now.failingSelectorsCount);
    if (now.listedAtMs !== null) listed.set(now.listedAtMs / 1000);
  });
}

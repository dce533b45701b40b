/** How many metrics there are, whatever the number of series. */
export const METRICS_COUNT = 1_000;

/** The namespace of the pods that reads ask for. */
export const NAMESPACE = 'shop';

/** The Service in front of all pods. */
export const SERVICE = 'web';

/** The name of a series of that metric; every other one is a counter. */
export function seriesName(metric: number): string {
  return `app_${String(metric).padStart(4, '0')}_${metric % 2 === 0 ? 'requests_total' : 'queue_length'}`;
}

/** What the chart's default rules make of it. */
export function apiName(metric: number): string {
  return seriesName(metric).replace(/_total$/, '');
}

export function podName(pod: number): string {
  return `web-${String(pod).padStart(4, '0')}`;
}

/** The labels that a ServiceMonitor makes, of one pod's series. */
export function seriesLabels(metric: number, pod: number): Readonly<Record<string, string>> {
  return {
    __name__: seriesName(metric),
    container: 'app',
    endpoint: 'http',
    instance: `10.244.${pod >> 8}.${pod & 255}:8080`,
    job: 'web',
    namespace: NAMESPACE,
    pod: podName(pod),
    service: SERVICE,
  };
}

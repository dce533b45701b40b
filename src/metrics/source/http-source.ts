import type { Clock } from '../../base/clock.ts';
import type { KubeClient } from '../../platform/kube/client.ts';
import type { Discovery } from '../../platform/kube/discovery.ts';
import { createCustomMetricsClient } from './custom-client.ts';
import { createExternalMetricsClient } from './external-client.ts';
import type { MetricsSource } from './port.ts';
import { createResourceMetricsClient } from './resource-client.ts';

/** What the HTTP clients of the metrics APIs need. */
export interface HttpMetricsSourceOptions {
  readonly client: Pick<KubeClient, 'getJson'>;
  readonly discovery: Pick<Discovery, 'read'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** For how long the discovered version of the custom metrics API stands: one sync period. */
  readonly discoveryMs: number;
  /** Longest wait for one answer. */
  readonly deadlineMs: number;
}

/**
 * The three metrics APIs of an API server as a source: `metrics.k8s.io`, `custom.metrics.k8s.io` and
 * `external.metrics.k8s.io`, asked as upstream's clients ask (specification 6). Failures carry client-go's texts.
 */
export function createHttpMetricsSource(options: HttpMetricsSourceOptions): MetricsSource {
  return {
    resource: createResourceMetricsClient(options),
    custom: createCustomMetricsClient(options),
    external: createExternalMetricsClient(options),
  };
}

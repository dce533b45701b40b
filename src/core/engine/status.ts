import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { HpaCondition, HpaStatus, MetricStatus } from '../autoscaling/types.ts';

/** What a rebuilt status is made of. */
export interface StatusParts {
  readonly storedStatus: HpaStatus;
  /** Spec replicas as read at the start. */
  readonly currentReplicas: number;
  readonly desiredReplicas: number;
  readonly metrics: readonly MetricStatus[] | null;
  readonly conditions: readonly HpaCondition[];
  /** The instant of the scale write; null when none succeeded. */
  readonly rescaledAtMs: number | null;
}

/**
 * A status rebuilt from scratch, empty fields left out as on the wire. The observed generation is not carried over
 * (specification 1.8; upstream: setStatus).
 */
export function buildStatus(parts: StatusParts): HpaStatus {
  const { currentReplicas, desiredReplicas, metrics, conditions, rescaledAtMs } = parts;
  const lastScaleTime = rescaledAtMs === null ? parts.storedStatus.lastScaleTime : formatRfc3339(rescaledAtMs);
  return {
    ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
    ...(currentReplicas === 0 ? {} : { currentReplicas }),
    desiredReplicas,
    currentMetrics: metrics,
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

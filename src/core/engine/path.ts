import type { ScaleFact } from './facts.ts';
import type { HpaReading } from './hpa-reading.ts';
import type { EngineOptions } from './options.ts';
import { readReplicaCount } from './replica-count.ts';
import type { PathTrace } from './trace.ts';

/** The scale as upstream's 32-bit fields hold it. */
export interface ScaleReading {
  readonly resource: string;
  readonly currentReplicas: number;
  readonly statusReplicas: number;
  readonly selector: string;
}

/** Reads the counts of a scale that was found. */
export function readScale(scale: Extract<ScaleFact, { kind: 'found' }>): ScaleReading {
  return {
    resource: scale.resource,
    currentReplicas: readReplicaCount(scale.specReplicas, 0),
    statusReplicas: readReplicaCount(scale.statusReplicas, 0),
    selector: scale.selector,
  };
}

/** The path of a reconcile that found its HPA and its scale (specification 1.6, the table; upstream: reconcileAutoscaler). */
export function choosePath(hpa: HpaReading, currentReplicas: number, options: EngineOptions): PathTrace {
  const { minReplicas, maxReplicas } = hpa;
  return { code: pathCode(hpa, currentReplicas, options), currentReplicas, minReplicas, maxReplicas };
}

function pathCode(hpa: HpaReading, currentReplicas: number, options: EngineOptions): PathTrace['code'] {
  if (currentReplicas === 0) return isWokenFromZero(hpa, options) ? 'MetricDriven' : 'Disabled';
  if (currentReplicas > hpa.maxReplicas) return 'ForcedToMax';
  return currentReplicas < hpa.minReplicas ? 'ForcedToMin' : 'MetricDriven';
}

/** Zero replicas are the HPA's own doing, and something may end them: a metric that needs no pods, or a raised minimum. */
function isWokenFromZero(hpa: HpaReading, options: EngineOptions): boolean {
  return wasScaledToZero(hpa, options) && (hpa.minReplicas !== 0 || hasObjectOrExternal(hpa));
}

/** Whether the HPA itself scaled the workload to zero, as far as its stored conditions say. */
export function wasScaledToZero({ status }: HpaReading, { features }: EngineOptions): boolean {
  if (!features.HPAScaleToZero) return false;
  const condition = status.conditions?.find(({ type }) => type === 'ScaledToZero');
  return condition?.status === 'True';
}

/** Whether a metric can be measured without any pod. */
export function hasObjectOrExternal({ metrics }: HpaReading): boolean {
  return metrics.some(({ type }) => type === 'Object' || type === 'External');
}

/** The path of a reconcile that ended before any count was read. */
export function endedPath(code: 'HpaMissing' | 'HpaUnreadable' | 'ScaleFailed'): PathTrace {
  return { code, currentReplicas: null, minReplicas: null, maxReplicas: null };
}

import type { Int64 } from '../../base/int64.ts';
import type { HorizontalPodAutoscaler } from '../autoscaling/types.ts';

export type { Int64 };

/**
 * Everything that one decision may depend on, gathered before it is made. Plain data: it survives JSON unchanged.
 * All instants are epoch milliseconds of the domain clock.
 */
export interface Facts {
  readonly nowMs: number;
  /** How much later each further reading of the clock within the reconcile is; 0 outside conformance vectors. */
  readonly clockTickNs: number;
  readonly hpa: HpaFact;
  readonly scale: ScaleFact;
  /** The listing that the ambiguity check makes; also what the metrics are computed over. */
  readonly pods: PodsFact;
  /** Whether the HPA is in the selector registry. */
  readonly isRegistered: boolean;
  /** Keys (`namespace/name`), sorted, of the other HPAs whose stored selector matches at least one of the listed pods. */
  readonly rivals: readonly string[];
  /** One entry for each metric of the spec, in its order. */
  readonly metrics: readonly MetricSamples[];
  /** Present only when the HPA selects pods by owner: `pods` are then those that its target owns. */
  readonly ownership?: OwnershipFact;
  /** Present only with the scale-down breaker: how the HPAs fare that share a metrics API with this one. */
  readonly pressure?: FleetPressure;
}

/** The HPA as the cache has it: defaulted `autoscaling/v2`. */
export type HpaFact =
  | { readonly kind: 'found'; readonly object: HorizontalPodAutoscaler }
  | { readonly kind: 'missing'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'unreadable'; readonly namespace: string; readonly name: string; readonly message: string };

/** The target's scale subresource, or the stage at which it could not be had, with the collaborator's whole error text. */
export type ScaleFact =
  | {
      readonly kind: 'found';
      /** `resource.group` that answered, for example `deployments.apps`. */
      readonly resource: string;
      readonly specReplicas: number;
      readonly statusReplicas: number;
      /** Label selector as text; empty when the scale has none. */
      readonly selector: string;
    }
  | { readonly kind: 'failed'; readonly stage: 'parse' | 'mapping' | 'read'; readonly message: string };

/** The pods of the namespace that the scale's selector matches, projected to what the maths needs, in list order. */
export type PodsFact =
  | { readonly kind: 'listed'; readonly pods: readonly PodFact[] }
  | { readonly kind: 'failed'; readonly message: string };

export interface PodFact {
  readonly name: string;
  /** Pending, Running, Succeeded, Failed or Unknown. */
  readonly phase: string;
  readonly isDeleted: boolean;
  /** `status.startTime`; null when the pod has not started. */
  readonly startAtMs: number | null;
  /** The Ready condition; null when the pod has none. */
  readonly ready: { readonly status: string; readonly sinceMs: number } | null;
  readonly requests: PodRequests;
}

/**
 * What the pod asks for, in milli values by resource name. Shared between pods of one template: compare by identity to
 * save work, never mutate.
 */
export interface PodRequests {
  readonly containers: readonly ContainerRequests[];
  readonly initContainers: readonly (ContainerRequests & { readonly isSidecar: boolean })[];
  /**
   * What counts in place of the containers where the pod sets pod-level requests: those, for other resources the
   * aggregation of the containers, and the overhead (specification 13.2). Null when it sets none.
   */
  readonly pod: Readonly<Record<string, Int64>> | null;
}

export interface ContainerRequests {
  readonly name: string;
  readonly requests: Readonly<Record<string, Int64>>;
}

/** What a metric's query brought, after the client's own aggregation. */
export type MetricSamples =
  | { readonly kind: 'values'; readonly samples: SampleSet }
  /** The query failed; the client's whole error text. */
  | { readonly kind: 'metricFailed'; readonly message: string }
  /** The query worked, but the listing of pods that this metric makes failed. */
  | { readonly kind: 'podsFailed'; readonly message: string; readonly samples: SampleSet }
  /** `plan` did not ask for it. */
  | { readonly kind: 'notQueried' };

export type SampleSet =
  /** Resource, ContainerResource, Pods: one sample a pod. */
  | { readonly kind: 'perPod'; readonly byPod: Readonly<Record<string, PodSample>> }
  /** Object (exactly one) and External (any number), in milli values. */
  | { readonly kind: 'values'; readonly milli: readonly Int64[]; readonly atMs: number };

export interface PodSample {
  readonly milli: Int64;
  readonly atMs: number;
  readonly windowMs: number;
}

/** Whose the pods are that the selector matches. */
export type OwnershipFact =
  | { readonly kind: 'known'; readonly foreign: readonly ForeignPods[] }
  /** It could not be found out; `pods` are all that match, and must not be counted. */
  | { readonly kind: 'unknown'; readonly message: string };

/** Matching pods that somebody else owns: `Job/migrate`; null when nobody does. */
export interface ForeignPods {
  readonly owner: string | null;
  readonly pods: readonly string[];
}

/** How the fleet fares, for the scale-down breaker. */
export interface FleetPressure {
  /** Since when this HPA has wanted down, without interruption, up to its last decision; null when it did not then. */
  readonly wantsDownSinceMs: number | null;
  /** The metrics APIs that it uses. */
  readonly apis: readonly ApiPressure[];
}

export interface ApiPressure {
  /** `metrics.k8s.io`, `custom.metrics.k8s.io` or `external.metrics.k8s.io`. */
  readonly api: string;
  /** HPAs that use it, this one included. */
  readonly hpaCount: number;
  /** Those of them that want down and began to within a minute of this one, itself included. */
  readonly wantDownCount: number;
}

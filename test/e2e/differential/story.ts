import type { HpaSpec } from '../../../src/core/autoscaling/types.ts';

/**
 * What happens to one HPA in a namespace of its own, told beforehand and played on any controller. Instants are
 * milliseconds from the start of the play.
 */
export interface Story {
  /** Also the namespace. */
  readonly name: string;
  /** `workload` is a custom resource with a scale subresource whose pods the play makes and shapes itself. */
  readonly target: 'workload' | 'deployment';
  readonly specReplicas: number;
  readonly pods: PodShape;
  readonly hpa: HpaSpec;
  /** In order of time; the first is at 0. */
  readonly metrics: readonly { readonly atMs: number; readonly answers: MetricAnswers }[];
  /** In order of time. */
  readonly acts: readonly (Act & { readonly atMs: number })[];
}

/** How the pods of a story come into being. */
export interface PodShape {
  /** CPU requests by container. */
  readonly requests: Readonly<Record<string, string>>;
  /** Whether the first pod's last container asks for no CPU: of several such pods upstream names any. */
  readonly isFirstIncomplete: boolean;
  /** How long before its creation a pod says that it started; negative has no meaning. */
  readonly ageMs: number;
  readonly state: PodState;
}

export type PodState = 'ready' | 'unready' | 'pending' | 'failed' | 'terminating' | 'gone';

export type Act =
  | { readonly kind: 'editHpa'; readonly spec: HpaSpec }
  /** The HPA is deleted and made anew. */
  | { readonly kind: 'recreateHpa' }
  /** Somebody scales by hand. */
  | { readonly kind: 'scaleTarget'; readonly specReplicas: number }
  /** The target's own view of itself: how many it has, and which labels they carry. */
  | { readonly kind: 'reportTarget'; readonly statusReplicas?: number; readonly selector?: string }
  | { readonly kind: 'deleteTarget' }
  | { readonly kind: 'recreateTarget' }
  /** The pod of this place, counted from the oldest, changes. */
  | { readonly kind: 'changePod'; readonly place: number; readonly state: PodState };

/** What the metrics APIs say of a story's namespace. */
export interface MetricAnswers {
  readonly resource: ResourceAnswer;
  /** Custom and external metrics by name; a name that is missing here is unknown. */
  readonly named: Readonly<Record<string, NamedAnswer>>;
}

export type ResourceAnswer =
  | {
      readonly kind: 'usage';
      /** CPU of the first container of the pod of each place; beyond the end it starts over. */
      readonly cpuMilli: readonly number[];
      readonly memory: string;
      readonly ageMs: number;
      readonly windowMs: number;
      /** Places of pods that are not listed. */
      readonly missingPlaces: readonly number[];
      /** Places of pods whose last container has no CPU usage. */
      readonly partialPlaces: readonly number[];
      /** Pods listed that the cluster does not have. */
      readonly ghostCount: number;
    }
  | Unanswered;

export type NamedAnswer = { readonly kind: 'values'; readonly values: readonly string[] } | Unanswered;

export interface Unanswered {
  readonly kind: 'empty' | 'unknown' | 'refused' | 'broken';
}

import type { HpaSpec, HpaStatus } from '../autoscaling/types.ts';
import type { PodTroubleCause } from './notice.ts';

/**
 * What is seen of one HPA at one instant, as plain data: the only thing that the state machines know of a cluster. It
 * is taken from caches whenever one of its parts has changed, and again when a machine asked to look again. Parts need
 * not be of the same moment: the caches of HPAs, targets and pods may be ahead of each other by a second or two.
 */
export type Observation = HpaSeen | HpaGone;

/** The HPA is there. */
export interface HpaSeen {
  readonly kind: 'seen';
  /** When it was seen; domain time. */
  readonly atMs: number;
  /**
   * Since when nobody had looked, in the first observation after a start or after a watch that had a gap; undefined
   * while watching goes on. What has changed since then is told as observed late.
   */
  readonly unwatchedSinceMs: number | undefined;
  readonly hpa: ObservedHpa;
  readonly target: TargetSight;
  readonly pods: PodsSight;
}

/** The HPA was deleted; another one of the same name, with its own uid, is another observation. */
export interface HpaGone {
  readonly kind: 'gone';
  readonly atMs: number;
  /** As for `HpaSeen`. */
  readonly unwatchedSinceMs: number | undefined;
}

/** An HPA of whatever version the cluster serves, as version 2. */
export interface ObservedHpa {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
  readonly spec: Pick<HpaSpec, 'scaleTargetRef' | 'minReplicas' | 'maxReplicas' | 'metrics'>;
  /** Undefined, or without conditions, until a controller has written it. */
  readonly status: HpaStatus | undefined;
}

/** What is known of the object that an HPA scales. */
export type TargetSight =
  /**
   * Its cache is not filled yet, or it is polled only while `wantsTarget`: at once, and again within 5 s while that
   * lasts. Nothing is concluded from it.
   */
  | { readonly kind: 'notLooked' }
  /** The rights are missing: only the HPA's own status speaks, and completions stay unverified. */
  | { readonly kind: 'denied' }
  /** There is no such object. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'seen'; readonly target: ObservedTarget };

/**
 * A Deployment, StatefulSet, ReplicaSet or whatever else has a Scale. A count that the kind reports is 0 where the
 * field is absent (`omitempty`); undefined means that the kind reports none, as when only its Scale is known.
 */
export interface ObservedTarget {
  readonly uid: string;
  readonly createdAtMs: number;
  /** `spec.replicas`, 1 where absent. */
  readonly specReplicas: number;
  /** `status.replicas`: during a roll-out, those of old and new templates together. */
  readonly statusReplicas: number;
  readonly readyReplicas: number | undefined;
  readonly availableReplicas: number | undefined;
  readonly generation: number | undefined;
  /** `status.observedGeneration`: below `generation`, the counts are of an older spec. */
  readonly observedGeneration: number | undefined;
  /** Whether pods start one after the other: a StatefulSet whose podManagementPolicy is not Parallel. */
  readonly isOrdered: boolean;
  /** The condition ReplicaFailure when it is True: pods cannot be created (quota, admission, limit range). */
  readonly replicaFailure: { readonly reason: string; readonly message: string } | undefined;
  /** Who last wrote `spec.replicas`; undefined where managedFields do not tell. */
  readonly replicasWriter: ReplicasWriter | undefined;
}

/** The newest entry of managedFields that owns `spec.replicas`. */
export interface ReplicasWriter {
  /** `kube-controller-manager`, `kubectl`, `argocd-controller` … */
  readonly manager: string;
  /** Undefined when the entry has no time. */
  readonly atMs: number | undefined;
}

/** What is known of the target's pods; they are looked at only while `wantsPods`. */
export type PodsSight =
  | { readonly kind: 'notLooked' }
  | { readonly kind: 'denied' }
  | {
      readonly kind: 'seen';
      /** Pods that are neither finished nor being deleted. */
      readonly podCount: number;
      readonly readyCount: number;
      /** Of the pod that is worst off, by the order of `POD_TROUBLE_CAUSES`; undefined while no pod has trouble. */
      readonly worst: PodTrouble | undefined;
    };

/** Why a pod is not ready. */
export interface PodTrouble {
  readonly cause: PodTroubleCause;
  readonly podName: string;
  /** The scheduler's or kubelet's words: `0/3 nodes are available: insufficient cpu`. */
  readonly message: string;
}

/** Everything that people are told, by the name under which a route asks for it. */
export const NOTICE_TYPES = [
  'scale.up.started',
  'scale.up.completed',
  'scale.down.started',
  'scale.down.completed',
  'scale.superseded',
  'scale.reverted',
  'scale.stuck',
  'scale.aborted',
  'scale.to_zero',
  'scale.from_zero',
  'scale.manual',
  'limit.max.entered',
  'limit.max.cleared',
  'target.unreachable',
  'target.reachable',
  'metrics.lost',
  'metrics.partial',
  'metrics.recovered',
  'metrics.provider_down',
  'metrics.provider_recovered',
  'flapping.started',
  'flapping.digest',
  'flapping.ended',
  'watcher.gap',
  'watcher.sink_down',
  'watcher.sink_recovered',
  'watcher.heartbeat',
] as const;

export type NoticeType = (typeof NOTICE_TYPES)[number];

/** How much a notice asks for attention; routes match on it. */
export type Severity = 'info' | 'warning' | 'critical';

/** The HPA that a notice is about, and what it scales. */
export interface NoticeSubject {
  readonly namespace: string;
  readonly hpaName: string;
  readonly hpaUid: string;
  /** Labels of the HPA, for routes. */
  readonly hpaLabels: Readonly<Record<string, string>>;
  readonly targetKind: string;
  readonly targetName: string;
  readonly replicasMin: number;
  readonly replicasMax: number;
}

/** What one metric of an HPA's status said, as text with its unit: `132%` of `80%`, `95` of `30`. */
export interface MetricReading {
  readonly source: 'Resource' | 'ContainerResource' | 'Pods' | 'Object' | 'External';
  /** `cpu`, `cpu of app`, `requests`, `queue_messages_ready`. */
  readonly name: string;
  /** Undefined when the status has no current value of it. */
  readonly current: string | undefined;
  readonly target: string;
  /** current / target where both are known: the greatest of an HPA's metrics decided. */
  readonly usageRatio: number | undefined;
}

/** One change of the target's spec.replicas within an episode. */
export interface EpisodeStep {
  readonly atMs: number;
  readonly fromReplicas: number;
  readonly toReplicas: number;
}

/** A scaling from its first step until its pods are there, or until something else ends it. */
export interface Episode {
  /** The same however often the episode is found anew: a short hash of cluster, HPA uid, direction and first step. */
  readonly id: string;
  readonly direction: 'up' | 'down';
  readonly baselineReplicas: number;
  /** The count that it was to come to. Of one that was superseded or reverted, the last step leads elsewhere. */
  readonly targetReplicas: number;
  readonly openedAtMs: number;
  readonly steps: readonly EpisodeStep[];
  /**
   * Metrics as the status had them at the first step, in the order of the spec; empty when the status did not say that
   * the step was its own, so that its values are those of another sync.
   */
  readonly readings: readonly MetricReading[];
  /** What bounded the count (`TooManyReplicas`, `ScaleUpLimit` …); undefined when nothing did. */
  readonly limiter: string | undefined;
}

/** What may be wrong with a pod that does not become available (specification 2.4); an earlier one explains the later ones. */
export const POD_TROUBLE_CAUSES = [
  'Unschedulable',
  'ImagePull',
  'CrashLoop',
  'NotReady',
  'VolumePending',
  'Unknown',
] as const;

/** Why an episode does not come to its end: the first that holds, in this order. */
export const STUCK_CAUSES = ['FailedUpdateScale', 'ReplicaFailure', ...POD_TROUBLE_CAUSES] as const;

export type StuckCause = (typeof STUCK_CAUSES)[number];
export type PodTroubleCause = (typeof POD_TROUBLE_CAUSES)[number];

/**
 * Something that happened, as plain data in no language. `id` is the same whenever the same happening is derived again
 * (after a restart, by another process), so that nobody is told twice.
 */
export interface Notice {
  readonly id: string;
  readonly type: NoticeType;
  readonly severity: Severity;
  /** When it happened, as far as is known; domain time. */
  readonly atMs: number;
  readonly cluster: string;
  /** Undefined when it is about the cluster or the watcher itself. */
  readonly subject: NoticeSubject | undefined;
  /** For `scale.*`. */
  readonly episode: Episode | undefined;
  /** Whether it was found out afterwards, when nobody had been looking. */
  readonly isObservedLate: boolean;
  /** Whether pods could not be looked at, so that only counts speak for a completion. */
  readonly isUnverified: boolean;
  readonly details: NoticeDetails;
}

/** What else a sentence about it needs, by what the notice is about. */
export type NoticeDetails =
  | { readonly kind: 'none' }
  /** Of a completion or a stuck episode; a completion has the cause for which it was told to be stuck before. */
  | {
      readonly kind: 'pods';
      readonly availableReplicas: number;
      readonly cause: StuckCause | undefined;
      readonly message: string;
    }
  /**
   * `at most` and what it would like: undefined when that cannot be estimated. `sinceMs` where it is told again, because it
   * stands on.
   */
  | { readonly kind: 'limit'; readonly wantedReplicas: number | undefined; readonly sinceMs?: number }
  /** Reason and message of the condition, or the metrics without values; `sinceMs` as of a limit. */
  | {
      readonly kind: 'condition';
      readonly reason: string;
      readonly message: string;
      readonly metricNames: readonly string[];
      readonly sinceMs?: number;
    }
  /** How many HPAs lack metrics, and where; of a recovery, how many still do; `sinceMs` as of a limit. */
  | {
      readonly kind: 'provider';
      readonly hpaCount: number;
      readonly namespaces: readonly string[];
      readonly reason: string;
      readonly sinceMs?: number;
    }
  | {
      readonly kind: 'flapping';
      readonly reversalCount: number;
      readonly startCount: number;
      readonly lowestReplicas: number;
      readonly highestReplicas: number;
      readonly suggestedWindowSeconds: number;
    }
  | { readonly kind: 'manual'; readonly manager: string; readonly fromReplicas: number; readonly toReplicas: number }
  | { readonly kind: 'watcher'; readonly message: string; readonly sinceMs: number };

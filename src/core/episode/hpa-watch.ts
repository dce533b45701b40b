import type { Flapping } from './flapping.ts';
import type { FollowedCount } from './followed-count.ts';
import type { HeldLevel } from './held-level.ts';
import type { NoticeSubject } from './notice.ts';
import type { Scaling } from './scaling.ts';

/** Whether an HPA wants more than it may have. */
export type LimitLevel = 'clear' | 'max';

/** Whether its target's scale can be read and written. */
export type ReachLevel = 'reachable' | 'unreachable';

/** Whether its metrics have values: all, some, or too few to decide. */
export type MetricsLevel = 'ok' | 'partial' | 'lost';

/**
 * What is remembered of one HPA between two observations: a versioned value that survives JSON. Instants are of domain
 * time but for those that the cluster wrote, which are compared with each other only. A name inherits nothing from
 * another uid.
 */
export interface HpaWatch {
  readonly version: 1;
  readonly seenAtMs: number;
  /** As last seen: the notice of a deletion has nothing else. */
  readonly subject: NoticeSubject;
  /** Null until it was seen. */
  readonly targetUid: string | null;
  readonly count: FollowedCount;
  readonly scaling: Scaling;
  readonly limit: HeldLevel<LimitLevel>;
  readonly reach: HeldLevel<ReachLevel>;
  readonly metrics: HeldLevel<MetricsLevel>;
  /** Of the condition ScalingActive while metrics are lost, else empty. */
  readonly metricsReason: string;
  readonly flapping: Flapping;
  /** What the last scalings up took, in ms, the newest last. */
  readonly durationsMs: readonly number[];
}

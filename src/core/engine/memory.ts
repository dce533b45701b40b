import type { HoldTrace } from './trace.ts';

/**
 * What the controller remembers of one HPA between decisions: a versioned value that is persisted, restored, shown and
 * replayed. The lists are upstream's, in upstream's slot order, overwriting included.
 */
export interface Memory {
  readonly version: 1;
  /** Null until the first reconcile that read a scale; an empty list counts as seeded. */
  readonly recommendations: readonly Recommendation[] | null;
  readonly scaleUpEvents: readonly ScaleEvent[];
  readonly scaleDownEvents: readonly ScaleEvent[];
  /** When each spec metric's present run of failures began, by metric name; empty while all work. */
  readonly failingSinceMs: Readonly<Record<string, number>>;
  /** The hold that was last told of; absent while nothing holds the count. */
  readonly heldBy?: ToldHold;
  /** Annotations that were told to be ignored, each with what was wrong; absent while there are none. */
  readonly ignoredOptions?: Readonly<Record<string, string>>;
}

/** The holds whose beginning and end are told. */
export type ToldHold = Exclude<HoldTrace['code'], 'FleetNotSeen'>;

/** An unstabilized recommendation: [replicas, epoch ms]. */
export type Recommendation = readonly [replicaCount: number, atMs: number];

/** A scale write that succeeded: [absolute change, epoch ms, 1 when its slot may be reused]. */
export type ScaleEvent = readonly [changeCount: number, atMs: number, isOutdated: 0 | 1];

/** The memory of an HPA never seen before. */
export const EMPTY_MEMORY: Memory = {
  version: 1,
  recommendations: null,
  scaleUpEvents: [],
  scaleDownEvents: [],
  failingSinceMs: {},
};

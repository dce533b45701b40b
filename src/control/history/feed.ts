import type { Release } from '../../base/clock.ts';
import type { Int64 } from '../../base/int64.ts';
import type { PathTrace } from '../../core/engine/trace.ts';
import type { DecisionReport } from '../facts/report.ts';

/**
 * What every controller serves about its decisions, in process or over `/decisions`: the newest of each HPA in short
 * form, whole records by identity, and everything new as it happens.
 */
export interface DecisionFeed {
  /** Summaries that match, oldest first; the newest `limitCount` of them. */
  list(query: DecisionQuery): Promise<readonly DecisionSummary[]>;
  /** The whole record; undefined when it was never here or has made room for newer ones. */
  at(id: string): Promise<DecisionRecord | undefined>;
  /** Calls `listener` for each new decision, in order, from now on. A slow listener must copy and return. */
  watch(listener: DecisionListener): Release;
}

export type DecisionListener = (record: DecisionRecord) => void;

/** Which decisions; an absent field matches all. */
export interface DecisionQuery {
  readonly namespace?: string;
  readonly name?: string;
  /** Not before this instant, epoch ms of the domain clock. */
  readonly sinceMs?: number;
  /** Only decisions that changed something: see DecisionSummary.isChange. */
  readonly isChangeOnly?: boolean;
  /** At most this many, the newest ones; the feed's own bound when absent. */
  readonly limitCount?: number;
}

/** What makes a decision the one it is, in every store and on every screen. */
export interface DecisionIdentity {
  /** The name that the operator gave the cluster. */
  readonly cluster: string;
  /** The HPA's uid; `namespace/name` when the object had none or was not readable. */
  readonly uid: string;
  /** The instant of the decision, epoch ms of the domain clock. */
  readonly atMs: number;
  /** The rules that decided, for example `kubernetes-1.36`. */
  readonly version: string;
}

/** The text form of an identity: its parts percent-encoded and joined by `~`, safe in a URL path. */
export function decisionId(identity: DecisionIdentity): string {
  return [identity.cluster, identity.uid, String(identity.atMs), identity.version].map(encodeURIComponent).join('~');
}

/** Everything that one decision depended on and led to: what explanation, replay and what-if start from. */
export interface DecisionRecord extends DecisionReport {
  readonly id: string;
  readonly identity: DecisionIdentity;
  readonly summary: DecisionSummary;
}

/** The short form for lists and charts: a few hundred bytes. */
export interface DecisionSummary {
  readonly id: string;
  readonly hpa: { readonly namespace: string; readonly name: string; readonly uid: string | null };
  readonly atMs: number;
  readonly path: PathTrace['code'];
  readonly currentReplicas: number | null;
  readonly desiredReplicas: number | null;
  readonly scaledTo: number | null;
  readonly minReplicas: number | null;
  readonly maxReplicas: number | null;
  /** True when it scaled, failed otherwise than the one before, or changed a condition, path or bound. */
  readonly isChange: boolean;
  /** Whether the whole record can still be had through `at`; as of the listing. */
  readonly hasRecord: boolean;
  readonly metrics: readonly MetricPoint[];
  readonly winnerIndex: number | null;
  readonly error: string | null;
  readonly differenceCount: number;
}

/** One metric of a decision, as a chart needs it. */
export type MetricPoint =
  | {
      readonly kind: 'proposed';
      readonly name: string;
      readonly sourceType: string;
      readonly targetKind: 'utilization' | 'averageValue' | 'value';
      /** Percent for a utilization, a milli value otherwise; `current` likewise. */
      readonly target: Int64;
      readonly current: Int64;
      readonly tolerance: { readonly down: number; readonly up: number };
      readonly proposedReplicas: number;
    }
  | { readonly kind: 'failed'; readonly name: string; readonly sourceType: string; readonly reason: string };

import type { Episode, MetricReading, NoticeType, Severity, StuckCause } from '../episode/notice.ts';

/** Which way an episode goes. */
export type Direction = Episode['direction'];

/** What a fact of a message is about; each language has a label for it. */
export type FactLabel =
  | 'cluster'
  | 'severity'
  | 'namespace'
  | 'workload'
  | 'hpa'
  | 'direction'
  | 'replicas'
  | 'targetReplicas'
  | 'readyReplicas'
  | 'wantedReplicas'
  | 'reason'
  | 'blocked'
  | 'trigger'
  | 'metric'
  | 'lostMetrics'
  | 'limiter'
  | 'manager'
  | 'affected'
  | 'stillAffected'
  | 'namespaces'
  | 'reversals'
  | 'starts'
  | 'replicaRange'
  | 'window'
  | 'duration'
  | 'lasted'
  | 'since'
  | 'time'
  | 'span'
  | 'message';

/** The words that a notice is told in, of one language. Cluster's own words come in as parameters, on one line each. */
export interface NoticeWords {
  readonly colon: string;
  /** What happened, as the title has it; by direction where the type leaves that open. */
  readonly names: Readonly<Record<NoticeType, string | Readonly<Record<Direction, string>>>>;
  readonly nameMarks: Readonly<Record<'unverified' | 'late', (name: string) => string>>;
  readonly labels: Readonly<Record<FactLabel, string>>;
  readonly severities: Readonly<Record<Severity, string>>;
  readonly directions: Readonly<Record<Direction, string>>;
  readonly linkText: string;
  readonly values: ValueWords;
  readonly causes: Readonly<Record<StuckCause, { readonly text: string; readonly advice: string }>>;
  readonly paragraphs: ParagraphWords;
  readonly digest: DigestWords;
}

/** How values read. */
export interface ValueWords {
  readonly hpa: (name: string, replicasMin: number, replicasMax: number) => string;
  /** `path` is `1 → 3 → 5`. */
  readonly path: (path: string, stepCount: number) => string;
  readonly metric: (reading: MetricWords) => string;
  /** What bounded the count, by the reason of ScalingLimited. */
  readonly limiter: (reason: string, replicasMin: number, replicasMax: number) => string;
  readonly unverifiedReady: string;
  readonly wanted: (replicaCount: number) => string;
  readonly hpas: (hpaCount: number) => string;
  readonly times: (count: number) => string;
  readonly seconds: (seconds: number) => string;
  readonly duration: (durationMs: number) => string;
  /** The items, and how many more there are. */
  readonly list: (items: readonly string[], moreCount: number) => string;
}

/** A reading as a sentence needs it; `ratio` is `1.65`, empty where it is not known. */
export interface MetricWords extends Pick<MetricReading, 'source' | 'name' | 'current' | 'target'> {
  readonly ratio: string;
}

/** Sentences below the facts. */
export interface ParagraphWords {
  readonly types: { readonly [Type in NoticeType]: (params: ParagraphParams) => readonly string[] };
  /** What to do when metrics are lost, by the condition's reason; `other` for every other one. */
  readonly metricAdvice: Readonly<Record<MetricReason | 'other', (params: ParagraphParams) => string>>;
  readonly unverified: string;
  readonly late: string;
  /** In a message that tells of the start and the end of an episode at once. */
  readonly merged: string;
}

/** Reasons of ScalingActive that have advice of their own. */
export const METRIC_REASONS = [
  'FailedGetResourceMetric',
  'FailedGetContainerResourceMetric',
  'FailedGetPodsMetric',
  'FailedGetObjectMetric',
  'FailedGetExternalMetric',
  'AmbiguousSelector',
  'InvalidSelector',
  'InvalidMetricSourceType',
] as const;

/** One of them. */
export type MetricReason = (typeof METRIC_REASONS)[number];

/** What sentences need; what does not apply is 0 or empty. */
export interface ParagraphParams {
  readonly namespace: string;
  readonly hpaName: string;
  readonly direction: Direction;
  readonly targetReplicas: number;
  /** Where the count went instead, of what was superseded or reverted. */
  readonly endReplicas: number;
  readonly availableReplicas: number;
  readonly replicasMax: number;
  readonly suggestedWindowSeconds: number;
  readonly isUnverified: boolean;
  /** Whether it began when it was found. */
  readonly isOfAMoment: boolean;
}

/** What a message of several notices says. */
export interface DigestWords {
  readonly name: string;
  /** What the title says after the name. */
  readonly about: (cluster: string, noticeCount: number) => string;
  /** The label for notices that are of no namespace. */
  readonly noNamespace: string;
  readonly otherNamespaces: (namespaceCount: number) => string;
  /** Of one namespace: `parts` are names with counts. */
  readonly counts: (noticeCount: number, parts: readonly string[]) => string;
  readonly part: (name: string, count: number) => string;
  /** One notice: `name` of `about` at `time`. */
  readonly line: (name: string, about: string, time: string) => string;
  readonly more: (noticeCount: number) => string;
}

import type { Delivery } from '../../control/facts/report.ts';
import type { DecisionSummary, MetricPoint } from '../../control/history/feed.ts';
import type { NoticeType, Severity } from '../../core/episode/notice.ts';
import type { ExplainableDecision } from '../../core/explain/explanation.ts';

/** The page knows these from here alone. */
export type { DecisionSummary, MetricPoint };

/** Version of every body below; the page refuses another one and asks to be reloaded. */
export const DASHBOARD_API_VERSION = 'podtide.dev/v1';

/** `GET /api/overview`: every HPA, by name. */
export interface OverviewBody {
  readonly apiVersion: string;
  readonly hpas: readonly HpaOverview[];
}

/** One HPA as its newest decision left it. Sentences are made by the page, in the reader's language and time zone. */
export interface HpaOverview {
  readonly namespace: string;
  readonly name: string;
  readonly latest: DecisionSummary;
  /** The newest decision that scaled; the newest change of any kind when none did; null when there is none. */
  readonly lastChange: TimelineEntry | null;
  /** Replicas before each of the newest decisions, oldest first; null where unknown. For a sparkline. */
  readonly recentReplicas: readonly (number | null)[];
}

/** `GET /api/hpas/{namespace}/{name}/series?sinceMs=`: every decision in short form, oldest first. */
export interface SeriesBody {
  readonly apiVersion: string;
  readonly points: readonly DecisionSummary[];
}

/** `GET /api/decisions?namespace=&name=&limitCount=`: decisions that changed something, oldest first. */
export interface TimelineBody {
  readonly apiVersion: string;
  readonly entries: readonly TimelineEntry[];
}

/** A decision with all that explaining it needs; also the body of `GET /api/decisions/{id}`. */
export interface TimelineEntry {
  readonly id: string;
  readonly mode: Delivery['mode'];
  readonly decision: ExplainableDecision;
}

/** The requests behind an HPA, now: data of a `load` event of `GET /api/stream`, once a second, is a list of these. */
export interface HpaLoad {
  readonly namespace: string;
  readonly name: string;
  readonly requestsPerSecond: number;
  /** Null where failures are not counted. */
  readonly failedPerSecond: number | null;
  /** Null when nothing was answered or nothing waits. */
  readonly latencyP95Ms: number | null;
}

/**
 * Data of a `decision` event of `GET /api/stream`. The event's id is the decision's: a reader that comes back with it
 * (`Last-Event-ID`) gets everything since, or a `reset` event when that is no longer known.
 */
export interface StreamMessage {
  readonly summary: DecisionSummary;
  /** Only of decisions that changed something; others are had by id. */
  readonly entry: TimelineEntry | null;
}

/**
 * `GET /api/messages?language=&timeZone=`: what people would have been told, oldest first; null where nobody watches for
 * it. A `told` event of `GET /api/stream` says that there is one more.
 */
export interface MessagesBody {
  readonly apiVersion: string;
  readonly messages: readonly ToldMessage[] | null;
}

/** A message as a DingTalk robot would be sent it, in the language and the zone that were asked for. */
export interface ToldMessage {
  /** The same in every language. */
  readonly id: string;
  readonly type: NoticeType;
  readonly severity: Severity;
  /** When it happened, epoch ms of the domain clock. */
  readonly atMs: number;
  /** By which route it would go, and to which sink. */
  readonly route: string;
  readonly sink: string;
  /** What the list of chats and a phone's lock screen show. */
  readonly title: string;
  /** DingTalk's markdown, from words of the cluster too: what is no markdown of DingTalk's must not be more than text. */
  readonly text: string;
}

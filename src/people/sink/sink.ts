import type { Notice } from '../../core/episode/notice.ts';
import type { Message } from '../../core/explain/message.ts';

/**
 * Where messages go: one robot, mailbox, webhook. It retries nothing, and remembers nothing but
 * what a receiver said of our clock and our secret, so that the next attempt can do better.
 */
export interface Sink {
  /** As the configuration calls it; the only name of it in logs and telemetry. */
  readonly name: string;
  readonly quota: SinkQuota;
  /**
   * Tries once to deliver, and says what came of it; success is what the receiver's own answer says. Never throws for
   * what the world does; the signal's abort is `unknown` when bytes had been sent, `transient` before.
   */
  send(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome>;
}

/** How often a credential may be used: at most `burstCount` within five seconds, `countMax` in any `periodMs`. */
export interface SinkQuota {
  /** Sinks with the same key share the quota: a hash of the credential, never the credential. */
  readonly key: string;
  readonly countMax: number;
  readonly periodMs: number;
  readonly burstCount: number;
}

/** One message on its way. */
export interface Delivery {
  /** The same for each attempt, so that receivers that can may leave out the second. */
  readonly id: string;
  readonly message: Message;
  /** What it is about, for sinks that send data; several in a digest. */
  readonly notices: readonly Notice[];
  /** Whether an earlier attempt may have arrived; the message says so. */
  readonly isPossibleDuplicate: boolean;
  /** Whom it calls, from the configuration alone. */
  readonly mention: Mention;
}

/** Whom a message calls by the means of its sink. */
export interface Mention {
  readonly mobiles: readonly string[];
  readonly userIds: readonly string[];
  readonly isEverybody: boolean;
}

/** What came of one attempt. `detail` is for logs: short, without secrets, the receiver's code and words. */
export type DeliveryOutcome =
  /** `remark`: what an operator should hear of although it was delivered, as that one of two replicas did not take it. */
  | { readonly kind: 'sent'; readonly remark?: string }
  /** Not taken, and the same again may be. `retryAfterMs` when the receiver said so. */
  | { readonly kind: 'transient'; readonly detail: string; readonly retryAfterMs: number | undefined }
  /** Too often: the credential is to rest for `pauseMs`. */
  | { readonly kind: 'throttled'; readonly detail: string; readonly pauseMs: number }
  /** Refused for what the configuration says: signature, keyword, address, clock. */
  | { readonly kind: 'misconfigured'; readonly detail: string; readonly hint: string }
  /** The destination is no more, or never was. */
  | { readonly kind: 'deadDestination'; readonly detail: string }
  | { readonly kind: 'tooLarge'; readonly detail: string }
  | { readonly kind: 'contentRefused'; readonly detail: string }
  /** It may have arrived or not: the only outcome after which the same message may arrive twice. */
  | { readonly kind: 'unknown'; readonly detail: string };

import { cutText } from '../../../base/cut-text.ts';
import type { DeliveryOutcome } from '../../sink/sink.ts';
import type { MessageForm } from './outbox-row.ts';

/** What follows from one attempt. */
export type Judgement =
  | { readonly kind: 'taken' }
  /** The same again, after a wait. */
  | { readonly kind: 'later'; readonly mayHaveArrived: boolean; readonly retryAfterMs: number }
  /** The credential rests; `isLong` when so long that somebody else should be told meanwhile. */
  | { readonly kind: 'rest'; readonly pauseMs: number; readonly isLong: boolean }
  /** The sink is told of elsewhere; the message waits for whoever puts it right. */
  | { readonly kind: 'wait' }
  /** At once, with less in it. */
  | { readonly kind: 'again'; readonly form: MessageForm }
  /** At once, of fewer notices. */
  | { readonly kind: 'split' }
  /** Nothing helps; `isDestinationGone` when nothing would help any other message either. */
  | { readonly kind: 'give up'; readonly isDestinationGone: boolean };

/** A rest from here on is an exhausted quota rather than a rebuke: it counts as being down. */
const LONG_REST_MS = 900_000;

/** The consequences of an outcome for a message of that form and of so many notices. */
export function judgeOutcome(outcome: DeliveryOutcome, form: MessageForm, rowCount: number): Judgement {
  switch (outcome.kind) {
    case 'sent':
      return { kind: 'taken' };
    case 'transient':
      return { kind: 'later', mayHaveArrived: false, retryAfterMs: outcome.retryAfterMs ?? 0 };
    case 'unknown':
      return { kind: 'later', mayHaveArrived: true, retryAfterMs: 0 };
    case 'throttled':
      return { kind: 'rest', pauseMs: outcome.pauseMs, isLong: outcome.pauseMs >= LONG_REST_MS };
    case 'misconfigured':
      return { kind: 'wait' };
    case 'deadDestination':
      return { kind: 'give up', isDestinationGone: true };
    case 'tooLarge':
      if (form === 'full') return { kind: 'again', form: 'brief' };
      return rowCount > 1 ? { kind: 'split' } : { kind: 'give up', isDestinationGone: false };
    case 'contentRefused':
      return form === 'plain' ? { kind: 'give up', isDestinationGone: false } : { kind: 'again', form: 'plain' };
  }
}

/** What it said, for rows and logs; empty when it took the message. */
export function outcomeDetail(outcome: DeliveryOutcome): string {
  return outcome.kind === 'sent' ? '' : cutText(outcome.detail, DETAIL_LENGTH_MAX);
}

const DETAIL_LENGTH_MAX = 256;

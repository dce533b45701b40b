import type { Notice } from '../../../core/episode/notice.ts';
import type { Message } from '../../../core/explain/message.ts';
import type { Sink } from '../../sink/sink.ts';
import type { MessageForm } from './outbox-row.ts';
import type { Route } from './route.ts';

/** What a message is to be made of, at the moment at which it goes out. */
export interface RenderRequest {
  /** The oldest first; several of one episode, of one group, or a digest. */
  readonly notices: readonly Notice[];
  readonly route: Pick<Route, 'name' | 'language' | 'timeZone'>;
  /** The sink that it is for. */
  readonly sink: string;
  readonly form: MessageForm;
  readonly isDigest: boolean;
  readonly isPossibleDuplicate: boolean;
}

/** Makes a message for readers. */
export type Renderer = (request: RenderRequest) => Message;

/** What a configuration says about whom to tell. */
export interface Routing {
  readonly cluster: string;
  /** By their names. */
  readonly sinks: ReadonlyMap<string, Sink>;
  readonly routes: readonly Route[];
  /** Whether only HPAs are told of that ask for it by their label. */
  readonly mustAsk: boolean;
  /** How long a notice is tried to be told. */
  readonly expireAfterMs: number;
  /** What becomes of a message that may have arrived: it goes out again, marked, or it is given up. */
  readonly onDoubt: 'resend' | 'drop';
}

/** What happens to notices and messages, one count each. */
export type DeliveryEvent =
  | 'sent'
  | 'transient'
  | 'throttled'
  | 'misconfigured'
  | 'deadDestination'
  | 'tooLarge'
  | 'contentRefused'
  | 'unknown'
  /** Notices that a message of another one stands for. */
  | 'coalesced'
  /** Messages that may have arrived before. */
  | 'possibleDuplicate'
  /** Notices that were given up. */
  | 'dead'
  | 'expired'
  | 'movedToFallback'
  /** Notices that nobody was to be told of; the sink is empty for all but the last. */
  | 'inhibited'
  | 'silenced'
  | 'unwanted'
  | 'unrouted'
  | 'overflowed'
  | 'quiet';

/** Told of each event; `sink` is empty where none is concerned. Must not throw. */
export type DeliveryListener = (sink: string, event: DeliveryEvent, count: number) => void;

/** How a sink is doing. */
export interface SinkStatus {
  readonly sink: string;
  readonly openCount: number;
  /** 0 when nothing is open. */
  readonly oldestAgeMs: number;
  readonly isDown: boolean;
  /** How long its credential is still to rest; 0 when it is not. */
  readonly banMs: number;
  /** What its quota has left in this period. */
  readonly freeCount: number;
  /** What it said last against a message; empty while it takes them. */
  readonly detail: string;
}

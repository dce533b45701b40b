import type { Release } from '../../base/clock.ts';
import type { Language } from '../../core/explain/language.ts';
import type { ToldMessage } from './wire.ts';

/** Messages that people would have been told, from whoever makes them. */
export interface MessageFeed {
  /** The newest, oldest first. Throws Failure `invalid` for a zone that there is none of. */
  messages(reader: MessageReader): Promise<readonly ToldMessage[]>;
  /** Calls `listener` whenever there is one more. */
  watch(listener: () => void): Release;
}

/** For whom messages are written. */
export interface MessageReader {
  readonly language: Language;
  /** IANA name: of the times in them. */
  readonly timeZone: string;
  /** The page's own address, which links begin with. */
  readonly pageUrl: string;
}

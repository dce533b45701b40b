import { type ReadonlySignal, signal } from '@preact/signals';
import type { Language } from '../../src/core/explain/language.ts';
import type { ToldMessage } from '../../src/people/dashboard/wire.ts';
import type { Api } from './api.ts';

/** What people would have been told, in the language of the page and the zone of the reader. */
export interface MessageList {
  /** Oldest first; null where nobody watches for it, and until the first answer. */
  readonly messages: ReadonlySignal<readonly ToldMessage[] | null>;
  /** Fetches them anew; asked while it does, it does so once more. */
  reload(): void;
}

/** Messages follow each other closely when several HPAs scale: they are fetched together. */
const GATHER_MS = 100;

export function createMessageList(
  api: Pick<Api, 'messages'>,
  language: ReadonlySignal<Language>,
  timeZone: string,
): MessageList {
  const messages = signal<readonly ToldMessage[] | null>(null);
  let isFetching = false;
  let isAskedAgain = false;
  const fetchAll = async (): Promise<void> => {
    const asked = language.peek();
    try {
      const body = await api.messages({ language: asked, timeZone });
      if (asked === language.peek()) messages.value = body.messages;
    } catch {
      // What is shown stays: the stream says when the dashboard is back, and everything is fetched anew then.
    }
  };
  const reload = (): void => {
    isAskedAgain = true;
    if (isFetching) return;
    isFetching = true;
    setTimeout(async () => {
      isAskedAgain = false;
      await fetchAll();
      isFetching = false;
      if (isAskedAgain) reload();
    }, GATHER_MS);
  };
  language.subscribe(reload);
  return { messages, reload };
}

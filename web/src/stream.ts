import type { HpaLoad, StreamMessage } from '../../src/people/dashboard/wire.ts';
import type { MessageList } from './message-list.ts';
import { keyOf, type Store } from './store.ts';

/** A stream that has been silent for longer is taken for dead: the dashboard says that it is alive every 10 s. */
const SILENCE_MS_MAX = 25_000;

/** How long to wait before a closed stream is opened anew. */
const REOPEN_MS = 3_000;

/** Decisions are taken in together that come this close to one another: an accelerated clock makes thousands a second. */
const GATHER_MS = 100;

/** Keeps store and messages up to date. The browser resumes a broken stream by itself; what it closes for good is opened anew. */
export function followStream(store: Store, messages: MessageList, url: URL): void {
  const source = new EventSource(url);
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  const reopen = (): void => {
    clearTimeout(watchdog);
    source.close();
    store.connection.value = 'lost';
    setTimeout(() => followStream(store, messages, url), REOPEN_MS);
  };
  const heard = (): void => {
    store.connection.value = 'live';
    clearTimeout(watchdog);
    watchdog = setTimeout(reopen, SILENCE_MS_MAX);
  };
  source.addEventListener('open', heard);
  // What was decided between the first load and this moment is in neither: load once more.
  source.addEventListener('open', () => void store.reload(), { once: true });
  // Messages have no place in the stream's own count: what was missed while it was away is fetched.
  source.addEventListener('open', () => messages.reload());
  source.addEventListener('alive', heard);
  source.addEventListener('reset', () => void store.reload());
  let pending: StreamMessage[] = [];
  source.addEventListener('decision', (event) => {
    heard();
    if (pending.length === 0) {
      setTimeout(() => {
        const messages = pending;
        pending = [];
        store.take(messages);
      }, GATHER_MS);
    }
    pending.push(JSON.parse((event as MessageEvent<string>).data) as StreamMessage);
  });
  source.addEventListener('load', (event) => {
    heard();
    const loads = JSON.parse((event as MessageEvent<string>).data) as readonly HpaLoad[];
    store.loads.value = new Map(loads.map((load) => [keyOf(load), load]));
  });
  source.addEventListener('told', () => {
    heard();
    messages.reload();
  });
  source.addEventListener('error', () => {
    store.connection.value = 'lost';
    if (source.readyState === EventSource.CLOSED) reopen();
  });
}

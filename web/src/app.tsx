import { effect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { MessageList } from './message-list.ts';
import { Fleet } from './parts/fleet.tsx';
import { HpaPage } from './parts/hpa-page.tsx';
import { Masthead } from './parts/masthead.tsx';
import { Notice } from './parts/notice.tsx';
import type { Preferences, Shelf } from './preferences.ts';
import { type Reader, readerOf } from './reader.ts';
import type { Store } from './store.ts';

const FIRST_STEPS = `kubectl autoscale deployment php-apache --cpu=50% --min=1 --max=10
# kubectl before 1.34: --cpu-percent=50`;

/** The whole page. */
export function App({
  store,
  messages,
  preferences,
  shelf,
}: {
  store: Store;
  messages: MessageList;
  preferences: Preferences;
  shelf: Shelf;
}) {
  const reader = readerOf(preferences.language.value);
  useEffect(
    () =>
      effect(() => {
        document.documentElement.lang = preferences.language.value;
        document.documentElement.dataset['theme'] = preferences.theme.value;
      }),
    [preferences],
  );
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        {reader.words.skip}
      </button>
      <Masthead store={store} messages={messages} preferences={preferences} shelf={shelf} reader={reader} />
      <Body store={store} messages={messages} preferences={preferences} reader={reader} />
    </>
  );
}

function Body({
  store,
  messages,
  preferences,
  reader,
}: {
  store: Store;
  messages: MessageList;
  preferences: Preferences;
  reader: Reader;
}) {
  const { words } = reader;
  const fleet = store.fleet.value;
  const failure = store.failure.value;
  if (fleet === null && failure !== null) {
    return (
      <Notice title={words.failureTitle} text={words.failureText} detail={failure.message}>
        <button type="button" class="button" onClick={() => void store.reload()}>
          {words.retry}
        </button>
      </Notice>
    );
  }
  if (fleet === null) return <Notice title={words.loading} isQuiet />;
  if (fleet.length === 0) return <Notice title={words.noHpaTitle} text={words.noHpaText} code={FIRST_STEPS} />;
  return (
    <div class="frame">
      <Fleet store={store} reader={reader} />
      <HpaPage store={store} messages={messages} preferences={preferences} reader={reader} />
    </div>
  );
}

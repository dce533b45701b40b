import { LANGUAGES, type Language } from '../../../src/core/explain/language.ts';
import type { MessageList } from '../message-list.ts';
import { chooseLanguage, chooseTheme, type Preferences, type Shelf, type Theme } from '../preferences.ts';
import type { Reader } from '../reader.ts';
import type { Store } from '../store.ts';
import { Choice } from './choice.tsx';

const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', 'zh-CN': '中文' };
const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];

/** Name, connection, the way to what people are told, language and colours. */
export function Masthead({
  store,
  messages,
  preferences,
  shelf,
  reader,
}: {
  store: Store;
  messages: MessageList;
  preferences: Preferences;
  shelf: Shelf;
  reader: Reader;
}) {
  const { words } = reader;
  const messageCount = messages.messages.value?.length ?? 0;
  const connection = store.connection.value;
  return (
    <header class="masthead">
      <span class="brand">
        <svg viewBox="0 0 32 22" aria-hidden="true">
          <path class="wave-far" d="M2 8c4.7 0 4.7-5 9.3-5s4.7 5 9.4 5S25.4 3 30 3" />
          <path class="wave-near" d="M2 18c4.7 0 4.7-5 9.3-5s4.7 5 9.4 5 4.7-5 9.3-5" />
        </svg>
        Podtide
      </span>
      <span class={`connection ${connection}`} role="status">
        <span class="dot" aria-hidden="true" />
        {words.connection[connection]}
      </span>
      {messageCount === 0 ? null : (
        <button type="button" class="button small" onClick={() => document.getElementById('messages')?.focus()}>
          {words.messages} {messageCount}
        </button>
      )}
      <div class="choices">
        <Choice
          label={words.languageSwitch}
          value={preferences.language.value}
          options={LANGUAGES.map((language) => ({ value: language, text: LANGUAGE_NAMES[language], lang: language }))}
          onChoose={(language) => chooseLanguage(preferences, shelf, language)}
        />
        <Choice
          label={words.themeSwitch}
          value={preferences.theme.value}
          options={THEMES.map((theme) => ({ value: theme, text: words.themes[theme] }))}
          onChoose={(theme) => chooseTheme(preferences, shelf, theme)}
        />
      </div>
    </header>
  );
}

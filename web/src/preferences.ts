import { type Signal, signal } from '@preact/signals';
import { type Language, languageOf } from '../../src/core/explain/language.ts';

export type Theme = 'auto' | 'light' | 'dark';

/** What the reader chose, remembered in this browser. */
export interface Preferences {
  readonly language: Signal<Language>;
  readonly theme: Signal<Theme>;
}

/** Where choices are kept; throws where a browser forbids it, which then only forgets them. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem'>;

const LANGUAGE_KEY = 'podtide.language';
const THEME_KEY = 'podtide.theme';

/** The choices so far; the browser's own language and colours where none was made. */
export function loadPreferences(shelf: Shelf, browserLanguage: string): Preferences {
  const theme = read(shelf, THEME_KEY);
  return {
    language: signal(languageOf(read(shelf, LANGUAGE_KEY) ?? browserLanguage)),
    theme: signal(theme === 'light' || theme === 'dark' ? theme : 'auto'),
  };
}

export function chooseLanguage(preferences: Preferences, shelf: Shelf, language: Language): void {
  preferences.language.value = language;
  write(shelf, LANGUAGE_KEY, language);
}

export function chooseTheme(preferences: Preferences, shelf: Shelf, theme: Theme): void {
  preferences.theme.value = theme;
  write(shelf, THEME_KEY, theme);
}

function read(shelf: Shelf, key: string): string | null {
  try {
    return shelf.getItem(key);
  } catch {
    return null;
  }
}

function write(shelf: Shelf, key: string, value: string): void {
  try {
    shelf.setItem(key, value);
  } catch {
    // A browser that keeps nothing: the choice holds until the page is left.
  }
}

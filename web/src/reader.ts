import type { Language } from '../../src/core/explain/language.ts';
import { type TimeFormat, timeFormat } from './time-format.ts';
import { type Words, wordsIn } from './words.ts';

/** Who reads: the language, and what depends on it. */
export interface Reader {
  readonly language: Language;
  readonly words: Words;
  readonly time: TimeFormat;
}

export function readerOf(language: Language): Reader {
  return { language, words: wordsIn(language), time: timeFormat(language) };
}

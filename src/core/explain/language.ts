/** The languages that everything shown to a person exists in. */
export type Language = 'en' | 'zh-CN';

/** All of them, in the order that a switch offers them. */
export const LANGUAGES: readonly Language[] = ['en', 'zh-CN'];

/**
 * The language for a tag as browsers (`zh-Hans-CN`), flags (`zh`) and LANG (`zh_CN.UTF-8`) write it; English for every
 * other, an absent or an empty one.
 */
export function languageOf(tag: string | undefined): Language {
  return /^zh\b|^zh_/i.test(tag ?? '') ? 'zh-CN' : 'en';
}

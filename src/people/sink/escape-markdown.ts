import { disarm, withoutTags } from './escape-text.ts';

const WIDE: Readonly<Record<string, string>> = { '(': '（', '[': '［', ':': '：' };

/**
 * For markdown of DingTalk, WeCom and Feishu: disarmed, no tag (`<font>`, `<at id=all>`, `<@userid>`, `<https://…>`), no
 * link, image or reference, no emphasis or code that would reach into the words after it. None of the three says which
 * escapes it knows, so nothing relies on a backslash: signs that would act become their full-width forms, brackets alone
 * and underscores within a word stay. Not for the beginning of a line: put a word of ours there.
 */
export function escapeMarkdown(text: string): string {
  return withoutTags(disarm(text))
    .replace(/(?<=\])[([:]/g, (sign) => WIDE[sign] ?? sign)
    .replace(/[`*~\\|]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '＿');
}

import { expect, test } from 'vitest';
import { NOTICE_WORDS_EN } from './notice-words-en.ts';
import { NOTICE_WORDS_ZH } from './notice-words-zh.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

test.each<readonly [why: string, durationMs: number, en: string, zh: string]>([
  ['nothing to speak of', 999, 'under 1 s', '不到 1 秒'],
  ['a clock that went back', -5000, 'under 1 s', '不到 1 秒'],
  ['seconds', 42_900, '42 s', '42 秒'],
  ['minutes and seconds', 102 * SECOND, '1 min 42 s', '1 分 42 秒'],
  ['whole minutes', 600 * SECOND, '10 min', '10 分钟'],
  ['two units and no more', HOUR + 62 * SECOND, '1 h 1 min', '1 小时 1 分钟'],
  ['a unit between that is none', 2 * HOUR + 5 * SECOND, '2 h', '2 小时'],
  ['days', 76 * HOUR, '3 d 4 h', '3 天 4 小时'],
])('%s', (_why, durationMs, en, zh) => {
  expect(NOTICE_WORDS_EN.values.duration(durationMs)).toBe(en);
  expect(NOTICE_WORDS_ZH.values.duration(durationMs)).toBe(zh);
});

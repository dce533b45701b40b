import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { NOTICE_TYPES, type Notice, type NoticeType } from '../src/core/episode/notice.ts';
import { SEVERITIES } from '../src/core/episode/notice-draft.ts';
import { explainNotices, type NoticeReader } from '../src/core/explain/explain-notices.ts';
import { LANGUAGES, type Language } from '../src/core/explain/language.ts';
import { messageText } from '../src/core/explain/message-text.ts';
import { blocksOf } from './documents.ts';
import { noticeOf, noticesOfAnHour, readerIn } from './fixtures/notices.ts';

/** Shown with all of its metrics; the others with the one that decided. */
const SHOWS_ALL_METRICS: NoticeType = 'scale.up.started';

const pageOf = (language: Language): string => `docs/reference/${language}/notices.md`;

/** What the page on notices shows, in its order. */
function samples(language: Language): readonly string[] {
  const reader = readerIn(language);
  const other: Language = language === 'en' ? 'zh-CN' : 'en';
  const seed: NoticeReader = { ...reader, style: 'seed' };
  const shown: readonly (readonly [notices: readonly Notice[], reader: NoticeReader])[] = [
    ...NOTICE_TYPES.map((type) => [[sample(type)], reader] as const),
    [noticesOfAnHour(), reader],
    [[sample('scale.up.started')], seed],
    [[sample('scale.up.completed')], seed],
    [[sample('scale.stuck')], readerIn(language, other)],
  ];
  const cluster = language === 'en' ? 'prod-sh-1' : '生产-上海';
  return shown.map(([notices, own]) =>
    messageText(
      explainNotices(
        notices.map((notice) => ({ ...notice, cluster })),
        own,
      ),
    ),
  );
}

function sample(type: NoticeType): Notice {
  const notice = noticeOf(type);
  if (notice.episode === undefined || type === SHOWS_ALL_METRICS) return notice;
  return { ...notice, episode: { ...notice.episode, readings: notice.episode.readings.slice(0, 1) } };
}

describe.each(LANGUAGES)('the page on notices (%s)', (language) => {
  const page = readFileSync(pageOf(language), 'utf8');

  test('has every type and no other, in their order', () => {
    const headings = [...page.matchAll(/^### `(.*)`$/gm)].map(([, type]) => type);
    expect(headings).toEqual(NOTICE_TYPES);
  });

  test('says how severe each is', () => {
    const said = page
      .split(/^### /m)
      .slice(1)
      .map((section) => [/^`(.*)`/.exec(section)?.[1], /^(?:Severity|级别) `(.*?)`/m.exec(section)?.[1]]);
    expect(said).toEqual(NOTICE_TYPES.map((type) => [type, SEVERITIES[type]]));
  });

  test('shows what is told', () => {
    const shown = blocksOf(pageOf(language)).filter(({ language: form }) => form === 'text');
    expect(shown.map(({ text }) => text)).toEqual(samples(language));
  });
});

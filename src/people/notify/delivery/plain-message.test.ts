import { expect, test } from 'vitest';
import { noticeOf, stageOf } from '../../../../test/notify/notices.ts';
import { plainMessage } from './plain-message.ts';

const REQUEST = { sink: 'ding', form: 'full', isDigest: false, isPossibleDuplicate: false } as const;

test.each([
  { language: 'en', shown: 'en', colon: ': ' },
  { language: 'zh-CN', shown: 'zh-CN', colon: '：' },
  { language: 'both', shown: 'zh-CN', colon: '：' },
] as const)('what happened, to whom, as grave as the gravest of it: $language', ({ language, shown, colon }) => {
  const notices = [
    stageOf(1, 'scale.up.started'),
    stageOf(2, 'scale.reverted', 'warning'),
    noticeOf('watcher.gap', { subject: undefined }),
  ];
  expect(plainMessage({ ...REQUEST, notices, route: { name: 'all', language, timeZone: 'UTC' } })).toEqual({
    language: shown,
    severity: 'warning',
    title: '[scale.up.started] shop/web-1',
    facts: [],
    paragraphs: ['[scale.reverted] shop/web-2', '[watcher.gap] prod'],
    link: undefined,
    tag: '',
    colon,
  });
});

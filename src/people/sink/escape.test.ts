import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOSTILE_TEXTS } from '../../../test/fixtures/hostile-texts.ts';
import { noticesOf, noticesOfAnHour, readerIn } from '../../../test/fixtures/notices.ts';
import { explainNotices, type NoticeReader } from '../../core/explain/explain-notices.ts';
import { messageText } from '../../core/explain/message-text.ts';
import { escapeHtml } from './escape-html.ts';
import { escapeMarkdown } from './escape-markdown.ts';
import { escapeSlack } from './escape-slack.ts';
import { disarm, escapeText } from './escape-text.ts';

interface Reader {
  readonly write: (text: string) => string;
  /** What the receiver's client makes something of: people called, links, images, tags. */
  readonly acts: readonly RegExp[];
}

/** Where a client drops what has no shape, `@` stands before a name all the same. */
const CALL = /[@﹫][\p{Cf}\p{Cs}]*[\p{L}\p{N}_+"'!&]/u;
const TAG = /<[\p{L}/!@#?]/u;
const LINE = /[\p{Cc}\p{Zl}\p{Zp}]/u;
/** What clients link on their own. */
const ADDRESS = /:(?:\/\/|\\\\)|(?:mailto|tel):[\p{L}\p{N}+]|[\p{L}\p{N}-]\.\p{L}/iu;
const MARKDOWN = /\](?:\(|\[|:)/;
const MARKS = /[`*~\\|]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/u;

/** How those who receive our words read them, each by its own rules. */
const READERS: Readonly<Record<string, Reader>> = {
  'DingTalk text': { write: escapeText, acts: [CALL, LINE, ADDRESS] },
  'DingTalk markdown': { write: escapeMarkdown, acts: [CALL, TAG, LINE, ADDRESS, MARKDOWN, MARKS] },
  'Feishu text': { write: escapeText, acts: [CALL, /<\/?(?:at|a|person)\b/i, LINE, ADDRESS] },
  'Feishu markdown': { write: escapeMarkdown, acts: [CALL, TAG, LINE, ADDRESS, MARKDOWN, MARKS] },
  'WeCom text': { write: escapeText, acts: [CALL, /<@/, LINE, ADDRESS] },
  'WeCom markdown': { write: escapeMarkdown, acts: [CALL, TAG, LINE, ADDRESS, MARKDOWN, MARKS] },
  Slack: { write: escapeSlack, acts: [CALL, /[<>]/, /&(?!amp;|lt;|gt;)/, /#[\p{L}\p{N}]/u, LINE, ADDRESS, /[`*~]/] },
  'mail as text': { write: escapeText, acts: [CALL, LINE, ADDRESS] },
  'mail as HTML': { write: escapeHtml, acts: [CALL, /[<>"']/, /&(?!amp;|lt;|gt;|quot;|#39;)/, LINE, ADDRESS] },
};

const readers = Object.entries(READERS);

/** Those that must hold even where a receiver drops what has no width. */
const withoutAddresses = (acts: readonly RegExp[]) => acts.filter((pattern) => pattern !== ADDRESS);

const found = (text: string, acts: readonly RegExp[]) => acts.filter((pattern) => pattern.test(text)).map(String);

describe('words of a cluster', () => {
  test('the corpus is large, and all of it would act', () => {
    expect(new Set(HOSTILE_TEXTS).size).toBeGreaterThanOrEqual(60);
    const harmless = HOSTILE_TEXTS.filter((text) => readers.every(([, { acts }]) => found(text, acts).length === 0));
    expect(harmless).toEqual([]);
  });

  test.each(readers)('call nobody and link nowhere in %s', (_name, { write, acts }) => {
    const acting = HOSTILE_TEXTS.flatMap((text) => {
      const escaped = write(`nginx ${text} (x)`);
      return [...found(escaped, acts), ...found(escaped.replaceAll('\u200B', ''), withoutAddresses(acts))].map(
        (pattern) => `${JSON.stringify(escaped)}: ${pattern}`,
      );
    });
    expect(acting).toEqual([]);
  });

  test.each(readers)('in any mixture do no more in %s', (_name, { write, acts }) => {
    const pieces = fc.oneof(
      fc.constantFrom(...HOSTILE_TEXTS),
      fc.constantFrom('@', '<', '](', '[', ':', '//', '.', 'com', '\u200D', '\n', '_', '`', '\\', 'http'),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const escaped = write(parts.join(''));
        expect(found(escaped, acts)).toEqual([]);
        expect(found(escaped.replaceAll('\u200B', ''), withoutAddresses(acts))).toEqual([]);
        expect(escaped.isWellFormed()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('are disarmed once and for all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary' })), (text) => {
        expect(disarm(disarm(text))).toBe(disarm(text));
      }),
    );
  });

  const ordinary = 'cpu 1.65 of 80% > limit, [cpu memory] missing: 0/5 nodes (2 tainted). http_requests_total 1 < 2';
  test.each<readonly [why: string, write: (text: string) => string, text: string, shown: string]>([
    ['what is ordinary stays', escapeText, ordinary, ordinary],
    ['in markdown too', escapeMarkdown, ordinary, ordinary],
    ['Slack has its three signs', escapeSlack, ordinary, ordinary.replaceAll('<', '&lt;').replaceAll('>', '&gt;')],
    ['a mention reads as before', escapeText, 'mail ops@example.com', 'mail ops＠example.\u200Bcom'],
    [
      'an address reads as before',
      escapeMarkdown,
      'Get "https://10.0.0.1:443/apis": refused',
      'Get "https:\u200B//10.0.0.1:443/apis": refused',
    ],
    ['a link shows itself', escapeMarkdown, '[a](https://b.c)', '[a]（https:\u200B//b.\u200Bc)'],
    ['lines become one', escapeText, 'one\r\n\ttwo', 'one two'],
    ['half a character becomes a whole one', escapeText, '\uD83D x', '\uFFFD x'],
    ['HTML', escapeHtml, `<b a="1" c='2'>&`, '&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;'],
    ['names with underscores stay', escapeMarkdown, 'a_b_c _x_', 'a_b_c ＿x＿'],
  ])('%s', (_why, write, text, shown) => {
    expect(write(text)).toBe(shown);
  });
});

describe('messages', () => {
  const forms: readonly NoticeReader[] = [readerIn('en'), readerIn('zh-CN'), { ...readerIn('zh-CN'), style: 'seed' }];
  const messages = (notices: ReturnType<typeof noticesOf>) =>
    forms.flatMap((reader) => [
      ...notices.map((notice) => explainNotices([notice], reader)),
      explainNotices(notices, reader),
    ]);

  test.each(readers)('of hostile names call nobody and link nowhere but to us in %s', (_name, { write, acts }) => {
    const parts = messages(noticesOf('hostile')).flatMap((message) =>
      messageText({ ...message, link: undefined }, write).split('\n'),
    );
    // Each line is one part and begins with words of ours, which its last sign can therefore not reach.
    expect(parts.length).toBeGreaterThan(500);
    expect(
      parts.filter(
        (line) =>
          found(
            line,
            acts.filter((pattern) => pattern !== LINE),
          ).length > 0,
      ),
    ).toEqual([]);
  });

  test.each(readers)('of ordinary names are what they were in %s', (_name, { write }) => {
    const plain = [...noticesOf('full'), ...noticesOfAnHour()].map((notice) => ({ ...notice, cluster: 'prod-sh-1' }));
    for (const message of messages(plain)) {
      const own = { ...message, tag: '' };
      expect(messageText(own, (text) => unescaped(write(text)))).toBe(messageText(own));
    }
  });
});

/** As clients show it. */
function unescaped(text: string): string {
  return text.replace(
    /&(amp|lt|gt|quot|#39);/g,
    (_, name) => ({ lt: '<', gt: '>', quot: '"', '#39': "'" })[name as string] ?? '&',
  );
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOSTILE_TEXTS } from '../../../test/fixtures/hostile-texts.ts';
import type { Message } from '../../core/explain/message.ts';
import { messageText } from '../../core/explain/message-text.ts';
import { escapeMarkdown } from './escape-markdown.ts';
import { escapeSlack } from './escape-slack.ts';
import { escapeText } from './escape-text.ts';
import { fitMessage } from './fit-message.ts';

const MESSAGE: Message = {
  language: 'zh-CN',
  severity: 'info',
  title: '[扩容完成] prod/nginx 1→5',
  facts: [
    { label: '工作负载', value: 'Deployment/nginx' },
    { label: '副本数', value: '1 → 3 → 5' },
    { label: '信息', value: 'abcdefghij' },
  ],
  paragraphs: ['第一段。', '第二段落。'],
  link: { text: '查看决策', url: 'https://podtide.example/decisions/1' },
  tag: '#a1b2c3',
  colon: '：',
};

const letters = (message: Message) => [...messageText(message)].length;
const whole = letters(MESSAGE);

describe('what is left out', () => {
  test.each<readonly [why: string, unitsMax: number, changed: Partial<Message> | undefined]>([
    ['nothing where all has room', whole, {}],
    [
      'the end of the last fact first',
      whole - 1,
      {
        facts: [
          { label: '工作负载', value: 'Deployment/nginx' },
          { label: '副本数', value: '1 → 3 → 5' },
        ],
        paragraphs: ['第一段。', '第二段落。', '…（已截断 10 字）'],
      },
    ],
    [
      'then the facts before it',
      whole - 9,
      {
        facts: [
          { label: '工作负载', value: 'Deployment/nginx' },
          { label: '副本数', value: '1…' },
        ],
        paragraphs: ['第一段。', '第二段落。', '…（已截断 18 字）'],
      },
    ],
    ['then paragraphs, the last of them first', 89, { facts: [], paragraphs: ['第一段。', '…（已截断 40 字）'] }],
    ['a paragraph within', 92, { facts: [], paragraphs: ['第一段。', '第二段…（已截断 37 字）'] }],
    ['then all of the body', 80, { facts: [], paragraphs: [], title: '[扩容完成] prod/nginx 1→5…' }],
    ['then the end of the title', 60, { facts: [], paragraphs: [], title: '[扩容完成] pr…' }],
    ['never the link and the tag', 51, undefined],
  ])('%s', (_why, unitsMax, changed) => {
    expect(fitMessage(MESSAGE, letters, unitsMax)).toEqual(
      changed === undefined ? undefined : { ...MESSAGE, ...changed },
    );
  });

  test('in English the mark is English', () => {
    const fitted = fitMessage({ ...MESSAGE, language: 'en' }, letters, whole - 1);
    expect(fitted?.paragraphs.at(-1)).toBe('… (19 characters cut)');
  });

  test.each<readonly [why: string, character: string]>([
    ['a pair of surrogates', '😀'],
    ['a family', '👨‍👩‍👧'],
    ['a flag', '🇨🇳'],
    ['a skin', '👍🏽'],
    ['marks above a letter', 'e\u0301\u0323'],
    ['a syllable of parts', '\u1112\u1161\u11AB'],
    ['a conjunct', 'क्षि'],
  ])('a character that is several code points goes whole: %s', (_why, character) => {
    const message: Message = { ...MESSAGE, facts: [], paragraphs: [character.repeat(40)] };
    const units = (candidate: Message) => Buffer.byteLength(messageText(candidate));
    for (let unitsMax = units(message) - 1; unitsMax > 150; unitsMax -= 1) {
      const fitted = fitMessage(message, units, unitsMax);
      const kept = (fitted?.paragraphs[0] ?? '').replace(/…（已截断 \d+ 字）$/, '');
      expect(kept).toBe(character.repeat(kept.length / character.length));
    }
  });
});

/** As receivers count: bytes of JSON, bytes of text, characters; each with its escapes, its keyword and its mentions. */
const RECEIVERS = [
  {
    name: 'DingTalk',
    unitsMax: 20_000,
    write: escapeMarkdown,
    units: (text: string) => Buffer.byteLength(JSON.stringify({ msgtype: 'markdown', markdown: { title: '', text } })),
  },
  {
    name: 'WeCom',
    unitsMax: 2048,
    write: escapeText,
    units: (text: string) => Buffer.byteLength(text),
  },
  { name: 'Slack', unitsMax: 3000, write: escapeSlack, units: (text: string) => [...text].length },
];

describe('any message', () => {
  const text = fc
    .array(
      fc.oneof(
        fc.constantFrom(...HOSTILE_TEXTS),
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom('"\\\n', '工作负载', 'e\u0301', '👨‍👩‍👧', '&<>').map((part) => part.repeat(200)),
      ),
      { minLength: 1, maxLength: 12 },
    )
    .map((parts) => parts.join('').toWellFormed() || '-');
  const message = fc.record({
    title: text,
    facts: fc.array(fc.record({ label: text, value: text }), { maxLength: 8 }),
    paragraphs: fc.array(text, { maxLength: 4 }),
    language: fc.constantFrom('en' as const, 'zh-CN' as const),
  });

  test.each(RECEIVERS)('fits $name with its keyword, and breaks no character', ({ unitsMax, write, units }) => {
    fc.assert(
      fc.property(message, fc.nat(2000), (parts, slack) => {
        const given: Message = { ...MESSAGE, ...parts };
        const max = unitsMax - Math.min(slack, unitsMax - 300);
        const rendered = (candidate: Message) => `弹性伸缩 @13800138000\n${messageText(candidate, write)}`;
        const fitted = fitMessage(given, (candidate) => units(rendered(candidate)), max);
        if (fitted === undefined) throw new Error(`nothing fits into ${max}`);
        const sent = rendered(fitted);
        expect(units(sent)).toBeLessThanOrEqual(max);
        expect(sent.isWellFormed()).toBe(true);
        expect(sent.startsWith('弹性伸缩 @13800138000\n')).toBe(true);
        expect(sent).toContain(MESSAGE.link?.url);
        expect(fitted.facts.length).toBeLessThanOrEqual(given.facts.length);
        fitted.facts.forEach(({ value }, index) => {
          expectWholeCharacters(value, given.facts[index]?.value ?? '');
        });
      }),
      { numRuns: 200 },
    );
  });

  test('keeps as much as there is room for', () => {
    const plain = fc.string({ unit: fc.constantFrom('a', 'b', ' '), minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 5 }), fc.integer({ min: 100, max: 400 }), (texts, max) => {
        const given: Message = { ...MESSAGE, facts: [], paragraphs: texts };
        const fitted = fitMessage(given, letters, max);
        if (fitted === undefined || fitted === given) return;
        expect(letters(fitted)).toBeGreaterThan(max - 8);
      }),
    );
  });
});

/** A cut text is the beginning of the whole one, and what follows in that does not belong to its last character. */
function expectWholeCharacters(cut: string, text: string): void {
  if (cut === text) return;
  expect(cut.endsWith('…')).toBe(true);
  const kept = cut.slice(0, -1);
  expect(text.startsWith(kept)).toBe(true);
  const rest = text.slice(kept.length);
  if (!/[\p{Cc}\p{Cf}]$/u.test(kept)) expect(rest).not.toMatch(/^(?:\p{Mn}|\p{Me}|\u200D|\p{Emoji_Modifier})/u);
}

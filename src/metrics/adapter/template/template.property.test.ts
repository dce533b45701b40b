import fc from 'fast-check';
import { expect, test } from 'vitest';
import { queryTemplateData } from '../query-data.ts';
import { parseTemplate } from './template.ts';
import { TemplateError } from './template-error.ts';

const DATA = queryTemplateData({
  series: 'http_requests_total',
  labelMatchers: ['app="q"', 'pod=~"a|b"'],
  labelValuesByName: new Map([
    ['app', 'q'],
    ['pod', 'a|b'],
  ]),
  groupBy: ['pod', 'container'],
});

/** Pieces that templates are made of, so that what is made up gets past the first token. */
const PIECES = [
  '<<',
  '>>',
  '<<- ',
  ' ->>',
  ' ',
  '\n',
  'x',
  '.',
  '.Series',
  '.GroupBySlice',
  '.LabelValuesByName',
  '.app',
  '$',
  '$x',
  ':=',
  '=',
  ',',
  '|',
  '(',
  ')',
  '"a"',
  '`b`',
  "'c'",
  '1',
  '-1',
  '1.5',
  '0x1f',
  '1e3',
  'nil',
  'true',
  'if',
  'else',
  'end',
  'range',
  'with',
  'break',
  'continue',
  'define',
  'template',
  'block',
  'and',
  'or',
  'not',
  'eq',
  'ne',
  'lt',
  'index',
  'slice',
  'len',
  'print',
  'printf',
  '"%[1]*d%v%q%x"',
  'println',
  'html',
  'js',
  'urlquery',
  'call',
  '/*',
  '*/',
  '{{',
  '}}',
  '\u0000',
  'é',
  '😀',
  '\ud800',
];

const ACTION = fc
  .array(fc.constantFrom(...PIECES.filter((piece) => !/[<>]{2}/.test(piece))), { maxLength: 8 })
  .map((pieces) => `<<${pieces.join(' ')}>>`);

const TEMPLATE = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((pieces) => pieces.join('')),
  fc
    .array(fc.oneof(ACTION, fc.constantFrom('x', '<<end>>', '<<else>>')), { maxLength: 8 })
    .map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

test('whatever a template says, it is rendered or refused by a TemplateError that names its place', () => {
  fc.assert(
    fc.property(TEMPLATE, (text) => {
      try {
        expect(typeof parseTemplate('metrics-query', text).render(DATA)).toBe('string');
      } catch (thrown) {
        if (!(thrown instanceof TemplateError)) throw thrown;
        expect(thrown.message).toContain('template: metrics-query');
        expect(thrown.message).toContain(thrown.reason);
        expect(thrown.offset).toBeGreaterThanOrEqual(0);
        expect(thrown.offset).toBeLessThanOrEqual(text.length);
      }
    }),
    { numRuns: 3_000 },
  );
});

test('a template without actions is its own text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(!text.includes('<<'));
      expect(parseTemplate('metrics-query', text).render(DATA)).toBe(text);
    }),
  );
});

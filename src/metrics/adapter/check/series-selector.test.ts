import { expect, test } from 'vitest';
import { readSeriesSelector } from './series-selector.ts';

test.each([
  { why: 'a name', text: 'up', expected: [['__name__', '=', 'up']] },
  {
    why: 'a name and matchers',
    text: `up{a="b", c!~'d|e',}`,
    expected: [
      ['__name__', '=', 'up'],
      ['a', '=', 'b'],
      ['c', '!~', 'd|e'],
    ],
  },
  {
    why: 'a quoted name, with blanks around',
    text: ' {"my.metric",a!=""} ',
    expected: [
      ['__name__', '=', 'my.metric'],
      ['a', '!=', ''],
    ],
  },
])('reads $why', ({ text, expected }) => {
  const matchers = expected.map(([label, operator, value]) => ({ label, operator, value }));
  expect(readSeriesSelector(text)).toEqual({ kind: 'selector', matchers });
});

test.each([
  { why: 'nothing', text: '' },
  { why: 'a function', text: 'sum(up)' },
  { why: 'no end', text: 'up{a="b"' },
  { why: 'a value without quotes', text: 'up{a=b}' },
  { why: 'another comparison', text: 'up{a>"b"}' },
  { why: 'a range', text: 'up{a="b"}[5m]' },
  { why: 'two', text: 'up or down' },
  { why: 'a leading comma', text: '{,a="b"}' },
])('refuses $why', ({ text }) => {
  expect(readSeriesSelector(text)).toEqual({
    kind: 'broken',
    detail: expect.stringMatching(/^(PromQL 1:|a selector is)/),
  });
});

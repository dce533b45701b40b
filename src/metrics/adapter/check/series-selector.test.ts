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
    why: 'escapes in a value, and none in back quotes',
    text: '{a="x\\"y",b=`c\\d`}',
    expected: [
      ['a', '=', 'x"y'],
      ['b', '=', 'c\\d'],
    ],
  },
  {
    why: 'a quoted name',
    text: '{"my.metric",a!=""}',
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
  { why: 'nothing', text: '', detail: 'there is no selector' },
  { why: 'a function', text: 'sum(up)', detail: 'a selector is a name, braces with matchers, or both' },
  { why: 'no end', text: 'up{a="b"', detail: 'a comma is missing behind a' },
  { why: 'no end at all', text: 'up{', detail: 'the braces are not closed' },
  { why: 'a value without quotes', text: 'up{a=b}', detail: 'the value of a must be in quotes' },
  { why: 'another comparison', text: 'up{a>"b"}', detail: 'a must be compared by =, !=, =~ or !~' },
  { why: 'a range', text: 'up{a="b"}[5m]', detail: '[ behind the braces' },
  { why: 'a leading comma', text: '{,a="b"}', detail: ', where a label should be' },
])('refuses $why', ({ text, detail }) => {
  expect(readSeriesSelector(text)).toEqual({ kind: 'broken', detail });
});

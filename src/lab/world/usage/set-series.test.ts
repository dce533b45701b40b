import { expect, test } from 'vitest';
import { parseSelector } from '../../../base/label-selector.ts';
import { selectedValue } from './set-series.ts';

const rows = [
  { why: 'one quantity', text: '66m', selector: '', value: '66m' },
  { why: 'spelt as the wire spells it', text: '0.5', selector: '', value: '500m' },
  { why: 'a value without labels is not GET', text: '3k', selector: 'verb=GET', value: undefined },
  { why: 'only what the selector matches', text: 'verb=GET:3k verb=POST:2k', selector: 'verb=GET', value: '3k' },
  { why: 'everything without a selector', text: 'verb=GET:3k verb=POST:2k', selector: '', value: '5k' },
  { why: 'several labels', text: 'verb=GET,code=200:7 verb=GET,code=500:1', selector: 'verb=GET,code=200', value: '7' },
  { why: 'nothing matches', text: 'verb=GET:3k', selector: 'verb=PUT', value: undefined },
  { why: 'no text', text: '', selector: '', value: undefined },
  { why: 'no quantity', text: 'much', selector: '', value: undefined },
  { why: 'no label', text: 'GET:3k', selector: '', value: undefined },
];

for (const { why, text, selector, value } of rows) {
  test(why, () => {
    const parsed = parseSelector(selector);
    if (parsed.kind === 'invalid') throw new Error(parsed.message);
    expect(selectedValue(text, parsed.selector)).toBe(value);
  });
}

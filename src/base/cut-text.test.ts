import { expect, test } from 'vitest';
import { cutText } from './cut-text.ts';

test.each([
  { why: 'as long as it may be', text: 'abcd', cut: 'abcd' },
  { why: 'longer', text: 'abcde', cut: 'abcd…' },
  { why: 'a character of two units would be torn', text: 'abc😀', cut: 'abc…' },
  { why: 'a character of two units has room', text: 'ab😀c', cut: 'ab😀…' },
  { why: 'nothing', text: '', cut: '' },
])('$why', ({ text, cut }) => {
  expect(cutText(text, 4)).toBe(cut);
});

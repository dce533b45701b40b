import { expect, test } from 'vitest';
import { valueText } from './value-text.ts';

test.each([
  { value: 0, text: '0' },
  { value: -0, text: '-0' },
  { value: 0.1, text: '0.1' },
  { value: 1_000_000, text: '1000000' },
  { value: 0.000001, text: '0.000001' },
  { value: 1e-7, text: '1e-07' },
  { value: -1.5e-10, text: '-1.5e-10' },
  { value: 123_456_789_012_345_680_000, text: '123456789012345680000' },
  { value: 1e21, text: '1e+21' },
  { value: Number.NaN, text: 'NaN' },
  { value: Number.POSITIVE_INFINITY, text: '+Inf' },
  { value: Number.NEGATIVE_INFINITY, text: '-Inf' },
])('$value is written $text', ({ value, text }) => {
  expect(valueText(value)).toBe(text);
});

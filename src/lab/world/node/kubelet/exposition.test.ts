import { expect, test } from 'vitest';
import { expositionText, floatText } from './exposition.ts';

test.each([
  [0, '0'],
  [1, '1'],
  [41.730112, '41.730112'],
  [98_123.456789012, '98123.456789012'],
  [123_456, '123456'],
  [1_234_567, '1.234567e+06'],
  [12_533_760, '1.253376e+07'],
  [1_073_741_824, '1.073741824e+09'],
  [1_767_321_400.1234567, '1.7673214001234567e+09'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [-2_000_000, '-2e+06'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NaN, 'NaN'],
])('%d is written as Go writes it: %s', (value, text) => {
  expect(floatText(value)).toBe(text);
});

test('families, labels and series are sorted, and text is escaped', () => {
  const families = [
    { name: 'b', help: 'of\nb', type: 'gauge' as const, series: [{ value: 2, atMs: 5 }] },
    {
      name: 'a',
      help: 'of a',
      type: 'counter' as const,
      series: [
        { labels: { pod: 'y', container: 'z' }, value: 1 },
        { labels: { pod: 'x"', container: 'z' }, value: 1 },
      ],
    },
    { name: 'empty', help: '', type: 'gauge' as const, series: [] },
  ];
  expect(expositionText(families)).toBe(
    [
      '# HELP a of a',
      '# TYPE a counter',
      'a{container="z",pod="x\\""} 1',
      'a{container="z",pod="y"} 1',
      '# HELP b of\\nb',
      '# TYPE b gauge',
      'b 2 5',
      '',
    ].join('\n'),
  );
});

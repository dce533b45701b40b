import { describe, expect, test } from 'vitest';
import { ResultReader, seriesText } from './result-reader.ts';

function read(resultType: unknown, elements: readonly unknown[], seriesCountMax = 3): unknown {
  try {
    const reader = new ResultReader(seriesCountMax);
    reader.add(elements);
    return reader.result(resultType);
  } catch (thrown) {
    return (thrown as { readonly problem?: unknown }).problem ?? thrown;
  }
}

const UP = { __name__: 'up', job: 'web' };

describe('ResultReader', () => {
  test.each([
    {
      why: 'a vector, its numbers as text and as doubles',
      type: 'vector',
      elements: [
        { metric: UP, value: [1_435_781_451.781, '1'] },
        { metric: {}, value: [1_435_781_451, '+Inf'] },
        { metric: {}, value: [1_435_781_451, 'NaN'] },
      ],
      result: {
        kind: 'vector',
        samples: [
          { labels: UP, atMs: 1_435_781_451_781, value: 1, valueText: '1' },
          { labels: {}, atMs: 1_435_781_451_000, value: Number.POSITIVE_INFINITY, valueText: '+Inf' },
          { labels: {}, atMs: 1_435_781_451_000, value: Number.NaN, valueText: 'NaN' },
        ],
      },
    },
    { why: 'an empty vector', type: 'vector', elements: [], result: { kind: 'vector', samples: [] } },
    {
      why: 'a matrix; one whose native histograms are none',
      type: 'matrix',
      elements: [
        {
          metric: UP,
          values: [
            [1, '1'],
            [2.5, '0.1'],
          ],
        },
        { metric: {}, values: [], histograms: [] },
      ],
      result: {
        kind: 'matrix',
        series: [
          { labels: UP, atMs: Float64Array.of(1000, 2500), values: Float64Array.of(1, 0.1), valueTexts: ['1', '0.1'] },
          { labels: {}, atMs: new Float64Array(), values: new Float64Array(), valueTexts: [] },
        ],
      },
    },
    {
      why: 'a scalar',
      type: 'scalar',
      elements: [1, '-Inf'],
      result: { kind: 'scalar', sample: { atMs: 1000, value: Number.NEGATIVE_INFINITY, valueText: '-Inf' } },
    },
    { why: 'a string', type: 'string', elements: [1, 'a "b"'], result: { kind: 'string', atMs: 1000, text: 'a "b"' } },
    {
      why: 'a native histogram, by its name',
      type: 'vector',
      elements: [{ metric: { __name__: 'latency', job: 'a"b' }, histogram: [1, { count: '3' }] }],
      result: { code: 'NativeHistogram', series: 'latency{job="a\\"b"}' },
    },
    {
      why: 'a matrix with native histograms beside numbers',
      type: 'matrix',
      elements: [{ metric: UP, values: [[1, '1']], histograms: [[2, {}]] }],
      result: { code: 'NativeHistogram', series: 'up{job="web"}' },
    },
    {
      why: 'more series than allowed',
      type: 'vector',
      elements: Array.from({ length: 4 }, () => ({ metric: {}, value: [1, '1'] })),
      result: { code: 'TooManySeries', countMax: 3 },
    },
  ])('$why', ({ type, elements, result }) => expect(read(type, elements)).toEqual(result));

  test.each([
    { why: 'a type that there is not', type: 'streams', elements: [], says: 'a result of the type "streams"' },
    { why: 'no type', type: undefined, elements: [], says: 'a result of the type undefined' },
    { why: 'a vector that is a matrix', type: 'vector', elements: [{ metric: {}, values: [] }], says: '"vector"' },
    { why: 'a matrix that is a vector', type: 'matrix', elements: [{ metric: {}, value: [1, '1'] }], says: '"matrix"' },
    { why: 'a vector that is a scalar', type: 'vector', elements: [1, '1'], says: '"vector"' },
    { why: 'a scalar that is a vector', type: 'scalar', elements: [{ metric: {}, value: [1, '1'] }], says: '"scalar"' },
    { why: 'a scalar of three', type: 'scalar', elements: [1, '1', '1'], says: 'more than an instant and a value' },
    { why: 'a scalar of one', type: 'scalar', elements: [1], says: 'no pair' },
    { why: 'a string of one', type: 'string', elements: [1], says: 'no text' },
    { why: 'a series without labels', type: 'vector', elements: [{ value: [1, '1'] }], says: 'no set of labels' },
    { why: 'a series without a value', type: 'vector', elements: [{ metric: UP }], says: 'neither value nor values' },
    {
      why: 'a value that is a number',
      type: 'vector',
      elements: [{ metric: {}, value: [1, 1] }],
      says: '1 is no sample',
    },
    {
      why: 'a value that is none',
      type: 'vector',
      elements: [{ metric: {}, value: [1, 'x'] }],
      says: '"x" is no sample',
    },
    {
      why: 'an instant that is a text',
      type: 'vector',
      elements: [{ metric: {}, value: ['1', '1'] }],
      says: 'no instant',
    },
    { why: 'a value that is no pair', type: 'vector', elements: [{ metric: {}, value: 1 }], says: 'no pair' },
  ])('refuses: $why', ({ type, elements, says }) => {
    expect(read(type, elements)).toEqual({ code: 'Malformed', detail: expect.stringContaining(says) });
  });
});

describe('seriesText', () => {
  test.each([
    { labels: UP, text: 'up{job="web"}' },
    { labels: { __name__: 'up' }, text: 'up' },
    { labels: { job: 'web' }, text: '{job="web"}' },
    { labels: {}, text: '{}' },
  ])('$text', ({ labels, text }) => expect(seriesText(labels)).toBe(text));
});

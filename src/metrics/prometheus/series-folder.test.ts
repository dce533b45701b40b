import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AnswerProblem } from './answer-problem.ts';
import type { SeriesFold } from './answers.ts';
import { SeriesFolder } from './series-folder.ts';

function fold(series: readonly unknown[], labelSetsCountMax?: number): readonly SeriesFold[] {
  const folder = new SeriesFolder(labelSetsCountMax === undefined ? {} : { labelSetsCountMax });
  folder.add(series);
  return folder.folds();
}

describe('SeriesFolder', () => {
  test.each([
    {
      why: 'values do not matter, names do',
      series: [
        { __name__: 'a', pod: '1', namespace: 'x' },
        { __name__: 'a', pod: '2', namespace: 'y' },
        { __name__: 'a', pod: '2' },
        { __name__: 'b', pod: '2' },
      ],
      folds: [
        { name: 'a', labelNames: ['namespace', 'pod'], seriesCount: 2 },
        { name: 'a', labelNames: ['pod'], seriesCount: 1 },
        { name: 'b', labelNames: ['pod'], seriesCount: 1 },
      ],
    },
    {
      why: 'the order of names within a series does not matter',
      series: [
        { __name__: 'a', pod: '1', namespace: 'x' },
        { namespace: 'x', pod: '1', __name__: 'a' },
      ],
      folds: [{ name: 'a', labelNames: ['namespace', 'pod'], seriesCount: 2 }],
    },
    {
      why: 'the pair whose last series came last is last, as upstream’s later series win',
      series: [{ __name__: 'a', x: '1' }, { __name__: 'b' }, { __name__: 'a', x: '2' }],
      folds: [
        { name: 'b', labelNames: [], seriesCount: 1 },
        { name: 'a', labelNames: ['x'], seriesCount: 2 },
      ],
    },
    {
      why: 'names that would run into each other without a separator',
      series: [
        { __name__: 'a', bc: '' },
        { __name__: 'ab', c: '' },
        { __name__: 'a', b: '', c: '' },
      ],
      folds: [
        { name: 'a', labelNames: ['bc'], seriesCount: 1 },
        { name: 'ab', labelNames: ['c'], seriesCount: 1 },
        { name: 'a', labelNames: ['b', 'c'], seriesCount: 1 },
      ],
    },
    { why: 'a series without a name', series: [{ x: '1' }], folds: [{ name: '', labelNames: ['x'], seriesCount: 1 }] },
    { why: 'nothing', series: [], folds: [] },
  ])('$why', ({ series, folds }) => expect(fold(series)).toEqual(folds));

  test('keeps one series of each fold when asked to: the last, as it came', () => {
    const folder = new SeriesFolder({ hasExamples: true });
    folder.add([
      { __name__: 'a', pod: '1', namespace: 'x' },
      { __name__: 'b' },
      { namespace: 'y', __name__: 'a', pod: '2' },
    ]);
    expect(folder.folds()).toEqual([
      { name: 'b', labelNames: [], seriesCount: 1, example: { __name__: 'b' } },
      {
        name: 'a',
        labelNames: ['namespace', 'pod'],
        seriesCount: 2,
        example: { __name__: 'a', namespace: 'y', pod: '2' },
      },
    ]);
  });

  test.each([
    { why: 'a text', series: ['up'] },
    { why: 'a list', series: [['up']] },
    { why: 'nothing', series: [null] },
    { why: 'a label that is a number', series: [{ __name__: 'up', x: 1 }] },
  ])('refuses what is no set of labels: $why', ({ series }) => {
    expect(() => fold(series)).toThrow(AnswerProblem);
  });

  test('beyond the bound of different sets it gives up', () => {
    const series = (count: number) => Array.from({ length: count }, (_, index) => ({ __name__: `m${index}` }));
    expect(fold([...series(3), ...series(3)], 3)).toHaveLength(3);
    expect(() => fold(series(4), 3)).toThrow(
      expect.objectContaining({ problem: { code: 'TooManyLabelSets', countMax: 3 } }),
    );
  });

  test('counts are those of the series, however they come', () => {
    const labels = fc.dictionary(fc.constantFrom('__name__', 'pod', 'namespace', 'é', ''), fc.string({ maxLength: 2 }));
    fc.assert(
      fc.property(fc.array(labels), (series) => {
        const counted = new Map<string, number>();
        for (const { __name__: name = '', ...others } of series) {
          const key = JSON.stringify([name, Object.keys(others).sort()]);
          counted.set(key, (counted.get(key) ?? 0) + 1);
        }
        const folded = fold(series).map(({ name, labelNames, seriesCount }) => [
          JSON.stringify([name, labelNames]),
          seriesCount,
        ]);
        expect(new Map(folded as [string, number][])).toEqual(counted);
        expect(folded).toHaveLength(counted.size);
      }),
    );
  });
});

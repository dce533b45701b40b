import { describe, expect, test } from 'vitest';
import { LAB_PROMETHEUS_SERIES_COUNT_MAX } from '../../base/limits.ts';
import { parsePromql } from '../../metrics/prometheus/promql-expression.ts';
import { selectorsOf } from '../../metrics/prometheus/promql-selectors.ts';
import { compileMatchers } from './series-matchers.ts';
import { SeriesStore } from './series-store.ts';

/** The pods of the series that a selector means. */
function podsOf(store: SeriesStore, selector: string): readonly string[] {
  return selectorsOf(parsePromql(selector)).flatMap(({ matchers }) =>
    store.select(compileMatchers(matchers)).map(({ labels }) => labels['pod'] ?? ''),
  );
}

describe('SeriesStore', () => {
  test('a series is its labels, in whatever order and without empty ones', () => {
    const store = new SeriesStore();
    expect(store.append({ __name__: 'a', pod: 'x', zone: '' }, 1, 10)).toBe('stored');
    expect(store.append({ pod: 'x', __name__: 'a' }, 2, 20)).toBe('stored');
    expect(store.append({ pod: 'x', __name__: 'a' }, 2, 21)).toBe('outOfOrder');
    expect(store.append({ pod: 'x', __name__: 'a' }, 1, 22)).toBe('outOfOrder');
    expect(store.all().map(({ labels, history }) => [labels, history.between(0, 9)])).toEqual([
      [
        { __name__: 'a', pod: 'x' },
        [
          { atMs: 1, value: 10 },
          { atMs: 2, value: 20 },
        ],
      ],
    ]);
  });

  test('a label by the name of what every object has is one like any other', () => {
    const store = new SeriesStore();
    store.append({ __name__: 'a', pod: 'x' }, 1, 1);
    store.append({ __name__: 'a', pod: 'y', toString: 'z' }, 1, 1);
    expect(podsOf(store, 'a{toString=""}')).toEqual(['x']);
    expect(podsOf(store, 'a{toString="z"}')).toEqual(['y']);
  });

  test('series without a sample since are forgotten, and may come again', () => {
    const store = new SeriesStore();
    store.append({ __name__: 'a', pod: 'old' }, 1, 1);
    store.append({ __name__: 'a', pod: 'new' }, 2, 1);
    store.append({ __name__: 'b', pod: 'ended' }, 2, null);
    store.forgetBefore(2);
    expect(podsOf(store, '{pod!=""}')).toEqual(['new', 'ended']);
    expect(podsOf(store, 'a')).toEqual(['new']);
    expect(store.append({ __name__: 'a', pod: 'old' }, 1, 1)).toBe('stored');
    expect(podsOf(store, 'a')).toEqual(['new', 'old']);
  });

  test('a series beyond the bound is refused, and a known one is not', () => {
    const store = new SeriesStore();
    for (let index = 0; index < LAB_PROMETHEUS_SERIES_COUNT_MAX; index += 1)
      expect(store.append({ __name__: 'a', pod: `${index}` }, 1, 1)).toBe('stored');
    expect(store.append({ __name__: 'a', pod: 'more' }, 1, 1)).toBe('full');
    expect(store.append({ __name__: 'a', pod: '0' }, 2, 1)).toBe('stored');
    expect(store.seriesCount).toBe(LAB_PROMETHEUS_SERIES_COUNT_MAX);
  });
});

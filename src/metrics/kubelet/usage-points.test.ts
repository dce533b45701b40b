import { describe, expect, test } from 'vitest';
import {
  EPOCH_SECONDS,
  type Point,
  readingsOf,
  type Scrape,
  servedOf,
  storeAnswer,
  storeOf,
} from '../../../test/kubelet/stored-scrapes.ts';

interface Story {
  readonly title: string;
  readonly why: string;
  readonly resolutionSeconds?: number;
  readonly scrapes: readonly Scrape[];
  /** `container: cpu memory over window at instant` after the last scrape; null when the pod is left out. */
  readonly expected: readonly string[] | null;
}

const STORIES: readonly Story[] = [
  {
    title: 'first sample',
    why: 'one point is no rate',
    resolutionSeconds: 60,
    scrapes: [{ c: [0, 120, 1, 4] }],
    expected: null,
  },
  {
    title: 'second sample',
    why: 'two points are',
    resolutionSeconds: 60,
    scrapes: [{ c: [0, 120, 1, 4] }, { c: [0, 125, 6, 5] }],
    expected: ['c: 1 5Mi over 5 at 125'],
  },
  {
    title: 'gone',
    why: 'what a scrape does not mention is not served',
    resolutionSeconds: 60,
    scrapes: [{ c: [0, 120, 1, 4] }, { c: [0, 125, 6, 5] }, {}],
    expected: null,
  },
  {
    title: 'gone and back',
    why: 'the earlier point went with it',
    resolutionSeconds: 60,
    scrapes: [{ c: [0, 120, 1, 4] }, { c: [0, 125, 6, 5] }, {}, { c: [0, 135, 8, 5] }],
    expected: null,
  },
  {
    title: 'same answer twice',
    why: 'a repeated point is no second one',
    resolutionSeconds: 60,
    scrapes: [{ c: [0, 110, 1, 4] }, { c: [0, 110, 1, 4] }],
    expected: null,
  },
  {
    title: 'same answer after two',
    why: 'the rate stays what it was',
    resolutionSeconds: 15,
    scrapes: [{ c: [0, 100, 10, 4] }, { c: [0, 115, 13, 4] }, { c: [0, 115, 13, 4] }],
    expected: ['c: 200m 4Mi over 15 at 115'],
  },
  {
    title: 'two containers',
    why: 'each has its own instants, and a whole pod is served',
    resolutionSeconds: 60,
    scrapes: [
      { b: [0, 115, 2, 5], a: [0, 110, 1, 4] },
      { b: [0, 125, 7, 7], a: [0, 120, 6, 6] },
    ],
    expected: ['a: 500m 6Mi over 10 at 120', 'b: 500m 7Mi over 10 at 125'],
  },
  {
    title: 'restart',
    why: 'a container that is ten seconds old counts from its start',
    resolutionSeconds: 60,
    scrapes: [{ c: [0, 10, 1, 4] }, { c: [15, 25, 5, 5] }],
    expected: ['c: 500m 5Mi over 10 at 25'],
  },
  {
    title: 'decrease',
    why: 'a counter that went back leaves its container out, not the pod',
    resolutionSeconds: 60,
    scrapes: [{ c: [0, 110, 20, 4] }, { c: [0, 120, 10, 4] }],
    expected: [],
  },
  {
    title: 'decrease of one of two',
    why: 'the other one is served',
    resolutionSeconds: 60,
    scrapes: [
      { a: [0, 110, 20, 4], b: [0, 110, 20, 4] },
      { a: [0, 120, 10, 4], b: [0, 120, 25, 4] },
    ],
    expected: ['b: 500m 4Mi over 10 at 120'],
  },
  {
    title: 'start goes back',
    why: 'a start before the earlier point is as wrong as a counter that decreases',
    resolutionSeconds: 15,
    scrapes: [{ c: [50, 100, 10, 4] }, { c: [49, 115, 13, 4] }],
    expected: [],
  },
  {
    title: 'older than both points',
    why: 'the clock went back beyond all that is known',
    resolutionSeconds: 60,
    scrapes: [{ c: [0, 1115, 20, 4] }, { c: [0, 1125, 40, 4] }, { c: [0, 115, 10, 4] }],
    expected: null,
  },
  {
    title: 'between the points',
    why: 'the earlier point is still earlier',
    resolutionSeconds: 60,
    scrapes: [{ c: [0, 115, 10, 4] }, { c: [0, 125, 50, 5] }, { c: [0, 120, 35, 5] }],
    expected: ['c: 5 5Mi over 5 at 120'],
  },
  {
    title: 'old container, one sample',
    why: 'its start is too long ago to count from',
    resolutionSeconds: 60,
    scrapes: [{ c: [0, 120, 1, 4] }],
    expected: null,
  },
  {
    title: 'fresh container, one sample',
    why: 'its start is a point',
    resolutionSeconds: 60,
    scrapes: [{ c: [0, 10, 10, 4] }],
    expected: ['c: 1 4Mi over 10 at 10'],
  },
  {
    title: 'start after the sample',
    why: 'no age at all',
    resolutionSeconds: 60,
    scrapes: [{ c: [0, -10, 10, 4] }],
    expected: null,
  },
  {
    title: 'nine seconds old',
    why: 'too young for a fair rate',
    resolutionSeconds: 60,
    scrapes: [{ c: [0, 9, 10, 4] }],
    expected: null,
  },
  {
    title: 'as old as the resolution',
    why: 'the fresh rule ends just before',
    resolutionSeconds: 60,
    scrapes: [{ c: [0, 60, 10, 4] }],
    expected: null,
  },
  {
    title: 'resolution of ten seconds',
    why: 'the fresh rule never applies',
    resolutionSeconds: 10,
    scrapes: [{ c: [0, 10, 10, 4] }],
    expected: null,
  },
  {
    title: 'no start',
    why: 'a container whose start is unknown has always been there',
    resolutionSeconds: 60,
    scrapes: [{ c: [null, 120, 1, 4] }, { c: [null, 125, 6, 5] }],
    expected: ['c: 1 5Mi over 5 at 125'],
  },
  {
    title: 'start of 1970',
    why: 'the epoch is long before any sample',
    resolutionSeconds: 60,
    scrapes: [{ c: [-EPOCH_SECONDS, 120, 1, 4] }, { c: [-EPOCH_SECONDS, 125, 6, 5] }],
    expected: ['c: 1 5Mi over 5 at 125'],
  },
  {
    title: 'a container joins',
    why: 'without a rate of every container a pod is not served',
    resolutionSeconds: 15,
    scrapes: [{ a: [0, 100, 1, 4] }, { a: [0, 115, 6, 5], b: [110, 115, 1, 4] }],
    expected: null,
  },
  {
    title: 'a container was missing in the first scrape',
    why: 'its second sample completes the pod',
    resolutionSeconds: 15,
    scrapes: [
      { a: [0, 100, 1, 4] },
      { a: [0, 115, 6, 5], b: [0, 115, 1, 4] },
      { a: [0, 130, 9, 5], b: [0, 130, 4, 4] },
    ],
    expected: ['a: 200m 5Mi over 15 at 130', 'b: 200m 4Mi over 15 at 130'],
  },
  {
    title: 'a container leaves',
    why: 'the rest of the pod is whole',
    resolutionSeconds: 15,
    scrapes: [{ a: [0, 100, 1, 4], b: [0, 100, 1, 4] }, { a: [0, 115, 4, 5] }],
    expected: ['a: 200m 5Mi over 15 at 115'],
  },
  {
    title: 'restart at which the container is young',
    why: 'neither its start nor the earlier run counts',
    resolutionSeconds: 15,
    scrapes: [{ c: [0, 100, 10, 4] }, { c: [0, 115, 13, 4] }, { c: [140, 146, 0.3, 4] }],
    expected: null,
  },
  {
    title: 'restart, the next scrape',
    why: 'twelve seconds old: from its start',
    resolutionSeconds: 15,
    scrapes: [{ c: [0, 115, 13, 4] }, { c: [140, 146, 0.3, 4] }, { c: [140, 152, 0.6, 4] }],
    expected: ['c: 50m 4Mi over 12 at 152'],
  },
  {
    title: 'restart, the scrape after',
    why: 'from sample to sample again',
    resolutionSeconds: 15,
    scrapes: [{ c: [140, 146, 0.3, 4] }, { c: [140, 152, 0.6, 4] }, { c: [140, 170, 1.5, 4] }],
    expected: ['c: 50m 4Mi over 18 at 170'],
  },
  {
    title: 'young, then the same sample, beside a settled container',
    why: 'upstream takes a zero point here and a window of 292 years; ours has nothing to count from',
    resolutionSeconds: 15,
    scrapes: [
      { a: [0, 100, 1, 4] },
      { a: [0, 115, 4, 4], b: [110, 115, 1, 4] },
      { a: [0, 130, 7, 4], b: [110, 115, 1, 4] },
    ],
    expected: null,
  },
  {
    title: 'incomplete sample of one container',
    why: 'no memory makes the whole pod unknown',
    resolutionSeconds: 15,
    scrapes: [
      { a: [0, 100, 1, 4], b: [0, 100, 1, 4] },
      { a: [0, 115, 4, 4], b: [0, 115, 4, 0] },
    ],
    expected: null,
  },
  {
    title: 'after an incomplete sample',
    why: 'and takes two scrapes to mend',
    resolutionSeconds: 15,
    scrapes: [
      { a: [0, 100, 1, 4], b: [0, 100, 1, 4] },
      { a: [0, 115, 4, 4], b: [0, 115, 0, 4] },
      { a: [0, 130, 7, 4], b: [0, 130, 7, 4] },
    ],
    expected: null,
  },
];

describe('storage rules', () => {
  test.each(STORIES)('$title: $why', ({ resolutionSeconds = 15, scrapes, expected }) => {
    const store = storeOf(resolutionSeconds);
    for (const one of scrapes) storeAnswer(store, readingsOf(one));
    expect(servedOf(store)).toEqual(expected);
  });

  test('the worked table of the specification, tick by tick', () => {
    const store = storeOf(15);
    const ticks: readonly (readonly [Point, readonly string[] | null])[] = [
      [[0, 100, 10, 4], null],
      [[0, 115, 13, 4], ['c: 200m 4Mi over 15 at 115']],
      [[0, 115, 13, 4], ['c: 200m 4Mi over 15 at 115']],
      [[0, 130, 12, 4], []],
      [[140, 146, 0.3, 4], null],
      [[140, 152, 0.6, 4], ['c: 50m 4Mi over 12 at 152']],
      [[140, 170, 1.5, 4], ['c: 50m 4Mi over 18 at 170']],
    ];
    const served = ticks.map(([point]) => {
      storeAnswer(store, readingsOf({ c: point }));
      return servedOf(store);
    });
    expect(served).toEqual(ticks.map(([, expected]) => expected));
  });

  test('a container that the status says is stopped is left out instead of making its pod unknown', () => {
    const store = storeOf(15, ['setup']);
    for (const at of [100, 115]) storeAnswer(store, readingsOf({ app: [0, at, at, 4], setup: [0, at, 1, 0] }));
    expect(servedOf(store)).toEqual(['app: 1 4Mi over 15 at 115']);
  });
});

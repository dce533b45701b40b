import { describe, expect, test } from 'vitest';
import {
  KUBELET_SCRAPE_SLOW_MS,
  KUBELET_SCRAPES_COUNT_MAX,
  KUBELET_SLOW_SCRAPES_COUNT_MAX,
} from '../../base/limits.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { ScrapePlaces } from './scrape-places.ts';
import { nextScrapeAtMs } from './scrape-times.ts';

const SIGNAL = new AbortController().signal;

/** Work that begins when it gets a place and ends when told. */
class Works {
  readonly begun: number[] = [];
  readonly ends: (() => void)[] = [];
  readonly clock = new VirtualClock();
  readonly places: ScrapePlaces;

  constructor(options: { readonly countMax?: number; readonly slowCountMax?: number } = {}) {
    this.places = new ScrapePlaces({ ioClock: this.clock, ...options });
  }

  begin(count: number, signal = SIGNAL): Promise<unknown>[] {
    return Array.from({ length: count }, () => {
      const number = this.ends.length;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.ends.push(resolve);
      return this.places.run(signal, () => {
        this.begun.push(number);
        return promise;
      });
    });
  }
}

async function microtasks(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

describe('ScrapePlaces', () => {
  test('no more scrapes are under way than there are places; those that wait come in order', async () => {
    const works = new Works();
    const runs = works.begin(KUBELET_SCRAPES_COUNT_MAX + 2);
    await microtasks();
    expect(works.begun).toHaveLength(KUBELET_SCRAPES_COUNT_MAX);
    expect(works.places.waitingCount).toBe(2);
    works.ends[7]?.();
    await runs[7];
    await microtasks();
    expect(works.begun.at(-1)).toBe(KUBELET_SCRAPES_COUNT_MAX);
    for (const end of works.ends) end();
    await Promise.all(runs);
    expect(works.begun.at(-1)).toBe(KUBELET_SCRAPES_COUNT_MAX + 1);
  });

  test('a zone that hangs gives its places up after a second, as far as the bound goes', async () => {
    const works = new Works({ countMax: 2, slowCountMax: 3 });
    const runs = works.begin(8);
    for (const begunCount of [2, 4, 5, 5]) {
      await microtasks();
      expect(works.begun).toHaveLength(begunCount);
      works.clock.advanceBy(KUBELET_SCRAPE_SLOW_MS);
    }
    for (const end of works.ends) end();
    await Promise.all(runs);
    expect(works.begun).toHaveLength(8);
    // All places are free again: neither lost nor doubled.
    const more = works.begin(3);
    await microtasks();
    expect(works.begun).toHaveLength(10);
    for (const end of works.ends) end();
    await Promise.all(more);
  });

  test('the bound of slow scrapes covers the largest clusters', () => {
    expect(KUBELET_SLOW_SCRAPES_COUNT_MAX).toBeGreaterThan(10 * KUBELET_SCRAPES_COUNT_MAX);
  });

  test('whoever is let go while waiting leaves the line', async () => {
    const works = new Works({ countMax: 1 });
    const [first] = works.begin(1);
    const controller = new AbortController();
    const [waiting] = works.begin(1, controller.signal);
    controller.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    expect(works.places.waitingCount).toBe(0);
    works.ends[0]?.();
    await first;
    expect(works.begun).toEqual([0]);
  });
});

describe('nextScrapeAtMs', () => {
  test('where a phase is given it is that of every node', () => {
    expect([0, 6_000, 8_000].map((startedAtMs) => nextScrapeAtMs('n1', startedAtMs, 15_000, 14_500))).toEqual([
      14_500, 14_500, 29_500,
    ]);
    expect(nextScrapeAtMs('n2', 0, 15_000, 14_500)).toBe(14_500);
  });

  const names = Array.from({ length: 1000 }, (_, index) => `node-${index}`);

  test('spreads a thousand nodes over the resolution: no second has twice its share', () => {
    const perSecond = new Array<number>(15).fill(0);
    for (const name of names) {
      const second = Math.floor((nextScrapeAtMs(name, 0, 15_000) % 15_000) / 1000);
      perSecond[second] = (perSecond[second] ?? 0) + 1;
    }
    expect(Math.max(...perSecond)).toBeLessThan(2 * (1000 / 15));
    expect(Math.min(...perSecond)).toBeGreaterThan(0.5 * (1000 / 15));
  });

  test('many nodes share their moments, eight to a second', () => {
    const moments = new Set(names.map((name) => nextScrapeAtMs(name, 0, 15_000) % 15_000));
    expect([...moments].filter((momentMs) => momentMs % 125 !== 0)).toEqual([]);
    expect(moments.size).toBeGreaterThan(100);
  });

  test('comes back to the node’s moment a resolution later, whenever the first scrape was', () => {
    for (const name of names.slice(0, 50)) {
      const firstAtMs = nextScrapeAtMs(name, 1_767_320_001_234, 15_000);
      expect(firstAtMs - 1_767_320_001_234).toBeGreaterThanOrEqual(7_500);
      expect(firstAtMs - 1_767_320_001_234).toBeLessThan(22_500);
      expect(nextScrapeAtMs(name, firstAtMs, 15_000)).toBe(firstAtMs + 15_000);
      expect(nextScrapeAtMs(name, firstAtMs + 3, 15_000)).toBe(firstAtMs + 15_000);
    }
  });
});

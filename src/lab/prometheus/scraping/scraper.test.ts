import { describe, expect, test } from 'vitest';
import { Failure } from '../../../base/failure.ts';
import { LAB_PROMETHEUS_SERIES_COUNT_MAX, LAB_SCRAPE_TARGETS_COUNT_MAX } from '../../../base/limits.ts';
import { type Log, SILENT_LOG } from '../../../base/log.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { MetricCatalogue } from '../metric-catalogue.ts';
import { METRIC_NAME, withoutName } from '../series-labels.ts';
import { SeriesStore } from '../series-store.ts';
import type { ScrapeTarget } from './scrape-target.ts';
import { Scraper } from './scraper.ts';

const START_AT_MS = 1_000_000;
const INTERVAL_MS = 10_000;

function target(pod: string, more: Partial<ScrapeTarget> = {}): ScrapeTarget {
  return {
    pool: 'serviceMonitor/default/web/0',
    address: pod,
    port: 8080,
    path: '/metrics',
    intervalMs: INTERVAL_MS,
    timeoutMs: INTERVAL_MS,
    labels: { job: 'web', pod },
    honorsLabels: false,
    ...more,
  };
}

/** A scraper with pages by address; a page that is none refuses the connection. */
function stage(pages: Record<string, string | undefined>) {
  const clock = new VirtualClock({ startAtMs: START_AT_MS });
  const store = new SeriesStore();
  const catalogue = new MetricCatalogue();
  const warnings: string[] = [];
  const log: Log = { ...SILENT_LOG, warn: (message) => void warnings.push(message) };
  const asked: string[] = [];
  const fetchPage = async ({ address }: ScrapeTarget): Promise<string> => {
    asked.push(address);
    const page = pages[address];
    if (page === undefined) throw new Failure('unavailable', 'connection refused');
    return page;
  };
  const scraper = new Scraper({ store, catalogue, clock, ioClock: clock, log, fetchPage });
  /** The values of a metric by pod, oldest first; series that have ended say so. */
  const stored = (name: string): Readonly<Record<string, readonly (number | 'ended')[]>> =>
    Object.fromEntries(
      store
        .all()
        .filter(({ labels }) => labels[METRIC_NAME] === name)
        .map(({ labels, history }) => {
          const values: (number | 'ended')[] = history.between(0, clock.nowMs() + 1).map(({ value }) => value);
          const isEnded = history.newest(0, clock.nowMs() + 1) === undefined;
          return [labels['pod'] ?? '', isEnded ? [...values, 'ended'] : values];
        }),
    );
  return { clock, store, catalogue, scraper, pages, asked, warnings, stored };
}

describe('Scraper', () => {
  test('each target is looked at once in its interval, at a moment of its own', async () => {
    const { clock, scraper, asked, stored } = stage({ a: 'ops_total 1', b: 'ops_total 2' });
    scraper.follow([target('a'), target('b')]);
    await clock.runBy(3 * INTERVAL_MS);
    expect(asked.toSorted()).toEqual(['a', 'a', 'a', 'b', 'b', 'b']);
    expect(stored('ops_total')).toEqual({ a: [1, 1, 1], b: [2, 2, 2] });
    expect(stored('up')).toEqual({ a: [1, 1, 1], b: [1, 1, 1] });
    expect(stored('scrape_samples_scraped')).toEqual({ a: [1, 1, 1], b: [1, 1, 1] });
    const instants = scraper.standings().map(({ lastScrapeAtMs = 0 }) => lastScrapeAtMs % INTERVAL_MS);
    expect(new Set(instants).size).toBe(2);
  });

  test('following the same again changes nothing; other labels begin series anew', async () => {
    const { clock, scraper, asked, stored } = stage({ a: 'ops_total 1' });
    scraper.follow([target('a')]);
    await clock.runBy(INTERVAL_MS);
    scraper.follow([target('a')]);
    await clock.runBy(INTERVAL_MS);
    expect(asked.length).toBe(2);
    scraper.follow([target('a', { labels: { job: 'api', pod: 'renamed' } })]);
    await clock.runBy(INTERVAL_MS);
    expect(stored('ops_total')).toEqual({ a: [1, 1, 'ended'], renamed: [1] });
  });

  test('a series that is shown no more has ended, and may come again', async () => {
    const { clock, scraper, pages, stored } = stage({ a: 'ops_total 1\nqueue 5' });
    scraper.follow([target('a')]);
    await clock.runBy(INTERVAL_MS);
    pages['a'] = 'ops_total 2';
    await clock.runBy(INTERVAL_MS);
    expect(stored('queue')).toEqual({ a: [5, 'ended'] });
    pages['a'] = 'ops_total 3\nqueue 6';
    await clock.runBy(INTERVAL_MS);
    expect(stored('queue')).toEqual({ a: [5, 6] });
    expect(stored('ops_total')).toEqual({ a: [1, 2, 3] });
  });

  test.each([
    { why: 'does not answer', page: undefined, problem: 'connection refused' },
    { why: 'shows what cannot be read', page: 'ops_total 2\noops', problem: 'line 2 "oops": must have a number' },
  ])('a target that $why is down, and its series have ended', async ({ page, problem }) => {
    const { clock, scraper, pages, stored } = stage({ a: 'ops_total 1' });
    scraper.follow([target('a')]);
    await clock.runBy(INTERVAL_MS);
    pages['a'] = page;
    await clock.runBy(INTERVAL_MS);
    expect(stored('ops_total')).toEqual({ a: [1, 'ended'] });
    expect(stored('up')).toEqual({ a: [1, 0] });
    expect(scraper.standings().map(({ lastProblem }) => lastProblem)).toEqual([expect.stringContaining(problem)]);
  });

  test('a target that is gone ends with all that was known of it', async () => {
    const { clock, scraper, asked, stored } = stage({ a: 'ops_total 1', b: 'ops_total 2' });
    scraper.follow([target('a'), target('b')]);
    await clock.runBy(INTERVAL_MS);
    scraper.follow([target('b')]);
    asked.length = 0;
    await clock.runBy(INTERVAL_MS);
    expect(asked).toEqual(['b']);
    expect(stored('ops_total')).toEqual({ a: [1, 'ended'], b: [2, 2] });
    expect(stored('up')).toEqual({ a: [1, 'ended'], b: [1, 1] });
  });

  test('an instant that the target names is the instant of the sample, and no end is put behind it', async () => {
    const { clock, store, scraper, pages } = stage({ a: `load 1 ${START_AT_MS - 5}` });
    scraper.follow([target('a')]);
    await clock.runBy(INTERVAL_MS);
    pages['a'] = '';
    await clock.runBy(INTERVAL_MS);
    const [load] = store.all();
    expect(load?.history.between(0, clock.nowMs())).toEqual([{ atMs: START_AT_MS - 5, value: 1 }]);
    expect(load?.history.count).toBe(1);
  });

  test.each([
    { why: 'is renamed', honorsLabels: false, labels: { job: 'web', pod: 'a', exported_pod: 'shown', kind: 'x' } },
    { why: 'comes first where it is honoured', honorsLabels: true, labels: { job: 'web', pod: 'shown', kind: 'x' } },
  ])("a label of the page by the name of one of the target's $why", async ({ honorsLabels, labels }) => {
    const { clock, store, scraper } = stage({ a: 'ops_total{pod="shown",kind="x"} 1' });
    scraper.follow([target('a', { honorsLabels })]);
    await clock.runBy(INTERVAL_MS);
    expect(withoutName(store.all()[0]?.labels ?? {})).toEqual(labels);
  });

  test('what targets say of their metrics is known', async () => {
    const { clock, catalogue, scraper } = stage({ a: '# TYPE ops_total counter\nops_total 1' });
    scraper.follow([target('a')]);
    await clock.runBy(INTERVAL_MS);
    expect(catalogue.entries()).toEqual(new Map([['ops_total', { type: 'counter', help: '', unit: '' }]]));
  });

  test('a target with more series than are kept is down', async () => {
    const page = Array.from({ length: LAB_PROMETHEUS_SERIES_COUNT_MAX + 1 }, (_, index) => `m{i="${index}"} 1\n`).join(
      '',
    );
    const { clock, scraper } = stage({ a: page });
    scraper.follow([target('a')]);
    await clock.runBy(INTERVAL_MS);
    expect(scraper.standings()[0]?.lastProblem).toBe('there are more series than the lab keeps');
  });

  test('targets beyond the bound are left out, and that is told', () => {
    const { scraper, warnings } = stage({});
    const targets = Array.from({ length: LAB_SCRAPE_TARGETS_COUNT_MAX + 1 }, (_, index) => target(`pod-${index}`));
    scraper.follow(targets.slice(1));
    expect([scraper.standings().length, warnings.length]).toEqual([LAB_SCRAPE_TARGETS_COUNT_MAX, 0]);
    scraper.follow(targets);
    expect([scraper.standings().length, warnings.length]).toEqual([LAB_SCRAPE_TARGETS_COUNT_MAX, 1]);
    scraper.stop();
  });

  test('once it is stopped nothing happens any more, not even the end of series', async () => {
    const { clock, scraper, asked, stored } = stage({ a: 'ops_total 1' });
    scraper.follow([target('a')]);
    await clock.runBy(INTERVAL_MS);
    scraper.stop();
    scraper.follow([target('a')]);
    await clock.runBy(INTERVAL_MS);
    expect([asked.length, clock.timerCount, stored('ops_total')]).toEqual([1, 0, { a: [1] }]);
  });
});

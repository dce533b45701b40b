import fc from 'fast-check';
import { expect, test } from 'vitest';
import { podRows } from './node-usage.ts';
import { readResourceText } from './resource-text.ts';
import { hasBefore } from './usage-points.ts';
import { rateOf } from './usage-rate.ts';
import { UsageStore } from './usage-store.ts';

/** A point in upstream's units: 64-bit integers, nanoseconds. A missing start is before everything. */
interface OraclePoint {
  readonly startNs: bigint;
  readonly atNs: bigint;
  readonly cpuNs: bigint;
  readonly memoryBytes: bigint;
}

type Batch = ReadonlyMap<string, ReadonlyMap<string, OraclePoint>>;

const NO_START = -(10n ** 30n);

/**
 * The storage rules as the specification tells them, with maps and whole batches and nothing clever; the named bug of
 * upstream is left out.
 */
class SlowStore {
  #last: Batch = new Map();
  #before: Batch = new Map();
  readonly #resolutionNs: bigint;

  constructor(resolutionNs: bigint) {
    this.#resolutionNs = resolutionNs;
  }

  store(batch: Batch): void {
    const before = new Map<string, Map<string, OraclePoint>>();
    for (const [pod, containers] of batch) {
      const kept = new Map<string, OraclePoint>();
      for (const [name, point] of containers) {
        const from = this.#countsFrom(pod, name, point);
        if (from !== undefined) kept.set(name, from);
      }
      before.set(pod, kept);
    }
    this.#last = batch;
    this.#before = before;
  }

  #countsFrom(pod: string, name: string, point: OraclePoint): OraclePoint | undefined {
    const ageNs = point.atNs - point.startNs;
    if (ageNs >= 10_000_000_000n && ageNs < this.#resolutionNs) return { ...point, atNs: point.startNs, cpuNs: 0n };
    const last = this.#last.get(pod)?.get(name);
    if (last === undefined || point.startNs >= last.atNs) return undefined;
    if (point.atNs > last.atNs) return last;
    const before = this.#before.get(pod)?.get(name);
    return before !== undefined && before.atNs < point.atNs ? before : undefined;
  }

  /** `container cpu memory window at`, by container; null when the pod is left out. */
  served(pod: string): readonly string[] | null {
    const containers = this.#last.get(pod);
    if (containers === undefined) return null;
    const lines: string[] = [];
    for (const [name, last] of [...containers].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const before = this.#before.get(pod)?.get(name);
      if (before === undefined) return null;
      if (last.startNs < before.startNs || last.cpuNs < before.cpuNs) continue;
      const windowNs = last.atNs - before.atNs;
      const seconds = Number(windowNs / 1_000_000_000n) + Number(windowNs % 1_000_000_000n) / 1e9;
      const nanocores = BigInt(Math.trunc(Number(last.cpuNs - before.cpuNs) / seconds));
      // Beyond 64 signed bits upstream gives up the last digit.
      const cpu = nanocores < 2n ** 63n ? nanocores : (nanocores / 10n) * 10n;
      lines.push(`${name} ${decimal(cpu)} ${binary(last.memoryBytes)} ${windowNs} ${last.atNs}`);
    }
    return lines;
  }
}

function decimal(nanocores: bigint): string {
  return scaled(nanocores, 1000n, ['n', 'u', 'm', '', 'k', 'M', 'G']);
}

function binary(bytes: bigint): string {
  return scaled(bytes, 1024n, ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']);
}

/** Divided by the step as long as it divides evenly, a suffix further each time. */
function scaled(value: bigint, step: bigint, suffixes: readonly string[]): string {
  let rest = value;
  let power = 0;
  while (rest !== 0n && rest % step === 0n) {
    rest /= step;
    power += 1;
  }
  return rest === 0n ? '0' : `${rest}${suffixes[power]}`;
}

/** A sample as it stands in the text. */
interface Reading {
  readonly pod: string;
  readonly container: string;
  readonly cpu: number;
  readonly memory: number;
  readonly start: number | null;
  readonly atMs: number;
}

const ABOUT_MS = 1_767_320_000_000;

const READING: fc.Arbitrary<Omit<Reading, 'pod' | 'container'>> = fc.record({
  // Few steps apart, so that samples repeat, go back and meet; or as large as years of many cores.
  cpu: fc.oneof(
    { weight: 1, arbitrary: fc.constant(0) },
    { weight: 12, arbitrary: fc.integer({ min: 1, max: 40 }).map((step) => step * 0.7) },
    { weight: 6, arbitrary: fc.double({ min: 9_007_199, max: 9_000_000_000, noNaN: true }) },
  ),
  memory: fc.oneof(
    { weight: 1, arbitrary: fc.constant(0) },
    { weight: 20, arbitrary: fc.integer({ min: 1, max: 2 ** 40 }) },
  ),
  start: fc.oneof(
    fc.constant(null),
    fc.constant(ABOUT_MS / 1000 - 100.000000123),
    fc.integer({ min: 0, max: 24 }).map((step) => ABOUT_MS / 1000 + step * 2.5 + 0.123456789),
    fc.double({ min: 1.7e9, max: 1.8e9, noNaN: true }),
  ),
  atMs: fc.oneof(
    fc.integer({ min: 1, max: 24 }).map((step) => ABOUT_MS + step * 2500),
    fc.integer({ min: ABOUT_MS, max: ABOUT_MS + 100_000 }),
  ),
});

/** Mostly the same containers from scrape to scrape, as it is in life. */
const SCRAPE = fc.tuple(...['p/a', 'p/b', 'q/a'].map(() => fc.option(READING, { freq: 6 }))).map((readings) =>
  readings.flatMap((reading, index) => {
    const [pod = '', container = ''] = ['p/a', 'p/b', 'q/a'][index]?.split('/') ?? [];
    return reading === null ? [] : [{ ...reading, pod, container }];
  }),
);

function textOf(readings: readonly Reading[]): string {
  const lines = ['node_cpu_usage_seconds_total 1'];
  for (const { pod, container, cpu, memory, start, atMs } of readings) {
    const labels = `{container="${container}",namespace="n",pod="${pod}"}`;
    lines.push(`container_cpu_usage_seconds_total${labels} ${cpu} ${atMs}`);
    lines.push(`container_memory_working_set_bytes${labels} ${memory} ${atMs}`);
    if (start !== null) lines.push(`container_start_time_seconds${labels} ${start}`);
  }
  return lines.join('\n');
}

/** Upstream's conversions: products of doubles cut to 64-bit integers; a pod with an incomplete sample is no part. */
function batchOf(readings: readonly Reading[]): Batch {
  const batch = new Map<string, Map<string, OraclePoint>>();
  const incomplete = new Set<string>();
  for (const { pod, container, cpu, memory, start, atMs } of readings) {
    const point = {
      startNs: start === null ? NO_START : BigInt(Math.trunc(start * 1e9)),
      atNs: BigInt(atMs) * 1_000_000n,
      cpuNs: BigInt(Math.trunc(cpu * 1e9)),
      memoryBytes: BigInt(memory),
    };
    if (point.cpuNs === 0n || point.memoryBytes === 0n) incomplete.add(pod);
    const containers = batch.get(pod) ?? new Map<string, OraclePoint>();
    batch.set(pod, containers.set(container, point));
  }
  for (const pod of incomplete) batch.delete(pod);
  return batch;
}

function served(store: UsageStore, pod: string): readonly string[] | null {
  const usage = store.get('n1', 0);
  const rows = usage === undefined ? undefined : podRows(usage, 'n', pod);
  if (usage === undefined || rows === undefined || !rows.every(hasBefore)) return null;
  return rows.flatMap((of) => {
    const rate = rateOf(of);
    if (rate === undefined) return [];
    const windowNs = BigInt(Math.round(rate.windowMs * 1e6));
    return [
      `${usage.layout.container(of.row)} ${rate.cpu} ${rate.memory} ${windowNs} ${BigInt(rate.atMs) * 1_000_000n}`,
    ];
  });
}

test('law: whatever is scraped, the compact store serves what the slow one serves, to the last digit', () => {
  const sequence = fc.record({
    resolutionSeconds: fc.constantFrom(10, 15, 60),
    scrapes: fc.array(SCRAPE, { minLength: 1, maxLength: 7 }),
  });
  let servedCount = 0;
  fc.assert(
    fc.property(sequence, ({ resolutionSeconds, scrapes }) => {
      const slow = new SlowStore(BigInt(resolutionSeconds) * 1_000_000_000n);
      const store = new UsageStore({
        resolutionMs: resolutionSeconds * 1000,
        staleAfterMs: 0,
        isStopped: () => false,
      });
      for (const readings of scrapes) {
        slow.store(batchOf(readings));
        const options = { nodeName: 'n1', requestedAtMs: 0, layout: store.layoutOf('n1'), names: store.names };
        store.store('n1', readResourceText(Buffer.from(textOf(readings)), options), 0);
        for (const pod of ['p', 'q']) {
          const lines = served(store, pod);
          if (lines !== null) servedCount += lines.length;
          expect(lines).toEqual(slow.served(pod));
        }
      }
    }),
    { numRuns: 1500 },
  );
  // A law about nothing would hold too.
  expect(servedCount).toBeGreaterThan(500);
});

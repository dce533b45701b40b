import { formatQuantity } from '../../../base/quantity.ts';
import type { PodUsage } from '../traffic/traffic.ts';

/** metrics-server's `--metric-resolution` in its manifests. */
export const SCRAPE_PERIOD_MS = 15_000;
/** A container this old at its first scrape gets a rate from its start on; a younger one waits for the next scrape. */
const FRESH_AGE_MS_MIN = 10_000;

/** A running pod at the instant of a scrape. */
export interface ScrapedPod {
  readonly key: string;
  /** Its container's, epoch ms: a restarted or re-created pod begins anew. */
  readonly startedAtMs: number;
  readonly usage: PodUsage;
}

/** What is served of a pod between two scrapes. */
export interface UsageSample {
  readonly atMs: number;
  readonly windowMs: number;
  /** Nanocores and bytes. */
  readonly cpuNano: number;
  readonly memoryBytes: number;
}

interface Point {
  readonly atMs: number;
  readonly startedAtMs: number;
  readonly cpuNs: number;
}

/**
 * Samples as metrics-server makes them: the rate of CPU between the last two scrapes, memory of the last one, nothing of
 * a pod before there are two points (its start counts as one when it has run for 10 s). A pod that shows the usage of
 * the moment has a sample from its first scrape on.
 */
export class UsageSamples {
  #points = new Map<string, Point>();
  #samples = new Map<string, UsageSample>();

  #scrapedAtMs: number | undefined;

  /** When the last scrape was; undefined before the first. */
  get scrapedAtMs(): number | undefined {
    return this.#scrapedAtMs;
  }

  /** Takes one scrape of everything that runs; what is not there is forgotten. */
  scrape(nowMs: number, pods: readonly ScrapedPod[]): void {
    const points = new Map<string, Point>();
    const samples = new Map<string, UsageSample>();
    for (const { key, startedAtMs, usage } of pods) {
      points.set(key, { atMs: nowMs, startedAtMs, cpuNs: usage.cpuNs });
      const sample = usage.isInstant
        ? instantSample(nowMs, usage)
        : rateSample(nowMs, startedAtMs, usage, this.#points.get(key));
      if (sample !== undefined) samples.set(key, sample);
    }
    this.#scrapedAtMs = nowMs;
    this.#points = points;
    this.#samples = samples;
  }

  sampleOf(podKey: string): UsageSample | undefined {
    return this.#samples.get(podKey);
  }
}

function instantSample(nowMs: number, usage: PodUsage): UsageSample {
  const { cpuMilli, memoryBytes } = usage;
  return { atMs: nowMs, windowMs: SCRAPE_PERIOD_MS, cpuNano: Math.round(cpuMilli * 1e6), memoryBytes };
}

function rateSample(
  nowMs: number,
  startedAtMs: number,
  usage: PodUsage,
  before: Point | undefined,
): UsageSample | undefined {
  const ageMs = nowMs - startedAtMs;
  const isFresh = ageMs >= FRESH_AGE_MS_MIN && ageMs < SCRAPE_PERIOD_MS;
  const isSameRun = before !== undefined && before.startedAtMs === startedAtMs && before.atMs < nowMs;
  const from = isFresh ? { atMs: startedAtMs, cpuNs: 0 } : isSameRun ? before : undefined;
  if (from === undefined) return undefined;
  const windowMs = nowMs - from.atMs;
  const cpuNano = Math.max(0, Math.trunc(((usage.cpuNs - from.cpuNs) * 1000) / windowMs));
  return { atMs: nowMs, windowMs, cpuNano, memoryBytes: usage.memoryBytes };
}

/** Usage in the wire's form: `87m`, `87142857n`, `64Mi`. */
export function usageTexts(sample: Pick<UsageSample, 'cpuNano' | 'memoryBytes'>): Readonly<Record<string, string>> {
  const plain = { isUnbounded: false } as const;
  return {
    cpu: formatQuantity({ ...plain, mantissa: sample.cpuNano, exponent: -9, format: 'DecimalSI' }),
    memory: formatQuantity({
      ...plain,
      mantissa: Math.floor(sample.memoryBytes / 1024) * 1024,
      exponent: 0,
      format: 'BinarySI',
    }),
  };
}

import { errorText } from '../../../base/failure.ts';
import type { DiscoverySelector } from '../series.ts';
import type { SelectorFailure } from './collected-series.ts';

/** Selectors by their keys. */
export type Selectors = ReadonlyMap<string, DiscoverySelector>;

/** Something to tell of a selector: that it fails now, or otherwise than before, or no more, which an empty problem says. */
export interface ListingChange {
  readonly selector: DiscoverySelector;
  readonly problem: string;
  readonly thrown: unknown;
}

/** One selector: when it is to be listed next, and how it went last. */
interface PlannedListing {
  readonly selector: DiscoverySelector;
  readonly dueAtMs: number;
  readonly isUnderWay: boolean;
  /** When it was last listed well; null before the first time. */
  readonly listedAtMs: number | null;
  /** In a row. */
  readonly failuresCount: number;
  /** Of the last listing; empty when it went well. */
  readonly problem: string;
}

/** The first wait after a failure, which doubles up to the longest. */
const RETRY_MS = 5_000;
/** The longest after a listing that failed, unless the interval is shorter. */
const RETRY_MS_MAX = 60_000;

/** How long to wait after so many failures in a row. */
export function backoffMs(failuresCount: number, maxMs: number): number {
  return Math.min(maxMs, RETRY_MS * 2 ** Math.min(failuresCount - 1, 10));
}

/**
 * When the series of each selector are listed: at once when it is new, then from the end of a listing to the next, sooner after a
 * failure. Backends are listed each by itself, so that one that does not answer holds up no other.
 */
export class ListingPlan {
  readonly #intervalMs: number;
  #planned = new Map<string, PlannedListing>();
  #listedAtMs: number | null = null;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  get size(): number {
    return this.#planned.size;
  }

  /** When all selectors were last listed well; null before the first time. */
  get listedAtMs(): number | null {
    return this.#listedAtMs;
  }

  /** Selectors whose last listing has failed. */
  get failingCount(): number {
    return [...this.#planned.values()].filter(({ failuresCount }) => failuresCount > 0).length;
  }

  /** Whether each selector was listed at least once, well or not. */
  get areAllAsked(): boolean {
    return [...this.#planned.values()].every(
      ({ listedAtMs, failuresCount }) => listedAtMs !== null || failuresCount > 0,
    );
  }

  /** When the next listing is due; null when nothing waits for one. */
  get dueAtMs(): number | null {
    const waiting = [...this.#planned.values()].filter(({ isUnderWay }) => !isUnderWay);
    return waiting.length === 0
      ? null
      : waiting.reduce((least, { dueAtMs }) => Math.min(least, dueAtMs), Number.POSITIVE_INFINITY);
  }

  has(key: string): boolean {
    return this.#planned.has(key);
  }

  /** Plans these and no others; what is planned already stays as it is. */
  replan(selectors: Selectors, nowMs: number): void {
    const fresh = { dueAtMs: nowMs, isUnderWay: false, listedAtMs: null, failuresCount: 0, problem: '' };
    this.#planned = new Map(
      [...selectors].map(([key, selector]) => [key, this.#planned.get(key) ?? { selector, ...fresh }]),
    );
  }

  /** Begins what is due: the selectors of each backend by itself. Who lists them says so with `end`. */
  begin(nowMs: number): readonly Selectors[] {
    const due = [...this.#planned].filter(([, { dueAtMs, isUnderWay }]) => !isUnderWay && dueAtMs <= nowMs);
    for (const [key, planned] of due) this.#planned.set(key, { ...planned, isUnderWay: true });
    const byBackend = Map.groupBy(due, ([, { selector }]) => selector.backend);
    return [...byBackend.values()].map((entries) => new Map(entries.map(([key, { selector }]) => [key, selector])));
  }

  /** Notes how it went. All that went well are due again at one instant, so that they stay together. */
  end(keys: Iterable<string>, failures: readonly SelectorFailure[], nowMs: number): readonly ListingChange[] {
    const failed = new Map(failures.map(({ key, thrown }) => [key, thrown]));
    const changes: ListingChange[] = [];
    for (const key of keys) {
      const planned = this.#planned.get(key);
      if (planned === undefined) continue;
      const { selector, listedAtMs } = planned;
      const isFailed = failed.has(key);
      const thrown = failed.get(key);
      const problem = isFailed ? errorText(thrown) : '';
      const failuresCount = isFailed ? planned.failuresCount + 1 : 0;
      const delayMs = isFailed ? backoffMs(failuresCount, Math.min(this.#intervalMs, RETRY_MS_MAX)) : this.#intervalMs;
      if (problem !== planned.problem) changes.push({ selector, problem, thrown });
      this.#planned.set(key, {
        ...{ selector, dueAtMs: nowMs + delayMs, isUnderWay: false, failuresCount, problem },
        listedAtMs: isFailed ? listedAtMs : nowMs,
      });
    }
    this.#noteAll();
    return changes;
  }

  #noteAll(): void {
    const all = [...this.#planned.values()];
    if (all.some(({ failuresCount, listedAtMs }) => failuresCount > 0 || listedAtMs === null)) return;
    this.#listedAtMs = all.reduce(
      (least, { listedAtMs }) => Math.min(least, listedAtMs ?? least),
      Number.POSITIVE_INFINITY,
    );
  }
}

import { ACCESS_REVIEWS_COUNT_MAX } from '../../base/access-limits.ts';
import { BoundedMap } from '../../base/bounded-map.ts';
import { orAborted } from '../../base/cancellation.ts';
import type { IoClock } from '../../base/clock.ts';

/** How answers are kept. */
export interface ReviewCacheOptions<V> {
  readonly ioClock: IoClock;
  /** How long an answer stands; 0 for one that is not kept. */
  readonly keptMs: (answer: V) => number;
}

/**
 * Answers of the API server about who somebody is or what they may do: as many as upstream keeps, the one that has not
 * been asked for longest giving way. Whoever asks for what is being asked already waits for that answer; failures are
 * theirs together and are not kept.
 */
export class ReviewCache<V> {
  readonly #options: ReviewCacheOptions<V>;
  /** In the order of their last use. */
  readonly #kept = new BoundedMap<string, { readonly answer: V; readonly untilMs: number }>(ACCESS_REVIEWS_COUNT_MAX);
  readonly #underWay = new Map<string, Promise<V>>();

  constructor(options: ReviewCacheOptions<V>) {
    this.#options = options;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** The answer for the key; `ask` must end by itself, because whoever caused it may leave before. */
  find(key: string, ask: () => Promise<V>, signal: AbortSignal): Promise<V> {
    const known = this.#known(key);
    if (known !== undefined) return Promise.resolve(known.answer);
    return orAborted(this.#underWay.get(key) ?? this.#ask(key, ask), signal);
  }

  #known(key: string): { readonly answer: V } | undefined {
    const entry = this.#kept.get(key);
    if (entry === undefined) return undefined;
    const isGood = this.#options.ioClock.monotonicMs() < entry.untilMs;
    if (isGood) this.#kept.set(key, entry);
    else this.#kept.delete(key);
    return isGood ? entry : undefined;
  }

  #ask(key: string, ask: () => Promise<V>): Promise<V> {
    const asking = ask()
      .then((answer) => {
        this.#keep(key, answer);
        return answer;
      })
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, asking);
    return asking;
  }

  #keep(key: string, answer: V): void {
    const { ioClock, keptMs } = this.#options;
    const durationMs = keptMs(answer);
    if (durationMs <= 0) return;
    this.#kept.set(key, { answer, untilMs: ioClock.monotonicMs() + durationMs });
  }
}

import { orAborted } from '../../base/cancellation.ts';

/** How long answers are kept, and how many. */
export interface SharedAnswersOptions<Answer> {
  /** How much older than asked for an answer may be; 0: only requests for the same instant share one, while it is under way. */
  readonly freshnessMs: number;
  readonly keptCountMax: number;
  /** Of all answers that are kept; `weightOf` says what one of them counts. */
  readonly keptWeightMax: number;
  readonly weightOf: (answer: Answer) => number;
}

/** One request whose answer others may share. */
interface Flight<Answer> {
  readonly key: string;
  readonly atMs: number;
  readonly promise: Promise<Answer>;
  readonly controller: AbortController;
  waiterCount: number;
  /** Counted once the answer is kept. */
  weight: number | undefined;
}

/**
 * Lets those who ask the same share one request: a hundred HPAs with the same query cost the backend one. A failure is shared
 * by those who wait for it and kept for nobody.
 */
export class SharedAnswers<Answer> {
  readonly #options: SharedAnswersOptions<Answer>;
  readonly #flights = new Map<string, Flight<Answer>[]>();
  /** Kept answers, the oldest first. */
  readonly #kept = new Set<Flight<Answer>>();
  #keptWeight = 0;

  constructor(options: SharedAnswersOptions<Answer>) {
    this.#options = options;
  }

  /**
   * The answer to what `key` names at the instant `atMs`, of a request under way or kept, or else of `ask`. `signal` ends the
   * caller's waiting; the request itself ends when nobody waits for it any more.
   */
  async get(
    key: string,
    atMs: number,
    signal: AbortSignal,
    ask: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    signal.throwIfAborted();
    const flight = this.#find(key, atMs) ?? this.#start(key, atMs, ask);
    flight.waiterCount += 1;
    try {
      return await orAborted(flight.promise, signal);
    } finally {
      flight.waiterCount -= 1;
      if (flight.waiterCount === 0 && signal.aborted && flight.weight === undefined) {
        this.#forget(flight);
        flight.controller.abort(signal.reason);
      }
    }
  }

  #find(key: string, atMs: number): Flight<Answer> | undefined {
    const { freshnessMs } = this.#options;
    return this.#flights.get(key)?.findLast((flight) => flight.atMs <= atMs && atMs - flight.atMs <= freshnessMs);
  }

  #start(key: string, atMs: number, ask: (signal: AbortSignal) => Promise<Answer>): Flight<Answer> {
    const controller = new AbortController();
    const promise = ask(controller.signal);
    const flight: Flight<Answer> = { key, atMs, promise, controller, waiterCount: 0, weight: undefined };
    const flights = this.#flights.get(key);
    if (flights === undefined) this.#flights.set(key, [flight]);
    else flights.push(flight);
    promise.then(
      (answer) => this.#keep(flight, answer),
      () => this.#forget(flight),
    );
    return flight;
  }

  #keep(flight: Flight<Answer>, answer: Answer): void {
    const { freshnessMs, keptCountMax, keptWeightMax, weightOf } = this.#options;
    if (freshnessMs === 0) this.#forget(flight);
    // Also one that everybody left before it came.
    if (!this.#flights.get(flight.key)?.includes(flight)) return;
    flight.weight = weightOf(answer);
    this.#keptWeight += flight.weight;
    this.#kept.add(flight);
    for (const oldest of this.#kept) {
      const isTooMuch = this.#kept.size > keptCountMax || this.#keptWeight > keptWeightMax;
      if (!isTooMuch && flight.atMs - oldest.atMs <= freshnessMs) break;
      this.#forget(oldest);
    }
  }

  #forget(flight: Flight<Answer>): void {
    if (this.#kept.delete(flight)) this.#keptWeight -= flight.weight ?? 0;
    const others = this.#flights.get(flight.key)?.filter((each) => each !== flight) ?? [];
    if (others.length === 0) this.#flights.delete(flight.key);
    else this.#flights.set(flight.key, others);
  }
}

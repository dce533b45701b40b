import type { Release } from './clock.ts';

/** Who keeps a clock from advancing: counted, named for diagnosis, and awaited. */
export class ClockHolds {
  readonly #holders = new Map<string, number>();
  #count = 0;
  #waiters: (() => void)[] = [];

  get count(): number {
    return this.#count;
  }

  hold(holder = 'unnamed'): Release {
    this.#count++;
    this.#holders.set(holder, (this.#holders.get(holder) ?? 0) + 1);
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#release(holder);
    };
  }

  /** The holders of this moment, sorted by name, for the message of a clock that stands still. */
  holders(): readonly { readonly holder: string; readonly count: number }[] {
    return [...this.#holders]
      .map(([holder, count]) => ({ holder, count }))
      .sort((left, right) => (left.holder < right.holder ? -1 : 1));
  }

  /** Resolves when nobody holds the clock; somebody may hold it again by the time the caller goes on. */
  whenFree(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #release(holder: string): void {
    this.#count--;
    const left = (this.#holders.get(holder) ?? 1) - 1;
    if (left === 0) this.#holders.delete(holder);
    else this.#holders.set(holder, left);
    if (this.#count > 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}

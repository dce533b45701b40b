import type { Clock, IoClock, Release } from '../../../src/base/clock.ts';
import type { VirtualClock } from '../../../src/base/virtual-clock.ts';

/**
 * The clocks of one process of the simulation: domain time and time of input and output pass together, as they do
 * outside the lab. The machine may stop the process for a while (nothing runs; what came due meanwhile runs when it goes
 * on, in order), its wall clock may step, and when it dies its timers die with it.
 */
export class NodeClock implements Clock, IoClock {
  /** Time outside the process, which passes whatever becomes of it. */
  readonly world: VirtualClock;
  #state: 'running' | 'paused' | 'dead' = 'running';
  #wallOffsetMs = 0;
  #overdue: (() => void)[] = [];
  #wakers: (() => void)[] = [];

  constructor(world: VirtualClock) {
    this.world = world;
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  nowMs(): number {
    return this.world.nowMs();
  }

  monotonicMs(): number {
    return this.world.monotonicMs();
  }

  wallMs(): number {
    return this.world.nowMs() + this.#wallOffsetMs;
  }

  after(delayMs: number, callback: () => unknown): Release {
    let isCancelled = false;
    const run = (): void => {
      if (!isCancelled) callback();
    };
    const cancel = this.world.after(delayMs, () => {
      if (this.#state === 'running') run();
      else if (this.#state === 'paused') this.#overdue.push(run);
    });
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  /** Nobody holds a clock that runs by itself. */
  hold(): Release {
    return () => {};
  }

  stepWall(stepMs: number): void {
    this.#wallOffsetMs += stepMs;
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused';
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    for (const run of this.#overdue.splice(0)) run();
    for (const wake of this.#wakers.splice(0)) wake();
  }

  kill(): void {
    this.#state = 'dead';
    this.#overdue = [];
    this.#wakers = [];
  }

  /** Resolves when the process has its turn: at once while it runs, never once it is dead. */
  awake(): Promise<void> {
    if (this.#state === 'running') return Promise.resolve();
    return new Promise((resolve) => void this.#wakers.push(resolve));
  }
}

import { setTimeout as delay } from 'node:timers/promises';

/** As the kernel's CFS bandwidth control. */
const PERIOD_MS = 100;

/** What a duty cycle reads; the process's own when absent. */
export interface DutyCycleInput {
  /** CPU that the process has used, milliseconds. */
  readonly cpuMs: () => number;
  readonly nowMs: () => number;
  readonly wait: (delayMs: number) => Promise<unknown>;
}

const OWN_PROCESS: DutyCycleInput = {
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  nowMs: () => performance.now(),
  wait: delay,
};

/**
 * Keeps a process to a share of a core where no cgroup does: each piece of work waits for its turn until what was used is
 * paid for. The process does it itself, because stopping it from outside would stop its connections too, and a signal may
 * reach a process that came after it. What was not used in a period is lost, as with the kernel's quota.
 */
export class DutyCycle {
  readonly #cores: number;
  readonly #input: DutyCycleInput;
  #paidUntilMs: number;
  #countedCpuMs: number;
  #last: Promise<void> = Promise.resolve();

  constructor(cores: number, input: DutyCycleInput = OWN_PROCESS) {
    this.#cores = cores;
    this.#input = input;
    this.#paidUntilMs = input.nowMs();
    this.#countedCpuMs = input.cpuMs();
  }

  /** Resolves when the next piece of work may begin; in the order of the calls. */
  turn(): Promise<void> {
    this.#last = this.#last.then(() => this.#turn());
    return this.#last;
  }

  async #turn(): Promise<void> {
    const { cpuMs, nowMs, wait } = this.#input;
    const usedMs = cpuMs() - this.#countedCpuMs;
    this.#countedCpuMs += usedMs;
    this.#paidUntilMs = Math.max(this.#paidUntilMs, nowMs() - PERIOD_MS) + usedMs / this.#cores;
    const waitMs = this.#paidUntilMs - nowMs();
    if (waitMs > 0) await wait(waitMs);
  }
}

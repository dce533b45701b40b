import { type ChildProcess, fork } from 'node:child_process';
import { constants } from 'node:os';
import { extname } from 'node:path';
import type { Clock, Release } from '../../base/clock.ts';
import { errorText } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { restartBackoffMs } from '../world/runtime/restart-backoff.ts';
import type { Accounting, ContainerAccount, ContainerAllowance } from './accounting.ts';
import type { ResolveAnswer, WorkerOrder, WorkerReport } from './worker-messages.ts';

export interface ContainerProcessOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly accounting: Accounting;
  /** Names its group, without slashes; unique within the lab. */
  readonly groupName: string;
  readonly order: Omit<WorkerOrder, 'dutyCores'>;
  readonly allowance: ContainerAllowance;
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never';
  /** Where a name of its command leads now. */
  resolve(): ResolveAnswer;
  print(text: string): void;
  /** Something about it has changed. */
  onChange(): void;
}

/** The file stands beside this one, in whichever of the two languages the program runs. */
const WORKER = new URL(`./container-worker${extname(import.meta.url)}`, import.meta.url);
/** A server of some square roots needs little, and a small young generation keeps it little. */
const WORKER_FLAGS = ['--max-old-space-size=64', '--max-semi-space-size=1'];

/** One container as a process of this machine, started again as its pod asks for it. */
export class ContainerProcess {
  readonly #options: ContainerProcessOptions;
  #child: ChildProcess | undefined;
  #account: ContainerAccount | undefined;
  #cancelRestart: Release = () => undefined;
  #cancelKill: Release = () => undefined;
  #isStopping = false;
  #killAtMs: number | undefined;
  #interruptCode: number | undefined;
  #onEnd: (() => void)[] = [];
  startedAtMs: number;
  restartCount = 0;
  /** Whether it listens, or asks. */
  isUp = false;
  /** Set when it has ended for good. */
  exit: { readonly atMs: number; readonly exitCode: number } | undefined;

  constructor(options: ContainerProcessOptions) {
    this.#options = options;
    this.startedAtMs = options.clock.nowMs();
    this.#start();
  }

  /** Its counters; undefined while no process of it runs. */
  get account(): ContainerAccount | undefined {
    return this.#account;
  }

  /**
   * Lets it finish what it does, and kills it after the grace period; a shorter one counts, however late it is named.
   * Resolves when nothing of it runs any more.
   */
  stop(graceMs: number): Promise<void> {
    const { clock } = this.#options;
    this.#isStopping = true;
    this.#cancelRestart();
    const child = this.#child;
    if (child === undefined) {
      this.exit ??= { atMs: clock.nowMs(), exitCode: 0 };
      return Promise.resolve();
    }
    const killAtMs = clock.nowMs() + graceMs;
    if (this.#killAtMs === undefined) child.kill('SIGTERM');
    if (killAtMs < (this.#killAtMs ?? Number.POSITIVE_INFINITY)) {
      this.#killAtMs = killAtMs;
      this.#cancelKill();
      this.#cancelKill = clock.after(graceMs, () => void child.kill('SIGKILL'));
    }
    return new Promise((resolve) => this.#onEnd.push(resolve));
  }

  /** Ends it as Ctrl+C in a terminal would. */
  interrupt(exitCode: number): void {
    this.#interruptCode = exitCode;
    this.#child?.kill('SIGKILL');
  }

  #start(): void {
    const { accounting, groupName, order, allowance, print, log } = this.#options;
    const dutyCores = accounting.isLimitCooperative ? allowance.limitCores : null;
    const told: WorkerOrder = { ...order, dutyCores };
    const child = fork(WORKER, [JSON.stringify(told)], {
      execArgv: WORKER_FLAGS,
      env: {},
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.startedAtMs = this.#options.clock.nowMs();
    child.on('error', (error) =>
      log.error('a container could not be started', { title: order.title, error: errorText(error) }),
    );
    child.stdout?.setEncoding('utf8').on('data', print);
    child.stderr?.setEncoding('utf8').on('data', print);
    child.on('message', (message) => this.#hear(child, message as WorkerReport));
    child.once('close', (code, signal) => this.#ended(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    if (child.pid === undefined) return;
    try {
      this.#account = accounting.open(`${groupName}-${this.restartCount}`, child.pid, allowance);
    } catch (thrown) {
      log.error('a container could not be limited and is ended', { title: order.title, error: errorText(thrown) });
      child.kill('SIGKILL');
    }
  }

  #hear(child: ChildProcess, report: WorkerReport): void {
    if (report.kind === 'up') {
      this.isUp = true;
      this.#options.onChange();
    } else if (child.connected) {
      // A process that went meanwhile needs no answer.
      child.send(this.#options.resolve(), () => undefined);
    }
  }

  #ended(processExitCode: number): void {
    const { clock, restartPolicy, onChange } = this.#options;
    const exitCode = this.#interruptCode ?? processExitCode;
    this.#cancelKill();
    this.#account?.close();
    this.#account = undefined;
    this.#child = undefined;
    this.isUp = false;
    const isWanted = restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && exitCode !== 0);
    if (isWanted && !this.#isStopping) this.#restart();
    else {
      this.exit = { atMs: clock.nowMs(), exitCode };
      for (const resolve of this.#onEnd.splice(0)) resolve();
    }
    onChange();
  }

  #restart(): void {
    const backoffMs = restartBackoffMs(this.restartCount);
    this.#interruptCode = undefined;
    this.#cancelRestart = this.#options.clock.after(backoffMs, () => {
      this.restartCount++;
      this.#start();
      this.#options.onChange();
    });
  }
}

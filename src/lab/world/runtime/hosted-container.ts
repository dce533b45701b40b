import { type Clock, holdWhile, type IoClock, type Release } from '../../../base/clock.ts';
import { errorText, Failure } from '../../../base/failure.ts';
import type { Log } from '../../../base/log.ts';
import type { ContainerRef } from '../../apiserver/pod-console.ts';
import { type Container, namespaceOf, type Pod } from '../objects.ts';
import type { ContainerConsole } from '../traffic/container-console.ts';
import type { ContainerEnd, ProcessExit, RunningContainer, WaitingContainer } from './container-runtime.ts';
import type { HostedProgram } from './hosted-program.ts';
import { ReadinessProbe } from './readiness-probe.ts';
import { restartBackoffMs } from './restart-backoff.ts';

export interface HostedContainerOptions {
  readonly clock: Clock;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly console: ContainerConsole;
  readonly pod: Pod;
  readonly podIp: string;
  readonly container: Container;
  readonly program: HostedProgram;
  /** Requests that its pod has answered by computation. */
  servedCount(): number;
  /** Something about it has changed. */
  onChange(): void;
}

/** As a shell tells a process that was killed. */
const KILLED_EXIT_CODE = 137;
/** As the program itself ends when it meets a bug. */
const BUG_EXIT_CODE = 70;

/** One container as a program in the lab's process, started again as its pod asks for it. */
export class HostedContainer {
  readonly #options: HostedContainerOptions;
  readonly #ref: ContainerRef;
  /** Where its ports are reached on this machine. */
  readonly #urls = new Map<number, string>();
  #ending = new AbortController();
  /** Settles when nothing of its life of now runs any more; never rejects. */
  #ended: Promise<void> = Promise.resolve();
  #probe: ReadinessProbe | undefined;
  /** Undefined before its first start. */
  #startedAtMs: number | undefined;
  #lastEnd: ContainerEnd | undefined;
  #refusal: string | undefined;
  #refusedCount = 0;
  #restartCount = 0;
  #backoffMs: number | undefined;
  #cancelRestart: Release = () => undefined;
  #interruptCode: number | undefined;
  #isStopping = false;
  /** Set when it has ended for good. */
  exit: ProcessExit | undefined;

  constructor(options: HostedContainerOptions) {
    this.#options = options;
    const { pod, container } = options;
    this.#ref = { namespace: namespaceOf(pod), pod: pod.metadata.name, container: container.name };
    this.#start();
  }

  /** How it stands since its first start. */
  get running(): RunningContainer | undefined {
    if (this.#startedAtMs === undefined) return undefined;
    return {
      name: this.#ref.container,
      startedAtMs: this.#startedAtMs,
      restartCount: this.#restartCount,
      isUp: this.#probe?.isReady ?? false,
      lastEnd: this.#lastEnd,
      backoffMs: this.#backoffMs,
    };
  }

  /** How it stands before. */
  get waiting(): WaitingContainer {
    return { name: this.#ref.container, reason: 'ContainerCreating', message: this.#refusal };
  }

  /** Where a port of it is reached on this machine; undefined while nothing listens there. */
  urlOf(port: number): string | undefined {
    return this.#urls.get(port);
  }

  /** Ends it; resolves when nothing of it runs any more, or after the grace period where there is one. */
  async stop(graceMs: number | null): Promise<void> {
    const { clock, console } = this.#options;
    this.#isStopping = true;
    this.#cancelRestart();
    this.#ending.abort(new Failure('unavailable', 'the container is told to end'));
    if (graceMs === null) await this.#ended;
    else {
      const grace = Promise.withResolvers<void>();
      const cancelGrace = clock.after(graceMs, grace.resolve);
      await Promise.race([this.#ended, grace.promise]);
      cancelGrace();
    }
    const exitCode = this.#probe === undefined ? 0 : KILLED_EXIT_CODE;
    this.exit ??= { atMs: clock.nowMs(), exitCode };
    console.end(this.#ref, this.exit.exitCode);
  }

  /** Ends it as Ctrl+C in a terminal would. */
  interrupt(exitCode: number): void {
    this.#interruptCode = exitCode;
    this.#ending.abort(new Failure('unavailable', 'the container is interrupted'));
  }

  #start(): void {
    this.#ending = new AbortController();
    this.#interruptCode = undefined;
    this.#ended = this.#live(this.#ending.signal);
  }

  async #live(signal: AbortSignal): Promise<void> {
    const { pod, podIp, program, console, servedCount, onChange } = this.#options;
    const host = {
      pod,
      podIp,
      signal,
      servedCount,
      print: (text: string) => console.print(this.#ref, text),
      listen: (port: number, url: string) => void this.#urls.set(port, url),
    };
    let run: () => Promise<number>;
    try {
      run = await holdWhile(this.#options.clock, 'hosted program', () => program.make(host));
    } catch (thrown) {
      if (thrown instanceof Failure) return this.#refuse(thrown);
      run = () => Promise.reject(thrown);
    }
    this.#begin();
    const exitCode = await run().catch((thrown: unknown) => this.#tellBug(thrown));
    this.#end(this.#interruptCode ?? exitCode);
    onChange();
  }

  #begin(): void {
    const { clock, ioClock, console, container, onChange } = this.#options;
    if (this.#lastEnd !== undefined) this.#restartCount++;
    this.#refusal = undefined;
    this.#backoffMs = undefined;
    this.#startedAtMs = clock.nowMs();
    console.restart(this.#ref);
    const urlOf = (port: number): string | undefined => this.urlOf(port);
    this.#probe = new ReadinessProbe({ clock, ioClock, container, urlOf, onChange });
    onChange();
  }

  #end(exitCode: number): void {
    const { clock, console, pod } = this.#options;
    const exit = { atMs: clock.nowMs(), exitCode };
    this.#lastEnd = { ...exit, startedAtMs: this.#startedAtMs ?? exit.atMs };
    this.#probe?.stop();
    this.#probe = undefined;
    this.#urls.clear();
    console.end(this.#ref, exitCode);
    const { restartPolicy = 'Always' } = pod.spec;
    const isWanted = restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && exitCode !== 0);
    if (!isWanted || this.#isStopping) {
      this.exit = exit;
      return;
    }
    const backoffMs = restartBackoffMs(this.#restartCount);
    if (backoffMs > 0) this.#backoffMs = backoffMs;
    this.#startAfter(backoffMs);
  }

  /** What the world refuses is tried again. */
  #refuse({ message }: Failure): void {
    this.#refusal = message;
    this.#refusedCount++;
    if (!this.#isStopping) this.#startAfter(restartBackoffMs(this.#refusedCount));
    this.#options.onChange();
  }

  #startAfter(delayMs: number): void {
    this.#cancelRestart = this.#options.clock.after(delayMs, () => this.#start());
  }

  /** A bug of ours ends the container, as it would end a process. */
  #tellBug(thrown: unknown): number {
    const { log, console } = this.#options;
    const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    log.error('a program of the lab met a bug', { ...this.#ref, error: errorText(thrown) });
    console.print(this.#ref, `bug: ${text}\n`);
    return BUG_EXIT_CODE;
  }
}

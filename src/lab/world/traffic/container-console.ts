import { CONSOLE_TEXT_LENGTH_MAX } from '../../../base/limits.ts';
import { formatRfc3339 } from '../../../base/rfc3339.ts';
import type {
  AttachedStreams,
  AttachOptions,
  ContainerRef,
  LogOptions,
  PodConsole,
} from '../../apiserver/pod-console.ts';

interface Chunk {
  readonly atMs: number;
  readonly text: string;
}

interface Process {
  chunks: Chunk[];
  length: number;
  exitCode: number | undefined;
  /** Woken by new output and by the end. */
  readonly listeners: Set<(chunk: Chunk | undefined) => void>;
}

/** The key that a terminal sends for Ctrl+C, and how a process that it ends exits. */
const INTERRUPT = 0x03;
const INTERRUPTED_EXIT_CODE = 130;

/** What containers print, for `logs`, `logs -f` and `attach`; and the end of a process by Ctrl+C. */
export class ContainerConsole implements PodConsole {
  readonly #processes = new Map<string, Process>();
  /** What containers printed in the life before this one. */
  readonly #previous = new Map<string, Process>();
  readonly #nowMs: () => number;
  readonly #onInterrupt: (ref: ContainerRef, exitCode: number) => void;

  constructor(nowMs: () => number, onInterrupt: (ref: ContainerRef, exitCode: number) => void) {
    this.#nowMs = nowMs;
    this.#onInterrupt = onInterrupt;
  }

  /** A container runs; does nothing for one that is known. */
  start(ref: ContainerRef): void {
    const key = keyOf(ref);
    if (this.#processes.has(key)) return;
    this.#processes.set(key, newProcess());
  }

  /** A container runs, for the first time or again: its log begins anew, and the one before is kept. */
  restart(ref: ContainerRef): void {
    const key = keyOf(ref);
    const before = this.#processes.get(key);
    if (before !== undefined) this.#previous.set(key, before);
    this.#processes.set(key, newProcess());
  }

  print(ref: ContainerRef, text: string): void {
    const process = this.#processes.get(keyOf(ref));
    if (process === undefined || process.exitCode !== undefined || text === '') return;
    const chunk = { atMs: this.#nowMs(), text };
    process.chunks.push(chunk);
    process.length += text.length;
    while (process.length > CONSOLE_TEXT_LENGTH_MAX && process.chunks.length > 1) {
      process.length -= process.chunks.shift()?.text.length ?? 0;
    }
    for (const tell of process.listeners) tell(chunk);
  }

  /** The process is over: whoever follows or is attached is let go. */
  end(ref: ContainerRef, exitCode: number): void {
    const process = this.#processes.get(keyOf(ref));
    if (process === undefined || process.exitCode !== undefined) return;
    process.exitCode = exitCode;
    for (const tell of process.listeners) tell(undefined);
  }

  /** The pod is gone, and its log with it. */
  forget(namespace: string, pod: string): void {
    for (const [key, process] of this.#processes) {
      if (!key.startsWith(`${namespace}/${pod}/`)) continue;
      process.exitCode ??= 137;
      for (const tell of process.listeners) tell(undefined);
      this.#processes.delete(key);
      this.#previous.delete(key);
    }
  }

  openLog(ref: ContainerRef, options: LogOptions, signal: AbortSignal): AsyncIterable<string> | undefined {
    const process = (options.isPrevious ? this.#previous : this.#processes).get(keyOf(ref));
    return process === undefined ? undefined : logText(process, options, this.#nowMs(), signal);
  }

  attach(
    ref: ContainerRef,
    _options: AttachOptions,
    streams: AttachedStreams,
    signal: AbortSignal,
  ): Promise<number> | undefined {
    const process = this.#processes.get(keyOf(ref));
    if (process === undefined || process.exitCode !== undefined) return undefined;
    const encoder = new TextEncoder();
    const ended = new Promise<number>((resolve) => {
      const listener = (chunk: Chunk | undefined): void => {
        if (chunk === undefined) leave();
        else streams.writeStdout(encoder.encode(chunk.text));
      };
      const leave = (): void => {
        process.listeners.delete(listener);
        signal.removeEventListener('abort', leave);
        resolve(process.exitCode ?? 0);
      };
      process.listeners.add(listener);
      signal.addEventListener('abort', leave);
    });
    // A client that goes away without a word ends its input, nothing more.
    this.#readInput(ref, streams).catch(() => undefined);
    return ended;
  }

  async #readInput(ref: ContainerRef, streams: AttachedStreams): Promise<void> {
    for await (const bytes of streams.stdin) {
      if (!bytes.includes(INTERRUPT)) continue;
      this.end(ref, INTERRUPTED_EXIT_CODE);
      this.#onInterrupt(ref, INTERRUPTED_EXIT_CODE);
      return;
    }
  }
}

function newProcess(): Process {
  return { chunks: [], length: 0, exitCode: undefined, listeners: new Set() };
}

async function* logText(
  process: Process,
  options: LogOptions,
  nowMs: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const sinceMs = options.sinceSeconds === null ? Number.NEGATIVE_INFINITY : nowMs - options.sinceSeconds * 1000;
  const written = process.chunks.filter((chunk) => chunk.atMs >= sinceMs);
  const before = lastLines(written.map((chunk) => stamped(chunk, options)).join(''), options.tailLines);
  const queue: string[] = [];
  let queuedLength = 0;
  let wake: (() => void) | undefined;
  let isOver = !options.isFollowed || process.exitCode !== undefined || signal.aborted;
  const listener = (chunk: Chunk | undefined): void => {
    if (chunk === undefined || queuedLength > CONSOLE_TEXT_LENGTH_MAX) isOver = true;
    if (chunk !== undefined && !isOver) {
      const text = stamped(chunk, options);
      queue.push(text);
      queuedLength += text.length;
    }
    wake?.();
  };
  const abort = (): void => listener(undefined);
  process.listeners.add(listener);
  signal.addEventListener('abort', abort);
  try {
    if (before !== '') yield before;
    for (;;) {
      const text = queue.shift();
      if (text !== undefined) {
        queuedLength -= text.length;
        yield text;
      } else if (isOver) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    process.listeners.delete(listener);
    signal.removeEventListener('abort', abort);
  }
}

function stamped(chunk: Chunk, options: LogOptions): string {
  return options.hasTimestamps ? `${formatRfc3339(chunk.atMs)} ${chunk.text}` : chunk.text;
}

function lastLines(text: string, count: number | null): string {
  if (count === null) return text;
  if (count === 0) return '';
  const lines = text.split(/(?<=\n)/);
  return lines.slice(-count).join('');
}

function keyOf({ namespace, pod, container }: ContainerRef): string {
  return `${namespace}/${pod}/${container}`;
}

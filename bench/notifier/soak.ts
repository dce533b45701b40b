import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What a process has come to after so many hours of its virtual clock. */
export interface SoakHour {
  readonly hour: number;
  /** So far. */
  readonly messageCount: number;
  /** Of its heap and of buffers outside it, after a collection of garbage. */
  readonly heldBytes: number;
}

/** A notifier that has lived for many hours. */
export interface SoakFigures {
  readonly hpaCount: number;
  readonly hourCount: number;
  readonly messageCount: number;
  /** At the end of every hour. */
  readonly heldBytes: readonly number[];
  /** What it took in real time. */
  readonly tookSeconds: number;
}

/** Lets a notifier live for many hours of a virtual clock in a process of its own. */
export async function soak(hpaCount: number, hourCount: number): Promise<SoakFigures> {
  const startedAtMs = performance.now();
  const program = join(import.meta.dirname, 'soak-process.ts');
  const child = spawn(process.execPath, ['--expose-gc', program, String(hpaCount), String(hourCount)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const hours: SoakHour[] = [];
  for await (const line of createInterface({ input: child.stdout })) hours.push(JSON.parse(line) as SoakHour);
  const [code] = await exited;
  if (code !== 0) throw new Error(`the soak ended with ${code} after ${hours.length} h`);
  return {
    hpaCount,
    hourCount,
    messageCount: hours.at(-1)?.messageCount ?? 0,
    heldBytes: hours.map(({ heldBytes }) => heldBytes),
    tookSeconds: (performance.now() - startedAtMs) / 1000,
  };
}

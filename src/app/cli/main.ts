#!/usr/bin/env node
import { run } from '@stricli/core';
import { readEnvironment } from '../config/environment.ts';
import { exitCodeOf, loadApplication } from './application.ts';
import type { CliContext } from './context.ts';
import { scannerWords } from './own-words.ts';

/** npm passes on the Ctrl-C that the terminal has sent to us as well: signals this close together are one. */
const SAME_SIGNAL_MS = 500;

const interruption = new AbortController();
let interruptedAtMs = 0;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    const isRepeated = interruption.signal.aborted && performance.now() - interruptedAtMs > SAME_SIGNAL_MS;
    if (isRepeated) process.exit(130);
    if (interruption.signal.aborted) return;
    interruptedAtMs = performance.now();
    interruption.abort(new Error(`stopped by ${name}`));
  });
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const context: CliContext = {
  process: process as CliContext['process'],
  environment: readEnvironment(),
  signal: interruption.signal,
};
const words = scannerWords(process.argv.slice(2));
await run(await loadApplication(words), words, context);
process.exitCode = exitCodeOf(process.exitCode);

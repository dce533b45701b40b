#!/usr/bin/env node
import { run } from '@stricli/core';
import { readEnvironment } from '../config/environment.ts';
import { application, exitCodeOf } from './application.ts';
import type { CliContext } from './context.ts';

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (interruption.signal.aborted) process.exit(130);
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
await run(application, process.argv.slice(2), context);
process.exitCode = exitCodeOf(process.exitCode);

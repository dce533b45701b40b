import type { CommandContext } from '@stricli/core';
import type { Environment } from '../config/environment.ts';

/** What every command gets beside its flags. Data goes to stdout, talk to stderr. */
export interface CliContext extends CommandContext {
  readonly process: {
    readonly stdin: NodeJS.ReadableStream;
    readonly stdout: NodeJS.WriteStream | NodeJS.WritableStream;
    readonly stderr: NodeJS.WriteStream | NodeJS.WritableStream;
    /** Set by a command that ends neither well nor with a thrown Failure, for example EXIT_FINDINGS. */
    exitCode?: number | string | null;
  };
  readonly environment: Environment;
  /** Aborts at the first SIGINT or SIGTERM; a second one ends the process at once. */
  readonly signal: AbortSignal;
}

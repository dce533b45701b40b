/** Where a failure sits, so that one table decides on retry, HTTP status and exit code. */
export type FailureKind = 'invalid' | 'denied' | 'notFound' | 'conflict' | 'unavailable';

/** What follows from a failure kind; nobody else switches on kinds. */
export interface FailureRule {
  /** Whether the same request may succeed later without anybody changing its input. */
  readonly isRetryable: boolean;
  /** The HTTP status that a server of ours answers with. */
  readonly httpStatus: number;
  /** The exit code of a command that ends with it. */
  readonly exitCode: number;
}

/** The one table of consequences. */
export const FAILURE_RULES: Readonly<Record<FailureKind, FailureRule>> = {
  invalid: { isRetryable: false, httpStatus: 400, exitCode: 2 },
  denied: { isRetryable: false, httpStatus: 403, exitCode: 3 },
  notFound: { isRetryable: false, httpStatus: 404, exitCode: 4 },
  conflict: { isRetryable: true, httpStatus: 409, exitCode: 5 },
  unavailable: { isRetryable: true, httpStatus: 503, exitCode: 6 },
};

/** Exit code of a command that found differences or findings. */
export const EXIT_FINDINGS = 1;

/** Exit code of a command that met a bug of this program. */
export const EXIT_BUG = 70;

/**
 * An expected failure: the world said no. The message is for a person: lower case start, no full stop, names the object
 * and the value and says the rule. `hint` says what to do about it.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly kind: FailureKind;
  readonly hint: string | undefined;

  constructor(kind: FailureKind, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.hint = options.hint;
  }
}

/** A broken invariant: a bug in this program, never bad input. It quarantines one key, never the process's other work. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** States what must hold here; throws InvariantError when it does not. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** The text of anything that was thrown, for messages and logs. */
export function errorText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

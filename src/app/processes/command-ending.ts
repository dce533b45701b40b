import { EXIT_BUG, errorText, FAILURE_RULES, Failure } from '../../base/failure.ts';

/** How a command ends that threw. */
export interface CommandEnding {
  readonly exitCode: number;
  /** For standard error, without a line break at its end. */
  readonly text: string;
}

/** A failure in one sentence with what to do; a bug with its stack, because that is what its report needs. */
export function endingOf(thrown: unknown): CommandEnding {
  if (!(thrown instanceof Failure)) {
    return {
      exitCode: EXIT_BUG,
      text: `bug: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`,
    };
  }
  const causes: string[] = [];
  for (let cause = thrown.cause; cause !== undefined; cause = cause instanceof Error ? cause.cause : undefined) {
    causes.push(errorText(cause));
  }
  const reason = causes.filter((text) => !thrown.message.includes(text)).map((text) => `\n  because: ${text}`);
  const hint = thrown.hint === undefined ? '' : `\n  ${thrown.hint}`;
  return {
    exitCode: FAILURE_RULES[thrown.kind].exitCode,
    text: `podtide: ${thrown.message}${reason.join('')}${hint}`,
  };
}

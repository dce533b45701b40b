/** Values that a log line may carry beside its message; plain data, no secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where a part writes what an operator should read. Handed in, never a singleton. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose lines all carry these fields too. */
  with(fields: LogFields): Log;
}

/** A log that drops everything: the default of libraries and tests. */
export const SILENT_LOG: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => SILENT_LOG,
};

/** A log that never throws: what `log` cannot take is lost, because no decision may hang on a line. */
export function unfailingLog(log: Log): Log {
  const safely = (write: () => void): void => {
    try {
      write();
    } catch {
      // There is nowhere left to say it.
    }
  };
  return {
    debug: (message, fields) => safely(() => log.debug(message, fields)),
    info: (message, fields) => safely(() => log.info(message, fields)),
    warn: (message, fields) => safely(() => log.warn(message, fields)),
    error: (message, fields) => safely(() => log.error(message, fields)),
    with: (fields) => unfailingLog(log.with(fields)),
  };
}

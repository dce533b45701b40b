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

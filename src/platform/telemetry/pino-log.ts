import { type DestinationStream, type Logger, pino } from 'pino';
import type { Log, LogFields } from '../../base/log.ts';

/** From which level on lines are written. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A log of JSON lines, for collectors; to standard error unless a destination is given. */
export function createPinoLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: levelName } };
  return wrap(pino(options, destination ?? pino.destination(2)));
}

function levelName(label: string): { readonly level: string } {
  return { level: label };
}

function wrap(logger: Logger): Log {
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    with: (fields: LogFields) => wrap(logger.child(fields)),
  };
}

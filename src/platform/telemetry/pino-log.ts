import { type DestinationStream, destination, type Logger, pino } from 'pino';
import { LOG_BACKLOG_BYTES_MAX } from '../../base/limits.ts';
import type { Log, LogFields } from '../../base/log.ts';

/** How much is written, and where to. */
export interface PinoLogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Standard error when absent: standard output belongs to results. */
  readonly stream?: DestinationStream;
  /** Takes out of a whole line what must not leave the process, whoever wrote it: the last step before it does. */
  readonly redact?: (line: string) => string;
}

/** Field names whose values never reach a log, at the top level and one below. */
const SECRET_FIELDS = [
  'token',
  'accessToken',
  'access_token',
  'authorization',
  'password',
  'secret',
  'sign',
  'signature',
  'webhook',
  'mobiles',
  'privateKey',
  'certificate',
];

/** A log of JSON lines. Whatever becomes of them, the program goes on. */
export function createPinoLog(options: PinoLogOptions): Log {
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":${JSON.stringify(new Date().toISOString())}`,
      formatters: { level: (label) => ({ level: label }) },
      ...(options.redact === undefined ? {} : { hooks: { streamWrite: options.redact } }),
      redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`]), censor: '…' },
    },
    options.stream ?? createStderrStream(),
  );
  return logOver(logger);
}

/**
 * Standard error, written in the background: whoever stops reading it, or a full disk behind it, costs lines and never the
 * program its turn. What is left at the end is written out, so that the last words before a crash are not lost, unless
 * nobody has been reading.
 */
function createStderrStream(): DestinationStream {
  const stream = destination({ fd: 2, sync: false, maxLength: LOG_BACKLOG_BYTES_MAX });
  let isRead = true;
  const lost = (): void => {
    isRead = false;
  };
  stream.on('drop', lost);
  stream.on('error', lost);
  stream.on('drain', () => {
    isRead = true;
  });
  process.once('exit', () => {
    if (isRead) stream.flushSync();
  });
  return stream;
}

function logOver(logger: Logger): Log {
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
    with: (fields: LogFields) => logOver(logger.child(fields)),
  };
}

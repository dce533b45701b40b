import { DELIVERY_TOKEN_HEADER, type DeliveryLedger, type IoClock } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import { WATCH_LINE_BYTES_MAX } from '../../base/limits.ts';
import { SilenceWatchdog } from '../http/silence-watchdog.ts';
import { readRefusalText } from './answer-body.ts';
import { failureOfAnswer, failureOfStatus } from './api-failure.ts';
import type { KubeObject, StatusBody } from './client.ts';
import { LineDecoder } from './line-decoder.ts';
import { subjectOfPath } from './request-subject.ts';
import type { KubeTransport } from './transport.ts';

/** One event of a watch, as on the wire; ERROR is thrown instead. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

/** How one watch connection is opened and watched over. */
export interface WatchStreamOptions<T> {
  readonly transport: KubeTransport;
  readonly ioClock: IoClock;
  readonly userAgent: string;
  /** With `watch=true` and the rest of the query. */
  readonly path: string;
  readonly signal: AbortSignal;
  readonly headDeadlineMs: number;
  /** Ends the stream after this much silence; read anew whenever the watchdog looks. */
  readonly idleLimitMs: () => number;
  /** Called for each event in turn; what it throws ends the stream. */
  readonly onEvent: (event: WatchEvent<T>) => void;
  /** Called when the head and whenever bytes came. */
  readonly onContact: () => void;
  readonly delivery?: { readonly ledger: DeliveryLedger; readonly token: string };
}

/** The server holds a watch open and sends nothing that helps. */
export class WatchSilence extends Failure {
  constructor(message: string) {
    super('unavailable', message);
  }
}

/**
 * Follows one watch connection until it ends; resolves on a clean end.
 *
 * @throws ApiFailure when the server refused or sent an ERROR event, Failure('unavailable') when the connection broke, was
 * cut inside an event, went silent, or sent something that is no event.
 */
export async function followWatch<T extends KubeObject>(options: WatchStreamOptions<T>): Promise<void> {
  const controller = new AbortController();
  const follow = (): void => controller.abort(options.signal.reason);
  options.signal.throwIfAborted();
  options.signal.addEventListener('abort', follow, { once: true });
  const watchdog = new SilenceWatchdog(options.ioClock, options.idleLimitMs, (silentMs) =>
    controller.abort(new WatchSilence(`the watch was silent for ${Math.round(silentMs / 1000)} s`)),
  );
  try {
    await readStream(options, controller.signal, watchdog);
  } catch (thrown) {
    options.signal.throwIfAborted();
    if (controller.signal.aborted && controller.signal.reason instanceof Failure) throw controller.signal.reason;
    throw thrown instanceof Failure ? thrown : new Failure('unavailable', errorText(thrown), { cause: thrown });
  } finally {
    watchdog.stop();
    options.signal.removeEventListener('abort', follow);
    options.delivery?.ledger.closed(options.delivery.token);
    controller.abort(new Error('watch ended'));
  }
}

async function readStream<T>(
  options: WatchStreamOptions<T>,
  signal: AbortSignal,
  watchdog: SilenceWatchdog,
): Promise<void> {
  const answer = await options.transport.send({
    method: 'GET',
    path: options.path,
    headers: {
      accept: 'application/json',
      'user-agent': options.userAgent,
      ...(options.delivery === undefined ? {} : { [DELIVERY_TOKEN_HEADER]: options.delivery.token }),
    },
    signal,
    headDeadlineMs: options.headDeadlineMs,
    idleDeadlineMs: 0,
  });
  if (answer.status !== 200) {
    const bodyText = await readRefusalText(answer.body);
    const contentType = answer.headers['content-type'] ?? '';
    throw failureOfAnswer({ status: answer.status, contentType, bodyText }, subjectOfPath('GET', options.path));
  }
  const decoder = new LineDecoder(WATCH_LINE_BYTES_MAX);
  watchdog.touched();
  options.onContact();
  for await (const chunk of answer.body) {
    watchdog.touched();
    options.onContact();
    for (const line of decoder.push(chunk)) {
      options.onEvent(eventOfLine<T>(line));
      options.delivery?.ledger.received(options.delivery.token);
    }
  }
  if (decoder.pendingBytes > 0) throw new Failure('unavailable', 'the watch was cut off inside an event');
}

function eventOfLine<T>(line: string): WatchEvent<T> {
  let event: { readonly type?: string; readonly object?: unknown };
  try {
    event = JSON.parse(line);
  } catch (thrown) {
    throw new Failure('unavailable', `a line of the watch is no JSON: ${errorText(thrown)}`, { cause: thrown });
  }
  if (event.type === 'ERROR') throw failureOfStatus(event.object as StatusBody);
  if (
    event.type === undefined ||
    !EVENT_TYPES.has(event.type) ||
    typeof event.object !== 'object' ||
    event.object === null
  ) {
    throw new Failure('unavailable', `the watch sent an event of unknown type ${JSON.stringify(event.type)}`);
  }
  return event as WatchEvent<T>;
}

const EVENT_TYPES: ReadonlySet<string> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

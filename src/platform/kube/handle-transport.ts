import { orAborted } from '../../base/cancellation.ts';
import type { IoClock } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { KubeTransport, WireRequest, WireResponse } from './transport.ts';

/** How an in-process transport presents itself. */
export interface HandleTransportOptions {
  /** Scheme, host and port that the handler sees in the request's URL; no socket is opened. */
  readonly origin?: string;
  /** Added to every request, for example `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Keeps the head's deadline; without it only the request's signal ends a wait. */
  readonly ioClock?: IoClock;
}

/**
 * A transport straight into a request handler of the same process, for example the embedded API server's: no sockets, no
 * real time. An exception of the handler is `unavailable`, as a broken connection is.
 */
export function createHandleTransport(
  handle: (request: Request) => Promise<Response>,
  options: HandleTransportOptions = {},
): KubeTransport {
  const origin = options.origin ?? 'https://kubernetes.default.svc';
  return {
    send: (request) => sendToHandler(handle, origin, request, options),
    close: async () => {},
  };
}

async function sendToHandler(
  handle: (request: Request) => Promise<Response>,
  origin: string,
  request: WireRequest,
  options: HandleTransportOptions,
): Promise<WireResponse> {
  request.signal.throwIfAborted();
  const url = `${origin}${request.path}`;
  const controller = new AbortController();
  const follow = (): void => controller.abort(request.signal.reason);
  request.signal.addEventListener('abort', follow, { once: true });
  const cancelDeadline = options.ioClock?.after(request.headDeadlineMs, () =>
    controller.abort(new Error('context deadline exceeded')),
  );
  try {
    const answer = await orAborted(
      handle(
        new Request(url, {
          method: request.method,
          headers: { ...request.headers, ...options.headers },
          ...(request.body === undefined ? {} : { body: request.body as string | Uint8Array<ArrayBuffer> }),
          signal: controller.signal,
        }),
      ),
      controller.signal,
    );
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: bodyOf(answer, controller.signal),
    };
  } catch (thrown) {
    const verb = `${request.method[0]}${request.method.slice(1).toLowerCase()}`;
    throw new Failure('unavailable', `${verb} "${url}": ${errorText(thrown)}`, { cause: thrown });
  } finally {
    cancelDeadline?.();
  }
}

async function* bodyOf(answer: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (answer.body === null) return;
  const reader = answer.body.getReader();
  try {
    for (;;) {
      const { done, value } = await orAborted(reader.read(), signal);
      if (done) return;
      yield value;
    }
  } finally {
    // Cancelling tells the handler that nobody reads any more; what it answers to that changes nothing here.
    reader.cancel(signal.reason).catch(() => undefined);
  }
}

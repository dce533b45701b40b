import { orAborted } from '../../base/cancellation.ts';
import type { IoClock } from '../../base/clock.ts';

/**
 * What a test has the server do to a request instead of, or after, answering it.
 *
 * - `reset`: the connection breaks: `handle` rejects, a socket is destroyed.
 * - `hang`: no answer until the client gives up.
 * - `status`: this answer, made from a code and a reason; `retryAfterSeconds` becomes the header.
 * - `truncate`: the right answer, whose body breaks after some bytes.
 * - `slow`: the right answer, whose body comes in pieces of `chunkBytes` with a pause before each.
 * - `delay`: the right answer, done and sent after a while.
 */
export type Fault =
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' }
  | {
      readonly kind: 'status';
      readonly code: number;
      readonly reason: string;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    }
  | { readonly kind: 'truncate'; readonly bodyBytes: number }
  | { readonly kind: 'slow'; readonly chunkBytes: number; readonly pauseMs: number }
  | { readonly kind: 'delay'; readonly delayMs: number };

/** Chooses the fault of a request; undefined lets it pass. */
export type FaultInjector = (request: Request) => Fault | undefined;

/** The connection broke, because a test wanted it to. */
export class ConnectionReset extends Error {
  override readonly name = 'ConnectionReset';
}

/** Answers a request as its fault says. */
export async function answerWithFault(
  fault: Fault,
  request: Request,
  ioClock: IoClock,
  answer: () => Promise<Response>,
): Promise<Response> {
  switch (fault.kind) {
    case 'reset':
      throw new ConnectionReset('read ECONNRESET');
    case 'hang':
      return orAborted(new Promise<never>(() => {}), request.signal);
    case 'status':
      return statusAnswer(fault);
    case 'truncate':
      return withBody(await answer(), (body) => truncated(body, fault.bodyBytes));
    case 'slow':
      return withBody(await answer(), (body) => slowed(body, fault.chunkBytes, fault.pauseMs, ioClock));
    case 'delay':
      await new Promise<void>((resolve) => void ioClock.after(fault.delayMs, resolve));
      return answer();
  }
}

function statusAnswer(fault: Extract<Fault, { kind: 'status' }>): Response {
  const { code, reason, message = reason, retryAfterSeconds } = fault;
  const details = retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } };
  return Response.json(
    { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, ...details, code },
    { status: code, headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) } },
  );
}

function withBody(
  response: Response,
  change: (body: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>,
): Response {
  if (response.body === null) return response;
  const headers = new Headers(response.headers);
  // Otherwise the listener gathers a short body before it sends the head.
  headers.set('transfer-encoding', 'chunked');
  return new Response(change(response.body), { status: response.status, headers });
}

function truncated(body: ReadableStream<Uint8Array>, bodyBytes: number): ReadableStream<Uint8Array> {
  let left = bodyBytes;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        if (chunk.length < left) {
          left -= chunk.length;
          controller.enqueue(chunk);
          return;
        }
        controller.enqueue(chunk.subarray(0, left));
        controller.error(new ConnectionReset('connection closed in the middle of a body'));
      },
    }),
  );
}

function slowed(
  body: ReadableStream<Uint8Array>,
  chunkBytes: number,
  pauseMs: number,
  ioClock: IoClock,
): ReadableStream<Uint8Array> {
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      async transform(chunk, controller) {
        for (let at = 0; at < chunk.length; at += chunkBytes) {
          await new Promise<void>((resolve) => void ioClock.after(pauseMs, resolve));
          controller.enqueue(chunk.subarray(at, at + chunkBytes));
        }
      },
    }),
  );
}

import type { IoClock } from '../../base/clock.ts';
import { cutText } from '../../base/cut-text.ts';
import { errorText, Failure } from '../../base/failure.ts';
import {
  SINK_ANSWER_BYTES_MAX,
  SINK_PAUSE_MS_MAX,
  SINK_SEND_MS_MAX,
  SINK_SHOWN_ANSWER_LENGTH_MAX,
} from '../../base/sink-limits.ts';
import { readBody } from '../../platform/http/body.ts';
import { type ConnectionFault, connectionFault } from '../../platform/http/connection-fault.ts';
import type { Outbound } from '../../platform/http/outbound.ts';
import { KnownSecrets } from '../../platform/telemetry/known-secrets.ts';
import type { DeliveryOutcome } from './sink.ts';

/** What a receiver answered over HTTP. */
export interface ReceiverAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body; undefined when it did not come whole, was too large or no text. */
  readonly text: string | undefined;
  /** How far the receiver's clock is ahead of ours, to the second; undefined when it did not say. */
  readonly skewMs: number | undefined;
}

/** One POST, and what is at hand for it. */
export interface Exchange {
  readonly outbound: Outbound;
  readonly ioClock: IoClock;
  readonly known: KnownSecrets;
  readonly url: URL;
  /** Signatures of this request: whoever answers by saying back what it was sent is not to show them. */
  readonly signatures?: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends one request and reads its answer, in ten seconds together; redirects are answers. When no answer came, the outcome
 * says whether anything can have arrived: `transient` or `misconfigured` until the request began to be written, `unknown`
 * from then on.
 */
export async function exchange(
  request: Exchange,
  signal: AbortSignal,
): Promise<{ readonly answer: ReceiverAnswer } | { readonly outcome: DeliveryOutcome }> {
  const { outbound, ioClock, url } = request;
  if (signal.aborted) return { outcome: outcomeWithoutAnswer(signal.reason, false, request, signal) };
  const controller = new AbortController();
  const follow = (): void => controller.abort(signal.reason);
  signal.addEventListener('abort', follow, { once: true });
  const cancelDeadline = ioClock.after(SINK_SEND_MS_MAX, () =>
    controller.abort(new Error(`no answer within ${SINK_SEND_MS_MAX / 1_000} s`)),
  );
  let hasBegun = false;
  try {
    const answer = await outbound.request({
      method: 'POST',
      url: url.href,
      // A connection of its own: one that was kept may be closing just now, and then nobody knows what became of the message.
      headers: { 'accept-encoding': 'identity', connection: 'close', ...request.headers },
      body: request.body,
      signal: controller.signal,
      headDeadlineMs: SINK_SEND_MS_MAX,
      idleDeadlineMs: SINK_SEND_MS_MAX,
      onSending: () => {
        hasBegun = true;
      },
    });
    const skewMs = skewOf(answer.headers, ioClock.wallMs());
    const text = await textOf(answer.body, request.signatures ?? []);
    return { answer: { status: answer.status, headers: answer.headers, text, skewMs } };
  } catch (thrown) {
    return { outcome: outcomeWithoutAnswer(thrown, hasBegun, request, signal) };
  } finally {
    cancelDeadline();
    signal.removeEventListener('abort', follow);
  }
}

/** What an answer's status alone says, for receivers whose body says nothing more. Never `sent`. */
export function outcomeOfStatus(answer: ReceiverAnswer, known: KnownSecrets, restMs: number): DeliveryOutcome {
  const { status } = answer;
  const detail = `HTTP ${status}${shownText(answer.text, known)}`;
  const retryAfterMs = retryAfterOf(answer.headers);
  if (status >= 300 && status < 400)
    return {
      kind: 'misconfigured',
      detail,
      hint: 'redirects are not followed: configure the address that it leads to',
    };
  if (status === 401 || status === 403)
    return { kind: 'misconfigured', detail, hint: 'the receiver wants other credentials' };
  if (status === 407) return PROXY_REFUSAL;
  if (status === 404 || status === 410) return { kind: 'deadDestination', detail };
  if (status === 413) return { kind: 'tooLarge', detail };
  if (status === 429) return { kind: 'throttled', detail, pauseMs: retryAfterMs ?? restMs };
  if (status === 408 || status === 425) return { kind: 'transient', detail, retryAfterMs };
  if (status >= 400 && status < 500) return { kind: 'contentRefused', detail };
  // A gateway that says so has passed the request on and does not know what became of it.
  if (status === 502 || status === 504) return { kind: 'unknown', detail };
  if (status >= 500) return { kind: 'transient', detail, retryAfterMs };
  return { kind: 'unknown', detail };
}

/** How long the receiver asks to be left alone; undefined when it does not. A date counts from the receiver's own. */
export function retryAfterOf(headers: Readonly<Record<string, string>>): number | undefined {
  const text = headers['retry-after'] ?? '';
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  const untilMs = Date.parse(text);
  const fromMs = Date.parse(headers['date'] ?? '');
  const waitMs = seconds === undefined ? untilMs - fromMs : seconds * 1_000;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(0, waitMs), SINK_PAUSE_MS_MAX);
}

/** The beginning of a receiver's words, in one line and without secrets, with a colon before it; empty when it said nothing. */
export function shownText(text: string | undefined, known: KnownSecrets): string {
  if (text === undefined) return ': the answer did not come whole';
  const line = known
    .redact(text)
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return line === '' ? '' : `: ${cutText(line, SINK_SHOWN_ANSWER_LENGTH_MAX)}`;
}

/** `2h 3m`, for the difference of two clocks. */
export function skewText(skewMs: number): string {
  const minuteCount = Math.round(Math.abs(skewMs) / 60_000);
  const side = skewMs > 0 ? 'behind' : 'ahead of';
  return `this machine's clock is ${Math.floor(minuteCount / 60)}h ${minuteCount % 60}m ${side} the receiver's`;
}

const PROXY_REFUSAL: DeliveryOutcome = {
  kind: 'misconfigured',
  detail: 'the proxy refuses its credentials',
  hint: 'HTTPS_PROXY must carry the user and the password that the proxy wants',
};

function outcomeWithoutAnswer(
  thrown: unknown,
  hasBegun: boolean,
  { url, known }: Exchange,
  signal: AbortSignal,
): DeliveryOutcome {
  if (signal.aborted) {
    const detail = 'given up';
    return hasBegun ? { kind: 'unknown', detail } : { kind: 'transient', detail, retryAfterMs: undefined };
  }
  const cause = thrown instanceof Failure && thrown.cause !== undefined ? thrown.cause : thrown;
  if (/\b407\b/.test(errorText(cause))) return PROXY_REFUSAL;
  if (thrown instanceof Failure && thrown.kind === 'denied')
    return {
      kind: 'misconfigured',
      detail: known.redact(thrown.message),
      hint: thrown.hint ?? 'choose another address',
    };
  const fault = connectionFault(thrown, url);
  const detail = known.redact(faultText(fault, cause));
  if (hasBegun) return { kind: 'unknown', detail };
  const hint = FAULT_HINTS[fault.code];
  return hint === undefined
    ? { kind: 'transient', detail, retryAfterMs: undefined }
    : { kind: 'misconfigured', detail, hint };
}

/** Faults that do not pass by themselves. */
const FAULT_HINTS: Partial<Readonly<Record<ConnectionFault['code'], string>>> = {
  CertificateNames: 'the receiver shows the certificate of another name: check the address, or what stands in between',
  UnknownAuthority: 'the authority of the receiver or of a proxy in between must be among the trusted ones',
  CertificateExpired: 'the certificate must be renewed, or the clock of this machine is wrong',
};

function faultText(fault: ConnectionFault, cause: unknown): string {
  switch (fault.code) {
    case 'CertificateNames':
      return `${fault.address}: its certificate is for ${fault.names}`;
    case 'UnknownAuthority':
      return `${fault.address}: its certificate is of an unknown authority`;
    case 'CertificateExpired':
      return `${fault.address}: its certificate has expired or is not yet valid`;
    case 'NameUnknown':
      return `${fault.host}: no such host`;
    case 'Refused':
      return `${fault.address}: connection refused`;
    case 'Unreachable':
      return `${fault.address}: no route to it`;
    case 'Broken':
      // Of the cause alone: the message above it shows the whole URL.
      return `${fault.address}: ${errorText(cause)}`;
  }
}

function skewOf(headers: Readonly<Record<string, string>>, wallMs: number): number | undefined {
  const dateMs = Date.parse(headers['date'] ?? '');
  return Number.isNaN(dateMs) ? undefined : Math.round((dateMs - wallMs) / 1_000) * 1_000;
}

/** A body that is cut, too slow, too large or no text is no answer; what it would have said nobody knows. */
async function textOf(body: AsyncIterable<Uint8Array>, signatures: readonly string[]): Promise<string | undefined> {
  const own = new KnownSecrets();
  for (const signature of signatures) own.learn(signature);
  try {
    return own.redact(new TextDecoder('utf-8', { fatal: true }).decode(await readBody(body, SINK_ANSWER_BYTES_MAX)));
  } catch {
    return undefined;
  }
}

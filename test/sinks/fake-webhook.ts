import { Webhook } from 'standardwebhooks';
import {
  jsonAnswer,
  jsonOf,
  type SinkAnswer,
  type SinkRequest,
  type SinkServer,
  type SinkServerOptions,
  startSinkServer,
} from './sink-server.ts';

export interface FakeWebhookOptions extends SinkServerOptions {
  /** `whsec_…`; any of them will do. */
  readonly secrets?: readonly string[];
}

export interface FakeWebhook extends SinkServer {
  /** The events by their id, each once however often it came. */
  events(): readonly Record<string, unknown>[];
}

/** A receiver that verifies with the reference implementation of Standard Webhooks and leaves out what it has had. */
export async function startFakeWebhook(options: FakeWebhookOptions = {}): Promise<FakeWebhook> {
  const events = new Map<string, Record<string, unknown>>();
  const server = await startSinkServer((request) => judge(options, events, request), options);
  return { ...server, events: () => [...events.values()] };
}

/** The reference implementation takes timestamps of the last and the next five minutes, by the machine's own clock. */
function judge(
  { secrets = [], nowMs }: FakeWebhookOptions,
  events: Map<string, Record<string, unknown>>,
  request: SinkRequest,
): SinkAnswer {
  const headers = request.headers as Record<string, string>;
  const body = request.body.toString();
  if (secrets.length > 0 && !secrets.some((secret) => isVerified(new Webhook(secret), body, headers, nowMs)))
    return jsonAnswer({ error: 'no matching signature found' }, false, 401);
  const event = jsonOf(request.body) as Record<string, unknown> | undefined;
  if (!/^application\/cloudevents\+json\b/.test(headers['content-type'] ?? '') || event === undefined)
    return jsonAnswer({ error: 'no event' }, false, 415);
  const missing = ['specversion', 'id', 'source', 'type'].filter(
    (name) => typeof event[name] !== 'string' || event[name] === '',
  );
  if (missing.length > 0 || event['specversion'] !== '1.0')
    return jsonAnswer({ error: `missing ${missing.join(', ')}` }, false, 400);
  events.set(headers['webhook-id'] ?? '', event);
  return { status: 204, body: '', isTaken: true };
}

function isVerified(
  webhook: Webhook,
  body: string,
  headers: Record<string, string>,
  nowMs: (() => number) | undefined,
): boolean {
  try {
    webhook.verify(body, headers);
    return true;
  } catch (thrown) {
    if (nowMs === undefined || !String(thrown).includes('timestamp')) return false;
    // Under a clock of a test, what the reference would have signed is compared.
    const atMs = Number(headers['webhook-timestamp']) * 1_000;
    const signed = webhook.sign(headers['webhook-id'] ?? '', new Date(atMs), body);
    return Math.abs(atMs - nowMs()) <= 300_000 && (headers['webhook-signature'] ?? '').split(' ').includes(signed);
  }
}

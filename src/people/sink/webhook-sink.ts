import { createHmac } from 'node:crypto';
import { Failure } from '../../base/failure.ts';
import { cloudEvent } from './cloud-event.ts';
import type { SinkEnvironment } from './environment.ts';
import { exchange, outcomeOfStatus } from './exchange.ts';
import { isAtOrigin } from './origins.ts';
import { marked, outcomeOfSetUp, type QuotaSettings } from './robot-sink.ts';
import type { Secret } from './secret.ts';
import { placeOf, type SecretRef } from './secret-source.ts';
import type { Delivery, DeliveryOutcome, Sink } from './sink.ts';

/** A receiver of one's own: signed events over HTTPS. */
export interface WebhookSettings {
  readonly url: SecretRef;
  /** `whsec_` and base64; unsigned when absent. */
  readonly secret?: SecretRef;
  /** The whole value of the Authorization header. */
  readonly authorization?: SecretRef;
  /** Origins that may be reached wherever they are; any other must be a public address and https. */
  readonly allowedOrigins?: readonly string[];
  readonly quota?: QuotaSettings;
}

const QUOTA = { countMax: 300, periodMs: 60_000, burstCount: 30 };

/**
 * Makes the sink of a webhook: CloudEvents 1.0, signed as Standard Webhooks says, by both secrets while one replaces the
 * other. Its receiver can leave out what it has had already by `webhook-id`. Throws what the source of the secrets throws.
 */
export async function createWebhookSink(
  name: string,
  settings: WebhookSettings,
  environment: SinkEnvironment,
): Promise<Sink> {
  const signal = new AbortController().signal;
  const set = await setUp(settings, environment, signal);
  let quotaKey = set.quotaKey;
  const { countMax, burstCount, periodMs } = {
    ...QUOTA,
    ...(settings.quota?.perMinute === undefined ? {} : { countMax: settings.quota.perMinute }),
    ...(settings.quota?.burst === undefined ? {} : { burstCount: settings.quota.burst }),
  };
  return {
    name,
    get quota() {
      return { key: quotaKey, countMax, periodMs, burstCount };
    },
    send: async (delivery, signal) => {
      let now: SetUp;
      try {
        now = await setUp(settings, environment, signal);
      } catch (thrown) {
        return outcomeOfSetUp(thrown, signal);
      }
      quotaKey = now.quotaKey;
      return await send(name, now, marked(delivery), environment, signal);
    },
  };
}

/** What `webhook-signature` has for one secret: HMAC-SHA256 over id, seconds and body. Source: Standard Webhooks 1.0. */
export function webhookSignature(key: Uint8Array, id: string, atSeconds: number, body: string): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${atSeconds}.${body}`).digest('base64')}`;
}

interface SetUp {
  readonly url: URL;
  readonly quotaKey: string;
  readonly keys: readonly Uint8Array[];
  readonly authorization: Secret | undefined;
  /** Whether the configuration names the address. */
  readonly isNamed: boolean;
}

async function setUp(settings: WebhookSettings, { secrets }: SinkEnvironment, signal: AbortSignal): Promise<SetUp> {
  const { newest } = await secrets.read(settings.url, signal);
  const url = URL.parse(newest.reveal());
  if (url === null) throw new Failure('invalid', `${placeOf(settings.url)}: no URL`);
  const values = settings.secret === undefined ? undefined : await secrets.read(settings.secret, signal);
  const { authorization } = settings;
  return {
    url,
    quotaKey: newest.fingerprint(),
    keys: [values?.newest, values?.previous].flatMap((secret) =>
      secret === undefined || settings.secret === undefined ? [] : [keyOf(secret, placeOf(settings.secret))],
    ),
    authorization: authorization === undefined ? undefined : (await secrets.read(authorization, signal)).newest,
    isNamed: isAtOrigin(url, settings.allowedOrigins ?? []),
  };
}

async function send(
  name: string,
  { url, keys, authorization, isNamed }: SetUp,
  delivery: Delivery,
  environment: SinkEnvironment,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  const { ioClock, known, outbound, publicOutbound } = environment;
  const body = cloudEvent(delivery);
  if (body === undefined) return { kind: 'tooLarge', detail: 'does not fit even when it is cut' };
  const atSeconds = Math.floor(ioClock.wallMs() / 1_000);
  const signatures = keys.map((key) => webhookSignature(key, delivery.id, atSeconds, body));
  const headers = {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'webhook-id': delivery.id,
    'webhook-timestamp': String(atSeconds),
    ...(signatures.length === 0 ? {} : { 'webhook-signature': signatures.join(' ') }),
    ...(authorization === undefined ? {} : { authorization: authorization.reveal() }),
  };
  const connections = isNamed ? outbound : publicOutbound;
  const done = await exchange({ outbound: connections, ioClock, known, url, headers, body, signatures }, signal);
  if ('outcome' in done) return done.outcome;
  const { answer } = done;
  if (answer.skewMs !== undefined) environment.onClockSkew?.(name, answer.skewMs);
  return answer.status >= 200 && answer.status < 300
    ? { kind: 'sent' }
    : outcomeOfStatus(answer, known, QUOTA.periodMs);
}

function keyOf(secret: Secret, place: string): Uint8Array {
  const text = secret.reveal().replace(/^whsec_/, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw new Failure('invalid', `${place}: must be whsec_ and base64`);
  return Buffer.from(text, 'base64');
}

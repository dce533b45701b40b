import type { IoClock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { Secret } from '../../people/sink/secret.ts';
import type { SecretRef } from '../../people/sink/secret-source.ts';
import type { Delivery } from '../../people/sink/sink.ts';
import { createSink, type SinkKind, type SinkSettings } from '../../people/sink/sink-kinds.ts';
import type { Outbound, OutboundRequest } from '../../platform/http/outbound.ts';
import { KnownSecrets } from '../../platform/telemetry/known-secrets.ts';

/** A request as a sink would have sent it. */
export interface PreviewedRequest {
  readonly method: string;
  /** Without what is secret in it. */
  readonly url: string;
  readonly body: string;
}

/** Stand-ins for the credentials of every kind: what is shown is made with these, and nothing is read. */
const CREDENTIALS: Readonly<Record<string, string>> = {
  credential: '0123456789abcdef0123456789abcdef',
  slack: 'https://hooks.slack.com/services/T00000000/B00000000/000000000000000000000000',
  url: 'https://receiver.example.com/hook',
  secret: 'SEC0123456789abcdef0123456789abcdef',
  signing: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
  authorization: 'Bearer 0123456789abcdef',
};

/** Settings that say nothing beyond the kind; mail has no request, and so no preview but its text. */
const DEFAULTS: { readonly [K in SinkKind]: Extract<SinkSettings, { kind: K }> | null } = {
  dingtalk: { kind: 'dingtalk', webhook: { file: 'credential' }, secret: { file: 'secret' }, format: 'text' },
  feishu: { kind: 'feishu', webhook: { file: 'credential' }, secret: { file: 'secret' }, format: 'card' },
  wecom: { kind: 'wecom', webhook: { file: 'credential' }, format: 'markdown' },
  slack: { kind: 'slack', webhook: { file: 'slack' } },
  alertmanager: { kind: 'alertmanager', urls: ['http://alertmanager-0.alertmanager:9093'] },
  webhook: { kind: 'webhook', url: { file: 'url' }, secret: { file: 'signing' } },
  smtp: null,
};

/** What a sink of this kind is where no configuration says more; null for mail. */
export function plainSettings(kind: SinkKind): SinkSettings | null {
  return DEFAULTS[kind];
}

/** The settings with stand-ins in the place of every secret. */
export function withStandIns(settings: SinkSettings): SinkSettings {
  const plain = plainSettings(settings.kind);
  const replaced = Object.entries(settings).map(([key, value]) => {
    const standIn = (plain as Readonly<Record<string, unknown>> | null)?.[key];
    const isSecret = isReference(value);
    if (!isSecret) return [key, value];
    return [key, standIn ?? { file: key === 'authorization' ? 'authorization' : 'secret' }];
  });
  // A robot of one's own elsewhere: the stand-in is at the vendor's address.
  const { allowedOrigins: _, ...rest } = Object.fromEntries(replaced);
  return rest as SinkSettings;
}

/** What would be sent, without sending it. Null for mail, which is no request. */
export async function previewRequest(
  settings: SinkSettings,
  delivery: Delivery,
  ioClock: IoClock,
): Promise<PreviewedRequest | null> {
  if (settings.kind === 'smtp') return null;
  const known = new KnownSecrets();
  const secretOf = (ref: SecretRef): Secret => {
    const value = 'file' in ref ? (CREDENTIALS[ref.file] ?? '') : '';
    if (!value.includes('://')) known.learn(value);
    return new Secret(value);
  };
  const recorder = new RecordingOutbound();
  const sink = await createSink(settings.kind, settings, {
    outbound: recorder,
    publicOutbound: recorder,
    ioClock,
    secrets: { read: async (ref) => ({ newest: secretOf(ref), previous: undefined }) },
    known,
  });
  await sink.send(delivery, new AbortController().signal);
  const [request] = recorder.requests;
  if (request === undefined)
    throw new Failure('invalid', `a sink of kind ${settings.kind} makes no request of this message`);
  const body = typeof request.body === 'string' ? request.body : new TextDecoder().decode(request.body);
  return { method: request.method, url: shownUrl(known.redact(request.url)), body };
}

/** A signature is good for an hour. */
function shownUrl(text: string): string {
  const url = new URL(text);
  if (!url.searchParams.has('sign')) return text;
  url.searchParams.set('sign', '***');
  return url.href;
}

/** Writes down what it is asked, and answers nothing. */
class RecordingOutbound implements Outbound {
  readonly requests: OutboundRequest[] = [];

  async request(request: OutboundRequest): Promise<never> {
    this.requests.push(request);
    throw new Failure('unavailable', 'this is a preview');
  }

  async close(): Promise<void> {}
}

function isReference(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('file' in value || 'secretName' in value);
}

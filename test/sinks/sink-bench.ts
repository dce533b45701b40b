import { Failure } from '../../src/base/failure.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { SinkEnvironment } from '../../src/people/sink/environment.ts';
import { Secret } from '../../src/people/sink/secret.ts';
import { learnSecret, placeOf, type SecretRef } from '../../src/people/sink/secret-source.ts';
import type { Sink } from '../../src/people/sink/sink.ts';
import { createSink, type SinkSettings } from '../../src/people/sink/sink-kinds.ts';
import { createSinkOutbound } from '../../src/people/sink/sink-outbound.ts';
import type { Outbound, OutboundOptions } from '../../src/platform/http/outbound.ts';
import { KnownSecrets } from '../../src/platform/telemetry/known-secrets.ts';
import { startFakeAlertmanager } from './fake-alertmanager.ts';
import { startFakeDingTalk } from './fake-ding-talk.ts';
import { startFakeFeishu } from './fake-feishu.ts';
import { startFakeSlack } from './fake-slack.ts';
import { startFakeWebhook } from './fake-webhook.ts';
import { startFakeWecom } from './fake-wecom.ts';
import { SAMPLE_AT_MS } from './sample-delivery.ts';
import type { SinkServer, SinkServerOptions } from './sink-server.ts';

/** Everything that sinks need, over real sockets and under a clock of the test. */
export interface SinkBench {
  readonly clock: VirtualClock;
  readonly known: KnownSecrets;
  readonly environment: SinkEnvironment;
  /** What each reference `{file: name}` leads to; the lines are the newest value and the one before it. */
  readonly secrets: Map<string, string>;
  /** What sinks told of receivers' clocks. */
  readonly skewsMs: number[];
  /** Resolves when the heads of this many answers have come in all, and their bodies are being read. */
  answered(count: number): Promise<void>;
  create(settings: SinkSettings): Promise<Sink>;
  close(): Promise<void>;
}

/** `options` are those of the connections. */
export function sinkBench(
  options: Partial<OutboundOptions> & { readonly certificateAuthority?: string } = {},
): SinkBench {
  const clock = new VirtualClock({ startAtMs: SAMPLE_AT_MS });
  const known = new KnownSecrets();
  const secrets = new Map<string, string>();
  const skewsMs: number[] = [];
  const connections = createSinkOutbound({ ioClock: clock, ...options });
  const heads = countedHeads();
  const environment: SinkEnvironment = {
    outbound: heads.of(connections.outbound),
    publicOutbound: heads.of(connections.publicOutbound),
    ioClock: clock,
    known,
    secrets: {
      read: async (ref: SecretRef) => {
        const [newest, previous] = secrets.get(placeOf(ref))?.split('\n') ?? [];
        if (newest === undefined) throw new Failure('notFound', `${placeOf(ref)}: no such file`);
        learnSecret(known, newest);
        return { newest: new Secret(newest), previous: previous === undefined ? undefined : new Secret(previous) };
      },
    },
    ...(options.certificateAuthority === undefined ? {} : { certificateAuthority: options.certificateAuthority }),
    onClockSkew: (_name, skewMs) => skewsMs.push(skewMs),
  };
  return {
    clock,
    known,
    environment,
    secrets,
    skewsMs,
    answered: heads.reach,
    create: (settings) => createSink('a-sink', settings, environment),
    close: () => connections.close(),
  };
}

function countedHeads() {
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  let headCount = 0;
  return {
    of: (outbound: Outbound): Outbound => ({
      request: async (request) => {
        const answer = await outbound.request(request);
        headCount += 1;
        for (const one of waiting) if (headCount >= one.count) setImmediate(one.resolve);
        return answer;
      },
      close: () => outbound.close(),
    }),
    reach: (count: number): Promise<void> =>
      headCount >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
  };
}

/** The kinds of sinks that speak HTTP. */
export const HTTP_KINDS = ['dingtalk', 'feishu', 'wecom', 'slack', 'alertmanager', 'webhook'] as const;

export type HttpKind = (typeof HTTP_KINDS)[number];

/** A fake of a vendor's, and the settings of a sink that writes to it. */
export interface SinkRig {
  readonly server: SinkServer;
  readonly settings: SinkSettings;
}

/** Sets up both, secrets included. */
export const RIGS: Readonly<Record<HttpKind, (bench: SinkBench, options?: SinkServerOptions) => Promise<SinkRig>>> = {
  dingtalk: async (bench, options) => {
    const server = await startFakeDingTalk({
      nowMs: () => bench.clock.wallMs(),
      secret: 'SEC-of-the-robot',
      ...options,
    });
    bench.secrets.set('ding', `${server.url}/robot/send?access_token=${server.token}`);
    bench.secrets.set('ding-secret', 'SEC-of-the-robot');
    const [webhook, secret] = [{ file: 'ding' }, { file: 'ding-secret' }];
    return {
      server,
      settings: { kind: 'dingtalk', webhook, secret, format: 'markdown', allowedOrigins: [server.url] },
    };
  },
  feishu: async (bench, options) => {
    const server = await startFakeFeishu({
      nowMs: () => bench.clock.wallMs(),
      secret: 'secret-of-the-bot',
      ...options,
    });
    bench.secrets.set('feishu', `${server.url}/open-apis/bot/v2/hook/${server.id}`);
    bench.secrets.set('feishu-secret', 'secret-of-the-bot');
    const [webhook, secret] = [{ file: 'feishu' }, { file: 'feishu-secret' }];
    return { server, settings: { kind: 'feishu', webhook, secret, format: 'card', allowedOrigins: [server.url] } };
  },
  wecom: async (bench, options) => {
    const server = await startFakeWecom({ nowMs: () => bench.clock.wallMs(), ...options });
    bench.secrets.set('wecom', `${server.url}/cgi-bin/webhook/send?key=${server.key}`);
    return {
      server,
      settings: { kind: 'wecom', webhook: { file: 'wecom' }, format: 'markdown', allowedOrigins: [server.url] },
    };
  },
  slack: async (bench, options) => {
    const server = await startFakeSlack({ nowMs: () => bench.clock.wallMs(), ...options });
    bench.secrets.set('slack', server.webhookUrl);
    return { server, settings: { kind: 'slack', webhook: { file: 'slack' }, allowedOrigins: [server.url] } };
  },
  alertmanager: async (bench, options) => {
    const server = await startFakeAlertmanager({ nowMs: () => bench.clock.wallMs(), ...options });
    return { server, settings: { kind: 'alertmanager', urls: [server.url] } };
  },
  webhook: async (bench, options) => {
    const secret = `whsec_${Buffer.from('this is secret').toString('base64')}`;
    const server = await startFakeWebhook({ nowMs: () => bench.clock.wallMs(), secrets: [secret], ...options });
    bench.secrets.set('webhook', `${server.url}/podtide`);
    bench.secrets.set('webhook-secret', secret);
    const [url, ref] = [{ file: 'webhook' }, { file: 'webhook-secret' }];
    return { server, settings: { kind: 'webhook', url, secret: ref, allowedOrigins: [server.url] } };
  },
};

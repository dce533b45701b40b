import { randomUUID } from 'node:crypto';
import type { IoClock } from '../../base/clock.ts';
import { Failure, type FailureKind } from '../../base/failure.ts';
import { SILENT_LOG } from '../../base/log.ts';
import type { Message } from '../../core/explain/message.ts';
import { asTest } from '../../core/explain/test-message.ts';
import { exampleNotice } from '../../people/notify/example-notices.ts';
import { createRenderer } from '../../people/notify/notice-rendering.ts';
import type { DeliveryOutcome } from '../../people/sink/sink.ts';
import { createSink } from '../../people/sink/sink-kinds.ts';
import { createKubeClient } from '../../platform/kube/kube-client.ts';
import { KnownSecrets } from '../../platform/telemetry/known-secrets.ts';
import type { Environment } from '../config/environment.ts';
import type { NotifierConfig } from '../config/notifier/notifier-config.ts';
import type { SinkEntry } from '../config/notifier/sink-settings.ts';
import type { NotifyTestConfig } from '../config/notify-config.ts';
import { clusterRecipe, openCluster } from './cluster-connection.ts';
import { readNotifierConfig, sinkSettingsOf } from './notifier-plan.ts';
import { openSinkEnvironment } from './notifier-sinks.ts';

const USER_AGENT = 'podtide-notify/v1';

/**
 * Sends one message that says it is a test to a sink of a configuration. Throws Failure when it was not delivered, with what the
 * receiver said and what to do: `invalid` for what the configuration says, `notFound` for a destination that is not there,
 * `unavailable` for what may pass.
 */
export async function sendTestMessage(
  { config: path, sink: name, sinkAuthorityFile, language, ...choice }: NotifyTestConfig,
  environment: Environment,
  ioClock: IoClock,
  signal: AbortSignal,
): Promise<void> {
  const config = await readNotifierConfig(path);
  const entry = entryOf(config, name);
  const known = new KnownSecrets();
  const cluster = needsCluster(entry)
    ? await openCluster(clusterRecipe(choice, environment), environment, ioClock)
    : undefined;
  const kube =
    cluster === undefined
      ? null
      : {
          client: createKubeClient({ transport: cluster.transport, ioClock, userAgent: USER_AGENT }),
          namespace: cluster.access.namespace,
        };
  const sinks = await openSinkEnvironment({
    environment,
    authorityFile: sinkAuthorityFile,
    ioClock,
    log: SILENT_LOG,
    known,
    kube,
  });
  try {
    const sink = await createSink(name, sinkSettingsOf(entry), sinks);
    const notice = exampleNotice('watcher.heartbeat', config.cluster.id, ioClock.wallMs());
    const message = testMessage(config, notice, { name, language });
    const mention = { mobiles: [], userIds: [], isEverybody: false };
    const delivery = { id: `test-${randomUUID()}`, message, notices: [notice], isPossibleDuplicate: false, mention };
    const outcome = await sink.send(delivery, signal);
    if (outcome.kind !== 'sent') throw failureOf(name, outcome, known);
  } finally {
    await Promise.all([sinks.close(), cluster?.close()]);
  }
}

function entryOf({ sinks }: NotifierConfig, name: string): SinkEntry {
  const entry = sinks.get(name);
  if (entry !== undefined) return entry;
  throw new Failure('notFound', `there is no sink ${name}; there are ${[...sinks.keys()].join(', ')}`);
}

function needsCluster(entry: SinkEntry): boolean {
  return Object.values(entry).some((value) => typeof value === 'object' && value !== null && 'secretName' in value);
}

function testMessage(
  config: NotifierConfig,
  notice: ReturnType<typeof exampleNotice>,
  { name, language }: { readonly name: string; readonly language: NotifyTestConfig['language'] },
): Message {
  const render = createRenderer(() => ({ clusterName: config.cluster.displayName, isSeedForm: () => false }));
  const timeZone = config.routes.find(({ sinks }) => sinks.includes(name))?.timeZone ?? 'UTC';
  const route = { name: 'test', language, timeZone };
  const request = { route, sink: name, form: 'full', isDigest: false, isPossibleDuplicate: false } as const;
  return asTest(render({ ...request, notices: [notice] }));
}

const KINDS: Readonly<Record<Exclude<DeliveryOutcome['kind'], 'sent'>, FailureKind>> = {
  transient: 'unavailable',
  throttled: 'unavailable',
  unknown: 'unavailable',
  misconfigured: 'invalid',
  deadDestination: 'notFound',
  tooLarge: 'invalid',
  contentRefused: 'invalid',
};

function failureOf(name: string, outcome: Exclude<DeliveryOutcome, { kind: 'sent' }>, known: KnownSecrets): Failure {
  const hint = outcome.kind === 'misconfigured' ? { hint: known.redact(outcome.hint) } : {};
  const said = outcome.kind === 'unknown' ? 'it is not known whether the message arrived' : 'the message was not taken';
  return new Failure(KINDS[outcome.kind], `${name}: ${said}: ${known.redact(outcome.detail)}`, hint);
}

import { Failure } from '../../base/failure.ts';
import { alertsOf } from './alertmanager-alerts.ts';
import type { SinkEnvironment } from './environment.ts';
import { exchange, outcomeOfStatus, type ReceiverAnswer } from './exchange.ts';
import { outcomeOfSetUp, type QuotaSettings } from './robot-sink.ts';
import { fingerprintOf, type Secret } from './secret.ts';
import type { SecretRef } from './secret-source.ts';
import type { DeliveryOutcome, Sink } from './sink.ts';

/** An Alertmanager, which has routes, groups and silences of its own. */
export interface AlertmanagerSettings {
  /** Of every replica, not of a load balancer in front: `http://alertmanager-0.alertmanager:9093`, a path prefix included. */
  readonly urls: readonly string[];
  /** The whole value of the Authorization header. */
  readonly authorization?: SecretRef;
  readonly quota?: QuotaSettings;
}

const QUOTA = { countMax: 600, periodMs: 60_000, burstCount: 50 };

/**
 * Makes the sink of an Alertmanager. Each alert goes to every replica, since they tell each other what they have notified of
 * and not what they have received; it is sent once one of them has it. Throws Failure('invalid') for what is no URL.
 */
export async function createAlertmanagerSink(
  name: string,
  settings: AlertmanagerSettings,
  environment: SinkEnvironment,
): Promise<Sink> {
  const urls = settings.urls.map(alertsUrl);
  if (urls.length === 0) throw new Failure('invalid', `sink ${name}: urls must name at least one Alertmanager`);
  const signal = new AbortController().signal;
  await readAuthorization(settings, environment, signal);
  return {
    name,
    quota: {
      key: fingerprintOf(settings.urls.join(' ')),
      countMax: settings.quota?.perMinute ?? QUOTA.countMax,
      periodMs: QUOTA.periodMs,
      burstCount: settings.quota?.burst ?? QUOTA.burstCount,
    },
    send: async ({ notices, message }, signal) => {
      let authorization: Secret | undefined;
      try {
        authorization = await readAuthorization(settings, environment, signal);
      } catch (thrown) {
        return outcomeOfSetUp(thrown, signal);
      }
      const nowMs = environment.ioClock.wallMs();
      const body = JSON.stringify(notices.flatMap((notice) => alertsOf(notice, message, nowMs)));
      const send = (url: URL) => sendTo(url, body, name, authorization, environment, signal);
      return together(await Promise.all(urls.map(send)), urls);
    },
  };
}

function alertsUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new Failure('invalid', `${JSON.stringify(text)} is no http or https URL`);
  if (url.username !== '' || url.password !== '')
    throw new Failure('invalid', `${url.host}: a URL must not carry a user or a password; use authorization`);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v2/alerts`;
  return url;
}

async function readAuthorization(
  { authorization }: AlertmanagerSettings,
  { secrets }: SinkEnvironment,
  signal: AbortSignal,
): Promise<Secret | undefined> {
  return authorization === undefined ? undefined : (await secrets.read(authorization, signal)).newest;
}

async function sendTo(
  url: URL,
  body: string,
  name: string,
  authorization: Secret | undefined,
  { outbound, ioClock, known, onClockSkew }: SinkEnvironment,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  const headers = {
    'content-type': 'application/json',
    ...(authorization === undefined ? {} : { authorization: authorization.reveal() }),
  };
  const done = await exchange({ outbound, ioClock, known, url, headers, body }, signal);
  if ('outcome' in done) return done.outcome;
  if (done.answer.skewMs !== undefined) onClockSkew?.(name, done.answer.skewMs);
  return isTaken(done.answer) ? { kind: 'sent' } : outcomeOfStatus(done.answer, known, QUOTA.periodMs);
}

/** Alertmanager says 200 and nothing else; a page is of somebody in between. */
function isTaken({ status, text }: ReceiverAnswer): boolean {
  return status === 200 && text !== undefined && !text.trimStart().startsWith('<');
}

/** What came of all replicas together: sent as soon as one has it, otherwise what the first of them said. */
function together(outcomes: readonly DeliveryOutcome[], urls: readonly URL[]): DeliveryOutcome {
  const failures = outcomes.flatMap((outcome, index) =>
    outcome.kind === 'sent' ? [] : [{ outcome, url: urls[index] }],
  );
  if (failures.length === outcomes.length) return outcomes[0] ?? { kind: 'sent' };
  if (failures.length === 0) return { kind: 'sent' };
  return { kind: 'sent', remark: failures.map(({ outcome, url }) => `${url?.host}: ${outcome.detail}`).join('; ') };
}

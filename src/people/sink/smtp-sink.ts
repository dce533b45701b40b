import { Readable } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { SINK_CONNECT_MS_MAX, SINK_SEND_MS_MAX } from '../../base/sink-limits.ts';
import type { SinkEnvironment } from './environment.ts';
import { type MailAddresses, mailOf } from './mail.ts';
import { marked, outcomeOfSetUp, type QuotaSettings } from './robot-sink.ts';
import { fingerprintOf } from './secret.ts';
import type { SecretRef } from './secret-source.ts';
import type { DeliveryOutcome, Sink } from './sink.ts';
import { outcomeOfSmtp, type SmtpProblem } from './smtp-replies.ts';

/** A mail server and whom it writes to. */
export interface SmtpSettings extends MailAddresses {
  readonly host: string;
  /** 587, or 465 with `tls: implicit`, when absent. */
  readonly port?: number;
  /** `starttls` is required of the server, never merely tried; there is no way without TLS. */
  readonly tls: 'starttls' | 'implicit';
  readonly user?: string;
  readonly password?: SecretRef;
  readonly quota?: QuotaSettings;
}

const QUOTA = { countMax: 30, periodMs: 60_000, burstCount: 5 };

/**
 * Makes the sink of a mailbox. It is sent when the server has said 250 to the whole mail. nodemailer is loaded with the first
 * mail. Throws what the source of the secrets throws.
 */
export async function createSmtpSink(
  name: string,
  settings: SmtpSettings,
  environment: SinkEnvironment,
): Promise<Sink> {
  const { quota } = settings;
  if (settings.password !== undefined) await environment.secrets.read(settings.password, new AbortController().signal);
  return {
    name,
    quota: {
      key: fingerprintOf(`smtp ${settings.host} ${settings.user ?? ''}`),
      countMax: quota?.perMinute ?? QUOTA.countMax,
      periodMs: QUOTA.periodMs,
      burstCount: quota?.burst ?? QUOTA.burstCount,
    },
    send: async (delivery, signal) => {
      let password: string | undefined;
      try {
        if (settings.password !== undefined)
          password = (await environment.secrets.read(settings.password, signal)).newest.reveal();
      } catch (thrown) {
        return outcomeOfSetUp(thrown, signal);
      }
      const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
      const { from, to, ...mail } = mailOf(marked(delivery), settings, environment.ioClock.wallMs());
      const composed = new MailComposer({
        from,
        to: [...to],
        ...mail,
        disableFileAccess: true,
        disableUrlAccess: true,
      }).compile();
      const envelope = composed.getEnvelope();
      const raw = await composed.build();
      return await converse({ settings, password, envelope, raw, environment }, signal);
    },
  };
}

interface Conversation {
  readonly settings: SmtpSettings;
  readonly password: string | undefined;
  readonly envelope: { readonly from: string | false; readonly to: readonly string[] };
  readonly raw: Buffer;
  readonly environment: SinkEnvironment;
}

async function converse(conversation: Conversation, signal: AbortSignal): Promise<DeliveryOutcome> {
  const { settings, password, envelope, raw, environment } = conversation;
  const { default: Connection } = await import('nodemailer/lib/smtp-connection');
  const connection = new Connection(connectionOptions(settings, environment));
  let hasBegun = false;
  // It is read when the server has said that it takes a mail: nothing of it has arrived before.
  const text = Readable.from(
    (function* () {
      hasBegun = true;
      yield raw;
    })(),
  );
  const ended = endOf(connection, signal, environment);
  try {
    await ended.or((done) => connection.connect((error) => done(error, undefined)));
    if (settings.user !== undefined)
      await ended.or((done) =>
        connection.login({ user: settings.user, pass: password ?? '' }, (error) => done(error, undefined)),
      );
    const { rejected } = await ended.or<{ rejected: readonly string[] }>((done) =>
      connection.send({ ...envelope, to: [...envelope.to], size: raw.byteLength }, text, done),
    );
    connection.quit();
    return rejected.length === 0
      ? { kind: 'sent' }
      : { kind: 'sent', remark: `not taken for ${rejected.length} of ${envelope.to.length} recipients` };
  } catch (thrown) {
    return outcomeOfSmtp(thrown as SmtpProblem, hasBegun, environment.known);
  } finally {
    ended.forget();
    connection.close();
  }
}

function connectionOptions({ host, port, tls }: SmtpSettings, { certificateAuthority }: SinkEnvironment) {
  return {
    host,
    port: port ?? (tls === 'implicit' ? 465 : 587),
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    dnsTimeout: SINK_CONNECT_MS_MAX,
    connectionTimeout: SINK_CONNECT_MS_MAX,
    greetingTimeout: SINK_SEND_MS_MAX,
    socketTimeout: SINK_SEND_MS_MAX,
    // The name of this machine is nobody's business; an address is well formed whatever the server checks.
    name: '[127.0.0.1]',
    tls: {
      minVersion: 'TLSv1.2' as const,
      ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
    },
    logger: false,
  };
}

type Done<T> = (error: SmtpProblem | null | undefined, value: T | undefined) => void;

/** The ends that come from elsewhere than a step's own callback: an error of the connection, the deadline, the caller. */
function endOf(connection: SMTPConnection, signal: AbortSignal, { ioClock }: SinkEnvironment) {
  let fail: (problem: SmtpProblem) => void = () => {};
  let problem: SmtpProblem | undefined;
  const end = (found: SmtpProblem): void => {
    problem ??= found;
    fail(problem);
  };
  const onAbort = (): void => end({ message: 'given up' });
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  connection.on('error', end);
  const cancelDeadline = ioClock.after(SINK_SEND_MS_MAX, () =>
    end({ message: `no answer within ${SINK_SEND_MS_MAX / 1_000} s` }),
  );
  return {
    or: <T = undefined>(step: (done: Done<T>) => void): Promise<T> =>
      new Promise((resolve, reject) => {
        fail = reject;
        if (problem !== undefined) reject(problem);
        else step((error, value) => (error === null || error === undefined ? resolve(value as T) : reject(error)));
      }),
    forget: (): void => {
      cancelDeadline();
      signal.removeEventListener('abort', onAbort);
    },
  };
}

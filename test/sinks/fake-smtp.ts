import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';

/** A mail server as its owner set it up. */
export interface FakeSmtpOptions {
  /** Of its STARTTLS, or of the whole connection. */
  readonly tls: { readonly cert: string; readonly key: string };
  readonly isImplicitTls?: boolean;
  /** Offers no STARTTLS. */
  readonly isPlain?: boolean;
  readonly user?: string;
  readonly password?: string;
  /** What it says to the first recipients of each pair of sender and recipient, and for how long: greylisting. */
  readonly greylistMs?: number;
  readonly nowMs?: () => number;
  /** What it says to some commands instead: `{'RCPT TO': [550, 'no such user']}`. */
  readonly replies?: Readonly<
    Partial<Record<'MAIL FROM' | 'RCPT TO' | 'DATA', readonly [code: number, words: string]>>
  >;
  /** Recipients that it does not know. */
  readonly unknownRecipients?: readonly string[];
  /** Says nothing once it has the whole mail: it may have taken it or not. */
  readonly isSilentAfterData?: boolean;
  readonly sizeBytesMax?: number;
}

export interface FakeSmtp {
  readonly port: number;
  /** The mails that it took, as they came. */
  mails(): readonly { readonly to: readonly string[]; readonly raw: string; readonly isTls: boolean }[];
  /** How often a whole mail came, taken or not. */
  readonly dataCount: number;
  /** Resolves when that has happened this often. */
  dataArrived(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A mail server that may greylist, refuse, or fall silent. */
export async function startFakeSmtp(options: FakeSmtpOptions): Promise<FakeSmtp> {
  const mails: { to: readonly string[]; raw: string; isTls: boolean }[] = [];
  const firstSeenMs = new Map<string, number>();
  const nowMs = options.nowMs ?? Date.now;
  const count = { data: 0 };
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const replyTo = (command: 'MAIL FROM' | 'RCPT TO' | 'DATA'): Error | undefined => {
    const reply = options.replies?.[command];
    return reply === undefined ? undefined : Object.assign(new Error(reply[1]), { responseCode: reply[0] });
  };
  const greylisted = (pair: string): Error | undefined => {
    if (options.greylistMs === undefined) return undefined;
    const sinceMs = firstSeenMs.get(pair) ?? nowMs();
    firstSeenMs.set(pair, sinceMs);
    if (nowMs() - sinceMs >= options.greylistMs) return undefined;
    return Object.assign(new Error('4.2.0 Greylisted, see you in a few minutes'), { responseCode: 450 });
  };
  const server = new SMTPServer({
    ...options.tls,
    secure: options.isImplicitTls ?? false,
    authOptional: options.user === undefined,
    disabledCommands: [
      ...(options.isPlain === true ? ['STARTTLS'] : []),
      ...(options.user === undefined ? ['AUTH'] : []),
    ],
    disableReverseLookup: true,
    closeTimeout: 100,
    ...(options.sizeBytesMax === undefined ? {} : { size: options.sizeBytesMax }),
    onAuth: ({ username, password }, _session, done) => {
      if (username === options.user && password === options.password) done(null, { user: username });
      else done(Object.assign(new Error('5.7.8 Authentication credentials invalid'), { responseCode: 535 }));
    },
    onMailFrom: (_address, _session, done) => done(replyTo('MAIL FROM')),
    onRcptTo: ({ address }, { envelope }, done) => {
      const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
      const isUnknown = options.unknownRecipients?.includes(address) === true;
      const unknown = isUnknown
        ? Object.assign(new Error('5.1.1 no such user here'), { responseCode: 550 })
        : undefined;
      done(replyTo('RCPT TO') ?? unknown ?? greylisted(`${from} ${address}`));
    },
    onData: (stream, session, done) => {
      collect(stream).then(
        (raw) => {
          count.data += 1;
          for (const one of waiting) if (count.data >= one.count) one.resolve();
          const problem = replyTo('DATA');
          if (options.isSilentAfterData === true) return;
          if (problem !== undefined) return done(problem);
          if (stream.sizeExceeded) return done(Object.assign(new Error('5.3.4 too big'), { responseCode: 552 }));
          mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), raw, isTls: session.secure });
          done(null, 'queued');
        },
        () => undefined,
      );
    },
  });
  server.on('error', () => undefined);
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    mails: () => [...mails],
    get dataCount() {
      return count.data;
    },
    dataArrived: (wanted) =>
      count.data >= wanted ? Promise.resolve() : new Promise((resolve) => waiting.push({ count: wanted, resolve })),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function collect(stream: SMTPServerDataStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

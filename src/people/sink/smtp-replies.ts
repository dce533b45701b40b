import type { KnownSecrets } from '../../platform/telemetry/known-secrets.ts';
import { shownText } from './exchange.ts';
import type { DeliveryOutcome } from './sink.ts';

/** What nodemailer says of a conversation that did not end well. */
export interface SmtpProblem {
  readonly message: string;
  /** `EAUTH`, `ETLS`, `ECONNECTION` … */
  readonly code?: string | undefined;
  /** The reply's code, where there was a reply. */
  readonly responseCode?: number | undefined;
  readonly response?: string | undefined;
  /** What the reply was to: `RCPT TO`. */
  readonly command?: string | undefined;
}

interface ReplyRule {
  readonly codes?: readonly [number, number];
  readonly command?: RegExp;
  readonly outcome: 'transient' | 'misconfigured' | 'deadDestination' | 'tooLarge' | 'contentRefused';
  readonly hint?: string;
}

/** The first that fits counts. Replies below 500 pass by themselves, as greylisting does within minutes. */
const RULES: readonly ReplyRule[] = [
  { codes: [400, 499], outcome: 'transient' },
  { codes: [552, 552], outcome: 'tooLarge' },
  { codes: [523, 523], outcome: 'tooLarge' },
  {
    command: /^AUTH/,
    outcome: 'misconfigured',
    hint: 'the mail server does not take user and password',
  },
  {
    codes: [530, 538],
    outcome: 'misconfigured',
    hint: 'the mail server wants other credentials, or any',
  },
  {
    command: /^STARTTLS/,
    outcome: 'misconfigured',
    hint: 'the mail server must offer STARTTLS; for TLS from the start set `tls: implicit`',
  },
  {
    command: /^MAIL FROM/,
    outcome: 'misconfigured',
    hint: 'the mail server does not take mail from this sender: set `from`',
  },
  { command: /^RCPT TO/, outcome: 'deadDestination' },
  {
    command: /^(CONN|EHLO|HELO)/,
    outcome: 'misconfigured',
    hint: 'the mail server does not speak to this address at all',
  },
  { outcome: 'contentRefused' },
];

/**
 * What comes of a reply, or of a connection that broke. `hasBegun` says whether the text of the mail was on its way: from
 * then on only a reply tells whether it was taken.
 */
export function outcomeOfSmtp(problem: SmtpProblem, hasBegun: boolean, known: KnownSecrets): DeliveryOutcome {
  const { responseCode, response, command = '', code } = problem;
  const what = response === undefined || response === '' ? problem.message : response;
  const detail = `SMTP ${command === '' ? '' : `${command} `}${shownText(what, known).replace(/^: /, '')}`;
  if (responseCode === undefined || responseCode < 400) {
    if (code === 'EMESSAGE' && /size larger/i.test(problem.message)) return { kind: 'tooLarge', detail };
    if (hasBegun) return { kind: 'unknown', detail };
    if (code === 'ETLS' || /certificate|altname|self.signed/i.test(problem.message))
      return {
        kind: 'misconfigured',
        detail,
        hint: 'the certificate of the mail server must be valid and of a trusted authority',
      };
    if (code === 'EAUTH' || code === 'ENOAUTH')
      return {
        kind: 'misconfigured',
        detail,
        hint: 'the mail server takes none of the ways to authenticate that are known here',
      };
    return { kind: 'transient', detail, retryAfterMs: undefined };
  }
  const rule = RULES.find(
    ({ codes, command: pattern }) =>
      (codes === undefined || (codes[0] <= responseCode && responseCode <= codes[1])) &&
      (pattern?.test(command) ?? true),
  );
  switch (rule?.outcome) {
    case 'misconfigured':
      return { kind: 'misconfigured', detail, hint: rule.hint ?? '' };
    case 'deadDestination':
    case 'tooLarge':
    case 'contentRefused':
      return { kind: rule.outcome, detail };
    default:
      return { kind: 'transient', detail, retryAfterMs: undefined };
  }
}

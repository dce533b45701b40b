import type { DeliveryOutcome } from './sink.ts';

/** What one code of a vendor means for us, and what to do about it. */
export interface CodeRule {
  readonly codes: readonly number[];
  /** Which words of the answer it is about, where the code alone has several meanings. */
  readonly words?: RegExp;
  /** What the vendor means by it, for logs. */
  readonly meaning: string;
  readonly outcome: Exclude<DeliveryOutcome['kind'], 'sent'>;
  /** For `throttled`: how long the credential rests when the vendor does not say. */
  readonly pauseMs?: number;
  /** For `misconfigured`: what to change. */
  readonly hint?: string;
  /** What may be wrong although the configuration is right: our clock, or a secret that has just been renewed. */
  readonly suspects?: readonly ('clock' | 'secret')[];
}

/** A code and the words with it, as a vendor's answer has them. */
export interface VendorCode {
  readonly code: number;
  readonly words: string;
  /** How long the vendor asks to be left alone, where it says so. */
  readonly waitMs?: number;
}

/** The rule of a code: the first whose words fit. Undefined for a code that the vendor has not published. */
export function ruleOf(rules: readonly CodeRule[], { code, words }: VendorCode): CodeRule | undefined {
  return rules.find((rule) => rule.codes.includes(code) && (rule.words?.test(words) ?? true));
}

/**
 * What comes of a refusal. A code that nobody has published is taken for a passing one: it was not taken, and whoever waits
 * and asks again, ever more rarely, does no harm. `said` are the code and the vendor's words, ready to be shown.
 */
export function outcomeOfRule(rule: CodeRule | undefined, said: string, waitMs?: number): DeliveryOutcome {
  if (rule === undefined) return { kind: 'transient', detail: `${said} (no published code)`, retryAfterMs: waitMs };
  const detail = `${said} (${rule.meaning})`;
  switch (rule.outcome) {
    case 'transient':
      return { kind: 'transient', detail, retryAfterMs: waitMs };
    case 'throttled':
      return { kind: 'throttled', detail, pauseMs: Math.max(rule.pauseMs ?? 0, waitMs ?? 0) };
    case 'misconfigured':
      return { kind: 'misconfigured', detail, hint: rule.hint ?? '' };
    default:
      return { kind: rule.outcome, detail };
  }
}

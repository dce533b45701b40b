import type { Language } from './language.ts';
import { PROMETHEUS_PROBLEMS_EN } from './prometheus-problems-en.ts';
import { PROMETHEUS_PROBLEMS_ZH } from './prometheus-problems-zh.ts';

/** Why a Prometheus server did not bring what it was asked for: a code and what a sentence about it needs. */
export type PrometheusProblem =
  /** No DNS server knows the host. */
  | { readonly code: 'NameUnknown'; readonly host: string }
  /** `address` is `host:port`. */
  | { readonly code: 'Refused'; readonly address: string }
  | { readonly code: 'Unreachable'; readonly address: string }
  /** A verified certificate that is not for the address; `names` are those that it is for. */
  | { readonly code: 'CertificateNames'; readonly address: string; readonly names: string }
  | { readonly code: 'UnknownAuthority'; readonly address: string }
  | { readonly code: 'CertificateExpired'; readonly address: string }
  /** The connection broke, or the answer was cut short. */
  | { readonly code: 'Broken'; readonly address: string; readonly detail: string }
  /** Our own deadline, waiting for a place included. */
  | { readonly code: 'TimedOut'; readonly afterMs: number }
  /** So many requests wait for this backend already that another one is not taken. */
  | { readonly code: 'QueueFull'; readonly waitingCountMax: number }
  /** Our own credential or trust could not be read. */
  | { readonly code: 'NoCredential'; readonly detail: string }
  | { readonly code: 'Unauthorized' }
  /** `answer` is the beginning of what was said. */
  | { readonly code: 'Forbidden'; readonly answer: string }
  | { readonly code: 'PathNotFound'; readonly path: string }
  | { readonly code: 'Redirected'; readonly status: number; readonly location: string }
  | { readonly code: 'TooManyRequests'; readonly answer: string }
  | { readonly code: 'HttpStatus'; readonly status: number; readonly answer: string }
  /** Another program answered, a login page for example; `answer` is how it begins. */
  | { readonly code: 'NotPrometheus'; readonly contentType: string; readonly answer: string }
  /** JSON that breaks the format of Prometheus' answers, or is none. */
  | { readonly code: 'Malformed'; readonly detail: string }
  /** `bad_data`: the server cannot read the query or another parameter; `detail` is what it said. */
  | { readonly code: 'BadQuery'; readonly detail: string }
  /** `execution`: the query could be read, but not carried out over the data that is there. */
  | { readonly code: 'NotExecuted'; readonly detail: string }
  /** `timeout` or `canceled`: the server gave up. */
  | { readonly code: 'GaveUp'; readonly detail: string }
  /** Any other error that the server reports in its own words. */
  | { readonly code: 'ServerError'; readonly errorType: string; readonly detail: string }
  | { readonly code: 'AnswerTooLarge'; readonly bytesMax: number }
  | { readonly code: 'TooManySeries'; readonly countMax: number }
  | { readonly code: 'TooManyLabelSets'; readonly countMax: number }
  /** `series` as PromQL writes it. */
  | { readonly code: 'NativeHistogram'; readonly series: string };

/** What is said of each problem in one language; keyed by codes, so that none can be forgotten. */
export interface PrometheusProblemSentences {
  readonly problems: {
    readonly [Code in PrometheusProblem['code']]: (
      problem: Extract<PrometheusProblem, { readonly code: Code }>,
    ) => string;
  };
  readonly remedies: Readonly<Record<PrometheusProblem['code'], string>>;
}

const SENTENCES: Readonly<Record<Language, PrometheusProblemSentences>> = {
  en: PROMETHEUS_PROBLEMS_EN,
  'zh-CN': PROMETHEUS_PROBLEMS_ZH,
};

/** What is wrong, as the end of a sentence about a backend and what it was asked, and what to do about it. */
export function explainPrometheusProblem(
  problem: PrometheusProblem,
  language: Language,
): { readonly text: string; readonly remedy: string } {
  const { problems, remedies } = SENTENCES[language];
  const say = problems[problem.code] as (problem: PrometheusProblem) => string;
  return { text: say(problem), remedy: remedies[problem.code] };
}

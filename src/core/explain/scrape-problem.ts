import type { Language } from './language.ts';
import { SCRAPE_PROBLEMS_EN } from './scrape-problems-en.ts';
import { SCRAPE_PROBLEMS_ZH } from './scrape-problems-zh.ts';

/** Why a kubelet's resource metrics could not be had: a code and what a sentence about it needs. */
export type ScrapeProblem =
  /** The node's status has no address of the types that may be used. */
  | { readonly code: 'NoAddress'; readonly wantedTypes: readonly string[]; readonly presentTypes: readonly string[] }
  /** No DNS server knows the host. */
  | { readonly code: 'NameUnknown'; readonly host: string }
  /** `address` is `host:port`. */
  | { readonly code: 'Refused'; readonly address: string }
  | { readonly code: 'Unreachable'; readonly address: string }
  | { readonly code: 'TimedOut'; readonly address: string; readonly afterMs: number }
  /** A verified certificate that is not for the address; `names` are those that it is for. */
  | { readonly code: 'CertificateNames'; readonly address: string; readonly names: string }
  | { readonly code: 'UnknownAuthority'; readonly address: string }
  | { readonly code: 'CertificateExpired'; readonly address: string }
  | { readonly code: 'Unauthorized' }
  /** `answer` is what the kubelet said, which names the user. */
  | { readonly code: 'Forbidden'; readonly answer: string }
  | { readonly code: 'PathNotFound'; readonly path: string }
  /** The path that the node's annotation names breaks a rule. */
  | { readonly code: 'PathRefused'; readonly path: string; readonly rule: string }
  | { readonly code: 'HttpStatus'; readonly status: number; readonly answer: string }
  /** The text breaks the format; `line` counts from 1. */
  | { readonly code: 'Garbage'; readonly line: number; readonly rule: string }
  | { readonly code: 'TooLarge'; readonly bytesMax: number }
  /** The kubelet answered that it could not measure: `resource_scrape_error 1`. */
  | { readonly code: 'KubeletError' }
  /** A well-formed answer without any usage. */
  | { readonly code: 'Empty' }
  /** The connection broke, or the answer was cut short. */
  | { readonly code: 'Broken'; readonly address: string; readonly detail: string }
  /** The API server does not let us use its node proxy; `answer` is what it said, which names user and right. */
  | { readonly code: 'ProxyDenied'; readonly answer: string }
  /** The kubelet does not let the API server in; `answer` is what the kubelet said. */
  | { readonly code: 'ProxyForbidden'; readonly answer: string }
  | { readonly code: 'ProxyUnauthorized' }
  /** The API server does not trust the certificate that the kubelet serves with. */
  | { readonly code: 'ProxyCertificate'; readonly detail: string }
  /** The API server got no answer of the kubelet. */
  | { readonly code: 'ProxyUnreached'; readonly detail: string }
  /** Our own credential or trust could not be read. */
  | { readonly code: 'NoCredential'; readonly detail: string }
  /** Our own bug. */
  | { readonly code: 'Bug'; readonly detail: string };

/** What is said of each problem in one language; keyed by codes, so that none can be forgotten. */
export interface ScrapeProblemSentences {
  readonly problems: {
    readonly [Code in ScrapeProblem['code']]: (problem: Extract<ScrapeProblem, { readonly code: Code }>) => string;
  };
  readonly remedies: Readonly<Record<ScrapeProblem['code'], string>>;
}

const SENTENCES: Readonly<Record<Language, ScrapeProblemSentences>> = {
  en: SCRAPE_PROBLEMS_EN,
  'zh-CN': SCRAPE_PROBLEMS_ZH,
};

/** What is wrong, as the end of a sentence about the node, and what to do about it. */
export function explainScrapeProblem(
  problem: ScrapeProblem,
  language: Language,
): { readonly text: string; readonly remedy: string } {
  const { problems, remedies } = SENTENCES[language];
  const say = problems[problem.code] as (problem: ScrapeProblem) => string;
  return { text: say(problem), remedy: remedies[problem.code] };
}

import type { Language } from './language.ts';
import { explainScrapeProblem, type ScrapeProblem } from './scrape-problem.ts';
import type { Sentences } from './sentences.ts';
import { SENTENCES_EN } from './sentences-en.ts';
import { SENTENCES_ZH } from './sentences-zh.ts';
import {
  firstBrokenLink,
  type LinkCode,
  type LinkOf,
  type LinkStanding,
  type LinkTopic,
  type LostCode,
  standingOf,
  topicOf,
  type UsageChain,
  type UsageLink,
} from './usage-chain.ts';
import { USAGE_CHAIN_EN } from './usage-chain-en.ts';
import { USAGE_CHAIN_ZH } from './usage-chain-zh.ts';

/** Every sentence about a chain in one language; keyed by codes, so that none can be forgotten. */
export interface UsageChainSentences {
  readonly topics: Readonly<Record<LinkTopic, string>>;
  readonly standings: Readonly<Record<LinkStanding, string>>;
  readonly links: { readonly [Code in LinkCode]: (link: LinkOf<Code>, write: ChainWriters) => string };
  readonly remedies: { readonly [Code in LostCode]: (link: LinkOf<Code>, write: ChainWriters) => string };
  readonly verdicts: Readonly<Record<ChainVerdict, (pod: string) => string>>;
}

/**
 * How the number of a pod fares: it is served and every HPA can use it; some HPA cannot; it is lost on the way; it is not
 * served, and where it is lost may not be seen.
 */
export type ChainVerdict = 'whole' | 'unused' | 'lost' | 'unseen';

/** How a language writes what sentences are made of. */
export interface ChainWriters {
  readonly sentences: Sentences;
  /** An instant for the reader. */
  time(atMs: number): string;
  /** A stretch of time in seconds, with at most three decimals. */
  seconds(durationMs: number): string;
  scrape(problem: ScrapeProblem): { readonly text: string; readonly remedy: string };
}

/** A chain in words. */
export interface ExplainedUsageChain {
  readonly verdict: ChainVerdict;
  /** What is so, in one sentence, and what to do about it; the latter empty when nothing needs doing. */
  readonly headline: string;
  readonly remedy: string;
  readonly links: readonly ExplainedLink[];
}

/** One link in words. */
export interface ExplainedLink {
  readonly code: LinkCode;
  readonly topic: LinkTopic;
  readonly standing: LinkStanding;
  readonly title: string;
  /** `ok`, `broken` or `not seen`, in the language. */
  readonly mark: string;
  readonly text: string;
}

/** Where a pod's number comes from, or at which link it is lost, and what to do about that. */
export function explainUsageChain(
  chain: UsageChain,
  language: Language,
  options: { readonly formatTime: (atMs: number) => string },
): ExplainedUsageChain {
  const sentences = SENTENCES[language];
  const write = writersIn(language, options.formatTime);
  const say = (link: UsageLink): string => (sentences.links[link.code] as Say)(link, write);
  const lost = lostLink(chain);
  const verdict = verdictOf(chain);
  const head = sentences.verdicts[verdict](`${chain.namespace}/${chain.name}`);
  return {
    verdict,
    headline: verdict === 'whole' || lost === undefined ? head : `${head}${say(lost)}`,
    remedy: lost === undefined ? '' : (sentences.remedies[lost.code as LostCode] as Say)(lost, write),
    links: chain.links.map((link) => ({
      code: link.code,
      topic: topicOf(link),
      standing: standingOf(link),
      title: sentences.topics[topicOf(link)],
      mark: sentences.standings[standingOf(link)],
      text: say(link),
    })),
  };
}

type Say = (link: UsageLink, write: ChainWriters) => string;

const SENTENCES: Readonly<Record<Language, UsageChainSentences>> = { en: USAGE_CHAIN_EN, 'zh-CN': USAGE_CHAIN_ZH };

function verdictOf(chain: UsageChain): ChainVerdict {
  const isServed = chain.links.some(({ code }) => code === 'ApiServed');
  const broken = firstBrokenLink(chain);
  if (broken !== undefined) return isServed ? 'unused' : 'lost';
  return isServed ? 'whole' : 'unseen';
}

/** The link that a person has to do something about. */
function lostLink(chain: UsageChain): UsageLink | undefined {
  const broken = firstBrokenLink(chain);
  if (broken !== undefined || verdictOf(chain) === 'whole') return broken;
  return chain.links.find((link) => standingOf(link) === 'unseen');
}

function writersIn(language: Language, time: (atMs: number) => string): ChainWriters {
  const seconds = (durationMs: number): string => {
    const digits = String(Number((durationMs / 1000).toFixed(3)));
    return language === 'zh-CN' ? `${digits} 秒` : `${digits} s`;
  };
  return {
    sentences: language === 'zh-CN' ? SENTENCES_ZH : SENTENCES_EN,
    time,
    seconds,
    scrape: (problem) => explainScrapeProblem(problem, language),
  };
}

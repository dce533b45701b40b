import { derivationOf } from './derivation.ts';
import type { ExplainableDecision, ExplainOptions, Explanation } from './explanation.ts';
import { findingParams, findingsOf } from './findings.ts';
import { type Headline, headlineOf } from './headline.ts';
import type { Language } from './language.ts';
import { nameList } from './parameters.ts';
import type { Sentences } from './sentences.ts';
import { SENTENCES_EN } from './sentences-en.ts';
import { SENTENCES_ZH } from './sentences-zh.ts';

/**
 * A decision in words: why the count changed or stayed, the proof in order, and what to know or do about it. A rendering
 * of the trace's codes and nothing else: the same decision always reads the same.
 */
export function explainDecision(
  decision: ExplainableDecision,
  language: Language,
  options: ExplainOptions,
): Explanation {
  const sentences = sentencesIn(language);
  const write = { percent: sentences.percent, podList: (names: readonly string[]) => nameList(names, sentences) };
  return {
    ...headlineOf(decision, sentences, options),
    headline: explainHeadline(decision, language, options),
    steps: derivationOf(decision, sentences, options),
    findings: findingsOf(decision, options.facts).map((finding) => {
      const params = findingParams(finding, decision, write);
      const { text, action } = sentences.findings[finding.code];
      return { code: finding.code, severity: finding.severity, text: text(params), action: action(params) };
    }),
  };
}

/** Only the first sentence, for lists and one-line outputs. */
export function explainHeadline(decision: ExplainableDecision, language: Language, options: ExplainOptions): string {
  const sentences = sentencesIn(language);
  const { verdict, reason } = headlineOf(decision, sentences, options);
  return verdict + sentences.verdictSeparator + reason;
}

/** The first sentence in its two halves, where the counts are shown beside it: `1 → 4`, and why. */
export function explainBriefly(decision: ExplainableDecision, language: Language, options: ExplainOptions): Headline {
  return headlineOf(decision, sentencesIn(language), options);
}

/** All sentences of a language. */
export function sentencesIn(language: Language): Sentences {
  return language === 'zh-CN' ? SENTENCES_ZH : SENTENCES_EN;
}

import { amountText } from './amount.ts';
import { explainHeadline, sentencesIn } from './explain-decision.ts';
import type { ExplainOptions } from './explanation.ts';
import type { Language } from './language.ts';
import { OBSERVATION_EN } from './observation-en.ts';
import type { ObservationSentences } from './observation-sentences.ts';
import { OBSERVATION_ZH } from './observation-zh.ts';
import type { ComparisonUnknown, DisagreementReason, ObservedMove } from './observed-move.ts';

/** A move of an observation in words. */
export interface ExplainedMove {
  /** What both did: `they went 4 → 5, we would have stayed`. */
  readonly verdict: string;
  /** Why they differ or cannot be compared, and what to compare; empty when nothing shows it. */
  readonly reasons: readonly string[];
  /** The headline of the observer's own decision. */
  readonly ours: string;
}

/** What both controllers did and what tells them apart. */
export function explainObservedMove(move: ObservedMove, language: Language, options: ExplainOptions): ExplainedMove {
  const { verdicts, ours } = observationSentencesIn(language);
  const unknown = move.unknown === null ? [] : [unknownText(move.unknown, language)];
  return {
    verdict: verdicts[move.kind](move),
    reasons: [...unknown, ...move.reasons.map((reason) => reasonText(reason, language))],
    ours: ours(explainHeadline(move.ours, language, options)),
  };
}

/** All sentences about observations of a language. */
export function observationSentencesIn(language: Language): ObservationSentences {
  return language === 'zh-CN' ? OBSERVATION_ZH : OBSERVATION_EN;
}

function reasonText(reason: DisagreementReason, language: Language): string {
  const { reasons } = observationSentencesIn(language);
  if (reason.code === 'MetricDiffers') {
    const { percent } = sentencesIn(language);
    const [theirs, ours] = [reason.theirs, reason.ours].map((value) => amountText(value, reason.unit, percent));
    return reasons.MetricDiffers({ ...reason, theirs: theirs ?? '', ours: ours ?? '' });
  }
  // Each sentence takes what its own code carries; TypeScript does not follow the pair through the look-up.
  return (reasons[reason.code] as (of: DisagreementReason) => string)(reason);
}

function unknownText(unknown: ComparisonUnknown, language: Language): string {
  const { unknowns } = observationSentencesIn(language);
  return (unknowns[unknown.code] as (of: ComparisonUnknown) => string)(unknown);
}

import type { ComparisonUnknown, DisagreementReason, MoveVerdictKind } from './observed-move.ts';

/** The member of a union with that code, its amounts written as the language writes them. */
type Written<Union extends { readonly code: string }, Code extends Union['code']> = WithTexts<
  Extract<Union, { readonly code: Code }>
>;

type WithTexts<Member> = {
  readonly [Field in keyof Member]: Field extends 'theirs' | 'ours' ? string : Member[Field];
};

/** Counts of a move, as a sentence needs them. */
interface MoveParams {
  readonly fromReplicas: number;
  readonly theirReplicas: number | null;
  readonly ourReplicas: number | null;
}

/** What an observation says in one language; keyed by codes, so that none can be forgotten. */
export interface ObservationSentences {
  readonly verdicts: Readonly<Record<MoveVerdictKind, (move: MoveParams) => string>>;
  readonly reasons: {
    readonly [Code in DisagreementReason['code']]: (reason: Written<DisagreementReason, Code>) => string;
  };
  readonly unknowns: {
    readonly [Code in ComparisonUnknown['code']]: (unknown: Written<ComparisonUnknown, Code>) => string;
  };
  /** `ours: stays at 4: …` */
  ours(headline: string): string;
  readonly report: ReportSentences;
}

/** The lines of a report around its moves. */
interface ReportSentences {
  head(seen: {
    readonly cluster: string;
    readonly since: string;
    readonly hpaCount: number;
    readonly syncCount: number;
    readonly quietCount: number;
  }): string;
  counts(counts: Readonly<Record<MoveVerdictKind, number>>): string;
  /** Null before the first move that can be compared. */
  ratio(ratio: number | null): string;
  readonly nothingSeen: string;
  readonly disagreements: string;
  readonly notComparable: string;
  leftOut(count: number): string;
  decision(id: string): string;
  readonly allAgree: string;
}

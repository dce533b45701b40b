import type {
  CombinationTrace,
  LimitTrace,
  PathTrace,
  PodGroupsTrace,
  PodReason,
  ProposalRule,
  SelectorTrace,
  StabilizationTrace,
} from '../engine/trace.ts';
import type { StepTopic } from './explanation.ts';
import type { FindingCode } from './findings.ts';
import type { Language } from './language.ts';
import type { OptionSentences } from './option-sentences.ts';

/**
 * Every sentence of one language. Each member is keyed by the codes of the engine's trace, so that a new code does not
 * compile until both languages have a sentence for it.
 */
export interface Sentences {
  readonly language: Language;
  /** Between a headline's verdict and its reason. */
  readonly verdictSeparator: string;
  /** Joins the clauses of a headline. */
  readonly clauseSeparator: string;
  readonly listSeparator: string;
  percent(digits: string): string;
  duration(durationMs: number): string;
  /** The end of a list that was cut. */
  andMore(count: number): string;

  readonly topics: Readonly<Record<StepTopic, string>>;
  readonly verdicts: Readonly<Record<VerdictCode, (verdict: VerdictParams) => string>>;
  readonly clauses: ClauseSentences;

  readonly path: Readonly<Record<PathTrace['code'], (path: PathParams) => string>>;
  readonly selector: Readonly<Record<SelectorTrace['code'], (selector: SelectorParams) => string>>;
  readonly rules: Readonly<Record<ProposalRule, (metric: MetricParams) => string>>;
  readonly metric: MetricSentences;
  readonly podReasons: Readonly<Record<PodReason['reason'], string>>;
  readonly missingFilledWith: Readonly<Record<NonNullable<PodGroupsTrace['missingFilledWith']>, string>>;
  readonly combination: Readonly<Record<CombinationTrace['code'], (combination: CombinationParams) => string>>;
  readonly stabilization: Readonly<Record<StabilizationTrace['code'], (stabilization: StabilizationParams) => string>>;
  readonly limit: Readonly<Record<LimitTrace['code'], (limit: LimitParams) => string>>;
  readonly wakeFloor: (floor: { readonly minReplicas: number }) => string;
  readonly write: Readonly<Record<WriteCode, (write: WriteParams) => string>>;
  readonly findings: Readonly<Record<FindingCode, FindingSentence>>;
  /** Podtide's own options. */
  readonly options: OptionSentences;
}

/** How the count came out: the beginning of a headline. */
export type VerdictCode = 'Scaled' | 'ScaleFailed' | 'Proposed' | 'Stayed' | 'Unknown' | 'Gone';

export interface VerdictParams {
  /** Null when the count could not be read. */
  readonly fromReplicas: number | null;
  readonly toReplicas: number | null;
}

export type WriteCode = 'Written' | 'WriteFailed' | 'NotNeeded' | 'NotTried';

interface WriteParams extends VerdictParams {
  readonly attemptCount: number;
  readonly error: string;
}

export interface PathParams {
  readonly currentReplicas: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** The reconcile's error; empty when none. */
  readonly error: string;
}

export interface SelectorParams {
  readonly selector: string;
  readonly podCount: number;
  /** The other HPAs whose selector matches the same pods, as one list. */
  readonly rivals: string;
}

/** A metric's numbers, ready to print. */
export interface MetricParams {
  readonly label: string;
  readonly targetKind: 'utilization' | 'averageValue' | 'value';
  readonly current: string;
  readonly target: string;
  readonly low: string;
  readonly high: string;
  readonly ratio: string;
  /** After filling in; equal to `ratio` when nothing was. */
  readonly filledRatio: string;
  readonly multiplier: string;
  readonly proposedReplicas: number;
}

export interface MetricSentences {
  title(metric: { readonly place: number; readonly label: string; readonly sourceType: string }): string;
  /** `cpu at 305 % of request, target 50 %`. */
  at(metric: MetricParams): string;
  failed(failure: { readonly label: string; readonly reason: string; readonly message: string }): string;
  raw(average: string): string;
  readyPods(count: number): string;
  unreadyPods(group: {
    readonly pods: string;
    readonly why: string;
    readonly count: number;
    readonly isCountedAsIdle: boolean;
  }): string;
  ignoredPods(group: { readonly pods: string; readonly why: string; readonly count: number }): string;
  missingPods(group: { readonly pods: string; readonly count: number; readonly filledWith: string | null }): string;
}

interface CombinationParams {
  readonly failedCount: number;
  readonly metricCount: number;
  readonly winner: string;
  readonly recommendedReplicas: number;
}

export interface StabilizationParams {
  readonly currentReplicas: number;
  readonly recommendedReplicas: number;
  readonly stabilizedReplicas: number;
  readonly upWindow: string;
  readonly downWindow: string;
  readonly hasUpWindow: boolean;
  readonly hasDownWindow: boolean;
  /** The remembered recommendation that decided, and until when it counts; null when none did. */
  readonly decidedBy: { readonly replicaCount: number; readonly at: string; readonly until: string } | null;
}

export interface LimitParams {
  readonly currentReplicas: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly stabilizedReplicas: number;
  readonly limitedReplicas: number;
  /** What the rate rule allows; null when it was not asked. */
  readonly rateLimit: number | null;
  readonly rate: RateRule;
}

/** Which rate rule gave the bound. */
export type RateRule =
  | { readonly kind: 'legacy' }
  | { readonly kind: 'disabled' }
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'policy';
      readonly type: string;
      readonly value: number;
      readonly periodSeconds: number;
      readonly periodStartReplicas: number;
    };

/** The parts of a headline after its verdict. */
export interface ClauseSentences {
  readonly rules: Readonly<Record<ProposalRule, (metric: MetricParams) => string>>;
  readonly path: Readonly<
    Record<Exclude<PathTrace['code'], 'MetricDriven' | 'SelectorFailed'>, (path: PathParams) => string>
  >;
  readonly selector: Readonly<
    Record<Exclude<SelectorTrace['code'], 'Unambiguous'>, (selector: SelectorParams) => string>
  >;
  readonly combination: Readonly<
    Record<
      Exclude<CombinationTrace['code'], 'Combined'>,
      (combination: CombinationParams & { readonly failure: string }) => string
    >
  >;
  readonly stabilization: Readonly<Record<StabilizationTrace['code'], (stabilization: StabilizationParams) => string>>;
  readonly limit: Readonly<Record<Exclude<LimitTrace['code'], 'DesiredWithinRange'>, (limit: LimitParams) => string>>;
  readonly wakeFloor: (floor: { readonly minReplicas: number }) => string;
  readonly writeFailed: (error: string) => string;
}

/** A finding's two sentences. */
export interface FindingSentence {
  text(finding: FindingParams): string;
  action(finding: FindingParams): string;
}

/** What findings print; each uses what its code fills, the rest is empty or 0. */
export interface FindingParams {
  readonly hpa: string;
  readonly namespace: string;
  readonly label: string;
  readonly pods: string;
  readonly podCount: number;
  readonly message: string;
  /** The APIService that answers for the metric. */
  readonly apiService: string;
  readonly fromReplicas: number;
  readonly toReplicas: number;
  /** A metric value at which something would happen, ready to print. */
  readonly threshold: string;
}

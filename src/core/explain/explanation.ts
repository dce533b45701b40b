import type { Decision } from '../engine/decision.ts';
import type { Facts } from '../engine/facts.ts';
import type { FindingCode, FindingSeverity } from './findings.ts';

/** The part of a decision that explaining needs: what travels to a browser. */
export type ExplainableDecision = Pick<
  Decision,
  | 'hpa'
  | 'atMs'
  | 'isDeleted'
  | 'currentReplicas'
  | 'desiredReplicas'
  | 'scaledTo'
  | 'scaleWriteAttempts'
  | 'rescaleReason'
  | 'error'
  | 'trace'
>;

/** What explaining needs beside the decision. */
export interface ExplainOptions {
  /** Writes an instant (epoch ms) for the reader, in the reader's zone. */
  readonly formatTime: (atMs: number) => string;
  /** The facts it was made from, when known: more findings are found with them. */
  readonly facts?: Pick<Facts, 'pods'>;
}

/** A decision in words: one sentence first, the proof under it. */
export interface Explanation {
  /** Why the count changed or stayed: the verdict and the reason in one sentence. */
  readonly headline: string;
  /** How the count came out: `1 → 4`. */
  readonly verdict: string;
  readonly reason: string;
  /** The proof, in the order in which the engine went. */
  readonly steps: readonly DerivationStep[];
  /** What a person should know or do about it; empty when all is well. */
  readonly findings: readonly ExplainedFinding[];
}

/** One stage of the proof. */
export interface DerivationStep {
  readonly topic: StepTopic;
  /** The code of the trace that this renders; of a metric, the rule that made its proposal. */
  readonly code: string;
  readonly tone: StepTone;
  readonly title: string;
  readonly text: string;
  /** Further lines: pods counted and not, what was filled in. */
  readonly details: readonly string[];
}

export type StepTopic =
  | 'options'
  | 'path'
  | 'selector'
  | 'metric'
  | 'combination'
  | 'stabilization'
  | 'limit'
  | 'wakeFloor'
  | 'hold'
  | 'write';

/** `acts`: this moved the count; `holds`: this kept it back; `fails`: this could not be done; `passes`: nothing special. */
export type StepTone = 'acts' | 'holds' | 'fails' | 'passes';

export interface ExplainedFinding {
  readonly code: FindingCode;
  readonly severity: FindingSeverity;
  /** What is so. */
  readonly text: string;
  /** What to do about it, or why nothing needs doing. */
  readonly action: string;
}

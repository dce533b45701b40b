import { conclude } from '../../core/engine/conclude.ts';
import { decide } from '../../core/engine/decide.ts';
import type { Decision, ScaleWriteOutcome } from '../../core/engine/decision.ts';
import type { Facts } from '../../core/engine/facts.ts';
import { type HpaReading, readHpa } from '../../core/engine/hpa-reading.ts';
import type { Memory } from '../../core/engine/memory.ts';
import type { EngineOptions } from '../../core/engine/options.ts';
import { noteRescale } from '../../core/engine/rescale.ts';
import { longestPeriodMs, scaleDownRules, scaleUpRules } from '../../core/engine/scaling-rules.ts';
import { settle } from '../../core/engine/settle.ts';
import { isDisagreement, withoutPodNames } from '../../core/explain/observed-move.ts';
import type { SyncAgreement } from '../facts/report.ts';
import { type AgreementState, judge, type WindowLengths } from './agreement.ts';
import { type CountChange, type CountChanges, countChanges, type Glimpse, NO_CHANGES } from './count-change.ts';
import { explainDisagreement } from './disagreement-reasons.ts';

/** What an observer starts a sync with. */
export interface ObservedSync {
  readonly facts: Facts;
  readonly memory: Memory;
  readonly options: EngineOptions;
  /** What it kept of the HPA; null at the first sync. */
  readonly state: AgreementState | null;
}

/** What was seen before the decision: what happened to the count, and the memory that follows reality. */
export interface Observed {
  readonly glimpse: Glimpse;
  readonly changes: CountChanges;
  /** With the acting controller's move among the scale events, as upstream's own memory has it. */
  readonly memory: Memory;
}

/**
 * Looks at what happened since the sync before. No scale write of an observer's counts, for it makes none; the acting
 * controller's move is noted, so that policies have the budget that upstream's have. A person's change is not: upstream
 * does not note it either.
 */
export function look({ facts, memory, state }: ObservedSync): Observed {
  const glimpse: Glimpse = {
    atMs: facts.nowMs,
    specReplicas: facts.scale.kind === 'found' ? facts.scale.specReplicas : null,
    status: facts.hpa.kind === 'found' ? facts.hpa.object.status : undefined,
  };
  const hpa = facts.hpa.kind === 'found' ? readHpa(facts.hpa.object) : null;
  if (hpa === null || state === null || state.uid !== hpa.uid) return { glimpse, changes: NO_CHANGES, memory };
  const changes = countChanges(state.seen, glimpse, state.unexplained);
  return { glimpse, changes, memory: noteMove(changes.fresh, hpa, noteMove(changes.late, hpa, memory)) };
}

function noteMove(change: CountChange | null, { behavior }: HpaReading, memory: Memory): Memory {
  if (change === null || change.movedAtMs === null || behavior === undefined) return memory;
  return noteRescale(change, behavior, memory, change.movedAtMs);
}

/** The periods that verdicts are given by. */
export interface Periods {
  readonly syncPeriodMs: number;
  /** The acting controller's, as far as its flags and the number of HPAs tell. */
  readonly actingPeriodMs: number;
}

/** Judges the sync once it is decided; null of an HPA that cannot be read, whose state stays as it was. */
export function judgeSync(
  sync: ObservedSync,
  { glimpse, changes }: Observed,
  decision: Decision,
  periods: Periods,
): { readonly state: AgreementState; readonly agreement: SyncAgreement } | null {
  const { facts, memory, options } = sync;
  if (facts.hpa.kind !== 'found') return null;
  const hpa = readHpa(facts.hpa.object);
  const { state, verdicts, isQuiet } = judge(sync.state, {
    ...periods,
    uid: hpa.uid,
    glimpse,
    changes,
    decision,
    memoryBefore: memory,
    facts,
    decideOn: (seen, fromReplicas, earlier) =>
      decideOn({ ...seen, nowMs: facts.nowMs }, fromReplicas, earlier, options),
    windows: windowsOf(hpa, options),
  });
  const moves = verdicts.map((judged) => {
    const { reasons, ours } = explainDisagreement(judged);
    const isOpen = isDisagreement(judged.verdict.kind);
    return { ...judged.verdict, reasons: isOpen ? reasons : [], ours: withoutPodNames(ours) };
  });
  return { state, agreement: { moves, isQuiet } };
}

const NOT_TRIED: ScaleWriteOutcome = { kind: 'notTried' };

/** What the engine makes of the same facts, had the target another count. */
function decideOn(facts: Facts, fromReplicas: number, memory: Memory, options: EngineOptions): Decision {
  const scale = facts.scale.kind === 'found' ? { ...facts.scale, specReplicas: fromReplicas } : facts.scale;
  return conclude(settle(decide({ ...facts, scale }, memory, options), NOT_TRIED), NOT_TRIED);
}

function windowsOf({ behavior }: HpaReading, options: EngineOptions): WindowLengths {
  const { downscaleStabilizationMs } = options;
  if (behavior === undefined) return { upMs: 0, downMs: downscaleStabilizationMs, policyMs: 0 };
  const [up, down] = [scaleUpRules(behavior), scaleDownRules(behavior)];
  return {
    upMs: (up.windowSeconds ?? 0) * 1000,
    downMs: down.windowSeconds === undefined ? downscaleStabilizationMs : down.windowSeconds * 1000,
    policyMs: Math.max(longestPeriodMs(up), longestPeriodMs(down)),
  };
}

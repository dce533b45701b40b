import type { Clock, IoClock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { ObjectKey } from '../../base/object-key.ts';
import type { HorizontalPodAutoscaler, HpaStatus } from '../../core/autoscaling/types.ts';
import { conclude } from '../../core/engine/conclude.ts';
import { decide } from '../../core/engine/decide.ts';
import type {
  Decision,
  DecisionEvent,
  Proposal,
  ScaleWriteOutcome,
  Settlement,
  StatusWriteOutcome,
} from '../../core/engine/decision.ts';
import type { HpaFact } from '../../core/engine/facts.ts';
import type { Memory } from '../../core/engine/memory.ts';
import { memoryHorizon } from '../../core/engine/memory-horizon.ts';
import type { EngineOptions } from '../../core/engine/options.ts';
import { settle } from '../../core/engine/settle.ts';
import type { KubeClient, KubeObject } from '../../platform/kube/client.ts';
import type { HpaApi } from '../../platform/kube/hpa-api.ts';
import { type Gathered, type GatherPorts, gatherFacts } from '../facts/gather.ts';
import type { MetricReader } from '../facts/metric-reader.ts';
import type { DecisionReport, MemoryOrigin, SyncCause } from '../facts/report.ts';
import type { ScaleTarget } from '../facts/scale-reader.ts';
import type { AgreementState } from './agreement.ts';
import { compareWithObserved } from './observation.ts';
import { judgeSync, look, type Observed, type ObservedSync } from './observer.ts';
import { isBudgetInDoubt, resolveIntent, type Unsettled, type WriteDoubt } from './open-intent.ts';
import { type ScaleWriterPorts, writeScale } from './scale-writer.ts';
import { actingPeriodMs } from './sole-controller.ts';
import { isStatusWriteDue, type StatusWrites } from './status-thinning.ts';
import type { RememberedHpa, SurvivingMemory } from './surviving-memory.ts';

/** What one sync needs of the controller. */
export interface SyncPorts extends ScaleWriterPorts {
  readonly mode: 'control' | 'observe';
  readonly statusWrites: StatusWrites;
  readonly syncPeriodMs: number;
  /** HPAs that the acting controller has to look at too. */
  readonly hpaCount: () => number;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ioClock: IoClock;
  readonly client: Pick<KubeClient, 'getScale' | 'replaceScale' | 'replace'>;
  readonly gather: GatherPorts;
  readonly hpaApi: HpaApi;
  readonly memory: Pick<SurvivingMemory, 'intend'>;
  /** Takes the answer to a status write into the cache. */
  readonly absorb: (hpa: KubeObject) => void;
  readonly recordEvent: (regarding: HorizontalPodAutoscaler, event: DecisionEvent) => void;
}

/** What one sync is about. */
export interface SyncInput {
  readonly key: ObjectKey;
  readonly hpa: HpaFact;
  readonly memory: Memory;
  readonly memoryOrigin: MemoryOrigin | null;
  readonly unsettled: Unsettled;
  readonly cause: SyncCause;
  readonly latenessMs: number;
  /** As of when this process's last write of the status counts; null when it has not written it yet. */
  readonly statusWrittenAtMs: number | null;
  /** What an observer kept of the HPA; null at its first sync, and in control. */
  readonly agreement: AgreementState | null;
}

/** What one sync led to. */
export interface SyncResult {
  readonly report: DecisionReport;
  readonly agreement: AgreementState | null;
  readonly gathered: Gathered;
  /** What the intent that the leader before left still leaves to be found out. */
  readonly unsettled: Unsettled;
  /** How long each metric's query took, by the metric's index; 0 where none was made. */
  readonly metricSeconds: readonly number[];
}

/**
 * One sync: gathers the facts, lets the engine decide, tries the scale write, then the status write, and concludes. In
 * `observe` nothing is written: the memory follows what others did to the target, and what they wrote is compared.
 */
export async function syncHpa(input: SyncInput, ports: SyncPorts, signal: AbortSignal): Promise<SyncResult> {
  const { options } = ports.gather;
  const metricSeconds: number[] = [];
  const metrics = timedReader(ports.gather.metrics, ports.ioClock, metricSeconds);
  const gathered = await gatherFacts(input.hpa, { ...ports.gather, metrics }, signal);
  // Facts that were cut short would be taken for failures of the cluster.
  if (signal.aborted) throw signal.reason;
  const observed = ports.mode === 'observe' ? observe(input, gathered, ports) : null;
  const resolved = resolveIntent(input.unsettled, input.memory, gathered.facts, versionOf(gathered.target));
  const memoryBefore = observed?.seen.memory ?? resolved.memory;
  const proposal = decide(gathered.facts, memoryBefore, options);
  const { doubt } = resolved;
  const write = { input, proposal, gathered, memoryBefore, doubt };
  const settlement = settle(proposal, await tryScaleWrite(write, ports, signal));
  const status = await tryStatusWrite(input, settlement, ports, signal);
  const decision = conclude(settlement, status.outcome);
  if (ports.mode === 'control' && ports.isLeader()) recordEvents(input.hpa, decision, ports);
  const judged = observed?.judge(decision) ?? null;
  const report: DecisionReport = {
    facts: gathered.facts,
    memoryBefore,
    options,
    decision,
    delivery: {
      mode: ports.mode,
      cause: input.cause,
      latenessMs: input.latenessMs,
      memoryOrigin: input.memoryOrigin,
      isStatusWriteThinned: status.isThinned,
      differences: ports.mode === 'observe' ? compareWithObserved(input.hpa, statusIfWritten(proposal)) : [],
      agreement: judged?.agreement ?? null,
    },
  };
  // What the leader before may still have under way is refused once we have written.
  const openIntent = settlement.scaleWrite.kind === 'written' ? null : resolved.openIntent;
  const unsettled = { openIntent, doubt };
  return { report, agreement: judged?.state ?? input.agreement, gathered, unsettled, metricSeconds };
}

/** What an observer saw before it decides, and its judgement afterwards. */
function observe(
  { memory, agreement: state }: SyncInput,
  { facts }: Gathered,
  { gather: { options }, syncPeriodMs, hpaCount }: SyncPorts,
): { readonly seen: Observed; readonly judge: (decision: Decision) => ReturnType<typeof judgeSync> } {
  const sync: ObservedSync = { facts, memory, options, state };
  const seen = look(sync);
  const periods = { syncPeriodMs, actingPeriodMs: actingPeriodMs({ syncPeriodMs, hpaCount: hpaCount() }) };
  return { seen, judge: (decision) => judgeSync(sync, seen, decision, periods) };
}

/** The status that this controller would write if it were the one that acts. */
function statusIfWritten(proposal: Proposal): HpaStatus | null {
  return settle(proposal, { kind: 'written', attemptCount: 1 }).status;
}

function timedReader(reader: MetricReader, ioClock: Pick<IoClock, 'monotonicMs'>, seconds: number[]): MetricReader {
  return {
    read: async (query, signal) => {
      const startMs = ioClock.monotonicMs();
      const samples = await reader.read(query, signal);
      seconds[query.index] = (ioClock.monotonicMs() - startMs) / 1000;
      return samples;
    },
  };
}

/** What an HPA's memory is stored by; null for one that is not there or not readable. */
export function rememberedHpa(key: ObjectKey, hpa: HpaFact, options: EngineOptions): RememberedHpa | null {
  if (hpa.kind !== 'found') return null;
  return { key, uid: hpa.object.metadata.uid ?? null, horizon: memoryHorizon(hpa.object.spec, options) };
}

/** A scale write that a decision asks for, with what the decision was made of. */
interface WantedWrite {
  readonly input: SyncInput;
  readonly proposal: Proposal;
  readonly gathered: Gathered;
  readonly memoryBefore: Memory;
  readonly doubt: WriteDoubt | null;
}

async function tryScaleWrite(wanted: WantedWrite, ports: SyncPorts, signal: AbortSignal): Promise<ScaleWriteOutcome> {
  const { input, proposal, gathered } = wanted;
  const { facts, target } = gathered;
  if (ports.mode === 'observe' || proposal.scaleWrite === null || target === null) return { kind: 'notTried' };
  const remembered = rememberedHpa(input.key, input.hpa, ports.gather.options);
  const behavior = input.hpa.kind === 'found' ? input.hpa.object.spec.behavior : undefined;
  if (isBudgetInDoubt(wanted.doubt, behavior, facts.nowMs)) return notWritten(BUDGET_IN_DOUBT);
  try {
    // Whoever takes over must know of the write, whether or not it comes through.
    const intended = { ...proposal.scaleWrite, resourceVersion: versionOf(target) };
    if (remembered !== null) await ports.memory.intend(remembered, intended, facts.nowMs, signal);
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return notWritten(`the intent could not be stored: ${thrown.message}`);
  }
  if (isOutOfDate(wanted, ports)) return notWritten(DECISION_OUT_OF_DATE);
  const { outcome } = await writeScale(target, proposal.scaleWrite.toReplicas, ports, signal);
  return outcome.kind === 'notTried' ? outcome : { ...outcome, answeredAtMs: ports.clock.nowMs() };
}

function versionOf(target: ScaleTarget | null): string | null {
  return target?.scale.metadata.resourceVersion ?? null;
}

const BUDGET_IN_DOUBT =
  'the leader before was about to make a change, and whether that counts for a policy depends on when it came through, or if it did';
const DECISION_OUT_OF_DATE = 'its intent took so long to store that the decision would now be another';

/** A decision that waited for longer than this is made once more before it is carried out. */
const DECISION_AGE_MS_MAX = 1_000;

/** Whether the same facts would by now lead to another count: budgets and windows go on while an intent is stored. */
function isOutOfDate({ proposal, gathered, memoryBefore }: WantedWrite, ports: SyncPorts): boolean {
  const nowMs = ports.clock.nowMs();
  if (nowMs - gathered.facts.nowMs <= DECISION_AGE_MS_MAX) return false;
  const again = decide({ ...gathered.facts, nowMs }, memoryBefore, ports.gather.options);
  return again.scaleWrite?.toReplicas !== proposal.scaleWrite?.toReplicas;
}

function notWritten(message: string): ScaleWriteOutcome {
  return { kind: 'failed', attemptCount: 0, message };
}

interface StatusWrite {
  readonly outcome: StatusWriteOutcome;
  readonly isThinned: boolean;
}

const NOT_TRIED: StatusWrite = { outcome: { kind: 'notTried' }, isThinned: false };

async function tryStatusWrite(
  input: SyncInput,
  settlement: Settlement,
  ports: SyncPorts,
  signal: AbortSignal,
): Promise<StatusWrite> {
  const { status } = settlement;
  if (ports.mode === 'observe' || input.hpa.kind !== 'found' || status === null || !settlement.isStatusChanged) {
    return NOT_TRIED;
  }
  const { object } = input.hpa;
  const sinceMs = input.statusWrittenAtMs === null ? Infinity : ports.clock.nowMs() - input.statusWrittenAtMs;
  if (!isStatusWriteDue(object.status, status, sinceMs, ports.statusWrites)) return { ...NOT_TRIED, isThinned: true };
  if (!ports.isLeader()) return NOT_TRIED;
  try {
    // The whole cached object goes along: the server takes labels and annotations of a status write for meant.
    const { type, encode } = ports.hpaApi;
    const written = await ports.client.replace(type, encode({ ...object, status }), { subresource: 'status', signal });
    ports.absorb(written);
    return { outcome: { kind: 'written' }, isThinned: false };
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return { outcome: { kind: 'failed', message: thrown.message }, isThinned: false };
  }
}

function recordEvents(hpa: HpaFact, decision: Decision, ports: SyncPorts): void {
  if (hpa.kind !== 'found') return;
  for (const event of decision.events) ports.recordEvent(hpa.object, event);
}

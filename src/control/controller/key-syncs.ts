import type { Clock, IoClock, Release } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import { CONTROLLER_QUARANTINE_MS, CONTROLLER_SYNC_MS_MAX } from '../../base/limits.ts';
import type { Log } from '../../base/log.ts';
import { keyText, type ObjectKey } from '../../base/object-key.ts';
import type { HpaFact } from '../../core/engine/facts.ts';
import { DEADLINE_TEXT } from '../facts/deadline.ts';
import { ownSyncPeriodMs } from '../facts/hpa-projection.ts';
import type { DecisionReport } from '../facts/report.ts';
import { type KeyState, newKeyState } from './key-state.ts';
import type { PodMetricsDemand } from './list-planner.ts';
import type { ScaleDownFleet } from './scale-down-fleet.ts';
import type { DueSync } from './schedule.ts';
import { countedAsWrittenAtMs } from './status-thinning.ts';
import type { SurvivingMemory } from './surviving-memory.ts';
import { rememberedHpa, type SyncPorts, type SyncResult, syncHpa } from './sync.ts';
import type { ControllerTelemetry } from './telemetry.ts';
import { demandOf } from './window-demands.ts';

/** What the syncs of all keys share. */
export interface KeySyncPorts {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly telemetry: ControllerTelemetry;
  readonly sync: SyncPorts;
  readonly memory: SurvivingMemory;
  /** Null while the scale-down breaker is off. */
  readonly fleet: ScaleDownFleet | null;
  /** The HPA as the cache has it now; undefined when it has none. */
  readonly hpaOf: (key: string) => HpaFact | undefined;
  /** Told of each decision; must not throw. */
  readonly report: (report: DecisionReport) => void;
  /** Told when an HPA is gone and nothing is remembered of it any longer. */
  readonly onForgotten: (key: string) => void;
}

/** Syncs of single HPAs, and what is kept of each between them. What goes wrong with one stays with that one. */
export class KeySyncs {
  readonly #ports: KeySyncPorts;
  readonly #states = new Map<string, KeyState>();

  constructor(ports: KeySyncPorts) {
    this.#ports = ports;
  }

  /** Drops all that was remembered. */
  clear(): void {
    this.#states.clear();
    this.#ports.fleet?.clear();
  }

  /** What the HPA needed of resource metrics last; undefined before its first sync. */
  demandOf(key: string): PodMetricsDemand | null | undefined {
    return this.#states.get(key)?.demand;
  }

  quarantinedCount(nowMs: number): number {
    let count = 0;
    for (const state of this.#states.values()) if (state.quarantinedUntilMs > nowMs) count++;
    return count;
  }

  /** Syncs one HPA. Never rejects. */
  async run(key: ObjectKey, due: DueSync, nowMs: number, stopping: AbortSignal): Promise<void> {
    const state = this.#stateOf(key, nowMs);
    if (state.quarantinedUntilMs > nowMs) return;
    const deadline = this.#deadline(stopping);
    try {
      await this.#sync(key, due, state, nowMs, deadline.signal);
    } catch (thrown) {
      this.#onFailed(due.keyText, state, thrown);
    } finally {
      deadline.cancel();
    }
  }

  async #sync(key: ObjectKey, due: DueSync, state: KeyState, nowMs: number, signal: AbortSignal): Promise<void> {
    const { ioClock, telemetry } = this.#ports;
    const startMs = ioClock.monotonicMs();
    const periodSeconds = state.startedAtMs === null ? null : (nowMs - state.startedAtMs) / 1000;
    state.startedAtMs = nowMs;
    const latenessMs = nowMs - due.dueAtMs;
    const hpa: HpaFact = this.#ports.hpaOf(due.keyText) ?? { kind: 'missing', ...key };
    const { memory, memoryOrigin, unsettled, statusWrittenAtMs, agreement } = state;
    const remembered = { memory, memoryOrigin, unsettled, statusWrittenAtMs, agreement };
    const input = { key, hpa, ...remembered, cause: due.cause, latenessMs };
    const ownPeriodMs = ownSyncPeriodMs(hpa);
    const result = await syncHpa(input, this.#ports.sync, signal);
    this.#remember(key, hpa, state, result);
    telemetry.synced(result.report, {
      durationSeconds: (ioClock.monotonicMs() - startMs) / 1000,
      metricSeconds: result.metricSeconds,
      latenessSeconds: latenessMs / 1000,
      periodSeconds,
      ownPeriodSeconds: ownPeriodMs === null ? null : ownPeriodMs / 1000,
    });
    this.#ports.report(result.report);
  }

  #remember(key: ObjectKey, hpa: HpaFact, state: KeyState, result: SyncResult): void {
    const { report, gathered, agreement, unsettled } = result;
    const { decision } = report;
    if (decision.isDeleted || decision.memory === null) {
      this.#forget(key);
      return;
    }
    this.#ports.fleet?.note(keyText(key), decision);
    state.memory = decision.memory;
    state.agreement = agreement;
    state.memoryOrigin = null;
    state.unsettled = unsettled;
    const remembered = rememberedHpa(key, hpa, report.options);
    if (remembered !== null) this.#ports.memory.note(remembered, decision.memory, unsettled, decision.atMs);
    state.demand = demandOf(gathered);
    if (decision.isStatusWritten) {
      state.statusWrittenAtMs = countedAsWrittenAtMs(keyText(key), state.statusWrittenAtMs, decision.atMs);
    }
  }

  #forget(key: ObjectKey): void {
    const text = keyText(key);
    this.#states.delete(text);
    this.#ports.memory.forget(key);
    this.#ports.fleet?.forget(text);
    this.#ports.onForgotten(text);
    this.#ports.telemetry.forget(key);
  }

  #onFailed(key: string, state: KeyState, thrown: unknown): void {
    const { log, telemetry, clock } = this.#ports;
    if (thrown instanceof Failure) {
      telemetry.failed('deadline');
      log.warn('a sync came to no decision', { hpa: key, error: thrown.message });
      return;
    }
    state.quarantinedUntilMs = clock.nowMs() + CONTROLLER_QUARANTINE_MS;
    telemetry.failed('bug');
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    log.error('a bug was met; the HPA is set aside', { hpa: key, error: errorText(thrown), stack });
  }

  #deadline(stopping: AbortSignal): { readonly signal: AbortSignal; readonly cancel: Release } {
    const ending = new AbortController();
    // Not AbortSignal.any: beside a signal that outlives thousands of syncs it costs ten times as much, and its memory.
    const follow = (): void => ending.abort(stopping.reason);
    if (stopping.aborted) follow();
    stopping.addEventListener('abort', follow, { once: true });
    const cancelTimer = this.#ports.ioClock.after(CONTROLLER_SYNC_MS_MAX, () =>
      ending.abort(new Failure('unavailable', DEADLINE_TEXT)),
    );
    const cancel = (): void => {
      cancelTimer();
      stopping.removeEventListener('abort', follow);
    };
    return { signal: ending.signal, cancel };
  }

  #stateOf(key: ObjectKey, nowMs: number): KeyState {
    const text = keyText(key);
    const known = this.#states.get(text);
    if (known !== undefined) return known;
    const hpa = this.#ports.hpaOf(text);
    const uid = hpa?.kind === 'found' ? (hpa.object.metadata.uid ?? null) : null;
    const state = newKeyState(this.#ports.memory.recall(key, uid, nowMs));
    this.#states.set(text, state);
    return state;
  }
}

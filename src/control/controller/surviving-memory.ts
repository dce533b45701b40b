import type { Log } from '../../base/log.ts';
import { keyText, type ObjectKey } from '../../base/object-key.ts';
import type { ScaleIntent } from '../../core/engine/decision.ts';
import { EMPTY_MEMORY, type Memory, type Recommendation } from '../../core/engine/memory.ts';
import type { MemoryHorizon } from '../../core/engine/memory-horizon.ts';
import type { GuardedStore } from '../../platform/store/store.ts';
import type { MemoryFlaw, MemoryOrigin } from '../facts/report.ts';
import {
  isOfSync,
  type MemoryRecord,
  readMemoryRecord,
  restoreMemory,
  staleMsOf,
  writeMemoryRecord,
} from './memory-record.ts';
import { type OpenIntent, reopenedIntent, SETTLED, type StoredIntent, type Unsettled } from './open-intent.ts';

/** An HPA whose memory is kept, as one sync sees it. */
export interface RememberedHpa {
  readonly key: ObjectKey;
  /** Null for an object without one: its memory stays in the process. */
  readonly uid: string | null;
  readonly horizon: MemoryHorizon;
}

/** What a leader finds of an HPA when it first looks at it. */
export interface Recalled {
  readonly memory: Memory;
  readonly origin: MemoryOrigin;
  readonly unsettled: Unsettled;
}

/** A scale write that is about to be tried. */
export interface IntendedWrite extends ScaleIntent {
  /** Of the scale that it is written over; null when that has none. */
  readonly resourceVersion: string | null;
}

/** Memory beyond the process: what a leader leaves to the next. */
export interface SurvivingMemory {
  /** Takes over what the leader before left, and shuts that one out. Throws Failure when it cannot. */
  takeOver(signal: AbortSignal): Promise<void>;
  /** Of what was left, forgets the HPAs that are no longer there. */
  keepOnly(uids: ReadonlySet<string>): void;
  /** What was left of this HPA; to be asked once a term. */
  recall(key: ObjectKey, uid: string | null, nowMs: number): Recalled;
  /** Keeps the memory after a sync, with what it leaves to be found out; never throws. */
  note(hpa: RememberedHpa, memory: Memory, unsettled: Unsettled, nowMs: number): void;
  /** Stores what a scale write will have changed, before it is tried. Throws Failure: then it must not be tried. */
  intend(hpa: RememberedHpa, write: IntendedWrite, nowMs: number, signal: AbortSignal): Promise<void>;
  /** The HPA is gone. */
  forget(key: ObjectKey): void;
  /** Stores what waits, and lets go. */
  end(deadlineMs: number): Promise<void>;
}

/** Remembers nothing beyond the process, as upstream. */
export const PROCESS_MEMORY: SurvivingMemory = {
  takeOver: async () => {},
  keepOnly: () => {},
  recall: () => ({ memory: EMPTY_MEMORY, origin: { kind: 'none' }, unsettled: SETTLED }),
  note: () => {},
  intend: async () => {},
  forget: () => {},
  end: async () => {},
};

/**
 * Changes of values are stored within this time, those of syncs side by side together; a ConfigMap that was written just
 * now waits for its gap. Mere repetitions are stored later, see `staleMsOf`.
 */
const VALUES_MS = 100;

/** What is kept in the process of a stored HPA: its uid, and what it was when it was last given to the store. */
interface Stored {
  readonly uid: string;
  readonly values: string;
}

/** Memory in a guarded store, by the HPA's uid: another HPA of the same name inherits nothing. */
export class StoredMemory implements SurvivingMemory {
  readonly #store: GuardedStore;
  readonly #log: Log;
  readonly #stored = new Map<string, Stored>();
  /** What the leader before left and nobody asked for yet, by uid. */
  #left = new Map<string, string>();

  constructor(store: GuardedStore, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  async takeOver(signal: AbortSignal): Promise<void> {
    this.#stored.clear();
    this.#left = new Map(await this.#store.claim(signal));
    this.#log.info('the memory of the leader before was taken over', { hpaCount: this.#left.size });
  }

  keepOnly(uids: ReadonlySet<string>): void {
    for (const uid of this.#left.keys()) {
      if (uids.has(uid)) continue;
      this.#left.delete(uid);
      this.#store.remove(uid, VALUES_MS);
    }
  }

  recall(key: ObjectKey, uid: string | null, nowMs: number): Recalled {
    const text = uid === null ? undefined : this.#left.get(uid);
    if (uid === null || text === undefined)
      return { memory: EMPTY_MEMORY, origin: { kind: 'none' }, unsettled: SETTLED };
    this.#left.delete(uid);
    this.#stored.set(keyText(key), { uid, values: '' });
    const record = readMemoryRecord(text);
    if (typeof record === 'string') return this.#unusable(key, record);
    const memory = restoreMemory(record, staleMsOf(record.horizon), nowMs);
    if (typeof memory === 'string') return this.#unusable(key, memory);
    const { intent, doubt, atMs } = record;
    const openIntent = intent === null ? null : ([intent[0], intent[1]] as const);
    return {
      memory,
      origin: { kind: 'restored', ageMs: nowMs - atMs, openIntent },
      unsettled: { openIntent: reopenedIntent(intent, nowMs), doubt },
    };
  }

  note(hpa: RememberedHpa, memory: Memory, { openIntent, doubt }: Unsettled, nowMs: number): void {
    if (hpa.uid === null) return;
    const key = keyText(hpa.key);
    const isInDoubt = doubt !== null && nowMs < doubt.latestAtMs + hpa.horizon.policyPeriodMs;
    const left = { openIntent, doubt: isInDoubt ? doubt : null };
    const values = valuesOf(memory, left, nowMs);
    const before = this.#stored.get(key);
    if (before !== undefined && before.uid !== hpa.uid) this.#store.remove(before.uid, VALUES_MS);
    this.#stored.set(key, { uid: hpa.uid, values });
    const isRepetition = before?.uid === hpa.uid && before.values === values;
    const intent = openIntent === null ? null : storedIntent(openIntent);
    const record = recordOf(hpa, memory, nowMs, { intent, doubt: left.doubt });
    this.#store.put(hpa.uid, writeMemoryRecord(record), isRepetition ? staleMsOf(hpa.horizon) : VALUES_MS);
  }

  async intend(hpa: RememberedHpa, write: IntendedWrite, nowMs: number, signal: AbortSignal): Promise<void> {
    if (hpa.uid === null) return;
    const { fromReplicas, toReplicas, memoryIfWritten, resourceVersion } = write;
    // Whatever is noted next differs from this, because it holds no open intent.
    this.#stored.set(keyText(hpa.key), { uid: hpa.uid, values: '' });
    const stored: StoredIntent = [fromReplicas, toReplicas, nowMs, resourceVersion];
    const record = recordOf(hpa, memoryIfWritten, nowMs, { intent: stored, doubt: null });
    await this.#store.commit(hpa.uid, writeMemoryRecord(record), signal);
  }

  forget(key: ObjectKey): void {
    const stored = this.#stored.get(keyText(key));
    if (stored === undefined) return;
    this.#stored.delete(keyText(key));
    this.#store.remove(stored.uid, VALUES_MS);
  }

  end(deadlineMs: number): Promise<void> {
    this.#stored.clear();
    this.#left.clear();
    return this.#store.release(deadlineMs);
  }

  #unusable(key: ObjectKey, flaw: MemoryFlaw): Recalled {
    this.#log.warn('what the leader before remembered of an HPA cannot be used', { hpa: keyText(key), flaw });
    return { memory: EMPTY_MEMORY, origin: { kind: 'unusable', flaw }, unsettled: SETTLED };
  }
}

function storedIntent({ fromReplicas, toReplicas, atMs, resourceVersion }: OpenIntent): StoredIntent {
  return [fromReplicas, toReplicas, atMs, resourceVersion];
}

function recordOf(
  hpa: RememberedHpa,
  memory: Memory,
  atMs: number,
  left: Pick<MemoryRecord, 'intent' | 'doubt'>,
): MemoryRecord {
  return { hpa: keyText(hpa.key), atMs, horizon: hpa.horizon, ...left, memory };
}

/**
 * What makes a memory worth storing soon. While the newest recommendation stays what it was, only its time moves on, and
 * older ones only leave their windows; whether it moves on at all is worth storing too.
 */
function valuesOf(memory: Memory, { openIntent, doubt }: Unsettled, nowMs: number): string {
  const { recommendations, scaleUpEvents, scaleDownEvents, failingSinceMs, heldBy } = memory;
  let newest: Recommendation | undefined;
  for (const recommendation of recommendations ?? []) {
    if (newest === undefined || recommendation[1] >= newest[1]) newest = recommendation;
  }
  const isRecommended = newest !== undefined && isOfSync(newest, nowMs);
  return JSON.stringify([
    newest?.[0],
    isRecommended,
    scaleUpEvents,
    scaleDownEvents,
    Object.keys(failingSinceMs),
    heldBy,
    openIntent === null ? null : [openIntent.fromReplicas, openIntent.toReplicas],
    doubt,
  ]);
}

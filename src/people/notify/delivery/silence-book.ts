import { Failure } from '../../../base/failure.ts';
import { SILENCES_COUNT_MAX } from '../../../base/notifier-limits.ts';
import type { GuardedStore } from '../../../platform/store/store.ts';
import { readSilence, type Silence, writeSilence } from './silence.ts';

/** The keys under which silences are stored begin with this. */
export const SILENCE_PREFIX = 'silence-';
/** Forgetting is in no hurry. */
const FORGET_WITHIN_MS = 60_000;

/** The silences of now and of later, in process and in the store. */
export class SilenceBook {
  readonly #store: GuardedStore;
  readonly #silences = new Map<string, Silence>();

  constructor(store: GuardedStore) {
    this.#store = store;
  }

  /** Takes over what is stored; what cannot be read is left out. */
  restore(entries: Iterable<readonly [key: string, text: string]>): void {
    this.#silences.clear();
    for (const [, text] of entries) {
      const silence = readSilence(text);
      if (silence !== undefined) this.#silences.set(silence.id, silence);
    }
  }

  /** Those that have not ended; the others are forgotten. */
  current(nowMs: number): readonly Silence[] {
    for (const { id, endsAtMs } of this.#silences.values()) {
      if (endsAtMs > nowMs) continue;
      this.#silences.delete(id);
      this.#store.remove(`${SILENCE_PREFIX}${id}`, FORGET_WITHIN_MS);
    }
    return [...this.#silences.values()];
  }

  /** Adds it, or replaces the one of the same id. Throws Failure when it cannot be stored. */
  async add(silence: Silence, nowMs: number, signal: AbortSignal): Promise<void> {
    const others = this.current(nowMs).filter(({ id }) => id !== silence.id);
    if (others.length >= SILENCES_COUNT_MAX) {
      throw new Failure('invalid', `there are ${others.length} silences, and there must not be more`);
    }
    await this.#store.commit(`${SILENCE_PREFIX}${silence.id}`, writeSilence(silence), signal);
    this.#silences.set(silence.id, silence);
  }

  /** False when there is none of that id. */
  async end(id: string, signal: AbortSignal): Promise<boolean> {
    if (!this.#silences.has(id)) return false;
    await this.#store.append(new Map([[`${SILENCE_PREFIX}${id}`, undefined]]), signal);
    return this.#silences.delete(id);
  }
}

import type { Notice } from '../../../core/episode/notice.ts';
import { watcherNotice } from '../../../core/episode/watcher-notice.ts';
import { parseObject } from './outbox-row.ts';

/** How often others are told of the same sink at most. */
const TELL_GAP_MS = 3_600_000;

/** When others were told of a sink, epoch ms, and whether it was down then. */
interface Told {
  readonly atMs: number;
  readonly isDown: boolean;
}

/** Notices about sinks themselves, which go through other sinks: rarely, so that they never feed on each other. */
export class SinkWatch {
  readonly #told = new Map<string, Told>();

  /** Takes over what was stored. */
  restore(text: string): void {
    this.#told.clear();
    for (const [sink, told] of Object.entries(parseObject(text) ?? {})) {
      const { atMs, isDown } = (told ?? {}) as Told;
      if (Number.isFinite(atMs) && typeof isDown === 'boolean') this.#told.set(sink, { atMs, isDown });
    }
  }

  /** The stored form. */
  text(): string {
    return JSON.stringify(Object.fromEntries(this.#told));
  }

  /** The notice that is due about a sink; undefined when none is. */
  look(
    cluster: string,
    sink: string,
    isDown: boolean,
    sinceMs: number,
    detail: string,
    nowMs: number,
  ): Notice | undefined {
    const told = this.#told.get(sink);
    const news = { cluster, about: sink, atMs: nowMs } as const;
    if (isDown && (told === undefined || (!told.isDown && nowMs - told.atMs >= TELL_GAP_MS))) {
      this.#told.set(sink, { atMs: nowMs, isDown: true });
      return watcherNotice({ ...news, type: 'watcher.sink_down', sinceMs, message: `${sink}: ${detail}` });
    }
    if (!isDown && sinceMs === nowMs && told?.isDown === true) {
      this.#told.set(sink, { atMs: told.atMs, isDown: false });
      return watcherNotice({ ...news, type: 'watcher.sink_recovered', sinceMs: told.atMs, message: sink });
    }
    return undefined;
  }
}

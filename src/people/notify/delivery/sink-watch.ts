import type { Notice } from '../../../core/episode/notice.ts';
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
    if (isDown && (told === undefined || (!told.isDown && nowMs - told.atMs >= TELL_GAP_MS))) {
      this.#told.set(sink, { atMs: nowMs, isDown: true });
      return watcherNotice('watcher.sink_down', cluster, `${sink}: ${detail}`, sinceMs, nowMs);
    }
    if (!isDown && sinceMs === nowMs && told?.isDown === true) {
      this.#told.set(sink, { atMs: told.atMs, isDown: false });
      return watcherNotice('watcher.sink_recovered', cluster, sink, told.atMs, nowMs);
    }
    return undefined;
  }
}

/** A notice about this program itself. */
export function watcherNotice(
  type: 'watcher.sink_down' | 'watcher.sink_recovered' | 'watcher.gap',
  cluster: string,
  message: string,
  sinceMs: number,
  atMs: number,
): Notice {
  return {
    id: `${type} ${message} ${atMs}`,
    type,
    severity: type === 'watcher.sink_recovered' ? 'info' : 'warning',
    atMs,
    cluster,
    subject: undefined,
    episode: undefined,
    isObservedLate: false,
    isUnverified: false,
    details: { kind: 'watcher', message, sinceMs },
  };
}

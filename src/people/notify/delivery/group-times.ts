import type { RouteGroup } from './route.ts';

/** When the messages of a group may go out. Instants are monotonic. */
export class GroupTimes {
  readonly #groups = new Map<string, { readonly openedAtMs: number | null; readonly sentAtMs: number }>();

  /** When what waits of a group is due; its first notice opens the wait. */
  dueAtMs(key: string, group: RouteGroup, nowMs: number): number {
    const known = this.#groups.get(key);
    const openedAtMs = known?.openedAtMs ?? nowMs;
    const sentAtMs = known?.sentAtMs ?? Number.NEGATIVE_INFINITY;
    if (known === undefined || known.openedAtMs === null) this.#groups.set(key, { openedAtMs, sentAtMs });
    return Math.max(openedAtMs + group.waitMs, sentAtMs + group.intervalMs);
  }

  sent(key: string, nowMs: number): void {
    this.#groups.set(key, { openedAtMs: null, sentAtMs: nowMs });
  }

  /** Forgets groups that nothing waits in and whose interval is long over. */
  forgetOld(nowMs: number): void {
    for (const [key, { openedAtMs, sentAtMs }] of this.#groups) {
      if (openedAtMs === null && nowMs - sentAtMs > FORGET_MS) this.#groups.delete(key);
    }
  }
}

/** As long as an interval may be. */
export const GROUP_INTERVAL_MS_MAX = 86_400_000;
const FORGET_MS = GROUP_INTERVAL_MS_MAX;

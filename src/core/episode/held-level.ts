/**
 * A level that people are told of once it has lasted: at max, metrics lost, target unreachable. What people believe
 * (`told`) follows what is (`level`) after a hold, so that a level that comes and goes within its hold is never told.
 */
export interface HeldLevel<Level extends string> {
  readonly level: Level;
  readonly sinceMs: number;
  readonly told: Level;
  /** Whether people were really told; a level that was there at first sight is taken as known, and its end is not told. */
  readonly isTold: boolean;
  /** Whether the level began while nobody watched. */
  readonly isLate: boolean;
  /** When people were last told of a level that stands on; undefined when there is nothing to repeat. */
  readonly toldAtMs?: number | undefined;
}

/** The level at first sight: nobody is told. */
export function heldAtFirstSight<Level extends string>(level: Level, atMs: number): HeldLevel<Level> {
  return { level, sinceMs: atMs, told: level, isTold: false, isLate: false };
}

/** When and how a level was seen. */
export interface LevelSight<Level extends string> {
  /** Undefined while nobody can say: the old level stays, and nothing is told meanwhile. */
  readonly level: Level | undefined;
  readonly atMs: number;
  /** When it was seen before. */
  readonly seenBeforeMs: number;
  /** When the cluster says that it changed; counts where it is between the two sights. */
  readonly transitionAtMs: number | undefined;
  readonly isLate: boolean;
}

/** The level after a sight. */
export function heldAfter<Level extends string>(held: HeldLevel<Level>, sight: LevelSight<Level>): HeldLevel<Level> {
  const { level, atMs, seenBeforeMs, transitionAtMs, isLate } = sight;
  if (level === undefined || level === held.level) return held;
  const isKnown = transitionAtMs !== undefined && transitionAtMs >= seenBeforeMs && transitionAtMs <= atMs;
  return { ...held, level, sinceMs: isKnown ? transitionAtMs : atMs, isLate };
}

/** Whether what is differs from what people believe. */
export function isUntold<Level extends string>({ level, told }: HeldLevel<Level>): boolean {
  return level !== told;
}

/**
 * After the hold: what people believe is what is. `isNews` is false when only the end of something untold came, of which
 * `base` is the level that needs no telling.
 */
export function heldAsTold<Level extends string>(
  held: HeldLevel<Level>,
  base: Level,
  atMs: number,
): { readonly held: HeldLevel<Level>; readonly isNews: boolean } {
  const isNews = held.level !== base || held.isTold;
  const isTold = held.level !== base;
  return { held: { ...held, told: held.level, isTold, toldAtMs: isTold ? atMs : undefined }, isNews };
}

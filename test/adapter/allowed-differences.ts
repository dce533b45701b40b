/** Something that our adapter does otherwise than prometheus-adapter was recorded to, and why an operator can live with it. */
export interface AllowedDifference<Line> extends LineChange<Line> {
  readonly why: string;
  /** Words of the page on the adapter that tell of it, in English and in Chinese. */
  readonly told: readonly [en: string, zh: string];
}

/** What there is in the place of certain lines. */
export interface LineChange<Line> {
  isOf(recorded: Line): boolean;
  /** To the last byte. */
  instead(recorded: Line): Line;
}

/** What is expected in the place of a recorded line. Several changes may be about one line: each goes on from the one before. */
export function withDifferences<Line>(recorded: Line, changes: readonly LineChange<Line>[]): Line {
  return changes.filter((change) => change.isOf(recorded)).reduce((line, change) => change.instead(line), recorded);
}

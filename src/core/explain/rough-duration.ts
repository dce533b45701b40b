/** What units are called. */
export interface DurationUnits {
  readonly day: string;
  readonly hour: string;
  readonly minute: string;
  readonly second: string;
  /** For less than a second. */
  readonly none: string;
}

const SECONDS: readonly (readonly [unit: 'day' | 'hour' | 'minute' | 'second', secondCount: number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** A duration as people say it: the greatest unit and the next, `1 min 42 s`, `2 h`, `3 d 4 h`; cut below that. */
export function roughDuration(durationMs: number, units: DurationUnits): string {
  let rest = Math.floor(durationMs / 1000);
  if (!(rest > 0)) return units.none;
  const greatest = SECONDS.findIndex(([, secondCount]) => rest >= secondCount);
  return SECONDS.slice(greatest, greatest + 2)
    .flatMap(([unit, secondCount]) => {
      const count = Math.floor(rest / secondCount);
      rest -= count * secondCount;
      return count > 0 ? [`${count} ${units[unit]}`] : [];
    })
    .join(' ');
}

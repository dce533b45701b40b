const SHAPE = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const DAY_MS = 86_400_000;
const UNITS_MS = [365 * DAY_MS, 7 * DAY_MS, DAY_MS, 3_600_000, 60_000, 1_000, 1];
/** What an int64 of nanoseconds holds. */
const DURATION_MS_MAX = 2 ** 63 / 1e6;

/** Milliseconds of a duration as Prometheus writes them (`5m`, `1h30m`, `0`); undefined when it is none. */
export function parsePrometheusDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const counts = text === '' ? null : SHAPE.exec(text);
  if (counts === null) return undefined;
  const totalMs = UNITS_MS.reduce((sum, unitMs, index) => sum + Number(counts[index + 1] ?? 0) * unitMs, 0);
  return totalMs < DURATION_MS_MAX ? totalMs : undefined;
}

/** RFC 3339 in whole seconds, UTC, as `metav1.Time` stands on the wire. */
export function timeText(atMs: number): string {
  return `${new Date(Math.floor(atMs / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

/** A window as Go writes durations: `15s`, `14.5s`, `1m0s`, `1h0m15s`, `250ms`. */
export function windowText(windowMs: number): string {
  if (windowMs > 0 && windowMs < 1000) return `${trimmed(windowMs, 6)}ms`;
  const hours = Math.floor(windowMs / 3_600_000);
  const minutes = Math.floor((windowMs % 3_600_000) / 60_000);
  const seconds = trimmed((windowMs % 60_000) / 1000, 9);
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}

/** Fixed notation with at most `digits` decimals and no trailing zeros. */
function trimmed(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.?0+$/, '');
}

/** Spans of time as text: Go's durations, and the ages that kubectl prints. */

const UNIT_NS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const TERM = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;
const MAX_NS = 2n ** 63n;

/**
 * Milliseconds of a Go duration (`5m0s`, `1h2m`, `1.5s`, `-300ms`, `0`), cut to nanoseconds; undefined when
 * `time.ParseDuration` refuses the text.
 */
export function parseDuration(text: string): number | undefined {
  const isNegative = text.startsWith('-');
  const body = isNegative || text.startsWith('+') ? text.slice(1) : text;
  if (body === '0') return 0;
  if (body === '' || body.length > 100) return undefined;
  let totalNs = 0n;
  TERM.lastIndex = 0;
  while (TERM.lastIndex < body.length) {
    const match = TERM.exec(body);
    if (match === null) return undefined;
    const [, whole = '', fraction = '', unit = ''] = match;
    if (whole === '' && fraction === '') return undefined;
    const unitNs = UNIT_NS[unit] ?? 0n;
    totalNs += BigInt(whole || '0') * unitNs + (BigInt(fraction || '0') * unitNs) / 10n ** BigInt(fraction.length);
    if (totalNs > MAX_NS) return undefined;
  }
  if (totalNs === MAX_NS && !isNegative) return undefined;
  const totalMs = Number(totalNs / 1_000_000n) + Number(totalNs % 1_000_000n) / 1e6;
  return isNegative ? 0 - totalMs : totalMs;
}

/** A duration as Go prints it: `5m0s`, `1h2m0s`, `1.5s`, `300ms`, `1.5µs`, `0s`. */
export function formatDuration(durationMs: number): string {
  // The windows of metrics, by the hundred thousand: their digits are those of the number itself.
  if (durationMs >= 1_000 && durationMs < 60_000 && Number.isInteger(durationMs)) return `${durationMs / 1_000}s`;
  const magnitudeMs = Math.abs(durationMs);
  const wholeMs = Math.floor(magnitudeMs);
  const totalNs = BigInt(wholeMs) * 1_000_000n + BigInt(Math.round((magnitudeMs - wholeMs) * 1e6));
  if (totalNs === 0n) return '0s';
  const sign = durationMs < 0 ? '-' : '';
  if (totalNs < 1_000n) return `${sign}${totalNs}ns`;
  if (totalNs < 1_000_000n) return `${sign}${decimal(totalNs, 3)}µs`;
  if (totalNs < 1_000_000_000n) return `${sign}${decimal(totalNs, 6)}ms`;
  const seconds = `${decimal(totalNs % 60_000_000_000n, 9)}s`;
  const minuteCount = totalNs / 60_000_000_000n;
  if (minuteCount === 0n) return sign + seconds;
  const hourCount = minuteCount / 60n;
  return `${sign}${hourCount === 0n ? '' : `${hourCount}h`}${minuteCount % 60n}m${seconds}`;
}

/** `value` with its last `digitCount` digits behind the point, without needless zeros. */
function decimal(value: bigint, digitCount: number): string {
  const digits = value.toString().padStart(digitCount + 1, '0');
  const fraction = digits.slice(-digitCount).replace(/0+$/, '');
  return digits.slice(0, -digitCount) + (fraction === '' ? '' : `.${fraction}`);
}

/**
 * An age as kubectl's tables show it: `5s`, `3m4s`, `10m`, `3h2m`, `2d`. Clocks may differ by two seconds; what is
 * further ahead is `<invalid>`.
 */
export function formatAge(ageMs: number): string {
  const seconds = Math.trunc(ageMs / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds + 0}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return withRest(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return withRest(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return withRest(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.trunc(days / 365);
  return years < 8 ? withRest(years, 'y', days % 365, 'd') : `${years}y`;
}

function withRest(count: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${count}${unit}` : `${count}${unit}${rest}${restUnit}`;
}

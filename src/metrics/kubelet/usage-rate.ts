import { formatQuantity } from '../../base/quantity.ts';
import { hasBefore, isCounting, type PointsRow, USAGE } from './usage-points.ts';

/** The usage of one container or node over the time between its two points. */
export interface UsageRate {
  /** When the later point was measured, epoch ms. */
  readonly atMs: number;
  /** With a fraction when counted from a start. */
  readonly windowMs: number;
  /** What was used in between. */
  readonly cpuNanoseconds: number;
  /** Quantities in their canonical form: `182734519n`, `1800Mi`. */
  readonly cpu: string;
  readonly memory: string;
}

/**
 * The rate of a row; undefined when there is nothing to count from, and when the counter or the start went back.
 *
 * To the bit what upstream computes: counters are whole numbers in doubles (see NodeSample), so the difference of two
 * doubles, which is rounded once, is upstream's exact difference converted to a double. The window in seconds is whole
 * seconds plus the rest divided by 10^9, as Go's `Duration.Seconds`.
 */
export function rateOf(of: PointsRow): UsageRate | undefined {
  if (!isCounting(of) || !hasBefore(of)) return undefined;
  const { points } = of;
  const at = of.row * USAGE.WIDTH;
  const column = (index: number): number => points[at + index] ?? Number.NaN;
  if (column(USAGE.START_NS) < column(USAGE.BEFORE_START_NS)) return undefined;
  const cpuNanoseconds = column(USAGE.CPU_NS) - column(USAGE.BEFORE_CPU_NS);
  if (cpuNanoseconds < 0) return undefined;
  const atMs = column(USAGE.AT_MS);
  const betweenMs = atMs - column(USAGE.BEFORE_AT_MS);
  const restNs = column(USAGE.BEFORE_AT_REST_NS);
  return {
    atMs,
    windowMs: betweenMs - restNs / 1e6,
    cpuNanoseconds,
    cpu: cpuText(Math.trunc(cpuNanoseconds / windowSeconds(betweenMs, restNs))),
    memory: formatQuantity({
      mantissa: wholeNumber(column(USAGE.MEMORY_BYTES)),
      exponent: 0,
      format: 'BinarySI',
      isUnbounded: false,
    }),
  };
}

const NS_PER_SECOND = 1e9;

function windowSeconds(betweenMs: number, restNs: number): number {
  const windowNs = betweenMs * 1e6 - restNs;
  if (Number.isSafeInteger(windowNs)) {
    const rest = windowNs % NS_PER_SECOND;
    return (windowNs - rest) / NS_PER_SECOND + rest / NS_PER_SECOND;
  }
  const exactNs = BigInt(betweenMs) * 1_000_000n - BigInt(restNs);
  return Number(exactNs / 1_000_000_000n) + Number(exactNs % 1_000_000_000n) / NS_PER_SECOND;
}

/** What 64 signed bits do not hold loses its last decimal digit, as upstream's conversion does. */
function cpuText(nanocores: number): string {
  const isLarge = nanocores >= 2 ** 63;
  const mantissa = isLarge ? BigInt(nanocores) / 10n : wholeNumber(nanocores);
  return formatQuantity({ mantissa, exponent: isLarge ? -8 : -9, format: 'DecimalSI', isUnbounded: false });
}

function wholeNumber(value: number): number | bigint {
  return Number.isSafeInteger(value) ? value : BigInt(value);
}

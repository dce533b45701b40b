import type { Int64 } from '../engine/facts.ts';

/** What a metric's numbers count: percent of the request, CPU cores, bytes, or anything else. */
export type AmountUnit = 'percent' | 'cores' | 'bytes' | 'plain';

const BINARY_STEPS = [
  { suffix: 'Ti', bytes: 2 ** 40 },
  { suffix: 'Gi', bytes: 2 ** 30 },
  { suffix: 'Mi', bytes: 2 ** 20 },
  { suffix: 'Ki', bytes: 2 ** 10 },
] as const;

/** What upstream reports as the average over no replicas: the most negative integer. It is no measurement. */
const AVERAGE_OVER_NOTHING = '-9223372036854775808';

/** Whether a value is a measurement at all. */
export function isMeasured(value: Int64): boolean {
  return String(value) !== AVERAGE_OVER_NOTHING;
}

/**
 * An amount for people; a dash for what is no measurement. `value` is a percent when the unit is percent and a milli value otherwise. CPU below one core
 * reads in millicores as kubectl prints it, bytes in binary steps, everything else as a decimal. `percentText` puts the
 * sign as the language does.
 */
export function amountText(value: Int64, unit: AmountUnit, percentText: (digits: string) => string): string {
  if (!isMeasured(value)) return '–';
  const count = Number(value);
  if (unit === 'percent') return percentText(decimalText(count, 1));
  if (unit === 'cores') return Math.abs(count) < 1000 ? `${decimalText(count, 0)}m` : decimalText(count / 1000, 2);
  if (unit === 'bytes') return bytesText(count / 1000);
  return decimalText(count / 1000, 3);
}

/** A number with at most `digitsMax` decimals and no trailing zeros. */
export function decimalText(value: number, digitsMax: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '-∞' : '–';
  const text = value.toFixed(digitsMax);
  const trimmed = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return trimmed === '-0' ? '0' : trimmed;
}

function bytesText(bytes: number): string {
  const step = BINARY_STEPS.find((candidate) => Math.abs(bytes) >= candidate.bytes);
  return step === undefined ? decimalText(bytes, 0) : `${decimalText(bytes / step.bytes, 1)}${step.suffix}`;
}

const DECIMAL = /^(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/;
const HEXADECIMAL = /^0x[0-9a-f]+$/;
const OCTAL = /^0[0-7]+$/;

/** The number that a literal of PromQL stands for; undefined for one that is none, a duration among them. */
export function readNumber(literal: string): number | undefined {
  const text = literal.replaceAll(/\s/g, '').toLowerCase();
  const isNegative = text.startsWith('-');
  const value = unsignedNumber(text.replace(/^[+-]/, ''));
  return isNegative && value !== undefined ? -value : value;
}

function unsignedNumber(text: string): number | undefined {
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  if (text === 'nan') return Number.NaN;
  if (HEXADECIMAL.test(text)) return Number.parseInt(text.slice(2), 16);
  // A leading zero means eights, where all digits allow for it.
  if (OCTAL.test(text)) return Number.parseInt(text, 8);
  return DECIMAL.test(text) ? Number(text) : undefined;
}

const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const SECOND_MS = 1_000;
const DAY_MS = 86_400 * SECOND_MS;
const UNITS_MS: readonly number[] = [365 * DAY_MS, 7 * DAY_MS, DAY_MS, 3_600 * SECOND_MS, 60 * SECOND_MS, SECOND_MS, 1];

/** Milliseconds of a duration as Prometheus writes it: `5m`, `1h30m`, `250ms`; undefined for what is none. */
export function readPrometheusDuration(text: string): number | undefined {
  const [whole, ...counts] = DURATION.exec(text) ?? [];
  if (whole === undefined || whole === '') return undefined;
  return counts.reduce((totalMs, count, index) => totalMs + Number(count ?? 0) * (UNITS_MS[index] ?? 0), 0);
}

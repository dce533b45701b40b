/** Written out as decimal digits, with or without a fraction and an exponent. */
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

const WORDS: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['+Inf', Number.POSITIVE_INFINITY],
  ['Inf', Number.POSITIVE_INFINITY],
  ['-Inf', Number.NEGATIVE_INFINITY],
]);

/** The double that a sample's text stands for, undefined for a text that is no number. */
export function readSampleValue(text: string): number | undefined {
  return DECIMAL.test(text) ? Number(text) : WORDS.get(text);
}

/** An instant as Prometheus' parameters take it: seconds, with milliseconds where there are some (`1700000000.123`). */
export function formatInstant(atMs: number): string {
  const ms = Math.round(atMs);
  const whole = Math.trunc(ms / 1000);
  const fraction = Math.abs(ms % 1000);
  const sign = ms < 0 && whole === 0 ? '-' : '';
  return fraction === 0 ? `${whole}` : `${sign}${whole}.${String(fraction).padStart(3, '0').replace(/0+$/, '')}`;
}

/**
 * A sample's value as Prometheus writes it: the fewest digits that say it, with an exponent below 0.000001 and from 10^21
 * on, `NaN`, `+Inf`, `-Inf`.
 */
export function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

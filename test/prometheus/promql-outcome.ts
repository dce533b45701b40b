/** An answer of Prometheus' query API as it can be compared: series by their labels, values as numbers. */
export type PrometheusOutcome =
  | { readonly status: number; readonly errorType: string }
  | {
      readonly status: 200;
      readonly resultType: string;
      /** By labels, sorted: what was measured, at which instants. */
      readonly series: ReadonlyMap<string, readonly (readonly [number, string])[]>;
    };

/** The outcome in an answer. */
export function comparable(status: number, envelope: unknown): PrometheusOutcome {
  const { errorType, data } = envelope as {
    readonly errorType?: string;
    readonly data: { readonly resultType: string; readonly result: readonly unknown[] };
  };
  if (status !== 200) return { status, errorType: errorType ?? '' };
  const { resultType, result } = data;
  if (resultType === 'scalar' || resultType === 'string')
    return { status, resultType, series: new Map([['', [result as unknown as readonly [number, string]]]]) };
  const series = (result as readonly WireSeries[]).map(
    ({ metric, value, values }) =>
      [JSON.stringify(Object.entries(metric).sort()), values ?? (value === undefined ? [] : [value])] as const,
  );
  return { status, resultType, series: new Map(series.toSorted(([left], [right]) => (left < right ? -1 : 1))) };
}

interface WireSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

/** How far a sum may be off that was made in another order. */
const ROUNDING_RATIO = 1e-12;

/** Where two outcomes differ, in words; numbers may differ by what rounding does to sums, and by nothing else. */
export function differencesOf(theirs: PrometheusOutcome, ours: PrometheusOutcome): readonly string[] {
  if (!('series' in theirs) || !('series' in ours))
    return JSON.stringify(theirs) === JSON.stringify(ours) ? [] : [`${shown(theirs)} became ${shown(ours)}`];
  const keys = [...new Set([...theirs.series.keys(), ...ours.series.keys()])];
  return [
    ...(theirs.resultType === ours.resultType ? [] : [`${theirs.resultType} became ${ours.resultType}`]),
    ...keys.flatMap((key) => {
      const [wanted, found] = [theirs.series.get(key), ours.series.get(key)];
      return arePointsEqual(wanted, found) ? [] : [`${key}: ${JSON.stringify(wanted)} became ${JSON.stringify(found)}`];
    }),
  ];
}

type Points = readonly (readonly [number, string])[] | undefined;

function arePointsEqual(wanted: Points, found: Points): boolean {
  if (wanted === undefined || found === undefined || wanted.length !== found.length) return false;
  return wanted.every(([atSeconds, text], index) => {
    const [otherSeconds, otherText] = found[index] ?? [Number.NaN, ''];
    return atSeconds === otherSeconds && isTextEqual(text, otherText);
  });
}

function isTextEqual(wanted: string, found: string): boolean {
  if (wanted === found) return true;
  const [left, right] = [Number(wanted), Number(found)];
  return Math.abs(left - right) <= ROUNDING_RATIO * Math.max(Math.abs(left), Math.abs(right));
}

function shown(outcome: PrometheusOutcome): string {
  return 'series' in outcome ? `${outcome.resultType} of ${outcome.series.size}` : JSON.stringify(outcome);
}

import { readSampleValue } from '../../../metrics/prometheus/sample-value.ts';
import { labelsKey, labelText, METRIC_NAME, omitLabels } from '../series-labels.ts';
import { type VectorElement, type VectorValue, vectorOf } from './value.ts';

/** The label that says up to where a bucket counts. */
const BOUND_LABEL = 'le';

/** How many observations were at most as large as a bound. */
interface Bucket {
  readonly bound: number;
  readonly count: number;
}

/**
 * The value that a fraction of the observations stays below, of each histogram: its buckets are the elements that differ
 * in `le` alone. Between the bounds of a bucket observations are taken to lie evenly. NaN where there is no bucket for
 * everything, or nothing was observed.
 */
export function histogramQuantile(fraction: number, elements: readonly VectorElement[]): VectorValue {
  const buckets = elements.flatMap(({ labels, value }) => {
    const bound = readSampleValue(labelText(labels, BOUND_LABEL));
    const histogram = omitLabels(labels, [METRIC_NAME, BOUND_LABEL]);
    return bound === undefined ? [] : [{ histogram, bucket: { bound, count: value } }];
  });
  const histograms = Map.groupBy(buckets, ({ histogram }) => labelsKey(histogram));
  return vectorOf(
    [...histograms.values()].map((members) => ({
      labels: members[0]?.histogram ?? {},
      value: quantileOf(
        fraction,
        members.map(({ bucket }) => bucket),
      ),
    })),
  );
}

function quantileOf(fraction: number, given: readonly Bucket[]): number {
  if (Number.isNaN(fraction)) return Number.NaN;
  if (fraction < 0) return Number.NEGATIVE_INFINITY;
  if (fraction > 1) return Number.POSITIVE_INFINITY;
  const buckets = risingBuckets(given);
  const all = buckets.at(-1);
  const widest = buckets.at(-2);
  if (all === undefined || widest === undefined || all.bound !== Number.POSITIVE_INFINITY || all.count === 0)
    return Number.NaN;
  const rank = fraction * all.count;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const bucket = buckets[index];
  // Beyond the last bound nothing is known but that bound.
  if (bucket === undefined || bucket === all) return widest.bound;
  if (index === 0 && bucket.bound <= 0) return bucket.bound;
  const below = buckets[index - 1] ?? { bound: 0, count: 0 };
  return below.bound + (bucket.bound - below.bound) * ((rank - below.count) / (bucket.count - below.count));
}

/** By bound, those of the same bound as one, and none below the one before, as scrapes of a moving target may have it. */
function risingBuckets(given: readonly Bucket[]): readonly Bucket[] {
  const counts = new Map<number, number>();
  for (const { bound, count } of given) counts.set(bound, (counts.get(bound) ?? 0) + count);
  let most = Number.NEGATIVE_INFINITY;
  return [...counts]
    .toSorted(([left], [right]) => left - right)
    .map(([bound, count]) => {
      most = count < most ? most : count;
      return { bound, count: most };
    });
}

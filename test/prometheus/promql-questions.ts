/** A series with its samples, oldest first. */
export interface QuestionedSeries {
  /** With `__name__`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly { readonly atMs: number; readonly value: number }[];
}

/** When the questions are asked. */
export const QUESTIONS_AT_MS = 1_700_000_000_000;

const MINUTE_MS = 60_000;
const SCRAPE_MS = 10_000;

/** Samples every ten seconds of the twenty minutes before the questions, as scrapes that are a little early or late have them. */
function scraped(
  valueAt: (index: number) => number | undefined,
  { shiftMs = 0, jitterMs = 0 }: { readonly shiftMs?: number; readonly jitterMs?: number } = {},
): QuestionedSeries['samples'] {
  return Array.from({ length: 121 }, (_, index) => {
    const value = valueAt(index);
    const jitter = jitterMs * (((index * 7919) % 11) / 11 - 0.5);
    const atMs = Math.round(QUESTIONS_AT_MS - 20 * MINUTE_MS + index * SCRAPE_MS + shiftMs + jitter);
    return value === undefined || atMs > QUESTIONS_AT_MS ? [] : [{ atMs, value }];
  }).flat();
}

function series(
  __name__: string,
  labels: Readonly<Record<string, string>>,
  samples: QuestionedSeries['samples'],
): QuestionedSeries {
  return { labels: { __name__, ...labels }, samples };
}

const LATE = { shiftMs: -3_217, jitterMs: 400 };

/** What the questions are asked of. */
export const QUESTIONED_SERIES: readonly QuestionedSeries[] = [
  // Counters: steady, begun anew, born late, with a gap, ended, scraped exactly when it is asked.
  series(
    'requests_total',
    { namespace: 'a', pod: 'steady', code: '200' },
    scraped((index) => 3 * index, LATE),
  ),
  series(
    'requests_total',
    { namespace: 'a', pod: 'steady', code: '500' },
    scraped((index) => index / 4, LATE),
  ),
  series(
    'requests_total',
    { namespace: 'a', pod: 'reset', code: '200' },
    scraped((index) => (index % 45) * 5, LATE),
  ),
  series(
    'requests_total',
    { namespace: 'a', pod: 'late', code: '200' },
    scraped((index) => (index < 110 ? undefined : index - 108), LATE),
  ),
  series(
    'requests_total',
    { namespace: 'b', pod: 'gap', code: '200' },
    scraped((index) => (index > 85 && index < 112 ? undefined : 1_000 + index ** 2), LATE),
  ),
  series(
    'requests_total',
    { namespace: 'b', pod: 'ended', code: '200' },
    scraped((index) => (index > 80 ? undefined : index), LATE),
  ),
  series(
    'aligned_total',
    { pod: 'x' },
    scraped((index) => 7 * index + (index % 3)),
  ),
  series('once_total', { pod: 'x' }, [{ atMs: QUESTIONS_AT_MS - 4 * MINUTE_MS, value: 12 }]),
  series('oldest_total', { pod: 'x' }, [{ atMs: QUESTIONS_AT_MS - 5 * MINUTE_MS, value: 13 }]),
  series('older_total', { pod: 'x' }, [{ atMs: QUESTIONS_AT_MS - 5 * MINUTE_MS - 1, value: 14 }]),

  // Gauges.
  series(
    'depth',
    { queue: 'mail', namespace: 'a' },
    scraped((index) => 10 + 7 * Math.sin(index / 5), LATE),
  ),
  series(
    'depth',
    { queue: 'orders', namespace: 'a' },
    scraped((index) => (index % 10 === 0 ? -2.5 : 0.1), LATE),
  ),
  series(
    'depth',
    { queue: 'slow', namespace: 'b' },
    scraped((index) => -index / 3, LATE),
  ),
  series(
    'capacity',
    { queue: 'mail', namespace: 'a' },
    scraped(() => 20, LATE),
  ),
  series(
    'capacity',
    { queue: 'orders', namespace: 'a' },
    scraped(() => 3, LATE),
  ),
  series(
    'capacity',
    { queue: 'unknown', namespace: 'c' },
    scraped(() => 4, LATE),
  ),
  series(
    'limit',
    { namespace: 'a' },
    scraped(() => 15, LATE),
  ),
  series(
    'limit',
    { namespace: 'b' },
    scraped(() => 16, LATE),
  ),

  // Values at the edges of doubles.
  ...Object.entries({
    nan: Number.NaN,
    plus: Number.POSITIVE_INFINITY,
    minus: Number.NEGATIVE_INFINITY,
    zero: 0,
    tiny: 1.5e-7,
    small: 0.000001234,
    large: 123456789012345680000,
    huge: 3e21,
    half: 2.5,
    third: -1 / 3,
  }).map(([kind, value]) =>
    series(
      'odd',
      { kind },
      scraped(() => value, LATE),
    ),
  ),

  // Two histograms, one of which has seen nothing.
  ...['0.1', '0.5', '1', '+Inf'].flatMap((le, index) => [
    series(
      'latency_seconds_bucket',
      { le, pod: 'x' },
      scraped((at) => at * ([2, 5, 7, 8][index] ?? 0), LATE),
    ),
    series(
      'latency_seconds_bucket',
      { le, pod: 'idle' },
      scraped(() => 0, LATE),
    ),
  ]),
];

/** Something that is asked of both. */
export interface Question {
  readonly why: string;
  readonly query: string;
}

/** What the embedded Prometheus knows: it must say what the real one says. */
export const KNOWN_QUESTIONS: readonly Question[] = [
  { why: 'a name', query: 'requests_total' },
  { why: 'equal', query: 'requests_total{pod="reset"}' },
  { why: 'not equal', query: 'requests_total{pod!="reset"}' },
  { why: 'a regular expression matches whole values', query: 'requests_total{pod=~"st|rese."}' },
  { why: 'not a regular expression', query: 'requests_total{pod!~"s.*|late"}' },
  { why: 'alternatives as the adapter writes them', query: 'requests_total{namespace="a",pod=~"steady|late"}' },
  { why: 'a label that is not there is empty', query: 'depth{pod=""}' },
  { why: 'a label that must be there', query: '{pod!="",__name__=~"a.*"}' },
  { why: 'names by a regular expression', query: '{__name__=~"^(.*)_total$",pod="x"}' },
  { why: 'every number there is', query: 'odd' },
  { why: 'a series ends five minutes after its last sample, to the millisecond', query: '{__name__=~"old.*_total"}' },
  { why: 'nothing', query: 'nothing' },
  { why: 'an offset', query: 'requests_total offset 5m' },
  { why: 'an offset into the future', query: 'requests_total offset -2m' },
  { why: 'an offset binds to its selector', query: 'depth - depth offset 5m' },
  { why: 'an offset binds to the last of several', query: 'depth - depth * depth offset 5m + 1' },
  { why: 'an offset binds before a sign', query: '-depth offset 5m' },
  { why: 'a range', query: 'once_total[10m]' },
  { why: 'a range has both its ends', query: 'aligned_total[30s]' },
  { why: 'a range of mixed units, with an offset', query: 'aligned_total[1m10s500ms] offset 90s' },

  { why: 'rate', query: 'rate(requests_total[2m])' },
  { why: 'rate of a range that begins with the series', query: 'rate(requests_total{pod="late"}[5m])' },
  { why: 'rate of two samples', query: 'rate(requests_total[20s])' },
  { why: 'rate of fewer than two samples', query: 'rate(once_total[10m])' },
  { why: 'rate over resets', query: 'rate(requests_total{pod="reset"}[15m])' },
  { why: 'rate of samples at both ends of the range', query: 'rate(aligned_total[1m])' },
  { why: 'rate before', query: 'rate(requests_total[2m] offset 10m)' },
  { why: 'increase', query: 'increase(requests_total[3m])' },
  { why: 'increase of more than there is', query: 'increase(requests_total[1h])' },
  { why: 'irate', query: 'irate(requests_total[1m])' },
  { why: 'irate over a reset', query: 'irate(requests_total{pod="reset"}[1m] offset 5m10s)' },
  { why: 'delta', query: 'delta(depth[2m])' },
  { why: 'idelta', query: 'idelta(depth[2m])' },
  { why: 'resets', query: 'resets(requests_total[20m])' },
  { why: 'changes', query: 'changes({__name__=~"depth|limit"}[5m])' },
  { why: 'changes of what is no number', query: 'changes(odd[5m])' },
  { why: 'sum over time', query: 'sum_over_time(depth[5m])' },
  { why: 'mean over time', query: 'avg_over_time(depth[5m])' },
  { why: 'mean over time of odd numbers', query: 'avg_over_time(odd[5m])' },
  { why: 'least over time', query: 'min_over_time(depth[5m])' },
  { why: 'greatest over time', query: 'max_over_time(odd[5m])' },
  { why: 'samples over time', query: 'count_over_time(requests_total[5m])' },
  { why: 'presence over time', query: 'present_over_time(requests_total[5m])' },
  { why: 'the last over time keeps its name', query: 'last_over_time(requests_total[10m])' },

  { why: 'sum', query: 'sum(requests_total)' },
  { why: 'sum by', query: 'sum by (namespace) (rate(requests_total[5m]))' },
  { why: 'sum by, behind, as the adapter writes it', query: 'sum(rate(requests_total{code=~"2.."}[5m])) by (pod)' },
  { why: 'sum without', query: 'sum without (code) (requests_total)' },
  { why: 'sum by no label', query: 'sum by () (requests_total)' },
  { why: 'sum by a label that is not there', query: 'sum by (nothing, namespace) (requests_total)' },
  { why: 'sum by name', query: 'sum by (__name__) ({__name__=~"depth|capacity"})' },
  { why: 'sum of odd numbers', query: 'sum(odd)' },
  { why: 'mean', query: 'avg by (namespace) (depth)' },
  { why: 'mean of odd numbers', query: 'avg(odd{kind!~"nan|minus"})' },
  { why: 'least and greatest', query: 'min(odd) + max(odd)' },
  { why: 'greatest by', query: 'max by (pod) (requests_total)' },
  { why: 'least where there is no number', query: 'min(odd{kind="nan"})' },
  { why: 'count', query: 'count by (namespace) (requests_total)' },
  { why: 'group', query: 'group by (queue) (depth)' },
  { why: 'aggregation of nothing', query: 'sum(nothing)' },
  { why: 'aggregations in capitals', query: 'SUM(depth) BY (namespace)' },
  { why: 'aggregations of aggregations', query: 'max(sum by (pod) (rate(requests_total[2m])))' },

  { why: 'arithmetic of numbers', query: '1 + 2 * 3 ^ 2 % 4 - 6 / 4' },
  { why: 'a power is right-associative', query: '2 ^ 3 ^ 2' },
  { why: 'a power comes before a sign', query: '-2 ^ 2' },
  { why: 'a power of what stands in parentheses', query: '(-2) ^ 2' },
  { why: 'a sign in front of a name', query: '-depth' },
  { why: 'a sign in front of a power of a name', query: '-depth ^ 2 + depth' },
  { why: 'a sign within powers', query: '2 ^ -1 ^ 2' },
  { why: 'a sign or a difference', query: '1 -2 ^ 2 -3' },
  { why: 'a sign before a product', query: '-1 ^ 2 * -3 % 2' },
  { why: 'comparisons one after the other', query: 'depth > 0 < 10 != 5' },
  { why: 'signs among signs', query: '1 - -1 + +2 --3' },
  { why: 'remainders of negative numbers', query: '-7 % 3 + 7 % -3' },
  { why: 'powers of one', query: '1 ^ NaN + (-1) ^ Inf' },
  { why: 'division by zero', query: 'depth / 0' },
  { why: 'numbers in all their forms', query: '0x1F + 010 + .5 + 1e3 + 1E-3 + 089' },
  { why: 'no number, and numbers without end', query: 'inf - INF + NaN' },
  { why: 'a vector and a number', query: 'depth * 1000' },
  { why: 'a number and a vector', query: '100 - capacity' },
  { why: 'two vectors', query: 'depth / capacity' },
  { why: 'two vectors of different labels have nothing in common', query: 'depth + limit' },
  { why: 'matching on labels', query: 'sum by (namespace) (depth) / on (namespace) limit' },
  { why: 'matching but for labels', query: 'capacity{queue="mail"} - ignoring (queue) limit' },
  { why: 'a matched comparison keeps what it matched on', query: 'capacity{queue="mail"} > on (namespace) limit' },
  {
    why: 'a matched comparison keeps all but what it ignored',
    query: 'capacity{queue="mail"} > ignoring (queue) limit',
  },
  { why: 'a comparison leaves out', query: 'depth > 0' },
  { why: 'a comparison with the number in front shows the vector', query: '0 < depth' },
  { why: 'a comparison as a number', query: 'depth >= bool 0.1' },
  { why: 'a comparison of numbers', query: '(1 == bool 1) + (1 != bool 1) + (2 <= bool 1) + (2 > bool 1)' },
  { why: 'a comparison of vectors', query: 'capacity < depth' },
  { why: 'a comparison of vectors as a number', query: 'capacity <bool depth' },
  { why: 'nothing is equal to what is no number', query: 'odd == odd' },
  { why: 'what is no number differs from itself', query: 'odd != odd' },
  { why: 'and', query: 'depth and capacity' },
  { why: 'and on a label', query: 'depth and on (namespace) limit' },
  { why: 'or', query: 'depth or capacity' },
  { why: 'or a number', query: 'sum(nothing) or vector(0)' },
  { why: 'unless', query: 'capacity unless depth' },
  { why: 'precedence of set operators', query: 'depth or capacity unless on (queue) depth and capacity' },

  { why: 'rounding', query: 'round(odd{kind=~"half|third|zero"})' },
  { why: 'rounding to a step', query: 'round(depth, 0.5)' },
  { why: 'up', query: 'ceil(odd)' },
  { why: 'down', query: 'floor(odd)' },
  { why: 'magnitude', query: 'abs(odd)' },
  { why: 'sign', query: 'sgn(odd)' },
  { why: 'root', query: 'sqrt(odd)' },
  { why: 'exponential', query: 'exp(depth)' },
  { why: 'logarithms', query: 'ln(odd) + log2(odd) + log10(odd)' },
  { why: 'bounds from below', query: 'clamp_min(depth, 0)' },
  { why: 'bounds from above', query: 'clamp_max(depth, 0.05)' },
  { why: 'bounds from both sides', query: 'clamp(odd, -1, 2)' },
  { why: 'bounds the wrong way round', query: 'clamp(odd, 2, -1)' },
  { why: 'a vector of a number', query: 'vector(scalar(sum(capacity)))' },
  { why: 'a number of one series', query: 'scalar(capacity{queue="mail"})' },
  { why: 'no number of many series', query: 'scalar(capacity)' },
  { why: 'now', query: 'time()' },
  { why: 'a quantile', query: 'histogram_quantile(0.9, rate(latency_seconds_bucket[5m]))' },
  { why: 'a quantile of all', query: 'histogram_quantile(0.5, sum by (le) (rate(latency_seconds_bucket[5m])))' },
  { why: 'a quantile beyond the last bound', query: 'histogram_quantile(0.99, latency_seconds_bucket{pod="x"})' },
  { why: 'a quantile that is none', query: 'histogram_quantile(1.5, latency_seconds_bucket{pod="x"})' },
  { why: 'a quantile in the first bucket', query: 'histogram_quantile(0.1, latency_seconds_bucket{pod="x"})' },
  {
    why: 'a quantile without the bucket of everything',
    query: 'histogram_quantile(0.5, latency_seconds_bucket{le!="+Inf"})',
  },
  { why: 'text', query: '"a \\"b\\" \\u00e9"' },
  { why: 'comments', query: '# a sum\nsum(depth) # of all' },

  { why: 'refused: no end', query: 'sum(' },
  { why: 'refused: everything', query: '{pod=~".*"}' },
  { why: 'refused: a name twice', query: 'depth{__name__="depth"}' },
  { why: 'refused: no regular expression', query: 'depth{queue=~"("}' },
  { why: 'refused: rate of an instant', query: 'rate(requests_total)' },
  { why: 'refused: rate of a rate', query: 'rate(rate(requests_total[1m]))' },
  { why: 'refused: a sum of a range', query: 'sum(requests_total[1m])' },
  { why: 'refused: a sum of a number', query: 'sum(1)' },
  { why: 'refused: a range of no length', query: 'requests_total[0s]' },
  { why: 'refused: a range of a sum', query: 'sum(requests_total)[1m]' },
  { why: 'refused: an offset of a sum', query: 'sum(depth) offset 5m' },
  { why: 'refused: an offset of what stands in parentheses', query: '(depth) offset 5m' },
  { why: 'refused: a comparison of numbers without bool', query: '1 > 2' },
  { why: 'refused: bool without a comparison', query: 'depth + bool 1' },
  { why: 'refused: and of numbers', query: '1 and 2' },
  { why: 'refused: matching with a number', query: 'depth + on (queue) 1' },
  { why: 'refused: too few operands', query: 'rate()' },
  { why: 'refused: too many operands', query: 'abs(depth, 1)' },
  { why: 'refused: text in arithmetic', query: '"a" + 1' },
  { why: 'refused: a sign in front of a range', query: '-requests_total[1m]' },
  { why: 'refused: no such function', query: 'rated(requests_total[1m])' },
  { why: 'refused: many to many', query: 'depth + on (namespace) capacity' },
  { why: 'refused: many to one', query: 'depth + on (namespace) limit' },
  {
    why: 'refused: series that a function makes equal',
    query: 'rate({__name__=~"aligned_total|once_total"}[10m]) + abs({__name__=~"depth|capacity"})',
  },
];

/** What Prometheus 2.42 knows and the embedded one refuses by name. */
export const UNKNOWN_QUESTIONS: readonly (Question & { readonly names: string })[] = [
  { why: 'subqueries', query: 'max_over_time(rate(requests_total[1m])[5m:1m])', names: 'subqueries' },
  { why: 'fixed instants', query: 'depth @ 1700000000', names: 'the modifier @' },
  { why: 'aggregations with a parameter', query: 'topk(1, depth)', names: 'the aggregation topk' },
  { why: 'spread', query: 'stddev(depth)', names: 'the aggregation stddev' },
  { why: 'many to one', query: 'depth / on (namespace) group_left limit', names: 'group_left and group_right' },
  {
    why: 'relabelling',
    query: 'label_replace(depth, "a", "$1", "queue", "(.*)")',
    names: 'the function label_replace',
  },
  { why: 'prediction', query: 'predict_linear(depth[5m], 60)', names: 'the function predict_linear' },
  { why: 'angles', query: 'depth atan2 capacity', names: 'the operator atan2' },
  { why: 'absence', query: 'absent(nothing)', names: 'the function absent' },
];

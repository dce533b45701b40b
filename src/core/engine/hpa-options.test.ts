import { describe, expect, it } from 'vitest';
import { HPA_OPTION_PROBLEMS_COUNT_MAX, HPA_OPTION_TEXT_LENGTH_MAX, HPA_QUERY_LENGTH_MAX } from '../../base/limits.ts';
import { areHpaOptionsEqual, type HpaOptions, NO_HPA_OPTIONS, type OptionRule, readHpaOptions } from './hpa-options.ts';

const NONE = NO_HPA_OPTIONS.options;
const UNTIL = '2026-01-01T12:30:00Z';
const UNTIL_MS = 1_767_270_600_000;

describe('an annotation in force', () => {
  it.each<{ why: string; annotations: Record<string, string>; options: Partial<HpaOptions> }>([
    { why: 'the shortest period', annotations: { 'sync-period': '1s' }, options: { syncPeriodMs: 1_000 } },
    { why: 'the longest period', annotations: { 'sync-period': '1h' }, options: { syncPeriodMs: 3_600_000 } },
    { why: 'pods by owner', annotations: { selection: 'owner' }, options: { isOwnerSelected: true } },
    { why: 'a pause', annotations: { 'paused-until': UNTIL }, options: { pause: { untilMs: UNTIL_MS, reason: '' } } },
    {
      why: 'a pause in another zone, its reason on one line',
      annotations: { 'paused-until': '2026-01-01T20:30:00+08:00', 'paused-reason': ' database\n\tmove\u0007 ' },
      options: { pause: { untilMs: UNTIL_MS, reason: 'database move' } },
    },
    { why: 'a warm-up of nothing', annotations: { warmup: '0s' }, options: { warmupMs: 0 } },
    { why: 'a warm-up', annotations: { warmup: '90s' }, options: { warmupMs: 90_000 } },
    { why: 'an age', annotations: { 'max-sample-age': '1m30s' }, options: { maxSampleAgeMs: 90_000 } },
    {
      why: 'queries, by the names of their metrics, as they are written',
      annotations: { 'query.Orders_open': ' sum(\n  orders) ', 'query.a.b-c': 'vector(1)' },
      options: {
        queries: [
          { metric: 'Orders_open', promql: ' sum(\n  orders) ' },
          { metric: 'a.b-c', promql: 'vector(1)' },
        ],
      },
    },
    { why: "what Podtide itself writes is nobody's option", annotations: { 'sole-controller': 'true' }, options: {} },
  ])('$why', ({ annotations, options }) => {
    expect(readHpaOptions(ours(annotations))).toEqual({ options: { ...NONE, ...options }, problems: [] });
  });
});

describe('an annotation that breaks its rule is a problem and taken for absent', () => {
  const hour = 3_600_000;
  it.each<{ why: string; name: string; value: string; rule: OptionRule }>([
    { why: 'no unit', name: 'sync-period', value: '15', rule: { code: 'Duration', minMs: 1_000, maxMs: hour } },
    { why: 'too often', name: 'sync-period', value: '999ms', rule: { code: 'Duration', minMs: 1_000, maxMs: hour } },
    { why: 'too seldom', name: 'sync-period', value: '1h1s', rule: { code: 'Duration', minMs: 1_000, maxMs: hour } },
    { why: 'before the start', name: 'warmup', value: '-1s', rule: { code: 'Duration', minMs: 0, maxMs: hour } },
    {
      why: 'younger than any sample',
      name: 'max-sample-age',
      value: '0',
      rule: { code: 'Duration', minMs: 1_000, maxMs: hour },
    },
    { why: 'no such selection', name: 'selection', value: 'Owner', rule: { code: 'Selection' } },
    { why: 'a date alone', name: 'paused-until', value: '2026-01-01', rule: { code: 'Instant' } },
    { why: 'a reason without a pause', name: 'paused-reason', value: 'why', rule: { code: 'WithoutPause' } },
    { why: 'a slip', name: 'sync-peroid', value: '5s', rule: { code: 'Unknown', nearest: 'podtide.dev/sync-period' } },
    { why: 'a letter too few', name: 'warmp', value: '5s', rule: { code: 'Unknown', nearest: 'podtide.dev/warmup' } },
    { why: 'a query of nothing', name: 'query.orders', value: ' \n', rule: { code: 'NoQuery' } },
    { why: 'a query of no metric', name: 'query.', value: 'up', rule: { code: 'Unknown', nearest: null } },
    { why: 'something else', name: 'fallback', value: '5', rule: { code: 'Unknown', nearest: null } },
  ])('$why: $name=$value', ({ name, value, rule }) => {
    expect(readHpaOptions(ours({ [name]: value }))).toEqual({
      options: NONE,
      problems: [{ annotation: `podtide.dev/${name}`, value, rule }],
    });
  });

  it('a reason that is too long; the pause stands, and the value is cut where it is shown', () => {
    const reason = 'x'.repeat(HPA_OPTION_TEXT_LENGTH_MAX + 1);
    const { options, problems } = readHpaOptions(ours({ 'paused-until': UNTIL, 'paused-reason': reason }));
    expect(options.pause).toEqual({ untilMs: UNTIL_MS, reason: '' });
    expect(problems).toEqual([
      {
        annotation: 'podtide.dev/paused-reason',
        value: `${'x'.repeat(HPA_OPTION_TEXT_LENGTH_MAX)}…`,
        rule: { code: 'TooLong', lengthMax: HPA_OPTION_TEXT_LENGTH_MAX },
      },
    ]);
  });

  it('a query that is longer than is parsed at every sync', () => {
    const promql = `${'x'.repeat(HPA_QUERY_LENGTH_MAX - 1)}y`;
    expect(readHpaOptions(ours({ 'query.orders': promql })).options.queries).toEqual([{ metric: 'orders', promql }]);
    expect(readHpaOptions(ours({ 'query.orders': `${promql}z` }))).toEqual({
      options: NONE,
      problems: [
        {
          annotation: 'podtide.dev/query.orders',
          value: `${'x'.repeat(HPA_OPTION_TEXT_LENGTH_MAX)}…`,
          rule: { code: 'TooLong', lengthMax: HPA_QUERY_LENGTH_MAX },
        },
      ],
    });
  });

  it('a pause that is none leaves its reason alone: one mistake is one problem', () => {
    const { problems } = readHpaOptions(ours({ 'paused-until': 'tomorrow', 'paused-reason': 'why' }));
    expect(problems.map(({ annotation }) => annotation)).toEqual(['podtide.dev/paused-until']);
  });

  it('no more of them than the limit', () => {
    const names = Array.from({ length: HPA_OPTION_PROBLEMS_COUNT_MAX + 5 }, (_, index) => [`option-${index}`, '1']);
    expect(readHpaOptions(ours(Object.fromEntries(names))).problems).toHaveLength(HPA_OPTION_PROBLEMS_COUNT_MAX);
  });
});

it.each<{ why: string; annotations: unknown }>([
  { why: 'none', annotations: undefined },
  { why: 'null', annotations: null },
  { why: 'no map', annotations: 'podtide.dev/warmup' },
  { why: 'of others only', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } },
  { why: 'of another domain', annotations: { 'metrics.podtide.dev/warmup': '1s' } },
])('annotations: $why: nothing is asked for', ({ annotations }) => {
  expect(readHpaOptions(annotations)).toBe(NO_HPA_OPTIONS);
});

it('a value that is no text is absent', () => {
  expect(readHpaOptions({ 'podtide.dev/warmup': 5 })).toEqual(NO_HPA_OPTIONS);
});

it('tells readings apart, whatever the order of the annotations', () => {
  const one = readHpaOptions(ours({ warmup: '1m', selection: 'owner' }));
  expect(areHpaOptionsEqual(one, readHpaOptions(ours({ selection: 'owner', warmup: '60s' })))).toBe(true);
  expect(areHpaOptionsEqual(one, readHpaOptions(ours({ warmup: '1m' })))).toBe(false);
  expect(areHpaOptionsEqual(NO_HPA_OPTIONS, readHpaOptions(ours({ warmup: 'x' })))).toBe(false);
});

function ours(annotations: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`podtide.dev/${name}`, value]));
}

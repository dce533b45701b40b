import { expect, test } from 'vitest';
import { KnownTypes } from './known-types.ts';

const said = (...types: readonly string[]) => types.map((type) => ({ type, help: '', unit: '' }));

const TYPES = new KnownTypes(
  new Map([
    ['requests', said('counter')],
    ['temperature_total', said('gauge')],
    ['disputed', said('gauge', 'counter')],
    ['silent_total', said('unknown', '')],
    ['duration_seconds', said('histogram')],
    ['quantiles', said('summary')],
    ['events', said('counter')],
  ]),
);

test.each([
  { why: 'its targets say so', series: 'requests', standing: 'counter' },
  { why: 'a name that misleads', series: 'temperature_total', standing: 'other' },
  { why: 'targets that disagree', series: 'disputed', standing: 'counter' },
  { why: 'targets that say nothing', series: 'silent_total', standing: 'unknown' },
  { why: 'a part of a histogram', series: 'duration_seconds_bucket', standing: 'counter' },
  { why: 'a native histogram is no counter', series: 'duration_seconds', standing: 'other' },
  { why: 'the sum of a summary', series: 'quantiles_sum', standing: 'counter' },
  { why: 'the quantiles of a summary', series: 'quantiles', standing: 'other' },
  { why: 'a part of what is no histogram', series: 'requests_sum', standing: 'unknown' },
  { why: 'a family of OpenMetrics', series: 'events_total', standing: 'counter' },
  { why: 'made by a recording rule', series: 'shop:requests:rate5m', standing: 'unknown' },
])('$why', ({ series, standing }) => expect(TYPES.standingOf(series)).toBe(standing));

import { expect, test } from 'vitest';
import type { QueryResult } from '../../prometheus/answers.ts';
import type { RowReading } from '../result-rows.ts';
import { readAnswer, type WantedObjects } from './answered-rows.ts';

const PODS: WantedObjects = { label: 'pod', names: ['web-1', 'web-2'] };
const MISSING: RowReading = { nan: 'missing', absent: 'missing' };

function vector(values: Readonly<Record<string, string>>): QueryResult {
  const samples = Object.entries(values).map(([pod, valueText]) => {
    return { labels: { pod }, atMs: 0, value: Number(valueText.replace('Inf', 'Infinity')), valueText };
  });
  return { kind: 'vector', samples };
}

const SCALAR_NAN: QueryResult = { kind: 'scalar', sample: { atMs: 0, value: Number.NaN, valueText: 'NaN' } };

const cases: readonly {
  readonly why: string;
  readonly result: QueryResult;
  readonly wanted?: WantedObjects;
  readonly reading?: Partial<RowReading>;
  readonly values: string;
  /** Behind that of the rows. */
  readonly links: readonly object[];
}[] = [
  {
    why: 'not a number is left out',
    result: vector({ 'web-1': 'NaN', 'web-2': '1' }),
    values: 'web-2=1',
    links: [
      { code: 'Values', valueCount: 1 },
      { code: 'NotANumber', of: 'web-1', count: 1 },
    ],
  },
  {
    why: 'and is 0 where the rule says so',
    result: vector({ 'web-1': 'NaN', 'web-2': '1' }),
    reading: { nan: 'zero' },
    values: 'web-1=0 web-2=1',
    links: [
      { code: 'Values', valueCount: 2 },
      { code: 'NanAsZero', of: 'web-1', count: 1 },
    ],
  },
  {
    why: 'what is infinite is left out in any case',
    result: vector({ 'web-1': '-Inf', 'web-2': '1' }),
    reading: { nan: 'zero', absent: 'zero' },
    values: 'web-2=1',
    links: [
      { code: 'Values', valueCount: 1 },
      { code: 'Unbounded', of: 'web-1', count: 1 },
    ],
  },
  {
    why: 'a pod without a row is 0 where the rule says so',
    result: vector({ 'web-2': '1' }),
    reading: { absent: 'zero' },
    values: 'web-1=0 web-2=1',
    links: [
      { code: 'Values', valueCount: 2 },
      { code: 'AbsentAsZero', names: ['web-1'], nameCount: 1 },
    ],
  },
  {
    why: 'also when there is no row at all',
    result: vector({}),
    reading: { absent: 'zero' },
    values: 'web-1=0 web-2=0',
    links: [
      { code: 'Values', valueCount: 2 },
      { code: 'AbsentAsZero', names: ['web-1', 'web-2'], nameCount: 2 },
    ],
  },
  {
    why: 'outside of the cluster no row is a single 0 without labels',
    result: vector({}),
    wanted: null,
    reading: { absent: 'zero' },
    values: '{}=0',
    links: [
      { code: 'Values', valueCount: 1 },
      { code: 'AbsentAsZero', names: [], nameCount: 0 },
    ],
  },
  {
    why: 'nothing but what is no number is a loss: of pods',
    result: vector({ 'web-1': '+Inf', 'web-2': 'NaN' }),
    values: '',
    links: [{ code: 'NoNumbers', of: 'web-1', value: '+Inf' }],
  },
  {
    why: 'outside of the cluster',
    result: SCALAR_NAN,
    wanted: null,
    values: '',
    links: [{ code: 'NoNumbers', of: '{}', value: 'NaN' }],
  },
];

test.each(cases)('$why', ({ result, wanted = PODS, reading = {}, values, links }) => {
  const read = readAnswer(result, { wanted, reading: { ...MISSING, ...reading }, ages: new Map() });
  expect(read.values.map(({ of, quantity }) => `${of}=${quantity}`).join(' ')).toBe(values);
  expect(read.links.slice(1)).toEqual(links);
});

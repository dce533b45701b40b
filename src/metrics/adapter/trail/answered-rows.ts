import type { TrailLink, TrailRow, TrailValue } from '../../../core/explain/metric-trail.ts';
import type { QueryResult, VectorSample } from '../../prometheus/answers.ts';
import { seriesText } from '../../prometheus/result-reader.ts';
import { externalQuantities, objectQuantities, quantityOf, type RowReading, rowsByObject } from '../result-rows.ts';
import { byCodePoint } from '../template/go-value.ts';

/** Whose values are wanted: of these objects, by their label; null for external metrics, each row of which is a value. */
export type WantedObjects = { readonly label: string; readonly names: readonly string[] } | null;

/** Ages of the newest samples by the value of the objects' label, of all of them for external metrics; none where nobody tells. */
export type SampleAges = ReadonlyMap<string, number>;

/** What becomes of an answer. */
export interface ReadAnswer {
  readonly links: readonly TrailLink[];
  readonly rows: readonly TrailRow[];
  readonly values: readonly TrailValue[];
}

/** Names that a link tells before it only counts. */
const NAMED_COUNT_MAX = 5;

/** Reads the answer to a query as the adapter does, and says where values are lost, or are not what they seem. */
export function readAnswer(
  result: QueryResult,
  {
    wanted,
    reading,
    ages,
  }: { readonly wanted: WantedObjects; readonly reading: RowReading; readonly ages: SampleAges },
): ReadAnswer {
  const samples = samplesOf(result, wanted);
  if (samples === undefined) return { links: [{ code: 'NotRows', kind: result.kind }], rows: [], values: [] };
  const ageOf = ({ labels }: VectorSample): number | null =>
    ages.get(wanted === null ? '' : labelValue(labels, wanted.label)) ?? null;
  const rows = samples.map((sample) => {
    return { labels: sample.labels, value: sample.valueText, sampleAgeMs: ageOf(sample) };
  });
  if (rows.length === 0 && reading.absent === 'missing') return { links: [{ code: 'NoRows' }], rows, values: [] };
  const known = rows.flatMap(({ sampleAgeMs }) => (sampleAgeMs === null ? [] : [sampleAgeMs]));
  const newestAgeMs = known.length === 0 ? null : known.reduce((least, each) => Math.min(least, each));
  const read = wanted === null ? readExternal(samples, reading) : readObjects(samples, wanted, reading);
  return { rows, values: read.values, links: [{ code: 'Rows', rowCount: rows.length, newestAgeMs }, ...read.links] };
}

/** A scalar is an external value without labels, and nothing for objects. */
function samplesOf(result: QueryResult, wanted: WantedObjects): readonly VectorSample[] | undefined {
  if (result.kind === 'vector') return result.samples;
  return result.kind === 'scalar' && wanted === null ? [{ ...result.sample, labels: {} }] : undefined;
}

type ReadValues = Omit<ReadAnswer, 'rows'>;

function readExternal(samples: readonly VectorSample[], reading: RowReading): ReadValues {
  if (samples.length === 0)
    return { values: [{ of: '{}', quantity: '0' }], links: [ONE_VALUE, absentLink([], reading)] };
  const values = externalQuantities(samples, reading).map(({ row, quantity }) => {
    return { of: seriesText(row.labels), quantity };
  });
  const all = samples.map(({ labels, value, valueText }) => ({ of: seriesText(labels), value, valueText }));
  if (values.length === 0) return { values, links: noNumberLinks(all) };
  return { values, links: [{ code: 'Values', valueCount: values.length }, ...strangeLinks(all, reading)] };
}

const ONE_VALUE: TrailLink = { code: 'Values', valueCount: 1 };

function readObjects(
  samples: readonly VectorSample[],
  { label, names }: NonNullable<WantedObjects>,
  reading: RowReading,
): ReadValues {
  const byName = Map.groupBy(samples, ({ labels }) => labelValue(labels, label));
  const values = objectQuantities(samples, label, names, reading).map(({ name, quantity }) => ({ of: name, quantity }));
  const counting = rowsByObject(samples, label);
  const found = names.flatMap((name) => {
    const row = counting.get(name);
    return row === undefined
      ? []
      : [{ of: name, value: row.value, valueText: byName.get(name)?.at(-1)?.valueText ?? '' }];
  });
  if (values.length === 0)
    return { values, links: found.length === 0 ? [whyNoValue(byName, label, names)] : noNumberLinks(found) };
  const absent = names.filter((name) => !byName.has(name));
  return {
    values,
    links: [
      { code: 'Values', valueCount: values.length },
      ...shadowedLinks(byName, found),
      ...strangeLinks(found, reading),
      ...(absent.length === 0 ? [] : [absentLink(absent, reading)]),
    ],
  };
}

/** A row that counts, and whose it is. */
interface CountingRow {
  readonly of: string;
  readonly value: number;
  readonly valueText: string;
}

function shadowedLinks(
  byName: ReadonlyMap<string, readonly VectorSample[]>,
  found: readonly CountingRow[],
): readonly TrailLink[] {
  const shadowed = found.filter(({ of }) => (byName.get(of)?.length ?? 0) > 1);
  const [first] = shadowed;
  if (first === undefined) return [];
  const rowCount = byName.get(first.of)?.length ?? 0;
  return [{ code: 'RowsShadowed', name: first.of, rowCount, objectCount: shadowed.length }];
}

function absentLink(names: readonly string[], { absent }: RowReading): TrailLink {
  const code = absent === 'zero' ? 'AbsentAsZero' : 'ObjectsWithoutRow';
  return { code, names: names.slice(0, NAMED_COUNT_MAX), nameCount: names.length };
}

function whyNoValue(
  byName: ReadonlyMap<string, readonly VectorSample[]>,
  label: string,
  names: readonly string[],
): TrailLink {
  const others = [...byName.keys()].filter((name) => name !== '').sort(byCodePoint);
  if (others.length > 0)
    return { code: 'NoRowOfObject', label, name: names[0] ?? '', others: others.slice(0, NAMED_COUNT_MAX) };
  const labels = new Set([...byName.values()].flat().flatMap(({ labels: each }) => Object.keys(each)));
  return { code: 'RowsWithoutLabel', label, labels: [...labels].sort(byCodePoint) };
}

/** Rows that are no numbers, and nothing else. */
function noNumberLinks(rows: readonly CountingRow[]): readonly TrailLink[] {
  return rows.slice(0, 1).map(({ of, valueText }): TrailLink => ({ code: 'NoNumbers', of, value: valueText }));
}

/** Values that are left out, or come out as something else. */
function strangeLinks(rows: readonly CountingRow[], reading: RowReading): readonly TrailLink[] {
  const nan = rows.filter(({ value }) => Number.isNaN(value));
  const unbounded = rows.filter(({ value }) => quantityOf(value, { nan: 'zero' }) === undefined);
  const code = reading.nan === 'zero' ? 'NanAsZero' : 'NotANumber';
  return [
    ...nan.slice(0, 1).map(({ of }): TrailLink => ({ code, of, count: nan.length })),
    ...unbounded.slice(0, 1).map(({ of }): TrailLink => ({ code: 'Unbounded', of, count: unbounded.length })),
  ];
}

function labelValue(labels: VectorSample['labels'], label: string): string {
  return Object.hasOwn(labels, label) ? (labels[label] ?? '') : '';
}

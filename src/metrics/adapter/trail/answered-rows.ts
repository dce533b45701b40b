import type { TrailLink, TrailRow, TrailValue } from '../../../core/explain/metric-trail.ts';
import type { QueryResult, VectorSample } from '../../prometheus/answers.ts';
import { seriesText } from '../../prometheus/result-reader.ts';
import { customQuantity, externalQuantity, objectQuantities, UPSTREAM_READING } from '../result-rows.ts';
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
export function readAnswer(result: QueryResult, wanted: WantedObjects, ages: SampleAges): ReadAnswer {
  const samples = samplesOf(result, wanted);
  if (samples === undefined) return { links: [{ code: 'NotRows', kind: result.kind }], rows: [], values: [] };
  const ageOf = ({ labels }: VectorSample): number | null =>
    ages.get(wanted === null ? '' : labelValue(labels, wanted.label)) ?? null;
  const rows = samples.map((sample) => {
    return { labels: sample.labels, value: sample.valueText, sampleAgeMs: ageOf(sample) };
  });
  if (rows.length === 0) return { links: [{ code: 'NoRows' }], rows, values: [] };
  const known = rows.flatMap(({ sampleAgeMs }) => (sampleAgeMs === null ? [] : [sampleAgeMs]));
  const newestAgeMs = known.length === 0 ? null : known.reduce((least, each) => Math.min(least, each));
  const read = wanted === null ? readExternal(samples) : readObjects(samples, wanted);
  return { rows, values: read.values, links: [{ code: 'Rows', rowCount: rows.length, newestAgeMs }, ...read.links] };
}

/** A scalar is an external value without labels, and nothing for objects. */
function samplesOf(result: QueryResult, wanted: WantedObjects): readonly VectorSample[] | undefined {
  if (result.kind === 'vector') return result.samples;
  return result.kind === 'scalar' && wanted === null ? [{ ...result.sample, labels: {} }] : undefined;
}

type ReadValues = Omit<ReadAnswer, 'rows'>;

function readExternal(samples: readonly VectorSample[]): ReadValues {
  const values = samples.map(({ labels, value }) => {
    return { of: seriesText(labels), quantity: externalQuantity(value, UPSTREAM_READING.values) ?? '' };
  });
  const strange = samples.map(({ value }, index) => ({ ...(values[index] as TrailValue), value }));
  return { values, links: [{ code: 'Values', valueCount: values.length }, ...strangeLinks(strange)] };
}

function readObjects(samples: readonly VectorSample[], { label, names }: NonNullable<WantedObjects>): ReadValues {
  const byName = Map.groupBy(samples, ({ labels }) => labelValue(labels, label));
  const quantities = objectQuantities(samples, label, names, UPSTREAM_READING);
  const values = quantities.map(({ name, quantity }) => ({ of: name, quantity }));
  if (values.length === 0) return { values, links: [whyNoValue(byName, label, names)] };
  const strange = values.map((each) => ({ ...each, value: byName.get(each.of)?.at(-1)?.value ?? 0 }));
  const shadowed = values.filter(({ of }) => (byName.get(of)?.length ?? 0) > 1);
  const [first] = shadowed;
  const shadowedLinks: TrailLink[] =
    first === undefined
      ? []
      : [
          {
            code: 'RowsShadowed',
            name: first.of,
            rowCount: byName.get(first.of)?.length ?? 0,
            objectCount: shadowed.length,
          },
        ];
  const absent = names.filter((name) => !byName.has(name));
  const absentLinks: TrailLink[] =
    absent.length === 0
      ? []
      : [{ code: 'ObjectsWithoutRow', names: absent.slice(0, NAMED_COUNT_MAX), nameCount: absent.length }];
  return {
    values,
    links: [{ code: 'Values', valueCount: values.length }, ...shadowedLinks, ...strangeLinks(strange), ...absentLinks],
  };
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

/** Values that come out as something else. */
function strangeLinks(values: readonly (TrailValue & { readonly value: number })[]): readonly TrailLink[] {
  const isUnheld = (value: number): boolean => customQuantity(value, 'drop') === undefined;
  const unheld = values.filter(({ value }) => isUnheld(value));
  const nan = unheld.filter(({ value }) => Number.isNaN(value));
  const unbounded = unheld.filter(({ value }) => !Number.isNaN(value));
  return [
    ...nan.slice(0, 1).map(({ of, quantity }): TrailLink => ({ code: 'NotANumber', of, quantity, count: nan.length })),
    ...unbounded
      .slice(0, 1)
      .map(({ of, quantity }): TrailLink => ({ code: 'Unbounded', of, quantity, count: unbounded.length })),
  ];
}

function labelValue(labels: VectorSample['labels'], label: string): string {
  return Object.hasOwn(labels, label) ? (labels[label] ?? '') : '';
}

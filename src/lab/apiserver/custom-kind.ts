import type { CellValue, Column, FieldError, Kind, KindVersion, ScaleSubresource } from './kind.ts';
import { AGE_COLUMN, ageText, NAME_COLUMN } from './kinds/columns.ts';
import { listAt, numberAt, recordAt, textAt, valueAt } from './kinds/field-path.ts';
import type { ApiObject } from './object.ts';
import type { StructuralSchema } from './structural-schema.ts';
import { readStructural, structuralErrors } from './structural-schema.ts';

/** The kind that a CustomResourceDefinition makes; undefined when it names no version that is served. */
export function kindOfDefinition(definition: ApiObject): Kind | undefined {
  const names = recordAt(definition, 'spec', 'names');
  const group = textAt(definition, 'spec', 'group');
  const served = listAt(definition, 'spec', 'versions').filter((version) => valueAt(version, 'served') === true);
  // Versions sort by maturity upstream; the order of the definition is kept for equal ones.
  const [first, ...rest] = served.map(versionOf).sort((left, right) => maturity(right.name) - maturity(left.name));
  if (first === undefined) return undefined;
  const stored = listAt(definition, 'spec', 'versions').find((version) => valueAt(version, 'storage') === true);
  const storedSchema = schemaOfVersion(stored ?? served[0]);
  const withStatus = served.some((version) => valueAt(version, 'subresources', 'status') !== undefined);
  const scale = served.map((version) => valueAt(version, 'subresources', 'scale')).find((paths) => paths !== undefined);
  const mainErrors = (object: ApiObject): readonly FieldError[] => [
    ...structuralErrors(storedSchema, object),
    ...(scale === undefined ? [] : countErrors(object, textAt(scale, 'specReplicasPath'))),
  ];
  const shortNames = listAt(names, 'shortNames') as readonly string[];
  const categories = listAt(names, 'categories') as readonly string[];
  return {
    group,
    kind: textAt(names, 'kind'),
    plural: textAt(names, 'plural'),
    singular: textAt(names, 'singular'),
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    isNamespaced: textAt(definition, 'spec', 'scope') === 'Namespaced',
    versions: [first, ...rest],
    storedVersion: stored === undefined ? first.name : textAt(stored, 'name'),
    hasStatus: withStatus,
    ...(scale === undefined ? {} : { scale: scaleByPaths(scale) }),
    validateCreate: mainErrors,
    validateUpdate: mainErrors,
    validateStatusUpdate: (object) => structuralErrors(storedSchema, object),
  };
}

/** A count that the scale subresource shows must be one. */
function countErrors(object: ApiObject, path: string): readonly FieldError[] {
  const count = readPath(object, parseFieldPath(path));
  if (typeof count !== 'number' || count >= 0) return [];
  return [
    { reason: 'FieldValueInvalid', field: path, message: `Invalid value: ${count}: should be a non-negative integer` },
  ];
}

/** `v1` before `v1beta2` before `v1alpha1`. */
function maturity(version: string): number {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return -1;
  const stage = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
  return stage * 1_000_000 + Number(match[1]) * 1_000 + Number(match[3] ?? 0);
}

function versionOf(version: unknown): KindVersion {
  return {
    name: textAt(version, 'name'),
    schema: null,
    readCustom: (object) => readStructural(schemaOfVersion(version), object),
    columns: columnsOfVersion(listAt(version, 'additionalPrinterColumns')),
    hasNullRowsWhenEmpty: true,
  };
}

function schemaOfVersion(version: unknown): StructuralSchema {
  return (valueAt(version, 'schema', 'openAPIV3Schema') as StructuralSchema | undefined) ?? OPEN_SCHEMA;
}

const OPEN_SCHEMA: StructuralSchema = { 'x-kubernetes-preserve-unknown-fields': true };

/** Upstream shows the age of custom resources as a date. */
const CUSTOM_AGE_COLUMN: Column = { ...AGE_COLUMN, type: 'date' };

function columnsOfVersion(declared: readonly unknown[]): readonly Column[] {
  if (declared.length === 0) return [NAME_COLUMN, CUSTOM_AGE_COLUMN];
  return [NAME_COLUMN, ...declared.map(printerColumn)];
}

function printerColumn(declared: unknown): Column {
  const path = parseFieldPath(textAt(declared, 'jsonPath'));
  const type = textAt(declared, 'type') as Column['type'];
  const description =
    textAt(declared, 'description') ||
    `Custom resource definition column (in JSONPath format): ${textAt(declared, 'jsonPath')}`;
  return {
    name: textAt(declared, 'name'),
    type,
    description,
    ...(numberAt(declared, 'priority') === 0 ? {} : { priority: 1 as const }),
    cell: (object, nowMs) => printerCell(readPath(object, path), type, nowMs),
  };
}

function printerCell(value: unknown, type: Column['type'], nowMs: number): CellValue {
  if (value === undefined || value === null) return null;
  if (type === 'date') return ageText(String(value), nowMs);
  if (typeof value === 'object') return JSON.stringify(value);
  return value as CellValue;
}

/** How `/scale` of a custom resource reads and writes, by the paths of its definition. */
function scaleByPaths(paths: unknown): ScaleSubresource {
  const specPath = parseFieldPath(textAt(paths, 'specReplicasPath'));
  const statusPath = parseFieldPath(textAt(paths, 'statusReplicasPath'));
  const selectorPath = parseFieldPath(textAt(paths, 'labelSelectorPath'));
  return {
    read: (object) => {
      const selector = selectorPath.length === 0 ? undefined : readPath(object, selectorPath);
      return {
        specReplicas: Number(readPath(object, specPath) ?? 0),
        statusReplicas: Number(readPath(object, statusPath) ?? 0),
        ...(typeof selector === 'string' ? { selector } : {}),
      };
    },
    write: (object, specReplicas) => writePath(object, specPath, specReplicas) as ApiObject,
  };
}

type PathPart = string | number;

/** The simple JSON paths of definitions: `.spec.replicas`, `.status.conditions[0].type`, `.metadata.labels['a.b/c']`. */
function parseFieldPath(path: string): readonly PathPart[] {
  return [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\[['"]([^'"]+)['"]\]/g)].map((match) =>
    match[2] === undefined ? (match[1] ?? match[3] ?? '') : Number(match[2]),
  );
}

function readPath(value: unknown, path: readonly PathPart[]): unknown {
  let found = value;
  for (const part of path) found = (found as Readonly<Record<PathPart, unknown>> | undefined | null)?.[part];
  return found;
}

function writePath(value: unknown, [head, ...rest]: readonly PathPart[], written: unknown): unknown {
  if (head === undefined) return written;
  const parent = (value ?? {}) as Readonly<Record<PathPart, unknown>>;
  return { ...parent, [head]: writePath(parent[head], rest, written) };
}

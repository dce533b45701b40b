import type { ObjectMeta } from '../../core/autoscaling/types.ts';
import type { CellValue, Column, KindVersion } from './kind.ts';
import { AGE_COLUMN, NAME_COLUMN } from './kinds/columns.ts';
import type { ApiObject } from './object.ts';
import { badRequest } from './status.ts';

/** A `meta.k8s.io/v1 Table`, the form that `kubectl get` asks for. */
export interface Table {
  readonly kind: 'Table';
  readonly apiVersion: 'meta.k8s.io/v1';
  readonly metadata: {
    readonly resourceVersion?: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly columnDefinitions: readonly ColumnDefinition[] | null;
  readonly rows: readonly TableRow[] | null;
}

interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

interface TableRow {
  readonly cells: readonly CellValue[];
  readonly object: unknown;
}

/** What a row carries beside its cells. */
export type IncludeObject = 'Metadata' | 'Object' | 'None';

const DEFAULT_COLUMNS: readonly Column[] = [NAME_COLUMN, AGE_COLUMN];

/** The columns of a version; Name and Age when it names none. */
export function columnsOf(version: Pick<KindVersion, 'columns'>): readonly Column[] {
  return version.columns ?? DEFAULT_COLUMNS;
}

/** Reads `includeObject`. Throws a 400 Status. */
export function parseIncludeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? '';
  if (value === '' || value === 'Metadata') return 'Metadata';
  if (value === 'Object' || value === 'None') return value;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

/** A table of objects in the version that was asked for. */
export function renderTable(
  columns: readonly Column[],
  objects: readonly ApiObject[],
  metadata: Table['metadata'],
  options: { readonly include: IncludeObject; readonly nowMs: number; readonly hasNullRowsWhenEmpty?: boolean },
): Table {
  const rows = objects.map((object) => ({
    cells: columns.map((column) => column.cell(object, options.nowMs)),
    object: rowObject(object, options.include),
  }));
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columns.map(definitionOf),
    rows: rows.length === 0 && options.hasNullRowsWhenEmpty === true ? null : rows,
  };
}

function definitionOf(column: Column): ColumnDefinition {
  return {
    name: column.name,
    type: column.type,
    format: column.format ?? '',
    description: column.description ?? '',
    priority: column.priority ?? 0,
  };
}

function rowObject(object: ApiObject, include: IncludeObject): unknown {
  if (include === 'None') return null;
  return include === 'Object' ? object : partialObject(object.metadata);
}

/** ObjectMeta alone, as rows and metadata-only clients take it. */
export function partialObject(metadata: Partial<ObjectMeta>): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

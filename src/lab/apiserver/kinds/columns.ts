import { formatAge } from '../../../base/duration.ts';
import { type LabelSelector, selectorOfObject, selectorText } from '../../../base/label-selector.ts';
import { parseRfc3339 } from '../../../base/rfc3339.ts';
import type { CellValue, Column } from '../kind.ts';
import type { ApiObject } from '../object.ts';
import { listAt, textAt, valueAt } from './field-path.ts';

/** The first column of almost every table. */
export const NAME_COLUMN: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique within its namespace and kind.',
  cell: (object) => object.metadata.name,
};

/** How long ago the object was created, as of the request. */
export const AGE_COLUMN: Column = {
  name: 'Age',
  type: 'string',
  description: 'Time since the object was created.',
  cell: (object, nowMs) => ageText(object.metadata.creationTimestamp, nowMs),
};

/** `3m4s`; `<unknown>` for an absent or unreadable instant. */
export function ageText(instant: string | undefined, nowMs: number): string {
  const atMs = instant === undefined ? undefined : parseRfc3339(instant);
  return atMs === undefined ? '<unknown>' : formatAge(Math.max(0, nowMs - atMs));
}

/** A column of text or numbers that stands in `kubectl get`. */
export function column(
  name: string,
  description: string,
  cell: (object: ApiObject, nowMs: number) => CellValue,
  type: Column['type'] = 'string',
): Column {
  return { name, type, description, cell };
}

/** A column that only `-o wide` shows. */
export function wideColumn(name: string, description: string, cell: Column['cell']): Column {
  return { name, type: 'string', priority: 1, description, cell };
}

/** Names and images of a template's containers, and the selector: the wide columns of every workload. */
export function workloadColumns(selectorText: (object: ApiObject) => string): readonly Column[] {
  return [
    wideColumn('Containers', 'Names of the containers of the template.', (object) => containersText(object, 'name')),
    wideColumn('Images', 'Images of the containers of the template.', (object) => containersText(object, 'image')),
    wideColumn('Selector', 'The pods that belong to the workload.', selectorText),
  ];
}

function containersText(object: ApiObject, field: 'name' | 'image'): string {
  return listAt(object, 'spec', 'template', 'spec', 'containers')
    .map((container) => textAt(container, field))
    .join(',');
}

/** A label selector of the object form, as text. */
export function objectSelectorText(object: ApiObject): string {
  const read = selectorOfObject(valueAt(object, 'spec', 'selector') as LabelSelector | undefined);
  return read.kind === 'selector' ? selectorText(read.selector) || '<none>' : '<error>';
}

/** A selector of the map form (Services, ReplicationControllers), as text; `<none>` when empty. */
export function mapSelectorText(selector: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(selector)
    .map(([key, value]) => `${key}=${String(value)}`)
    .sort();
  return pairs.length === 0 ? '<none>' : pairs.join(',');
}

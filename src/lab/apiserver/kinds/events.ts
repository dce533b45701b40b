import { API_SERVER_EVENT_OBJECTS_MAX } from '../../../base/limits.ts';
import type { Column, Kind } from '../kind.ts';
import type { ApiObject } from '../object.ts';
import { ageText, column, wideColumn } from './columns.ts';
import { numberAt, textAt, valueAt } from './field-path.ts';

const SELECTABLE = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'] as const;

const COLUMNS: readonly Column[] = [
  column('Last Seen', 'When it happened last.', lastSeenText),
  column('Type', 'Normal or Warning.', (object) => textAt(object, 'type')),
  column('Reason', 'Why, in one word.', (object) => textAt(object, 'reason')),
  column(
    'Object',
    'What it is about.',
    (object) => `${textAt(object, 'involvedObject', 'kind').toLowerCase()}/${textAt(object, 'involvedObject', 'name')}`,
  ),
  wideColumn('Subobject', 'Part of the object.', (object) => textAt(object, 'involvedObject', 'fieldPath')),
  wideColumn(
    'Source',
    'Who reported it.',
    (object) => textAt(object, 'source', 'component') || textAt(object, 'reportingComponent'),
  ),
  column('Message', 'What happened.', (object) => textAt(object, 'message').trim()),
  wideColumn('First Seen', 'When it happened first.', (object, nowMs) =>
    ageText(textAt(object, 'firstTimestamp') || textAt(object, 'eventTime') || undefined, nowMs),
  ),
  wideColumn('Count', 'How often.', (object) => numberAt(object, 'count') || 1),
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    priority: 1,
    description: 'Name of the event.',
    cell: (object) => object.metadata.name,
  },
];

/** Events of the core group. */
export const EVENT: Kind = {
  group: '',
  countMax: API_SERVER_EVENT_OBJECTS_MAX,
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  isNamespaced: true,
  nameRule: 'path',
  storedVersion: 'v1',
  bumpsGeneration: null,
  selectableFields: {
    ...Object.fromEntries(
      SELECTABLE.map((field) => [
        `involvedObject.${field}`,
        (object: ApiObject) => textAt(object, 'involvedObject', field),
      ]),
    ),
    reason: (object) => textAt(object, 'reason'),
    type: (object) => textAt(object, 'type'),
    source: (object) => textAt(object, 'source', 'component') || textAt(object, 'reportingComponent'),
    reportingComponent: (object) => textAt(object, 'reportingComponent'),
  },
  versions: [{ name: 'v1', schema: 'core.v1.Event', columns: COLUMNS }],
  setDefaults: (object) => ({
    ...object,
    eventTime: valueAt(object, 'eventTime') ?? null,
    reportingComponent: textAt(object, 'reportingComponent') || textAt(object, 'source', 'component'),
    reportingInstance: textAt(object, 'reportingInstance'),
  }),
};

/** `3m (x4 over 10m)` for what happened more than once. */
function lastSeenText(object: ApiObject, nowMs: number): string {
  const first = textAt(object, 'firstTimestamp') || textAt(object, 'eventTime');
  const last = textAt(object, 'series', 'lastObservedTime') || textAt(object, 'lastTimestamp') || first;
  const count = numberAt(object, 'series', 'count') || numberAt(object, 'count');
  const age = ageText(last || undefined, nowMs);
  return count > 1 ? `${age} (x${count} over ${ageText(first || undefined, nowMs)})` : age;
}

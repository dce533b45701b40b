import type { Clock } from '../../base/clock.ts';
import type { CellValue, Column } from './kind.ts';
import { groupVersion } from './kind.ts';
import type { ServedKind } from './kind-registry.ts';
import type { AnswerForm } from './negotiation.ts';
import { viewOf } from './object-view.ts';
import type { IncludeObject } from './table.ts';
import { columnsOf, partialObject, renderTable } from './table.ts';
import type { WatchEncoder } from './watch.ts';

/** The annotation of the bookmark that ends the initial events. */
const INITIAL_EVENTS_END = { annotations: { 'k8s.io/initial-events-end': 'true' } };

/** How a watch writes objects in the form that its client asked for. */
export function createWatchEncoder(
  served: ServedKind,
  form: AnswerForm,
  include: IncludeObject,
  clock: Clock,
): WatchEncoder {
  if (form === 'table') return new TableEncoder(served, include, clock);
  const isPartial = form === 'partialObject';
  return {
    object: (stored) => {
      const view = viewOf(served, stored);
      return isPartial ? partialObject(view.metadata) : view;
    },
    bookmark: (resourceVersion, isInitialEventsEnd) => {
      const metadata = { resourceVersion, ...(isInitialEventsEnd ? INITIAL_EVENTS_END : {}) };
      if (isPartial) return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
      return { kind: served.kind.kind, apiVersion: groupVersion(served.kind.group, served.version.name), metadata };
    },
  };
}

/** Columns are defined in the first event only; clients keep them. */
class TableEncoder implements WatchEncoder {
  readonly #served: ServedKind;
  readonly #include: IncludeObject;
  readonly #clock: Clock;
  #isFirst = true;

  constructor(served: ServedKind, include: IncludeObject, clock: Clock) {
    this.#served = served;
    this.#include = include;
    this.#clock = clock;
  }

  object(stored: Parameters<WatchEncoder['object']>[0]): unknown {
    const view = viewOf(this.#served, stored);
    const { resourceVersion } = view.metadata;
    const columns = columnsOf(this.#served.version);
    const table = renderTable(columns, [view], resourceVersion === undefined ? {} : { resourceVersion }, {
      include: this.#include,
      nowMs: this.#clock.nowMs(),
    });
    return this.#withColumnsOnce(table);
  }

  bookmark(resourceVersion: string, isInitialEventsEnd: boolean): unknown {
    const metadata = { resourceVersion, ...(isInitialEventsEnd ? INITIAL_EVENTS_END : {}) };
    const columns = columnsOf(this.#served.version);
    const table = renderTable(columns, [], { resourceVersion }, { include: 'None', nowMs: 0 });
    const object = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
    return this.#withColumnsOnce({ ...table, rows: [{ cells: columns.map(emptyCell), object }] });
  }

  #withColumnsOnce<T extends object>(table: T): T {
    if (!this.#isFirst) return { ...table, columnDefinitions: null };
    this.#isFirst = false;
    return table;
  }
}

/** A bookmark's row says nothing, in cells of the right type. */
function emptyCell(column: Column): CellValue {
  return column.type === 'integer' || column.type === 'number' ? 0 : '';
}

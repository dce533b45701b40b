import type { LabelSelector } from '../../base/label-selector.ts';
import type { ListDocument } from './document.ts';
import type { ValueKind } from './metric-value.ts';
import { protobufListBody } from './protobuf.ts';

/** A list of values; its items are made as they are written. */
export function valueListDocument<Value>(
  of: ValueKind<Value>,
  values: readonly Value[],
  selector: LabelSelector | null,
): ListDocument {
  const { kind, apiVersion } = of;
  return {
    kind: 'list',
    head: { kind, apiVersion, metadata: {} },
    itemsField: 'items',
    items: objects(of, values, selector),
    protobuf: () =>
      protobufListBody({
        ...{ apiVersion, kind, items: values },
        write: (message, value) => of.write(message, value, selector),
      }),
  };
}

function* objects<Value>(
  of: ValueKind<Value>,
  values: readonly Value[],
  selector: LabelSelector | null,
): Generator<object> {
  for (const value of values) yield of.toObject(value, selector);
}

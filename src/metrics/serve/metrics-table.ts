import { formatDuration } from '../../base/duration.ts';
import { formatQuantity, parseQuantity } from '../../base/quantity.ts';
import { addQuantities } from '../../base/quantity-sum.ts';
import type { NodeMetrics, PodMetrics } from '../source/port.ts';
import type { ListDocument } from './document.ts';
import { type MetricsKind, metadataOf } from './metrics-object.ts';

/** What comes with each row. */
export type IncludedObject = 'None' | 'Metadata' | 'Object';

export interface MetricsTableOptions {
  readonly version: 'v1' | 'v1beta1';
  readonly includeObject: IncludedObject;
  /** Of the objects themselves. */
  readonly groupVersion: string;
  /** The time of the request. */
  readonly nowText: string;
}

/**
 * The rows of `kubectl get`: a name, what is used of each resource, the window. Without rows there are no columns, as
 * upstream. The columns are all resources that anything uses, where upstream takes the first object's and leaves the rest out.
 */
export function metricsTable<Item extends PodMetrics | NodeMetrics>(
  metrics: MetricsKind<Item>,
  items: readonly Item[],
  options: MetricsTableOptions,
): ListDocument {
  const resources = usedResources(metrics, items);
  const columns = [
    column('Name', 'name', 'Name of the resource'),
    ...resources.map((resource) => column(resource, 'quantity', '')),
    column('Window', 'duration', ''),
  ];
  return {
    kind: 'list',
    head: {
      kind: 'Table',
      apiVersion: `meta.k8s.io/${options.version}`,
      metadata: {},
      columnDefinitions: items.length === 0 ? [] : columns,
    },
    itemsField: 'rows',
    items: rows(metrics, items, resources, options),
  };
}

function* rows<Item extends PodMetrics | NodeMetrics>(
  metrics: MetricsKind<Item>,
  items: readonly Item[],
  resources: readonly string[],
  options: MetricsTableOptions,
): Generator<object> {
  for (const item of items) {
    const usages = metrics.usagesOf(item);
    yield {
      cells: [item.name, ...resources.map((resource) => totalText(resource, usages)), formatDuration(item.windowMs)],
      object: rowObject(metrics, item, options),
    };
  }
}

function usedResources<Item extends PodMetrics | NodeMetrics>(
  metrics: MetricsKind<Item>,
  items: readonly Item[],
): readonly string[] {
  const resources = new Set<string>();
  for (const item of items) {
    for (const usage of metrics.usagesOf(item)) for (const resource of Object.keys(usage)) resources.add(resource);
  }
  return [...resources].sort();
}

function column(name: string, format: string, description: string) {
  return { name, type: 'string', format, description, priority: 0 };
}

function rowObject<Item extends PodMetrics | NodeMetrics>(
  metrics: MetricsKind<Item>,
  item: Item,
  { includeObject, version, groupVersion, nowText }: MetricsTableOptions,
): object | null {
  switch (includeObject) {
    case 'None':
      return null;
    case 'Object':
      return { kind: metrics.kind, apiVersion: groupVersion, ...metrics.toObject(item, nowText) };
    case 'Metadata':
      return partialMetadata(item, version, nowText);
  }
}

/** An object's metadata alone, as an object of its own. */
export function partialMetadata(of: PodMetrics | NodeMetrics, version: 'v1' | 'v1beta1', nowText: string): object {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: metadataOf(of, nowText) };
}

/** The exact sum in the form of the first; what cannot be read counts as absent. */
function totalText(resource: string, usages: readonly Readonly<Record<string, string>>[]): string {
  const quantities = usages.flatMap((usage) => {
    const quantity = parseQuantity(usage[resource] ?? '');
    if (quantity === undefined) return [];
    // Bytes without a suffix do not say that they are counted in powers of two: 1000000 and not 1M, as upstream.
    return [resource === 'memory' ? { ...quantity, format: 'BinarySI' as const } : quantity];
  });
  const [first, ...others] = quantities;
  return first === undefined ? '<none>' : formatQuantity(others.reduce(addQuantities, first));
}

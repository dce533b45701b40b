import { formatQuantity, parseQuantity, type Quantity } from '../../base/quantity.ts';

/** An object of `metrics.k8s.io` with the usages that its row adds up. */
export interface MetricsRow {
  readonly object: {
    readonly metadata: { readonly name: string };
    readonly window: string;
    readonly [field: string]: unknown;
  };
  /** One entry a container, or the node's. */
  readonly usages: readonly Readonly<Record<string, string>>[];
}

export interface MetricsTableOptions {
  readonly version: 'v1' | 'v1beta1';
  /** `None`, `Metadata` or `Object`: what comes with each row. */
  readonly includeObject: string;
  /** Of the objects themselves. */
  readonly groupVersion: string;
}

/** The rows of `kubectl get`: a name, what is used of each resource, the window. Without rows there are no columns. */
export function metricsTable(rows: readonly MetricsRow[], options: MetricsTableOptions) {
  const apiVersion = `meta.k8s.io/${options.version}`;
  const resources = [...new Set(rows.flatMap((row) => row.usages.flatMap((usage) => Object.keys(usage))))].sort();
  const columns = [
    column('Name', 'string', 'name', 'Name of the resource'),
    ...resources.map((resource) => column(resource, 'string', 'quantity', '')),
    column('Window', 'string', 'duration', ''),
  ];
  return {
    kind: 'Table',
    apiVersion,
    metadata: {},
    columnDefinitions: rows.length === 0 ? [] : columns,
    rows: rows.map((row) => ({
      cells: [
        row.object.metadata.name,
        ...resources.map((resource) => totalText(row.usages.map((usage) => usage[resource]))),
        row.object.window,
      ],
      ...rowObject(row, apiVersion, options),
    })),
  };
}

function column(name: string, type: string, format: string, description: string) {
  return { name, type, format, description, priority: 0 };
}

function rowObject(row: MetricsRow, apiVersion: string, options: MetricsTableOptions) {
  switch (options.includeObject) {
    case 'None':
      return {};
    case 'Object':
      return { object: { apiVersion: options.groupVersion, ...row.object } };
    default:
      return { object: { kind: 'PartialObjectMetadata', apiVersion, metadata: row.object.metadata } };
  }
}

/** The exact sum in the form of the first; what cannot be read counts as absent. */
function totalText(texts: readonly (string | undefined)[]): string {
  const quantities = texts.flatMap((text) => (text === undefined ? [] : (parseQuantity(text) ?? [])));
  const first = quantities[0];
  if (first === undefined) return '<none>';
  return formatQuantity(quantities.slice(1).reduce(addQuantities, first));
}

function addQuantities(a: Quantity, b: Quantity): Quantity {
  const exponent = Math.min(a.exponent, b.exponent);
  const scaled = (quantity: Quantity): bigint =>
    BigInt(quantity.mantissa) * 10n ** BigInt(quantity.exponent - exponent);
  return { mantissa: scaled(a) + scaled(b), exponent, format: a.format, isUnbounded: a.isUnbounded || b.isUnbounded };
}

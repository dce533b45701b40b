/**
 * The schema book: what the fields of each message are. One table drives the decoding of protobuf bodies, field
 * validation ("unknown field"), strategic merge patches and the OpenAPI documents. It is data, generated from upstream's
 * published API definitions.
 */
export type SchemaBook = Readonly<Record<string, Message>>;

/** A message by its name in the book, for example `autoscaling.v2.MetricSpec`; its fields by their JSON names. */
export type Message = Readonly<Record<string, Field>>;

export interface Field {
  readonly type: FieldType;
  /** Absent: one value. `list`: an array of them. `map`: an object from strings to them. */
  readonly shape?: 'list' | 'map';
  /** Field number in protobuf; absent when the field never travels there. */
  readonly number?: number;
  /** Lists of messages that a strategic merge patch merges by this field, and lists of scalars by `''` (their values). */
  readonly mergeKey?: string;
  /** A strategic merge patch keeps only the fields that it names with `$retainKeys`. */
  readonly hasRetainKeys?: true;
  readonly isRequired?: true;
  /** Null, not absent, when it has no value: upstream writes it without `omitempty` (an HPA's status.currentMetrics). */
  readonly isNullWhenEmpty?: true;
}

/**
 * `quantity`, `intOrString`, `time` (whole seconds), `microTime` and `bytes` (base64 text in JSON) are what upstream has
 * special forms for in JSON and protobuf; `any` is JSON that nobody looks into. Everything else names a message.
 */
export type FieldType =
  | 'string'
  | 'int32'
  | 'int64'
  | 'double'
  | 'bool'
  | 'bytes'
  | 'quantity'
  | 'intOrString'
  | 'time'
  | 'microTime'
  | 'any'
  | { readonly message: string };

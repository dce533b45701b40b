import { parse as parseYaml } from 'yaml';
import { errorText } from '../../base/failure.ts';
import { findDuplicateFields } from './json-scan.ts';
import type { KindVersion } from './kind.ts';
import { groupVersion } from './kind.ts';
import type { ServedKind } from './kind-registry.ts';
import type { ApiObject } from './object.ts';
import { decodeMessage, openEnvelope } from './protobuf.ts';
import type { SchemaBook } from './schema.ts';
import { badRequest, unsupportedMediaType } from './status.ts';
import { FieldTypeError, readTyped } from './typed-object.ts';

/** What `fieldValidation` asks for. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** A body as an object of the kind that the path names. */
export interface DecodedBody {
  readonly object: ApiObject;
  /** `unknown field "spec.foo"`, `duplicate field "spec.maxReplicas"`; empty with Ignore. */
  readonly problems: readonly string[];
}

/** What a body must be: a kind's, or a subresource's. */
export interface ExpectedBody {
  /** `apps` */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Message of the schema book; null for custom resources. */
  readonly schema: string | null;
  readonly isProtobufAccepted: boolean;
  /** How a custom resource is read. */
  readonly readCustom?: KindVersion['readCustom'];
}

/** What the body of a write to a kind's main path must be. */
export function expectedBody({ kind, version }: ServedKind): ExpectedBody {
  return {
    group: kind.group,
    version: version.name,
    kind: kind.kind,
    schema: version.schema,
    isProtobufAccepted: version.schema !== null,
    ...(version.readCustom === undefined ? {} : { readCustom: version.readCustom }),
  };
}

/** Reads a body by its Content-Type; none is JSON. Throws 400, 415 Statuses in upstream's words. */
export function decodeBody(
  body: Uint8Array,
  contentType: string | null,
  expected: ExpectedBody,
  book: SchemaBook,
  validation: FieldValidation,
): DecodedBody {
  const parsed = parseBody(body, contentType, expected, book);
  try {
    return toObject(parsed.value, expected, book, validation, parsed.duplicates);
  } catch (thrown) {
    if (!(thrown instanceof FieldTypeError)) throw thrown;
    throw badRequest(cannotBeHandled(expected, expected.kind, expected.version, thrown.message));
  }
}

interface ParsedBody {
  readonly value: Record<string, unknown>;
  readonly duplicates: readonly string[];
}

/** The media type without its parameters. */
export function mediaType(contentType: string | null): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function parseBody(body: Uint8Array, contentType: string | null, expected: ExpectedBody, book: SchemaBook): ParsedBody {
  switch (mediaType(contentType)) {
    case '':
    case 'application/json':
      return parseJsonBody(body, expected);
    case 'application/yaml':
      return parseYamlBody(body, expected);
    case 'application/vnd.kubernetes.protobuf':
      if (expected.isProtobufAccepted) return { value: parseProtobufBody(body, expected, book), duplicates: [] };
  }
  const accepted = ['application/json', 'application/yaml'];
  throw unsupportedMediaType(
    expected.isProtobufAccepted ? [...accepted, 'application/vnd.kubernetes.protobuf'] : accepted,
  );
}

function parseJsonBody(body: Uint8Array, expected: ExpectedBody): ParsedBody {
  const text = new TextDecoder().decode(body);
  try {
    const duplicates = findDuplicateFields(text);
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return { value, duplicates };
    throw new Error(
      `json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  } catch (thrown) {
    throw unrecognized(expected, `couldn't get version/kind; json parse error: ${errorText(thrown)}`, body);
  }
}

function parseYamlBody(body: Uint8Array, expected: ExpectedBody): ParsedBody {
  try {
    // Upstream's own YAML is 1.1 with a limit on aliases; JSON values are all that may come out of it.
    const value: unknown = parseYaml(new TextDecoder().decode(body), { uniqueKeys: false, maxAliasCount: 100 });
    if (isRecord(value)) return { value, duplicates: [] };
    throw new Error('not an object');
  } catch (thrown) {
    throw unrecognized(expected, `couldn't get version/kind; yaml parse error: ${errorText(thrown)}`, body);
  }
}

function parseProtobufBody(body: Uint8Array, expected: ExpectedBody, book: SchemaBook): Record<string, unknown> {
  try {
    const envelope = openEnvelope(body);
    const isExpected =
      envelope.kind === expected.kind && envelope.apiVersion === groupVersion(expected.group, expected.version);
    if (!isExpected) return { apiVersion: envelope.apiVersion, kind: envelope.kind };
    return {
      ...dropEmptyStrings(decodeMessage(book, expected.schema ?? '', envelope.raw)),
      apiVersion: envelope.apiVersion,
      kind: envelope.kind,
    };
  } catch (thrown) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): ${errorText(thrown)} (${summary(body)})`,
    );
  }
}

/** Metadata that kubectl writes as empty strings stands for nothing. */
function dropEmptyStrings(value: Record<string, unknown>): Record<string, unknown> {
  const metadata = value['metadata'];
  if (!isRecord(metadata)) return value;
  return { ...value, metadata: Object.fromEntries(Object.entries(metadata).filter(([, field]) => field !== '')) };
}

function unrecognized(expected: ExpectedBody, why: string, body: Uint8Array): Error {
  return badRequest(
    `the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${summary(body)})`,
  );
}

const SUMMARY_BYTES_MAX = 30;

/** The start of a body as upstream's errors quote it: text when it looks like JSON, hexadecimal otherwise. */
function summary(body: Uint8Array): string {
  if (body.length === 0) return '<empty>';
  const head = Buffer.from(body.subarray(0, SUMMARY_BYTES_MAX));
  const text = head[0] === 0x7b ? head.toString('utf8') : head.toString('hex');
  return body.length > SUMMARY_BYTES_MAX ? `${text} ...` : text;
}

/**
 * Checks what a parsed body says it is, and reads it through its schema. Throws a 400 Status, and FieldTypeError for a
 * value of the wrong type.
 */
export function toObject(
  value: Record<string, unknown>,
  expected: ExpectedBody,
  book: SchemaBook,
  validation: FieldValidation,
  duplicates: readonly string[],
): DecodedBody {
  checkTypePresent(value, expected);
  checkType(value, expected);
  const apiVersion = groupVersion(expected.group, expected.version);
  const { typed, unknownFields } = readObject(value, expected, book);
  const problems =
    validation === 'Ignore'
      ? []
      : [
          ...unknownFields.map((field) => `unknown field "${field}"`),
          ...duplicates.map((field) => `duplicate field "${field}"`),
        ];
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = typed;
  return {
    object: { apiVersion, kind: expected.kind, ...rest, metadata: metadataOf(metadata) } as ApiObject,
    problems,
  };
}

function metadataOf(metadata: unknown): ApiObject['metadata'] {
  return { name: '', ...(isRecord(metadata) ? metadata : {}) };
}

function readObject(
  value: Record<string, unknown>,
  expected: ExpectedBody,
  book: SchemaBook,
): { readonly typed: Record<string, unknown>; readonly unknownFields: readonly string[] } {
  if (expected.schema !== null) {
    const { value: typed, unknownFields } = readTyped(book, expected.schema, withSpec(book, expected.schema, value));
    return { typed, unknownFields };
  }
  if (book['meta.v1.ObjectMeta'] === undefined) return { typed: value, unknownFields: [] };
  const { value: metadata, unknownFields } = readTyped(book, 'meta.v1.ObjectMeta', value['metadata'] ?? {});
  const custom = expected.readCustom?.(value) ?? { value, unknownFields: [] };
  const unknownMetadata = unknownFields.map((field) => `metadata.${field}`);
  return { typed: { ...custom.value, metadata }, unknownFields: [...unknownMetadata, ...custom.unknownFields] };
}

/** Typed kinds know what a body without a type must be; custom resources don't. */
function checkTypePresent(value: Record<string, unknown>, expected: ExpectedBody): void {
  if (expected.schema !== null) return;
  for (const [field, name] of [
    ['kind', 'Kind'],
    ['apiVersion', 'apiVersion'],
  ] as const) {
    if (value[field] !== undefined) continue;
    const text = JSON.stringify(value);
    throw unrecognized(expected, `Object '${name}' is missing in '${text}'`, Buffer.from(text));
  }
}

/** A spec is a value of its own upstream, never absent: its required fields have their zeros. */
function withSpec(book: SchemaBook, schema: string, value: Record<string, unknown>): Record<string, unknown> {
  const spec = book[schema]?.['spec'];
  const isMessage = spec !== undefined && typeof spec.type === 'object';
  return isMessage && (value['spec'] ?? null) === null ? { ...value, spec: {} } : value;
}

function checkType(value: Record<string, unknown>, expected: ExpectedBody): void {
  const apiVersion = value['apiVersion'] ?? groupVersion(expected.group, expected.version);
  const kind = value['kind'] ?? expected.kind;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    throw badRequest('apiVersion and kind must be strings');
  const [group, version] = splitGroupVersion(apiVersion);
  if (kind !== expected.kind || group !== expected.group) {
    const from = `(${version}.${kind})`;
    const to = `(${internalPackage(expected.group)}.${expected.kind})`;
    throw badRequest(cannotBeHandled(expected, kind, version, `converting ${from} to ${to}: unknown conversion`));
  }
  if (version !== expected.version) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${groupVersion(expected.group, expected.version)})`,
    );
  }
}

/** The 400 of a body whose fields `fieldValidation=Strict` refuses. */
export function strictDecodingError(expected: ExpectedBody, problems: readonly string[]): Error {
  return badRequest(
    cannotBeHandled(expected, expected.kind, expected.version, `strict decoding error: ${problems.join(', ')}`),
  );
}

function cannotBeHandled(expected: ExpectedBody, kind: string, version: string, why: string): string {
  return `${kind} in version "${version}" cannot be handled as a ${expected.kind}: ${why}`;
}

/** `apps/v1` → `['apps', 'v1']`, `v1` → `['', 'v1']` */
export function splitGroupVersion(apiVersion: string): readonly [group: string, version: string] {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

/** Upstream's name of the group's internal types: `core`, `apps`, `rbac`. */
function internalPackage(group: string): string {
  return group === '' ? 'core' : (group.split('.')[0] ?? group);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

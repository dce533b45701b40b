import { createHash } from 'node:crypto';
import type { Kind, KindVersion } from './kind.ts';
import { groupVersion } from './kind.ts';
import type { KindRegistry } from './kind-registry.ts';
import type { Field, FieldType, SchemaBook } from './schema.ts';

/**
 * OpenAPI v3 as far as kubectl reads it: for each kind a `patch` operation that takes `fieldValidation`, which tells
 * kubectl that the server validates, and schemas by which `kubectl explain` describes fields. The operation has no
 * request body: kubectl computes patches by its built-in types, as it should.
 */
export interface OpenApi {
  /** `GET /openapi/v3` */
  index(): { readonly paths: Readonly<Record<string, unknown>> };
  /** The document of a group version, for example `apis/apps/v1`; undefined when it has none. */
  document(path: string): unknown;
}

export function createOpenApi(registry: KindRegistry, book: SchemaBook, serverVersion: string): OpenApi {
  return {
    index() {
      const paths: Record<string, unknown> = {};
      for (const path of groupVersionPaths(registry)) {
        const hash = createHash('sha256')
          .update(JSON.stringify(documentOf(registry, book, serverVersion, path)))
          .digest('hex');
        paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash.toUpperCase()}` };
      }
      return { paths };
    },
    document(path) {
      return groupVersionPaths(registry).includes(path) ? documentOf(registry, book, serverVersion, path) : undefined;
    },
  };
}

/** A field of the protobuf message `openapi.v2.Document`: number 1, length-delimited. */
const SWAGGER_FIELD = 0x0a;

/**
 * `GET /openapi/v2` in the one form that kubectl asks for: a document that knows no types. A kubectl older than 1.28, which
 * refuses to go on without a document, then validates nothing itself, and all of them compute patches by their built-in
 * types, as they should.
 */
export function openApiV2Answer(): Response {
  const version = Buffer.from('2.0');
  return new Response(Buffer.from([SWAGGER_FIELD, version.length, ...version]), {
    headers: { 'content-type': 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf' },
  });
}

function groupVersionPath(group: string, version: string): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

function groupVersionPaths(registry: KindRegistry): readonly string[] {
  const paths = registry
    .all()
    .flatMap((kind) =>
      kind.versions
        .filter((version) => version.isHidden !== true)
        .map((version) => groupVersionPath(kind.group, version.name)),
    );
  return [...new Set(paths)].sort();
}

function documentOf(registry: KindRegistry, book: SchemaBook, serverVersion: string, path: string): unknown {
  const paths: Record<string, unknown> = {};
  const schemas: Record<string, unknown> = {};
  for (const kind of registry.all()) {
    for (const version of kind.versions) {
      if (version.isHidden === true || groupVersionPath(kind.group, version.name) !== path) continue;
      const scope = kind.isNamespaced ? 'namespaces/{namespace}/' : '';
      paths[`/${path}/${scope}${kind.plural}/{name}`] = { patch: patchOperation(kind, version) };
      if (version.schema === null)
        schemas[schemaName(`${kind.group}.${version.name}.${kind.kind}`)] = customSchema(kind, version);
      else addSchema(schemas, book, version.schema, typeExtension(kind, version));
    }
  }
  return { openapi: '3.0.0', info: { title: 'Podtide', version: serverVersion }, paths, components: { schemas } };
}

function patchOperation(kind: Kind, version: KindVersion): unknown {
  return {
    'x-kubernetes-action': 'patch',
    'x-kubernetes-group-version-kind': { group: kind.group, version: version.name, kind: kind.kind },
    parameters: ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({ name, in: 'query' })),
    responses: {},
  };
}

function typeExtension(kind: Kind, version: KindVersion): readonly unknown[] {
  return [{ group: kind.group, version: version.name, kind: kind.kind }];
}

function customSchema(kind: Kind, version: KindVersion): unknown {
  return {
    type: 'object',
    properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } },
    'x-kubernetes-preserve-unknown-fields': true,
    'x-kubernetes-group-version-kind': [{ group: kind.group, version: version.name, kind: kind.kind }],
    description: `${kind.kind} of ${groupVersion(kind.group, version.name)}`,
  };
}

/** `autoscaling.v2.MetricSpec` → `io.k8s.api.autoscaling.v2.MetricSpec`, the names that explain prints types by. */
function schemaName(message: string): string {
  return message.startsWith('meta.') ? `io.k8s.apimachinery.pkg.apis.${message}` : `io.k8s.api.${message}`;
}

function addSchema(
  schemas: Record<string, unknown>,
  book: SchemaBook,
  message: string,
  gvk: readonly unknown[] | null,
): void {
  const name = schemaName(message);
  if (name in schemas) return;
  const fields = Object.entries(book[message] ?? {}).filter(([, field]) => field.isInline !== true);
  const required = fields.filter(([, field]) => field.isRequired === true).map(([field]) => field);
  const schema: Record<string, unknown> = {
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    ...(gvk === null ? {} : { 'x-kubernetes-group-version-kind': gvk }),
  };
  schemas[name] = schema;
  schema['properties'] = Object.fromEntries(fields.map(([field, type]) => [field, fieldSchema(schemas, book, type)]));
}

function fieldSchema(schemas: Record<string, unknown>, book: SchemaBook, field: Field): unknown {
  const value = typeSchema(schemas, book, field.type);
  if (field.shape === 'list') return { type: 'array', items: value };
  return field.shape === 'map' ? { type: 'object', additionalProperties: value } : value;
}

const SCALAR_SCHEMAS: Readonly<Record<Extract<FieldType, string>, unknown>> = {
  string: { type: 'string' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bool: { type: 'boolean' },
  bytes: { type: 'string', format: 'byte' },
  quantity: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity' },
  intOrString: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.util.intstr.IntOrString' },
  time: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Time' },
  microTime: { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime' },
  any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
};

/** Schemas of the scalars that upstream gives a name. */
const NAMED_SCALARS: Readonly<Record<string, unknown>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { oneOf: [{ type: 'string' }, { type: 'number' }] },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    format: 'int-or-string',
    oneOf: [{ type: 'integer' }, { type: 'string' }],
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { type: 'string', format: 'date-time' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': { type: 'string', format: 'date-time' },
};

function typeSchema(schemas: Record<string, unknown>, book: SchemaBook, type: FieldType): unknown {
  if (typeof type === 'object') {
    addSchema(schemas, book, type.message, null);
    return { allOf: [{ $ref: `#/components/schemas/${schemaName(type.message)}` }] };
  }
  const schema = SCALAR_SCHEMAS[type];
  const reference = (schema as { readonly $ref?: string }).$ref?.replace('#/components/schemas/', '');
  if (reference !== undefined) schemas[reference] = NAMED_SCALARS[reference];
  return schema;
}

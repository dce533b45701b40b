import type { ReadingRequest } from '../../platform/http/reading-request.ts';
import { unknownPath } from './answer.ts';
import type { ApiGroup } from './discovery.ts';
import { taggedAnswer, tagOf } from './entity-tag.ts';
import { acceptClauses, matchesRange } from './negotiation.ts';
import { GROUP_OPERATIONS, PATH_PARAMETERS, QUERIES, type ReadOperation } from './openapi-paths.ts';
import { GROUP_TYPES, SHARED_TYPES, type TypeSchema } from './openapi-types.ts';

/** The OpenAPI documents of the groups that are served. */
export interface OpenApi {
  /** Answers `/openapi/v2`, `/openapi/v3` and what is below the latter. Throws RefusedRequest. */
  answer(request: ReadingRequest): Promise<Response>;
}

/** How one of the two forms of OpenAPI writes what they both have. */
interface Dialect {
  readonly refPrefix: string;
  parameter(of: {
    readonly name: string;
    readonly in: 'query' | 'path';
    readonly description: string;
    readonly type: string;
  }): object;
  /** The fields of an operation that say what comes back. */
  answer(schema: object): object;
}

const V2: Dialect = {
  refPrefix: '#/definitions/',
  parameter: ({ name, in: place, description, type }) => ({
    ...{ uniqueItems: true, type, description, name, in: place },
    ...(place === 'path' ? { required: true } : {}),
  }),
  answer: (schema) => ({
    consumes: ['*/*'],
    produces: ['application/json', 'application/yaml'],
    schemes: ['https'],
    responses: { 200: { description: 'OK', schema } },
  }),
};

const V3: Dialect = {
  refPrefix: '#/components/schemas/',
  parameter: ({ name, in: place, description, type }) => ({
    ...{ name, in: place, description },
    ...(place === 'path' ? { required: true } : {}),
    schema: { type, uniqueItems: true },
  }),
  answer: (schema) => ({
    responses: {
      200: {
        description: 'OK',
        content: Object.fromEntries(['application/json', 'application/yaml'].map((type) => [type, { schema }])),
      },
    },
  }),
};

/** Where upstream's Go packages of the groups are, which is what the names of their types are made of. */
const TYPE_PREFIXES: Readonly<Record<string, string>> = {
  'metrics.k8s.io': 'io.k8s.metrics.pkg.apis.metrics',
  'custom.metrics.k8s.io': 'io.k8s.metrics.pkg.apis.custom_metrics',
  'external.metrics.k8s.io': 'io.k8s.metrics.pkg.apis.external_metrics',
};

const HEADERS = { 'cache-control': 'no-cache, private', vary: 'Accept' };
const JSON_HEADERS = { ...HEADERS, 'content-type': 'application/json' };

/** Makes the documents once: they depend on which groups are served and on nothing else. */
export function createOpenApi(
  groups: readonly ApiGroup[],
  info: { readonly title: string; readonly version: string },
): OpenApi {
  const served = groups.flatMap((group) => group.versions.map((version) => ({ group: group.name, version })));
  const v2 = tagged(v2Document(served, info));
  const v3 = new Map<string, Tagged>(
    served.map((each) => [`apis/${each.group}/${each.version}`, tagged(v3Document(each, info))]),
  );
  const paths = [...v3].map(([path, { tag }]) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${tag}` }]);
  const root = tagged({ paths: Object.fromEntries(paths) });
  return {
    async answer(request) {
      const { pathname, searchParams } = new URL(request.url);
      if (!acceptsJson(request)) return new Response(null, { status: 406, headers: HEADERS });
      if (pathname === '/openapi/v2') return taggedAnswer(request, { ...v2, headers: JSON_HEADERS });
      if (pathname === '/openapi/v3') return taggedAnswer(request, { ...root, headers: JSON_HEADERS });
      const path = pathname.replace('/openapi/v3/', '');
      const document = v3.get(path);
      if (document === undefined) throw unknownPath();
      return versionedAnswer(request, { path, document, hash: searchParams.get('hash') });
    },
  };
}

interface Tagged {
  readonly text: string;
  readonly tag: string;
}

function tagged(document: object): Tagged {
  const text = JSON.stringify(document);
  return { text, tag: tagOf(text) };
}

/** A document that is asked for by its hash never changes; the hash of another one is sent on to the present one. */
async function versionedAnswer(
  request: ReadingRequest,
  of: { readonly path: string; readonly document: Tagged; readonly hash: string | null },
): Promise<Response> {
  const { path, document, hash } = of;
  if (hash === null || hash === '') return taggedAnswer(request, { ...document, headers: JSON_HEADERS });
  if (hash !== document.tag) {
    return new Response(null, { status: 301, headers: { location: `/openapi/v3/${path}?hash=${document.tag}` } });
  }
  const headers = { ...JSON_HEADERS, 'cache-control': 'public, immutable' };
  return taggedAnswer(request, { ...document, headers });
}

function acceptsJson(request: ReadingRequest): boolean {
  const accept = request.headers.get('accept') ?? '';
  return accept === '' || acceptClauses(accept).some((clause) => matchesRange(clause, 'application/json'));
}

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

function v2Document(served: readonly GroupVersion[], info: object): object {
  return {
    swagger: '2.0',
    info,
    paths: Object.assign({}, ...served.map((each) => pathsOf(each, V2))),
    definitions: Object.assign({}, ...served.map((each) => schemasOf(each, V2))),
  };
}

function v3Document(served: GroupVersion, info: object): object {
  return { openapi: '3.0.0', info, paths: pathsOf(served, V3), components: { schemas: schemasOf(served, V3) } };
}

function pathsOf(served: GroupVersion, dialect: Dialect): object {
  const root = `/apis/${served.group}/${served.version}/`;
  const operations = GROUP_OPERATIONS[served.group] ?? [];
  return Object.fromEntries(
    operations.map((operation) => {
      const places = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
        name,
        in: 'path' as const,
        description: PATH_PARAMETERS[name] ?? '',
        type: 'string',
      }));
      const queries = operation.queryNames.map((name) => ({ name, in: 'query' as const, ...QUERIES[name] }));
      const parameters = [...places, ...queries].map((each) => dialect.parameter(each));
      return [root + operation.path, { get: operationOf(served, operation, dialect), parameters }];
    }),
  );
}

function operationOf(served: GroupVersion, operation: ReadOperation, dialect: Dialect): object {
  const { group, version } = served;
  const words = [...group.replace(/\.k8s\.io$/, '').split('.'), version].map(capitalized).join('');
  const verb = operation.action === 'get' ? 'read' : 'list';
  return {
    description: operation.description,
    operationId: `${verb}${words}${operation.subject}`,
    tags: [`${words.charAt(0).toLowerCase()}${words.slice(1)}`],
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': { group, version, kind: operation.kind },
    ...dialect.answer({ $ref: dialect.refPrefix + typeName(served, operation.answerKind) }),
  };
}

function schemasOf(served: GroupVersion, dialect: Dialect): object {
  const { group, version } = served;
  const types = GROUP_TYPES[`${group}/${version}`] ?? [];
  const own = types.map(({ name, schema, isKind }) => [
    typeName(served, name),
    {
      ...withReferences(schema, served, dialect),
      ...(isKind ? { 'x-kubernetes-group-version-kind': [{ group, kind: name, version }] } : {}),
    },
  ]);
  const shared = Object.entries(SHARED_TYPES).map(([name, schema]) => [name, withReferences(schema, served, dialect)]);
  return Object.fromEntries([...own, ...shared].sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

/** A reference with something beside it is wrapped: readers of OpenAPI 3.0 pass over what stands beside a reference. */
function withReferences(schema: TypeSchema, served: GroupVersion, dialect: Dialect): object {
  const { $ref, items, additionalProperties, properties, ...rest } = schema;
  const nested = (each: TypeSchema): object => withReferences(each, served, dialect);
  const target = $ref === undefined ? undefined : { $ref: dialect.refPrefix + typeName(served, $ref) };
  if (target !== undefined && rest.description === undefined) return target;
  return {
    ...rest,
    ...(target === undefined ? {} : dialect === V3 ? { allOf: [target] } : target),
    ...(items === undefined ? {} : { items: nested(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: nested(additionalProperties) }),
    ...(properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, nested(each)])) }),
  };
}

function typeName({ group, version }: GroupVersion, name: string): string {
  return name.includes('.') ? name : `${TYPE_PREFIXES[group]}.${version}.${name}`;
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

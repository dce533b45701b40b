import { createHash } from 'node:crypto';
import { recordAt, valueAt } from '../kinds/field-path.ts';

/** A document of OpenAPI v3 that the server made of a backend's older one. */
export interface DerivedOpenApi {
  readonly document: object;
  /** Of the document, in capitals, as the index names it. */
  readonly hash: string;
}

/**
 * The part of an OpenAPI v2 document that belongs to a group version, in the newer form, as upstream makes it for backends
 * that know only the older one. What `kubectl explain` reads is in it: schemas, and of operations what object they are of.
 * Undefined when nothing in it is of the group version. `path` is `apis/<group>/<version>`.
 */
export function deriveOpenApi(v2: unknown, path: string): DerivedOpenApi | undefined {
  const paths = Object.entries(recordAt(v2, 'paths')).filter(([each]) => each.startsWith(`/${path}/`));
  if (paths.length === 0) return undefined;
  const document = {
    openapi: '3.0.0',
    info: valueAt(v2, 'info') ?? {},
    paths: Object.fromEntries(paths.map(([each, item]) => [each, operationsOf(item)])),
    components: { schemas: withNewReferences(recordAt(v2, 'definitions')) },
  };
  const hash = createHash('sha256').update(JSON.stringify(document)).digest('hex').toUpperCase();
  return { document, hash };
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];

function operationsOf(item: unknown): object {
  const operations = METHODS.flatMap((method) => {
    const operation = valueAt(item, method);
    if (operation === undefined) return [];
    const kept = Object.entries(recordAt(operation)).filter(
      ([key]) => key.startsWith('x-') || key === 'description' || key === 'operationId' || key === 'tags',
    );
    return [[method, { ...Object.fromEntries(kept), responses: {} }]] as const;
  });
  return Object.fromEntries(operations);
}

/** The same value with every reference to a definition pointing to where version 3 keeps it. */
function withNewReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNewReferences);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      key === '$ref' && typeof each === 'string'
        ? each.replace(/^#\/definitions\//, '#/components/schemas/')
        : withNewReferences(each),
    ]),
  );
}

import { parse as parseYaml } from 'yaml';
import { errorText } from '../../base/failure.ts';
import { applyJsonPatch, JsonPatchError } from './json-patch.ts';
import { findDuplicateFields, JsonSyntaxError } from './json-scan.ts';
import { applyMergePatch } from './merge-patch.ts';
import type { ApiObject } from './object.ts';
import type { DecodedBody, ExpectedBody, FieldValidation } from './request-body.ts';
import { mediaType, toObject } from './request-body.ts';
import type { SchemaBook } from './schema.ts';
import { badRequest, invalid, StatusError, unsupportedMediaType } from './status.ts';
import { applyStrategicMerge, StrategicMergeError } from './strategic-merge.ts';
import { FieldTypeError } from './typed-object.ts';

const APPLY_TYPE = 'application/apply-patch+yaml';
const PATCH_TYPES = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  [APPLY_TYPE]: 'apply',
} as const;

export type PatchType = (typeof PATCH_TYPES)[keyof typeof PATCH_TYPES];

/** A patch as it came. */
export interface PatchBody {
  readonly type: PatchType;
  /** The parsed document. */
  readonly value: unknown;
  readonly duplicates: readonly string[];
}

/** Reads a PATCH's body by its Content-Type. Throws 400 and 415 Statuses. */
export function readPatch(body: Uint8Array, contentType: string | null, expected: ExpectedBody): PatchBody {
  const type = PATCH_TYPES[mediaType(contentType) as keyof typeof PATCH_TYPES] as PatchType | undefined;
  if (type === undefined) throw unsupportedMediaType(null);
  if (type === 'strategic' && expected.schema === null) {
    throw unsupportedMediaType(['application/json-patch+json', 'application/merge-patch+json', APPLY_TYPE]);
  }
  const text = new TextDecoder().decode(body);
  if (type === 'apply') return { type, value: parseApply(text), duplicates: [] };
  try {
    const duplicates = findDuplicateFields(text);
    return { type, value: JSON.parse(text), duplicates: type === 'json' ? [] : duplicates };
  } catch (thrown) {
    if (thrown instanceof JsonSyntaxError) throw badRequest(`error decoding patch: ${thrown.message}`);
    throw thrown;
  }
}

function parseApply(text: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: 100 });
  } catch (thrown) {
    throw badRequest(`error decoding YAML: ${errorText(thrown)}`);
  }
}

/**
 * Applies a patch (not an apply) to the version that a request shows. Throws the Statuses of a patch that cannot be
 * applied, and under `fieldValidation=Strict` upstream's 422 that quotes the whole object.
 */
export function patchObject(
  view: ApiObject,
  patch: PatchBody,
  expected: ExpectedBody,
  book: SchemaBook,
  validation: FieldValidation,
): DecodedBody {
  const patched = applied(view, patch, expected, book);
  if (!isRecord(patched)) throw badRequest('the patched object is no object');
  let decoded: DecodedBody;
  try {
    decoded = toObject(patched, expected, book, validation, patch.duplicates);
  } catch (thrown) {
    if (thrown instanceof FieldTypeError) throw invalidPatch(patched, thrown.message);
    throw thrown;
  }
  if (validation === 'Strict' && decoded.problems.length > 0) {
    throw invalidPatch(patched, `strict decoding error: ${decoded.problems.join(', ')}`);
  }
  return decoded;
}

function applied(view: ApiObject, patch: PatchBody, expected: ExpectedBody, book: SchemaBook): unknown {
  try {
    if (patch.type === 'json') return applyJsonPatch(view, patch.value);
    if (patch.type === 'merge') return applyMergePatch(view, patch.value);
    return applyStrategicMerge(book, expected.schema, view, patch.value);
  } catch (thrown) {
    if (thrown instanceof JsonPatchError) {
      // Upstream says no more than this, whatever went wrong.
      throw new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {
        details: {},
      });
    }
    if (thrown instanceof StrategicMergeError) throw new StatusError(500, null, thrown.message);
    throw thrown;
  }
}

function invalidPatch(patched: Record<string, unknown>, why: string): StatusError {
  const quoted = JSON.stringify(JSON.stringify(patched));
  return invalid({ group: '', kind: '' }, '', [
    {
      reason: 'FieldValueInvalid',
      field: 'patch',
      message: `Invalid value: ${quoted}: ${why}`,
    },
  ]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

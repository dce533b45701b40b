import { isDeepEqual } from './deep-equal.ts';

/** An operation that cannot be done: the whole patch is refused. */
export class JsonPatchError extends Error {
  override readonly name = 'JsonPatchError';
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** Operations that one patch may have, as upstream's limit. */
const OPERATIONS_MAX = 10_000;

/** Applies a JSON patch (RFC 6902) to a copy of the document. Throws JsonPatchError. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw new JsonPatchError('a JSON patch must be an array of operations');
  if (patch.length > OPERATIONS_MAX) {
    throw new JsonPatchError(
      `The allowed maximum operations in a JSON patch is ${OPERATIONS_MAX}, got ${patch.length}`,
    );
  }
  let result: unknown = structuredClone(document);
  for (const operation of patch) result = applyOperation(result, readOperation(operation));
  return result;
}

function readOperation(value: unknown): Operation {
  const operation = value as Partial<Operation> | null;
  if (typeof operation?.op !== 'string' || typeof operation.path !== 'string') {
    throw new JsonPatchError('an operation must have op and path');
  }
  return operation as Operation;
}

function applyOperation(document: unknown, operation: Operation): unknown {
  const path = parsePointer(operation.path);
  switch (operation.op) {
    case 'add':
      return addAt(document, path, operation.value);
    case 'remove':
      return removeAt(document, path);
    case 'replace':
      valueAt(document, path);
      return path.length === 0 ? operation.value : addAt(removeAt(document, path), path, operation.value);
    case 'move': {
      const from = parsePointer(operation.from ?? '');
      const moved = valueAt(document, from);
      return addAt(removeAt(document, from), path, moved);
    }
    case 'copy':
      return addAt(document, path, structuredClone(valueAt(document, parsePointer(operation.from ?? ''))));
    case 'test':
      if (!isDeepEqual(valueAt(document, path) ?? null, operation.value ?? null)) {
        throw new JsonPatchError(`testing value ${operation.path} failed`);
      }
      return document;
    default:
      throw new JsonPatchError(`unexpected kind: ${operation.op}`);
  }
}

function parsePointer(pointer: string): readonly string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw new JsonPatchError(`${pointer} is not a JSON pointer`);
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function child(parent: unknown, part: string): unknown {
  if (Array.isArray(parent)) {
    const index = listIndex(parent, part, parent.length - 1);
    return parent[index];
  }
  if (isRecord(parent) && Object.hasOwn(parent, part)) return parent[part];
  throw new JsonPatchError(`nonexistant key: ${part}: missing value`);
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const part of path) value = child(value, part);
  return value;
}

function parentAt(document: unknown, path: readonly string[]): unknown {
  return valueAt(document, path.slice(0, -1));
}

function addAt(document: unknown, path: readonly string[], value: unknown): unknown {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = parentAt(document, path);
  if (Array.isArray(parent)) {
    parent.splice(last === '-' ? parent.length : listIndex(parent, last, parent.length), 0, value);
  } else if (isRecord(parent)) {
    define(parent, last, value);
  } else {
    throw new JsonPatchError(`nothing can be added at /${path.join('/')}`);
  }
  return document;
}

function removeAt(document: unknown, path: readonly string[]): unknown {
  const last = path.at(-1);
  if (last === undefined) throw new JsonPatchError('the whole document cannot be removed');
  const parent = parentAt(document, path);
  child(parent, last);
  if (Array.isArray(parent)) parent.splice(listIndex(parent, last, parent.length - 1), 1);
  else delete (parent as Record<string, unknown>)[last];
  return document;
}

/** Own properties only: a patch must not reach `__proto__`. */
function define(parent: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(parent, name, { value, writable: true, enumerable: true, configurable: true });
}

function listIndex(list: readonly unknown[], part: string, max: number): number {
  const index = /^(0|[1-9]\d*)$/.test(part)
    ? Number(part)
    : /^-[1-9]\d*$/.test(part)
      ? list.length + Number(part)
      : NaN;
  if (!(index >= 0 && index <= max)) throw new JsonPatchError(`invalid index referenced: ${part}`);
  return index;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

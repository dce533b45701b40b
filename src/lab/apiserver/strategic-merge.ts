import { isDeepEqual } from './deep-equal.ts';
import type { Field, SchemaBook } from './schema.ts';

/** A patch that contradicts itself or the schema. */
export class StrategicMergeError extends Error {
  override readonly name = 'StrategicMergeError';
}

type Record_ = Record<string, unknown>;

const SET_ORDER = '$setElementOrder/';
const DELETE_FROM = '$deleteFromPrimitiveList/';

/**
 * Applies a strategic merge patch by the schema book: lists with a merge key merge by it, all others are replaced, and
 * the directives `$patch`, `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…` are obeyed. Null removes.
 * Throws StrategicMergeError.
 */
export function applyStrategicMerge(
  book: SchemaBook,
  messageName: string | null,
  target: unknown,
  patch: unknown,
): unknown {
  if (!isRecord(patch)) throw new StrategicMergeError('a strategic merge patch must be an object');
  return mergeMessage(book, messageName, isRecord(target) ? target : {}, patch);
}

function mergeMessage(book: SchemaBook, messageName: string | null, target: Record_, patch: Record_): Record_ {
  const directive = patch['$patch'];
  if (directive === 'delete') return {};
  if (directive === 'replace') return withoutDirectives(patch);
  if (directive !== undefined && directive !== 'merge') {
    throw new StrategicMergeError(`Unknown patch type found: ${JSON.stringify(directive)}`);
  }
  const result = retained(target, patch);
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith('$')) continue;
    const merged = mergeField(book, fieldOf(book, messageName, name), result[name], value, orderOf(patch, name));
    if (merged === undefined) delete result[name];
    else result[name] = merged;
  }
  deleteFromPrimitiveLists(result, patch);
  sortUnpatchedLists(book, messageName, result, patch);
  return result;
}

/** `$retainKeys` names the fields that may stay: a union's former member goes. */
function retained(target: Record_, patch: Record_): Record_ {
  const keep = patch['$retainKeys'];
  if (!Array.isArray(keep)) return { ...target };
  return Object.fromEntries(Object.entries(target).filter(([name]) => keep.includes(name)));
}

function mergeField(
  book: SchemaBook,
  field: Field | undefined,
  target: unknown,
  value: unknown,
  order: readonly unknown[] | undefined,
): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    if (field?.mergeKey === undefined) return value.map(stripped);
    const before = Array.isArray(target) ? target : [];
    return field.mergeKey === ''
      ? mergePrimitiveList(before, value, order)
      : mergeList(book, field, field.mergeKey, before, value, order);
  }
  if (!isRecord(value)) return value;
  const base = isRecord(target) ? target : {};
  if (value['$patch'] === 'delete') return undefined;
  return mergeMessage(book, messageOf(field), base, value);
}

function mergeList(
  book: SchemaBook,
  field: Field,
  mergeKey: string,
  target: readonly unknown[],
  patch: readonly unknown[],
  order: readonly unknown[] | undefined,
): unknown[] {
  const items = patch.map((item) => checkedItem(item, mergeKey));
  if (order !== undefined) checkOrder(items, order, mergeKey);
  if (items.some((item) => item['$patch'] === 'replace')) {
    return items.filter((item) => item['$patch'] !== 'replace').map(stripped);
  }
  let result = [...target];
  for (const item of items) {
    const isSame = (other: unknown): boolean => isRecord(other) && isDeepEqual(other[mergeKey], item[mergeKey]);
    if (item['$patch'] === 'delete') {
      result = result.filter((other) => !isSame(other));
      continue;
    }
    const at = result.findIndex(isSame);
    const merged = mergeMessage(book, messageOf(field), at === -1 ? {} : (result[at] as Record_), item);
    if (at === -1) result.push(merged);
    else result[at] = merged;
  }
  return order === undefined ? result : sortByOrder(result, target, order, (item) => keyOf(item, mergeKey));
}

function checkedItem(item: unknown, mergeKey: string): Record_ {
  if (!isRecord(item)) throw new StrategicMergeError(`expected an object in a list that is merged by ${mergeKey}`);
  if (item[mergeKey] === undefined && item['$patch'] !== 'replace') {
    throw new StrategicMergeError(`map: ${mapText(item)} does not contain declared merge key: ${mergeKey}`);
  }
  const directive = item['$patch'];
  if (directive !== undefined && !ITEM_DIRECTIVES.includes(directive)) {
    throw new StrategicMergeError(`unknown patch type: ${String(directive)} in map: ${mapText(item)}`);
  }
  return item;
}

const ITEM_DIRECTIVES: readonly unknown[] = ['delete', 'replace', 'merge'];

/** The elements of a patch must come in the order that it gives for the list, and be named there. */
function checkOrder(items: readonly Record_[], order: readonly unknown[], mergeKey: string): void {
  let at = 0;
  for (const item of items) {
    if (item['$patch'] !== undefined) continue;
    while (at < order.length && !isDeepEqual(keyOf(order[at], mergeKey), item[mergeKey])) at += 1;
    if (at === order.length) {
      throw new StrategicMergeError(
        `The order in patch list:\n${listText(items)}\n doesn't match $setElementOrder list:\n${listText(order)}\n`,
      );
    }
  }
}

function listText(items: readonly unknown[]): string {
  return `[${items.map(mapText).join(' ')}]`;
}

/** A map as Go prints it: `map[image:x name:d]`. */
function mapText(value: unknown): string {
  if (!isRecord(value)) return String(value);
  const fields = Object.keys(value).sort();
  return `map[${fields.map((field) => `${field}:${mapText(value[field])}`).join(' ')}]`;
}

function mergePrimitiveList(
  target: readonly unknown[],
  patch: readonly unknown[],
  order: readonly unknown[] | undefined,
): unknown[] {
  const result = [...new Set([...target, ...patch])];
  return order === undefined ? result : sortByOrder(result, target, order, (item) => item);
}

/**
 * Puts the named elements into the given order, and each that only the server has before the first of them that stood
 * behind it, as upstream merges the two lists.
 */
function sortByOrder(
  items: readonly unknown[],
  before: readonly unknown[],
  order: readonly unknown[],
  key: (item: unknown) => unknown,
): unknown[] {
  const keys = order.map((entry) => key(entry));
  const rank = (item: unknown): number => keys.findIndex((each) => isDeepEqual(each, key(item)));
  const named = items.filter((item) => rank(item) !== -1).sort((left, right) => rank(left) - rank(right));
  const serverOnly = items.filter((item) => rank(item) === -1);
  const position = (item: unknown): number => before.findIndex((other) => isDeepEqual(key(other), key(item)));
  const result: unknown[] = [];
  let next = 0;
  for (const item of serverOnly) {
    // Elements of the given order go first as long as they stood before this one, or are new.
    while (next < named.length && (position(named[next]) === -1 || position(named[next]) < position(item))) {
      result.push(named[next]);
      next += 1;
    }
    result.push(item);
  }
  return [...result, ...named.slice(next)];
}

function keyOf(item: unknown, mergeKey: string): unknown {
  return isRecord(item) ? item[mergeKey] : undefined;
}

function orderOf(patch: Record_, name: string): readonly unknown[] | undefined {
  const order = patch[`${SET_ORDER}${name}`];
  return Array.isArray(order) ? order : undefined;
}

function deleteFromPrimitiveLists(result: Record_, patch: Record_): void {
  for (const [directive, values] of Object.entries(patch)) {
    if (!directive.startsWith(DELETE_FROM) || !Array.isArray(values)) continue;
    const name = directive.slice(DELETE_FROM.length);
    const list = result[name];
    if (Array.isArray(list)) result[name] = list.filter((item) => !values.includes(item));
  }
}

/** An order may come without a change of the list's elements. */
function sortUnpatchedLists(book: SchemaBook, messageName: string | null, result: Record_, patch: Record_): void {
  for (const [directive, order] of Object.entries(patch)) {
    if (!directive.startsWith(SET_ORDER) || !Array.isArray(order)) continue;
    const name = directive.slice(SET_ORDER.length);
    const list = result[name];
    const mergeKey = fieldOf(book, messageName, name)?.mergeKey;
    if (!Array.isArray(list) || mergeKey === undefined || Object.hasOwn(patch, name)) continue;
    const key = mergeKey === '' ? (item: unknown) => item : (item: unknown) => keyOf(item, mergeKey);
    result[name] = sortByOrder(list, list, order, key);
  }
}

function fieldOf(book: SchemaBook, messageName: string | null, name: string): Field | undefined {
  const message = messageName === null ? undefined : book[messageName];
  if (message === undefined) return undefined;
  if (Object.hasOwn(message, name)) return message[name];
  for (const field of Object.values(message)) {
    if (field.isInline === true) {
      const inner = fieldOf(book, messageOf(field), name);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}

function messageOf(field: Field | undefined): string | null {
  return field !== undefined && typeof field.type === 'object' ? field.type.message : null;
}

function withoutDirectives(value: Record_): Record_ {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, child]) => !name.startsWith('$') && child !== null)
      .map(([name, child]) => [name, stripped(child)]),
  );
}

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  return isRecord(value) ? withoutDirectives(value) : value;
}

function isRecord(value: unknown): value is Record_ {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

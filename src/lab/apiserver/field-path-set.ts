import type { Field, SchemaBook } from './schema.ts';

/** One step into an object: a field, the element of a list with this key, or this very element of a set. */
export type PathStep =
  | { readonly field: string }
  | { readonly key: string; readonly value: unknown }
  | { readonly member: unknown };

/** A place in an object. */
export interface FieldPath {
  /** `.spec.template.spec.containers[name="web"].image`, as upstream's conflicts name it. */
  readonly text: string;
  readonly steps: readonly PathStep[];
}

/** Fields of metadata that the server alone decides on. */
const SERVER_METADATA: readonly string[] = [
  'name',
  'namespace',
  'generateName',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
];

/**
 * The places of an object that somebody can own: scalars, lists and maps that change as a whole, and elements of lists
 * that merge by a key. Status and what the server decides on are left out.
 */
export function ownablePaths(book: SchemaBook, messageName: string | null, object: unknown): readonly FieldPath[] {
  const found: FieldPath[] = [];
  const {
    apiVersion: _apiVersion,
    kind: _kind,
    status: _status,
    metadata,
    ...rest
  } = object as Record<string, unknown>;
  const ownMetadata = Object.entries((metadata ?? {}) as object).filter(([name]) => !SERVER_METADATA.includes(name));
  walk(book, messageName, { metadata: Object.fromEntries(ownMetadata), ...rest }, { text: '', steps: [] }, found);
  return found;
}

function walk(book: SchemaBook, messageName: string | null, value: unknown, at: FieldPath, found: FieldPath[]): void {
  for (const [name, child] of Object.entries(value as Record<string, unknown>)) {
    if (child === undefined) continue;
    const path = { text: `${at.text}.${name}`, steps: [...at.steps, { field: name }] };
    walkField(book, messageName === null ? undefined : book[messageName]?.[name], child, path, found);
  }
}

function walkField(
  book: SchemaBook,
  field: Field | undefined,
  value: unknown,
  at: FieldPath,
  found: FieldPath[],
): void {
  const messageName = field !== undefined && typeof field.type === 'object' ? field.type.message : null;
  if (Array.isArray(value)) {
    const mergeKey = field?.mergeKey;
    if (mergeKey === undefined) found.push(at);
    else if (mergeKey === '') for (const member of value) found.push(memberPath(at, member));
    else for (const element of value) walkElement(book, messageName, mergeKey, element, at, found);
  } else if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
    walk(book, messageName, value, at, found);
  } else {
    found.push(at);
  }
}

function memberPath(at: FieldPath, member: unknown): FieldPath {
  return { text: `${at.text}[=${JSON.stringify(member)}]`, steps: [...at.steps, { member }] };
}

function walkElement(
  book: SchemaBook,
  messageName: string | null,
  key: string,
  element: unknown,
  at: FieldPath,
  found: FieldPath[],
): void {
  const value = (element as Record<string, unknown> | null)?.[key];
  const path = { text: `${at.text}[${key}=${JSON.stringify(value)}]`, steps: [...at.steps, { key, value }] };
  found.push(path);
  if (typeof element === 'object' && element !== null) walk(book, messageName, element, path, found);
}

/** What stands at a place; undefined when nothing does. */
export function valueAtPath(object: unknown, { steps }: FieldPath): unknown {
  let value = object;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null) return undefined;
    if ('field' in step) value = (value as Record<string, unknown>)[step.field];
    else value = (value as readonly unknown[])[indexOf(value as readonly unknown[], step)];
  }
  return value;
}

/** The object without what stands at a place; parents stay, even when nothing else is in them. */
export function withoutPath(object: unknown, { steps }: FieldPath): unknown {
  return removeStep(object, steps);
}

function removeStep(value: unknown, [step, ...rest]: readonly PathStep[]): unknown {
  if (step === undefined || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const index = 'field' in step ? -1 : indexOf(value, step);
    if (index === -1) return value;
    return rest.length === 0 ? value.toSpliced(index, 1) : value.with(index, removeStep(value[index], rest));
  }
  if (!('field' in step)) return value;
  const { [step.field]: child, ...others } = value as Record<string, unknown>;
  return rest.length === 0 || child === undefined ? others : { ...value, [step.field]: removeStep(child, rest) };
}

function indexOf(list: readonly unknown[], step: Exclude<PathStep, { readonly field: string }>): number {
  return list.findIndex((element) =>
    'member' in step ? element === step.member : (element as Record<string, unknown> | null)?.[step.key] === step.value,
  );
}

/** Reads of plain JSON by path: absent, null and wrongly typed values all read as the type's zero value. */

/** The value at a path; undefined when any step is absent. */
export function valueAt(root: unknown, ...path: readonly (string | number)[]): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return value ?? undefined;
}

export function textAt(root: unknown, ...path: readonly (string | number)[]): string {
  const value = valueAt(root, ...path);
  return typeof value === 'string' ? value : '';
}

export function numberAt(root: unknown, ...path: readonly (string | number)[]): number {
  const value = valueAt(root, ...path);
  return typeof value === 'number' ? value : 0;
}

export function listAt(root: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const value = valueAt(root, ...path);
  return Array.isArray(value) ? value : [];
}

export function recordAt(root: unknown, ...path: readonly (string | number)[]): Readonly<Record<string, unknown>> {
  const value = valueAt(root, ...path);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** The object with its absent or null fields filled in from `defaults`. Fields that are there stay. */
export function withDefaults<T extends object>(object: T, defaults: Readonly<Record<string, unknown>>): T {
  const filled = { ...object } as Record<string, unknown>;
  for (const [name, value] of Object.entries(defaults)) {
    if (value !== undefined && (filled[name] === undefined || filled[name] === null)) filled[name] = value;
  }
  return filled as T;
}

/** Reads a part of a stored value, or throws RecordProblem with the path of what is wrong. */
export type RecordReader<T> = (value: unknown, path: string) => T;

/** What is wrong with a stored value: `scaling.steps[0].atMs: must be a number, is "x"`. */
export class RecordProblem extends Error {
  override readonly name = 'RecordProblem';

  constructor(path: string, rule: string, value: unknown) {
    super(`${path === '' ? 'the value' : path}: ${rule}, is ${shown(value)}`);
  }
}

export const text: RecordReader<string> = (value, path) =>
  typeof value === 'string' ? value : refuse(path, 'must be a text', value);

export const flag: RecordReader<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : refuse(path, 'must be true or false', value);

/** Instants, durations and ratios. */
export const finite: RecordReader<number> = (value, path) =>
  typeof value === 'number' && Number.isFinite(value) ? value : refuse(path, 'must be a number', value);

/** Replicas and other numbers of things. */
export const count: RecordReader<number> = (value, path) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : refuse(path, 'must be a whole number from 0', value);

export function nullable<T>(inner: RecordReader<T>): RecordReader<T | null> {
  return (value, path) => (value === null ? null : inner(value, path));
}

/** What JSON leaves out. */
export function optional<T>(inner: RecordReader<T>): RecordReader<T | undefined> {
  return (value, path) => (value === undefined ? undefined : inner(value, path));
}

export function oneOf<T extends string>(...known: readonly T[]): RecordReader<T> {
  return (value, path) =>
    known.find((candidate) => candidate === value) ?? refuse(path, `must be one of ${known.join(', ')}`, value);
}

export function list<T>(inner: RecordReader<T>, countMax: number): RecordReader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) return refuse(path, 'must be a list', value);
    if (value.length > countMax) return refuse(path, `must have at most ${countMax} entries`, value.length);
    return value.map((item, index) => inner(item, `${path}[${index}]`));
  };
}

/** An object with these fields; others are left out. */
export function struct<T extends object>(fields: { readonly [K in keyof T]-?: RecordReader<T[K]> }): RecordReader<T> {
  return (value, path) => {
    const record = asObject(value, path);
    const entries = Object.entries<RecordReader<unknown>>(fields).map(([key, read]) => [
      key,
      read(record[key], path === '' ? key : `${path}.${key}`),
    ]);
    return Object.fromEntries(entries) as T;
  };
}

/** An object of texts by name. */
export function texts(countMax: number): RecordReader<Readonly<Record<string, string>>> {
  return (value, path) => {
    const entries = Object.entries(asObject(value, path));
    if (entries.length > countMax) return refuse(path, `must have at most ${countMax} entries`, entries.length);
    return Object.fromEntries(entries.map(([key, item]) => [key, text(item, `${path}.${key}`)]));
  };
}

/** An object that must be one. */
export function asObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  return refuse(path, 'must be an object', value);
}

function refuse(path: string, rule: string, value: unknown): never {
  throw new RecordProblem(path, rule, value);
}

const SHOWN_LENGTH_MAX = 80;

function shown(value: unknown): string {
  const json = value === undefined ? 'missing' : JSON.stringify(value);
  return json.length <= SHOWN_LENGTH_MAX ? json : `${json.slice(0, SHOWN_LENGTH_MAX)}…`;
}

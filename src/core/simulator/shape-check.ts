/** A place in a document and what is wrong there. */
export interface ShapeProblem {
  /** `steps[3].metrics[0]`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
}

/** Says what is wrong with a value; null when nothing is. */
export type ShapeCheck = (value: unknown) => ShapeProblem | null;

/** An object that may hold these fields and no other; the required ones must be there. */
export function fields(known: Readonly<Record<string, ShapeCheck>>, required: readonly string[] = []): ShapeCheck {
  return (value) => {
    if (!isRecord(value)) return wrong('an object', value);
    for (const key of Object.keys(value)) {
      const check = Object.hasOwn(known, key) ? known[key] : undefined;
      if (check === undefined) return { path: key, message: 'unknown field' };
      const problem = value[key] === undefined ? null : check(value[key]);
      if (problem !== null) return below(key, problem);
    }
    for (const key of required) if (!Object.hasOwn(value, key)) return { path: key, message: 'is missing' };
    return null;
  };
}

/** A list whose items all pass. */
export function items(check: ShapeCheck): ShapeCheck {
  return (value) => {
    if (!Array.isArray(value)) return wrong('a list', value);
    for (const [index, item] of value.entries()) {
      const problem = check(item);
      if (problem !== null) return below(`[${index}]`, problem);
    }
    return null;
  };
}

/** An object whose keys are data and whose values all pass. */
export function mapOf(check: ShapeCheck): ShapeCheck {
  return (value) => {
    if (!isRecord(value)) return wrong('an object', value);
    for (const key of Object.keys(value)) {
      const problem = check(value[key]);
      if (problem !== null) return below(key, problem);
    }
    return null;
  };
}

/** Null, or what passes. */
export function nullable(check: ShapeCheck): ShapeCheck {
  return (value) => (value === null ? null : check(value));
}

/** What a predicate accepts; `expected` completes the sentence "must be …". */
export function scalar(expected: string, isAccepted: (value: unknown) => boolean): ShapeCheck {
  return (value) => (isAccepted(value) ? null : wrong(expected, value));
}

export const TEXT = scalar('a string', (value) => typeof value === 'string');

export const FLAG = scalar('true or false', (value) => typeof value === 'boolean');

export const INTEGER = scalar('an integer', (value) => Number.isSafeInteger(value));

/** What Go holds a replica count in. */
export const INT32 = scalar(
  'an integer of 32 bits',
  (value) => Number.isInteger(value) && value === (Number(value) | 0),
);

const INSTANT_MIN_MS = -62_135_596_800_000;
const INSTANT_MAX_MS = 253_402_300_799_999;

/** Epoch milliseconds of an instant that RFC 3339 can spell. */
export const INSTANT = scalar(
  'epoch milliseconds (an integer, years 1 to 9999)',
  (value) => Number.isInteger(value) && Number(value) >= INSTANT_MIN_MS && Number(value) <= INSTANT_MAX_MS,
);

export const NUMBER = scalar('a number', (value) => typeof value === 'number' && Number.isFinite(value));

/** The problem of a value of the wrong kind. */
export function wrong(expected: string, value: unknown): ShapeProblem {
  return { path: '', message: `must be ${expected}, not ${shown(value)}` };
}

/** A problem seen from one level above. */
export function below(step: string, { path, message }: ShapeProblem): ShapeProblem {
  const isJoined = path === '' || path.startsWith('[');
  return { path: isJoined ? step + path : `${step}.${path}`, message };
}

/** Whether a value is an object of fields. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const SHOWN_LENGTH_MAX = 60;

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}

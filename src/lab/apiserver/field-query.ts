import type { Kind } from './kind.ts';
import type { ApiObject } from './object.ts';
import { badRequest } from './status.ts';

/** Whether an object is selected by the values of its fields. */
export interface FieldQuery {
  readonly matches: (object: ApiObject) => boolean;
  /** The name that `metadata.name=…` asks for, so that one object need not be found by walking all of them. */
  readonly name: string | null;
}

const COMMON_FIELDS: Readonly<Record<string, (object: ApiObject) => string>> = {
  'metadata.name': (object) => object.metadata.name,
  'metadata.namespace': (object) => object.metadata.namespace ?? '',
};

interface Term {
  readonly field: string;
  readonly isEqual: boolean;
  readonly value: string;
}

/**
 * Reads a field selector (`metadata.name=web,status.phase!=Failed`). Throws a 400 Status for a field that the kind does
 * not offer, with upstream's list of those that it does.
 */
export function parseFieldQuery(text: string, kind: Kind): FieldQuery {
  const selectable = { ...COMMON_FIELDS, ...kind.selectableFields };
  const terms = splitTerms(text).map(parseTerm);
  for (const { field } of terms) {
    if (!Object.hasOwn(selectable, field)) {
      const known = Object.keys(selectable).map((name) => `"${name}"`);
      const message =
        kind.selectableFields === undefined
          ? `"${field}" is not a known field selector: only ${known.join(', ')}`
          : `field label not supported: ${field}`;
      throw badRequest(message);
    }
  }
  return {
    matches: (object) =>
      terms.every(({ field, isEqual, value }) => (selectable[field]?.(object) === value) === isEqual),
    name: terms.find(({ field, isEqual }) => field === 'metadata.name' && isEqual)?.value ?? null,
  };
}

/** Commas separate terms; a backslash keeps one inside a value. */
function splitTerms(text: string): readonly string[] {
  const terms: string[] = [];
  let term = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '\\') {
      term += char + (text[at + 1] ?? '');
      at += 1;
    } else if (char === ',') {
      terms.push(term);
      term = '';
    } else {
      term += char;
    }
  }
  terms.push(term);
  return terms.filter((each) => each.trim() !== '');
}

function parseTerm(text: string): Term {
  const match = /^([^=!]*)(!=|==|=)(.*)$/s.exec(text);
  if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${text}'`);
  return {
    field: (match[1] ?? '').trim(),
    isEqual: match[2] !== '!=',
    value: (match[3] ?? '').replace(/\\([\\,=])/g, '$1'),
  };
}

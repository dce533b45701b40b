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

/**
 * The one name that a field selector allows, by which a right to objects of that name covers a list or a watch; null for any
 * other selector, and for one that breaks the grammar, which is refused later.
 */
export function selectedName(text: string): string | null {
  for (const term of splitTerms(text)) {
    const match = TERM.exec(term);
    if (match === null) return null;
    const { field, isEqual, value } = termOf(match);
    if (field === 'metadata.name' && isEqual && value !== '') return value;
  }
  return null;
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

const TERM = /^([^=!]*)(!=|==|=)(.*)$/s;

function parseTerm(text: string): Term {
  const match = TERM.exec(text);
  if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${text}'`);
  return termOf(match);
}

function termOf([, field = '', operator, value = '']: RegExpExecArray): Term {
  return { field: field.trim(), isEqual: operator !== '!=', value: value.replace(/\\([\\,=])/g, '$1') };
}

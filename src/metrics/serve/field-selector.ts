/** One term of a field selector. */
export interface FieldTerm {
  readonly field: string;
  readonly isEqual: boolean;
  readonly value: string;
}

/** All terms hold; or upstream's whole error text. */
export type FieldSelectorResult =
  | { readonly kind: 'terms'; readonly terms: readonly FieldTerm[] }
  | { readonly kind: 'invalid'; readonly message: string };

/** `!=` first, and `==` before its own beginning. */
const OPERATORS = ['!=', '==', '='] as const;

/**
 * Reads `metadata.name=web-1,metadata.namespace!=shop` with upstream's grammar and texts (apimachinery, fields): commas,
 * equals signs and backslashes in values are escaped by a backslash, blanks count, and only the known fields may be asked
 * for.
 */
export function parseFieldSelector(text: string, knownFields: readonly string[]): FieldSelectorResult {
  const terms: FieldTerm[] = [];
  for (const part of splitTerms(text).sort()) {
    if (part === '') continue;
    const term = splitTerm(part);
    if (term === undefined) {
      return { kind: 'invalid', message: `invalid selector: '${text}'; can't understand '${part}'` };
    }
    const value = unescapeValue(term.value);
    if (value.kind === 'invalid') return value;
    terms.push({ ...term, value: value.text });
  }
  for (const { field } of terms) {
    if (knownFields.includes(field)) continue;
    const known = knownFields.map((name) => `"${name}"`).join(', ');
    return { kind: 'invalid', message: `"${field}" is not a known field selector: only ${known}` };
  }
  return { kind: 'terms', terms };
}

/** Whether an object with these fields is selected; a field that it does not have is empty. */
export function matchesFields(terms: readonly FieldTerm[], fields: Readonly<Record<string, string>>): boolean {
  return terms.every(({ field, isEqual, value }) => ((fields[field] ?? '') === value) === isEqual);
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let startIndex = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === ',') {
      terms.push(text.slice(startIndex, index));
      startIndex = index + 1;
    }
  }
  return [...terms, text.slice(startIndex)];
}

function splitTerm(part: string): FieldTerm | undefined {
  for (let index = 0; index < part.length; index += 1) {
    const operator = OPERATORS.find((each) => part.startsWith(each, index));
    if (operator === undefined) continue;
    const value = part.slice(index + operator.length);
    return { field: part.slice(0, index), isEqual: operator !== '!=', value };
  }
  return undefined;
}

type UnescapedValue =
  | { readonly kind: 'value'; readonly text: string }
  | Extract<FieldSelectorResult, { kind: 'invalid' }>;

function unescapeValue(value: string): UnescapedValue {
  let text = '';
  let isEscaped = false;
  for (const character of value) {
    if (isEscaped) {
      if (!'\\,='.includes(character)) return invalidEscape(`\\${character}`);
      text += character;
      isEscaped = false;
    } else if (character === '\\') isEscaped = true;
    else if (character === ',' || character === '=') {
      // Upstream prints the number of the character.
      const code = character.codePointAt(0);
      return { kind: 'invalid', message: `invalid field selector: unescaped character in value: ${code}` };
    } else text += character;
  }
  return isEscaped ? invalidEscape('\\') : { kind: 'value', text };
}

function invalidEscape(sequence: string): UnescapedValue {
  return { kind: 'invalid', message: `invalid field selector: invalid escape sequence: ${sequence}` };
}

import { jsonText, quoteText } from '../../base/go-text.ts';

export type FieldErrorType =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong';

/** One validation error as the API server reports it; the members are those of a Status cause. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** Path of the field: `spec.metrics[0].type`. */
  readonly field: string;
  /** The message of the cause, without the path. */
  readonly message: string;
}

const TYPE_TEXT: Readonly<Record<FieldErrorType, string>> = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
};

/** The error in one line: `spec.minReplicas: Invalid value: -1: must be greater than or equal to 1`. */
export function fieldErrorText({ field, message }: FieldError): string {
  return `${field}: ${message}`;
}

/** The message of the API error `Invalid` that these errors make, each text once. */
export function rejectionText(qualifiedKind: string, name: string, errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(fieldErrorText))];
  const whole = texts.length > 1 ? `[${texts.join(', ')}]` : (texts[0] ?? '');
  return `${qualifiedKind} ${quoteText(name)} is invalid${whole === '' ? '' : `: ${whole}`}`;
}

export function required(field: string, detail = ''): FieldError {
  return fieldError('FieldValueRequired', field, [detail]);
}

export function forbidden(field: string, detail: string): FieldError {
  return fieldError('FieldValueForbidden', field, [detail]);
}

export function tooLong(field: string, bytesMax: number): FieldError {
  return fieldError('FieldValueTooLong', field, [`may not be more than ${bytesMax} bytes`]);
}

/** A wrong text, number or boolean; texts are shown with Go's `%q`. */
export function invalid(field: string, value: string | number | boolean, detail: string): FieldError {
  return fieldError('FieldValueInvalid', field, [typeof value === 'string' ? quoteText(value) : String(value), detail]);
}

/** A wrong value of a type of its own, which upstream shows as JSON. */
export function invalidTyped(field: string, value: unknown, detail: string): FieldError {
  return fieldError('FieldValueInvalid', field, [jsonText(value), detail]);
}

/** A value outside an enumeration, whose values come sorted. */
export function notSupported(field: string, value: string, supported: readonly string[]): FieldError {
  const list = supported.map(quoteText).join(', ');
  return fieldError('FieldValueNotSupported', field, [jsonText(value), `supported values: ${list}`]);
}

function fieldError(type: FieldErrorType, field: string, details: readonly string[]): FieldError {
  return { type, field, message: [TYPE_TEXT[type], ...details.filter((detail) => detail !== '')].join(': ') };
}

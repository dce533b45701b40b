import type { FieldError, NameRule } from './kind.ts';
import type { Metadata } from './object.ts';

const LABEL_FORM = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN_FORM = `${LABEL_FORM}(\\.${LABEL_FORM})*`;
const DNS1035_FORM = '[a-z]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED_NAME_FORM = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE_FORM = '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?';

const SUBDOMAIN = new RegExp(`^${SUBDOMAIN_FORM}$`);
const LABEL = new RegExp(`^${LABEL_FORM}$`);
const DNS1035 = new RegExp(`^${DNS1035_FORM}$`);
const QUALIFIED_NAME = new RegExp(`^${QUALIFIED_NAME_FORM}$`);
const LABEL_VALUE = new RegExp(`^${LABEL_VALUE_FORM}$`);

const SUBDOMAIN_LENGTH_MAX = 253;
const LABEL_LENGTH_MAX = 63;
const ANNOTATIONS_BYTES_MAX = 256 * 1024;

/** Why a name is none, in upstream's words; empty when it is fine. */
export function nameProblems(rule: NameRule, name: string): readonly string[] {
  switch (rule) {
    case 'subdomain':
      return subdomainProblems(name);
    case 'label':
      return formProblems(
        name,
        LABEL,
        LABEL_LENGTH_MAX,
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '" +
          `${LABEL_FORM}')`,
      );
    case 'dns1035label':
      return formProblems(
        name,
        DNS1035,
        LABEL_LENGTH_MAX,
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '" +
          `${DNS1035_FORM}')`,
      );
    case 'path':
      return pathProblems(name);
  }
}

function formProblems(name: string, form: RegExp, lengthMax: number, message: string): string[] {
  const problems: string[] = [];
  if (name.length > lengthMax) problems.push(`must be no more than ${lengthMax} bytes`);
  if (!form.test(name)) problems.push(message);
  return problems;
}

function subdomainProblems(name: string): string[] {
  return formProblems(
    name,
    SUBDOMAIN,
    SUBDOMAIN_LENGTH_MAX,
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '" +
      `${SUBDOMAIN_FORM}')`,
  );
}

function pathProblems(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
}

/** What is wrong with the metadata of an object that is written, beyond its name rule's own problems. */
export function metadataErrors(metadata: Metadata, rule: NameRule): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (metadata.name === '') {
    errors.push({
      reason: 'FieldValueRequired',
      field: 'metadata.name',
      message: 'Required value: name or generateName is required',
    });
  } else {
    for (const problem of nameProblems(rule, metadata.name))
      errors.push(invalidValue('metadata.name', metadata.name, problem));
  }
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    for (const problem of qualifiedNameProblems(key)) errors.push(invalidValue('metadata.labels', key, problem));
    for (const problem of labelValueProblems(value)) errors.push(invalidValue('metadata.labels', value, problem));
  }
  errors.push(...annotationErrors(metadata.annotations ?? {}));
  for (const finalizer of metadata.finalizers ?? []) {
    for (const problem of qualifiedNameProblems(finalizer))
      errors.push(invalidValue('metadata.finalizers', finalizer, problem));
  }
  return errors;
}

function annotationErrors(annotations: Readonly<Record<string, string>>): FieldError[] {
  const errors: FieldError[] = [];
  let sizeBytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const problem of qualifiedNameProblems(key.toLowerCase()))
      errors.push(invalidValue('metadata.annotations', key, problem));
    sizeBytes += key.length + value.length;
  }
  if (sizeBytes > ANNOTATIONS_BYTES_MAX) {
    errors.push({
      reason: 'FieldValueTooLong',
      field: 'metadata.annotations',
      message: `Too long: may not be more than ${ANNOTATIONS_BYTES_MAX} bytes`,
    });
  }
  return errors;
}

/** Why a text is no label key (`example.com/name`); empty when it is one. */
export function qualifiedNameProblems(key: string): readonly string[] {
  const parts = key.split('/');
  const problems: string[] = [];
  const explanation = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED_NAME_FORM}')`;
  if (parts.length > 2) {
    return [
      `a qualified name ${explanation} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? '';
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') problems.push('prefix part must be non-empty');
    else problems.push(...subdomainProblems(prefix).map((problem) => `prefix part ${problem}`));
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > LABEL_LENGTH_MAX) problems.push(`name part must be no more than ${LABEL_LENGTH_MAX} bytes`);
  if (!QUALIFIED_NAME.test(name)) problems.push(`name part ${explanation}`);
  return problems;
}

/** Why a text is no label value; empty when it is one. */
export function labelValueProblems(value: string): readonly string[] {
  const problems: string[] = [];
  if (value.length > LABEL_LENGTH_MAX) problems.push(`must be no more than ${LABEL_LENGTH_MAX} bytes`);
  if (!LABEL_VALUE.test(value)) {
    problems.push(
      `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${LABEL_VALUE_FORM}')`,
    );
  }
  return problems;
}

function invalidValue(field: string, value: unknown, problem: string): FieldError {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value)}: ${problem}` };
}

import {
  dnsLabelProblems,
  dnsSubdomainProblems,
  labelKeyProblems,
  labelValueProblems,
  pathSegmentProblems,
} from '../../base/name-syntax.ts';
import type { FieldError, NameRule } from './kind.ts';
import type { Metadata } from './object.ts';

const DNS1035_FORM = '[a-z]([-a-z0-9]*[a-z0-9])?';
const DNS1035 = new RegExp(`^${DNS1035_FORM}$`);
const DNS1035_LENGTH_MAX = 63;
const ANNOTATIONS_BYTES_MAX = 256 * 1024;

/** Why a name is none, in upstream's words; empty when it is fine. */
export function nameProblems(rule: NameRule, name: string): readonly string[] {
  switch (rule) {
    case 'subdomain':
      return dnsSubdomainProblems(name);
    case 'label':
      return dnsLabelProblems(name);
    case 'dns1035label':
      return dns1035Problems(name);
    case 'path':
      return pathSegmentProblems(name);
  }
}

function dns1035Problems(name: string): readonly string[] {
  const problems = name.length > DNS1035_LENGTH_MAX ? [`must be no more than ${DNS1035_LENGTH_MAX} bytes`] : [];
  if (DNS1035.test(name)) return problems;
  const rule =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  return [...problems, `${rule} (e.g. 'my-name',  or 'abc-123', regex used for validation is '${DNS1035_FORM}')`];
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
    for (const problem of labelKeyProblems(key)) errors.push(invalidValue('metadata.labels', key, problem));
    for (const problem of labelValueProblems(value)) errors.push(invalidValue('metadata.labels', value, problem));
  }
  errors.push(...annotationErrors(metadata.annotations ?? {}));
  for (const finalizer of metadata.finalizers ?? []) {
    for (const problem of labelKeyProblems(finalizer))
      errors.push(invalidValue('metadata.finalizers', finalizer, problem));
  }
  return errors;
}

function annotationErrors(annotations: Readonly<Record<string, string>>): FieldError[] {
  const errors: FieldError[] = [];
  let sizeBytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    for (const problem of labelKeyProblems(key.toLowerCase()))
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

function invalidValue(field: string, value: unknown, problem: string): FieldError {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value)}: ${problem}` };
}

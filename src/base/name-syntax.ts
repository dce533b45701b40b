import { utf8ByteCount } from './go-text.ts';

/**
 * The syntax of Kubernetes names. Every check returns what is wrong in upstream's words, in its order, and nothing when
 * the text is fine.
 */

const DNS_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS_SUBDOMAIN = `${DNS_LABEL}(\\.${DNS_LABEL})*`;
const LABEL_NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${LABEL_NAME})?`;

const DNS1035_LABEL = '[a-z]([-a-z0-9]*[a-z0-9])?';
const DNS_LABEL_PATTERN = new RegExp(`^${DNS_LABEL}$`);
const DNS_SUBDOMAIN_PATTERN = new RegExp(`^${DNS_SUBDOMAIN}$`);
const DNS1035_LABEL_PATTERN = new RegExp(`^${DNS1035_LABEL}$`);
const LABEL_NAME_PATTERN = new RegExp(`^${LABEL_NAME}$`);
const LABEL_VALUE_PATTERN = new RegExp(`^${LABEL_VALUE}$`);

const DNS_LABEL_BYTES_MAX = 63;
const DNS_SUBDOMAIN_BYTES_MAX = 253;
const LABEL_BYTES_MAX = 63;

const LABEL_NAME_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** A lowercase RFC 1123 label: namespaces, container names. */
export function dnsLabelProblems(text: string): string[] {
  const problems = lengthProblems(text, DNS_LABEL_BYTES_MAX, 'characters');
  if (DNS_LABEL_PATTERN.test(text)) return problems;
  if (DNS_SUBDOMAIN_PATTERN.test(text)) return [...problems, 'must not contain dots'];
  const rule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
  return [...problems, patternProblem(rule, DNS_LABEL, ['my-name', '123-abc'])];
}

/** A label that begins with a letter, as RFC 1035 has it: names of services. */
export function dns1035LabelProblems(text: string): string[] {
  const problems = lengthProblems(text, DNS_LABEL_BYTES_MAX, 'bytes');
  if (DNS1035_LABEL_PATTERN.test(text)) return problems;
  const rule =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  return [...problems, patternProblem(rule, DNS1035_LABEL, ['my-name', 'abc-123'])];
}

/** A lowercase RFC 1123 subdomain: names of most objects. */
export function dnsSubdomainProblems(text: string): string[] {
  return subdomainProblems(text, 'characters');
}

function subdomainProblems(text: string, lengthUnit: LengthUnit): string[] {
  const problems = lengthProblems(text, DNS_SUBDOMAIN_BYTES_MAX, lengthUnit);
  if (DNS_SUBDOMAIN_PATTERN.test(text)) return problems;
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [...problems, patternProblem(rule, DNS_SUBDOMAIN, ['example.com'])];
}

/** A label's key, which is also what annotations, finalizers and resources are called: a name with an optional prefix. */
export function labelKeyProblems(text: string): string[] {
  const examples = ['MyName', 'my.name', '123-abc'];
  const parts = text.split('/');
  if (parts.length > 2) {
    const rule = patternProblem(`a valid label key ${LABEL_NAME_RULE}`, LABEL_NAME, examples);
    return [`${rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const name = parts.at(-1) ?? '';
  const problems = parts.length === 2 ? labelPrefixProblems(parts[0] ?? '') : [];
  if (name === '') problems.push('name part must be non-empty');
  else problems.push(...lengthProblems(name, LABEL_BYTES_MAX, 'bytes').map((problem) => `name part ${problem}`));
  if (!LABEL_NAME_PATTERN.test(name))
    problems.push(`name part ${patternProblem(LABEL_NAME_RULE, LABEL_NAME, examples)}`);
  return problems;
}

function labelPrefixProblems(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  return subdomainProblems(prefix, 'bytes').map((problem) => `prefix part ${problem}`);
}

/** A label's value. */
export function labelValueProblems(text: string): string[] {
  const problems = lengthProblems(text, LABEL_BYTES_MAX, 'bytes');
  if (LABEL_VALUE_PATTERN.test(text)) return problems;
  const rule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  return [...problems, patternProblem(rule, LABEL_VALUE, ['MyValue', 'my_value', '12345'])];
}

/** A text that is used as one segment of a URL's path. */
export function pathSegmentProblems(text: string): string[] {
  if (text === '.' || text === '..') return [`may not be '${text}'`];
  return ['/', '%'].filter((part) => text.includes(part)).map((part) => `may not contain '${part}'`);
}

/** Upstream counts bytes in both cases, but has two generations of messages. */
type LengthUnit = 'bytes' | 'characters';

function lengthProblems(text: string, bytesMax: number, unit: LengthUnit): string[] {
  return utf8ByteCount(text) > bytesMax ? [`must be no more than ${bytesMax} ${unit}`] : [];
}

function patternProblem(rule: string, pattern: string, examples: readonly string[]): string {
  const quoted = examples.map((example) => `'${example}', `).join(' or ');
  return `${rule} (e.g. ${quoted}regex used for validation is '${pattern}')`;
}

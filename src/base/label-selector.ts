import { jsonText, quoteText } from './go-text.ts';
import { labelKeyProblems, labelValueProblems } from './name-syntax.ts';
import { parseSelectorText } from './selector-grammar.ts';

/** A label selector in its object form (`meta/v1 LabelSelector`). */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}

export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** How a requirement compares, in the spelling of upstream's messages. */
export type SelectorOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

/** One condition on the label `key`. */
export interface SelectorRequirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  readonly values: readonly string[];
}

/** All requirements must hold, in the order of their keys. No requirement matches everything. */
export type Selector =
  | { readonly kind: 'all'; readonly requirements: readonly SelectorRequirement[] }
  | { readonly kind: 'nothing' };

/** A selector, or upstream's whole error text. */
export type SelectorResult =
  | { readonly kind: 'selector'; readonly selector: Selector }
  | { readonly kind: 'invalid'; readonly message: string };

/** Reads a selector's text (`app=web,tier in (a,b),!canary`) with upstream's grammar, checks and error texts. */
export function parseSelector(text: string): SelectorResult {
  const parsed = parseSelectorText(text, requirementProblem);
  return typeof parsed === 'string' ? { kind: 'invalid', message: parsed } : all(parsed);
}

/** The object form as a selector; an absent one matches nothing, an empty one everything. */
export function selectorOfObject(object: LabelSelector | undefined): SelectorResult {
  if (object === undefined) return { kind: 'selector', selector: { kind: 'nothing' } };
  const requirements: SelectorRequirement[] = [];
  for (const [key, value] of Object.entries(object.matchLabels ?? {}).sort(byKeyOfEntry)) {
    requirements.push({ key, operator: '=', values: [value] });
  }
  for (const { key, operator, values } of object.matchExpressions ?? []) {
    const known = OBJECT_OPERATORS.get(operator);
    if (known === undefined) {
      // Upstream stops at the first bad part, so that an earlier bad requirement is the one reported.
      const earlier = firstProblem(requirements);
      return { kind: 'invalid', message: earlier ?? `${quoteText(operator)} is not a valid label selector operator` };
    }
    requirements.push({ key, operator: known, values: values ?? [] });
  }
  const problem = firstProblem(requirements);
  return problem === undefined ? all(requirements) : { kind: 'invalid', message: problem };
}

/** The canonical text: requirements by key, values sorted. Empty for everything, and for nothing too, as upstream's. */
export function selectorText(selector: Selector): string {
  return selector.kind === 'nothing' ? '' : selector.requirements.map(requirementText).join(',');
}

/** Whether an object with these labels is selected. */
export function matchesSelector(selector: Selector, labels: Readonly<Record<string, string>> | undefined): boolean {
  if (selector.kind === 'nothing') return false;
  for (const requirement of selector.requirements) {
    const value = labels !== undefined && Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
    if (!matchesRequirement(requirement, value)) return false;
  }
  return true;
}

const OBJECT_OPERATORS: ReadonlyMap<string, SelectorOperator> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
]);

function all(requirements: readonly SelectorRequirement[]): SelectorResult {
  return { kind: 'selector', selector: { kind: 'all', requirements: requirements.toSorted(byKey) } };
}

function byKey(a: SelectorRequirement, b: SelectorRequirement): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

function byKeyOfEntry(a: readonly [string, string], b: readonly [string, string]): number {
  return a[0] < b[0] ? -1 : 1;
}

function matchesRequirement({ operator, values }: SelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'gt':
    case 'lt': {
      const left = value === undefined ? undefined : parseInt64(value);
      const right = parseInt64(values[0] ?? '');
      if (left === undefined || right === undefined) return false;
      return operator === 'gt' ? left > right : left < right;
    }
  }
}

function requirementText({ key, operator, values }: SelectorRequirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.toSorted().join(',')})`;
    case 'gt':
      return `${key}>${values.join(',')}`;
    case 'lt':
      return `${key}<${values.join(',')}`;
    default:
      return `${key}${operator}${values.join(',')}`;
  }
}

function firstProblem(requirements: readonly SelectorRequirement[]): string | undefined {
  for (const requirement of requirements) {
    const problem = requirementProblem(requirement);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** What upstream's constructor of requirements says against it; several problems as a list in brackets. */
function requirementProblem({ key, operator, values }: SelectorRequirement): string | undefined {
  const problems: string[] = [];
  const keyProblems = labelKeyProblems(key);
  if (keyProblems.length > 0) problems.push(invalid('key', quoteText(key), keyProblems.join('; ')));
  problems.push(...countProblems(operator, values));
  for (const [index, value] of values.entries()) {
    const valueProblems = labelValueProblems(value);
    if (valueProblems.length > 0)
      problems.push(invalid(`values[${index}][${key}]`, quoteText(value), valueProblems.join('; ')));
  }
  const distinct = [...new Set(problems)];
  return distinct.length > 1 ? `[${distinct.join(', ')}]` : distinct[0];
}

function countProblems(operator: SelectorOperator, values: readonly string[]): string[] {
  const shown = values.length === 0 ? 'null' : jsonText(values);
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length > 0
        ? []
        : [invalid('values', shown, "for 'in', 'notin' operators, values set can't be empty")];
    case 'exists':
    case '!':
      return values.length === 0
        ? []
        : [invalid('values', shown, 'values set must be empty for exists and does not exist')];
    case 'gt':
    case 'lt':
      return values.flatMap((value, index) =>
        parseInt64(value) === undefined
          ? [invalid(`values[${index}]`, quoteText(value), "for 'Gt', 'Lt' operators, the value must be an integer")]
          : [],
      );
    default:
      return [];
  }
}

function invalid(field: string, shownValue: string, detail: string): string {
  return `${field}: Invalid value: ${shownValue}: ${detail}`;
}

function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,30}$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

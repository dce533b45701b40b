import { quoteText } from '../../base/go-text.ts';
import {
  type LabelSelectorRequirement,
  parseSelector,
  type Selector,
  type SelectorRequirement,
  selectorOfObject,
  selectorText,
} from '../../base/label-selector.ts';

/** A scale's selector after the conversion, or upstream's whole error text. */
export type ScaleSelector =
  | { readonly kind: 'selector'; readonly text: string }
  | { readonly kind: 'invalid'; readonly message: string };

/**
 * A scale's selector as upstream's scale client hands it on: it converts every scale through one internal kind, where the
 * selector is an object, and back. What the object form cannot say makes the whole scale unreadable (client-go
 * `scale/scheme`, `metav1.ParseToLabelSelector`).
 */
export function convertScaleSelector(text: string): ScaleSelector {
  if (text === '') return { kind: 'selector', text };
  const parsed = parseSelector(text);
  if (parsed.kind === 'invalid') return unreadable(`couldn't parse the selector string "${text}": ${parsed.message}`);
  return convert(parsed.selector);
}

function convert(selector: Selector): ScaleSelector {
  if (selector.kind === 'nothing') return { kind: 'selector', text: '' };
  const matchLabels: Record<string, string> = {};
  const matchExpressions: LabelSelectorRequirement[] = [];
  for (const requirement of selector.requirements) {
    const { key, operator, values } = requirement;
    // Of two values for one label the later stands, as in any map.
    if (operator === '=' || operator === '==') matchLabels[key] = values[0] ?? '';
    else {
      const name = OBJECT_OPERATORS[operator];
      if (name === undefined) return unreadable(refusalOf(requirement));
      matchExpressions.push({ key, operator: name, values });
    }
  }
  const converted = selectorOfObject({ matchLabels, matchExpressions });
  return converted.kind === 'invalid'
    ? unreadable(converted.message)
    : { kind: 'selector', text: selectorText(converted.selector) };
}

const OBJECT_OPERATORS: Readonly<Record<string, string>> = {
  in: 'In',
  notin: 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
};

function refusalOf({ operator }: SelectorRequirement): string {
  return operator === 'gt' || operator === 'lt'
    ? `${quoteText(operator)} isn't supported in label selectors`
    : `${quoteText(operator)} is not a valid label selector operator`;
}

function unreadable(problem: string): ScaleSelector {
  const text = 'received an object from a /scale endpoint which was not convertible to autoscaling Scale';
  return { kind: 'invalid', message: `${text}: failed to parse target selector: ${problem}` };
}

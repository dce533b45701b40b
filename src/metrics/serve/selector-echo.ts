import type { LabelSelector, LabelSelectorRequirement, Selector } from '../../base/label-selector.ts';
import { RefusedRequest } from './answer.ts';

/**
 * A selector as answers echo it: equalities as labels, the rest as expressions; null when it is empty. Upstream has no
 * answer for `!=` either (500); here it is what it means. Throws RefusedRequest for comparisons of numbers, which the form
 * does not have.
 */
export function selectorEcho(selector: Selector): LabelSelector | null {
  if (selector.kind === 'nothing' || selector.requirements.length === 0) return null;
  const matchLabels: Record<string, string> = {};
  const matchExpressions: LabelSelectorRequirement[] = [];
  for (const { key, operator, values } of selector.requirements) {
    if (operator === '=' || operator === '==') matchLabels[key] = values[0] ?? '';
    else if (operator === 'exists') matchExpressions.push({ key, operator: 'Exists' });
    else if (operator === '!') matchExpressions.push({ key, operator: 'DoesNotExist' });
    else if (operator === 'in') matchExpressions.push({ key, operator: 'In', values: values.toSorted() });
    else if (operator === 'notin' || operator === '!=')
      matchExpressions.push({ key, operator: 'NotIn', values: values.toSorted() });
    else throw new RefusedRequest(500, '', `"${operator}" isn't supported in label selectors`);
  }
  return {
    ...(Object.keys(matchLabels).length === 0 ? {} : { matchLabels }),
    ...(matchExpressions.length === 0 ? {} : { matchExpressions }),
  };
}

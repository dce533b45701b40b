import { Failure } from '../../../base/failure.ts';
import { parseSelector, type Selector } from '../../../base/label-selector.ts';

/** The selector of a request. Throws Failure('invalid') naming the parameter, its text and upstream's rule. */
export function requestedSelector(parameter: 'labelSelector' | 'metricLabelSelector', text: string): Selector {
  const parsed = parseSelector(text);
  if (parsed.kind === 'selector') return parsed.selector;
  throw new Failure('invalid', `${parameter}=${text}: ${parsed.message}`);
}

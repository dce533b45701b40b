import { parseSelector, selectorText } from '../../base/label-selector.ts';
import { keyText } from '../../base/object-key.ts';
import type { PodsFact } from './facts.ts';
import type { SelectorTrace } from './trace.ts';

/** What the selector check needs to know. */
export interface SelectorInput {
  readonly namespace: string;
  readonly name: string;
  /** The scale's selector as text. */
  readonly selector: string;
  readonly pods: PodsFact;
  readonly isRegistered: boolean;
  readonly rivals: readonly string[];
}

/** The check's outcome: the trace, and the error text when metrics must not be computed. */
export interface SelectorCheck {
  readonly trace: SelectorTrace;
  readonly error: string | null;
}

/**
 * Refuses to scale without a valid selector, or when another HPA selects one of the same pods (specification 1.10;
 * upstream: validateAndParseSelector). The HPA itself counts only when it is registered and there is a pod.
 */
export function checkSelector(input: SelectorInput): SelectorCheck {
  const { pods } = input;
  if (input.selector === '') return { trace: trace('SelectorRequired', '', pods), error: 'selector is required' };
  const result = parseSelector(input.selector);
  if (result.kind === 'invalid') {
    const error = `couldn't convert selector into a corresponding internal selector object: ${result.message}`;
    return { trace: trace('SelectorInvalid', input.selector, pods), error };
  }
  const selector = selectorText(result.selector);
  if (pods.kind === 'failed') return { trace: trace('PodListFailed', selector, pods), error: pods.message };
  const { rivals } = input;
  const isCounted = input.isRegistered && pods.pods.length > 0;
  if (rivals.length + (isCounted ? 1 : 0) <= 1) return { trace: trace('Unambiguous', selector, pods), error: null };
  const names = (isCounted ? [...rivals, keyText(input)] : [...rivals]).sort();
  return {
    trace: { ...trace('Ambiguous', selector, pods), rivals },
    error: `pods by selector ${selector} are controlled by multiple HPAs: [${names.join(' ')}]`,
  };
}

const NO_RIVALS: readonly string[] = [];

function trace(code: SelectorTrace['code'], selector: string, pods: PodsFact): SelectorTrace {
  return { code, selector, podCount: pods.kind === 'listed' ? pods.pods.length : 0, rivals: NO_RIVALS };
}

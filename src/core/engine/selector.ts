import { parseSelector, selectorText } from '../../base/label-selector.ts';
import { keyText } from '../../base/object-key.ts';
import type { Facts, OwnershipFact, PodFact, PodsFact } from './facts.ts';
import type { HpaReading } from './hpa-reading.ts';
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
  /** Whose the pods are; null when all that match count. */
  readonly ownership: OwnershipFact | null;
}

/** Whose the matching pods are, where the HPA asks for it; facts that were gathered without asking cannot tell. */
export function ownershipOf({ own }: HpaReading, { ownership }: Pick<Facts, 'ownership'>): OwnershipFact | null {
  if (!own.options.isOwnerSelected) return null;
  return ownership ?? { kind: 'unknown', message: 'the owners of the pods were not looked up' };
}

/** The check's outcome: the pods that metrics are computed over, or why they must not be computed. */
export type SelectorCheck =
  | { readonly kind: 'passed'; readonly trace: SelectorTrace; readonly pods: readonly PodFact[] }
  | { readonly kind: 'failed'; readonly trace: SelectorTrace; readonly error: string };

/**
 * Refuses to scale without a valid selector, or when another HPA selects one of the same pods (specification 1.10;
 * upstream: validateAndParseSelector). The HPA itself counts only when it is registered and there is a pod.
 */
export function checkSelector(input: SelectorInput): SelectorCheck {
  const pods = input.pods.kind === 'listed' ? input.pods.pods : [];
  if (input.selector === '') return failed('SelectorRequired', '', pods, 'selector is required');
  const result = parseSelector(input.selector);
  if (result.kind === 'invalid') {
    const error = `couldn't convert selector into a corresponding internal selector object: ${result.message}`;
    return failed('SelectorInvalid', input.selector, pods, error);
  }
  const selector = selectorText(result.selector);
  if (input.pods.kind === 'failed') return failed('PodListFailed', selector, pods, input.pods.message);
  if (input.ownership?.kind === 'unknown') {
    const error = `unable to tell which pods of selector ${input.selector} the target owns: ${input.ownership.message}`;
    return failed('OwnershipUnknown', selector, pods, error);
  }
  const { rivals } = input;
  const isCounted = input.isRegistered && pods.length > 0;
  if (rivals.length + (isCounted ? 1 : 0) <= 1) {
    return { kind: 'passed', trace: { code: 'Unambiguous', selector, podCount: pods.length, rivals: NO_RIVALS }, pods };
  }
  const names = (isCounted ? [...rivals, keyText(input)] : [...rivals]).sort();
  const error = `pods by selector ${input.selector} are controlled by multiple HPAs: [${names.join(' ')}]`;
  return failed('Ambiguous', selector, pods, error, rivals);
}

const NO_RIVALS: readonly string[] = [];

function failed(
  code: SelectorTrace['code'],
  selector: string,
  pods: readonly PodFact[],
  error: string,
  rivals: readonly string[] = NO_RIVALS,
): SelectorCheck {
  return { kind: 'failed', trace: { code, selector, podCount: pods.length, rivals }, error };
}

import { pathSegmentProblems } from '../../base/name-syntax.ts';
import { type FieldError, invalid, required } from './field-error.ts';
import type { CrossVersionObjectReference } from './types.ts';

/** How much a reference may leave open. */
export interface ReferenceRules {
  /** The group may be missing: for the one scalable kind of the core group, and for described objects. */
  readonly allowsEmptyGroup: boolean;
  /** The apiVersion is not looked at: stored objects from before the rule stay editable. */
  readonly allowsInvalidApiVersion: boolean;
}

/** Errors of a reference to another object: kind and name as segments of a path, apiVersion with a group. */
export function validateReference(
  reference: CrossVersionObjectReference,
  field: string,
  rules: ReferenceRules,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const key of ['kind', 'name'] as const) {
    const value = reference[key];
    if (value === '') errors.push(required(`${field}.${key}`));
    else errors.push(...pathSegmentProblems(value).map((problem) => invalid(`${field}.${key}`, value, problem)));
  }
  const problem = apiVersionProblem(reference, rules);
  if (problem !== undefined) errors.push(invalid(`${field}.apiVersion`, reference.apiVersion ?? '', problem));
  return errors;
}

/** What is wrong with the reference's apiVersion, in upstream's words. */
export function apiVersionProblem(reference: CrossVersionObjectReference, rules: ReferenceRules): string | undefined {
  if (rules.allowsInvalidApiVersion) return undefined;
  const apiVersion = reference.apiVersion ?? '';
  const parts = apiVersion.split('/');
  if (parts.length > 2) return `unexpected GroupVersion string: ${apiVersion}`;
  const group = parts.length === 2 ? parts[0] : '';
  return group === '' && !rules.allowsEmptyGroup ? 'apiVersion must specify API group' : undefined;
}

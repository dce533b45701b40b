import type { FieldError } from './kind.ts';
import { listAt, textAt, valueAt } from './kinds/field-path.ts';

/** What is wrong with the spec of an access review, in upstream's order and words; `namespace` is the request's. */
export function accessProblems(kind: string, spec: unknown, namespace: string): readonly FieldError[] {
  const resource = valueAt(spec, 'resourceAttributes');
  const path = valueAt(spec, 'nonResourceAttributes');
  const isOfSubject = kind !== 'SelfSubjectAccessReview';
  const isNobody = textAt(spec, 'user') === '' && listAt(spec, 'groups').length === 0;
  return [
    ...(resource !== undefined && path !== undefined
      ? [problem('nonResourceAttributes', path, 'cannot be specified in combination with resourceAttributes')]
      : []),
    ...(resource === undefined && path === undefined
      ? [
          problem(
            'resourceAttributes',
            null,
            'exactly one of nonResourceAttributes or resourceAttributes must be specified',
          ),
        ]
      : []),
    ...(isOfSubject && isNobody ? [problem('user', '', 'at least one of user or group must be specified')] : []),
    ...(kind === 'LocalSubjectAccessReview' ? localProblems(resource, path, namespace) : []),
  ];
}

function localProblems(resource: unknown, path: unknown, namespace: string): readonly FieldError[] {
  const named = textAt(resource, 'namespace');
  return [
    ...(resource !== undefined && named !== namespace
      ? [problem('resourceAttributes.namespace', named, 'must match metadata.namespace')]
      : []),
    ...(path !== undefined ? [problem('nonResourceAttributes', path, 'disallowed on this kind of request')] : []),
  ];
}

function problem(field: string, value: unknown, rule: string): FieldError {
  return {
    reason: 'FieldValueInvalid',
    field: `spec.${field}`,
    message: `Invalid value: ${JSON.stringify(value)}: ${rule}`,
  };
}

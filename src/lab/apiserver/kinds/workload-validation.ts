import { type LabelSelector, matchesSelector, selectorOfObject } from '../../../base/label-selector.ts';
import type { FieldError } from '../kind.ts';
import type { ApiObject } from '../object.ts';
import { listAt, numberAt, recordAt, valueAt } from './field-path.ts';
import { podSpecProblems } from './pod-validation.ts';

/** What upstream refuses about a workload's counts, selector and template. `form` is how its selector is written. */
export function workloadProblems(object: ApiObject, form: 'object' | 'map'): readonly FieldError[] {
  return [
    ...countProblems(object),
    ...(form === 'object' ? objectSelectorProblems(object) : mapSelectorProblems(object)),
    ...podSpecProblems(recordAt(object, 'spec', 'template', 'spec'), 'spec.template.spec'),
  ];
}

function countProblems(object: ApiObject): readonly FieldError[] {
  return ['replicas', 'minReadySeconds', 'revisionHistoryLimit'].flatMap((field) => {
    const count = numberAt(object, 'spec', field);
    return count >= 0 ? [] : [invalid(`spec.${field}`, String(count), 'must be greater than or equal to 0')];
  });
}

function objectSelectorProblems(object: ApiObject): readonly FieldError[] {
  const selector = recordAt(object, 'spec', 'selector');
  const isEmpty =
    Object.keys(recordAt(selector, 'matchLabels')).length === 0 && listAt(selector, 'matchExpressions').length === 0;
  if (valueAt(object, 'spec', 'selector') === undefined)
    return [{ reason: 'FieldValueRequired', field: 'spec.selector', message: 'Required value' }];
  if (isEmpty) return [invalid('spec.selector', '{}', 'empty selector is invalid for deployment')];
  const labels = recordAt(object, 'spec', 'template', 'metadata', 'labels') as Record<string, string>;
  const read = selectorOfObject(selector as LabelSelector);
  if (read.kind === 'invalid') return [invalid('spec.selector', JSON.stringify(selector), read.message)];
  if (matchesSelector(read.selector, labels)) return [];
  return [
    invalid(
      'spec.template.metadata.labels',
      JSON.stringify(sorted(labels)),
      '`selector` does not match template `labels`',
    ),
  ];
}

function mapSelectorProblems(object: ApiObject): readonly FieldError[] {
  const selector = recordAt(object, 'spec', 'selector');
  const labels = recordAt(object, 'spec', 'template', 'metadata', 'labels');
  if (Object.keys(selector).length === 0)
    return [{ reason: 'FieldValueRequired', field: 'spec.selector', message: 'Required value' }];
  if (Object.entries(selector).every(([key, value]) => labels[key] === value)) return [];
  return [
    invalid(
      'spec.template.metadata.labels',
      JSON.stringify(sorted(labels)),
      '`selector` does not match template `labels`',
    ),
  ];
}

/** A field of the spec that stays as it was created. */
export function immutableProblem(object: ApiObject, before: ApiObject, field: string): readonly FieldError[] {
  const now = valueAt(object, 'spec', field);
  if (JSON.stringify(now) === JSON.stringify(valueAt(before, 'spec', field))) return [];
  return [invalid(`spec.${field}`, JSON.stringify(now ?? null), 'field is immutable')];
}

/** `Invalid value: <value>: <rule>` */
export function invalid(field: string, value: string, rule: string): FieldError {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${value}: ${rule}` };
}

export function required(field: string, rule = ''): FieldError {
  return { reason: 'FieldValueRequired', field, message: rule === '' ? 'Required value' : `Required value: ${rule}` };
}

function sorted(labels: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

import { type LabelSelector, selectorOfObject } from '../../../base/label-selector.ts';
import type { FieldError, Kind } from '../kind.ts';
import type { ApiObject } from '../object.ts';
import { AGE_COLUMN, column, NAME_COLUMN } from './columns.ts';
import { numberAt, recordAt, valueAt } from './field-path.ts';
import { invalid } from './workload-validation.ts';

/** PodDisruptionBudgets are stored and shown, because manifests have them; nothing evicts pods in the lab. */
export const POD_DISRUPTION_BUDGET: Kind = {
  group: 'policy',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  isNamespaced: true,
  storedVersion: 'v1',
  hasStatus: true,
  versions: [
    {
      name: 'v1',
      schema: 'policy.v1.PodDisruptionBudget',
      columns: [
        NAME_COLUMN,
        column('Min Available', 'How many pods must be left.', (object) => bound(object, 'minAvailable')),
        column('Max Unavailable', 'How many pods may be gone.', (object) => bound(object, 'maxUnavailable')),
        column(
          'Allowed Disruptions',
          'How many pods may be evicted now.',
          (object) => numberAt(object, 'status', 'disruptionsAllowed'),
          'integer',
        ),
        AGE_COLUMN,
      ],
    },
  ],
  validateCreate: (object) => [...bothProblem(object), ...selectorProblem(object)],
};

/** A count or a percentage; `N/A` where the other bound is the one that is given. */
function bound(object: ApiObject, field: 'minAvailable' | 'maxUnavailable'): string {
  const value = valueAt(object, 'spec', field);
  return value === undefined ? 'N/A' : String(value);
}

function bothProblem(object: ApiObject): readonly FieldError[] {
  const { minAvailable, maxUnavailable } = recordAt(object, 'spec');
  if (minAvailable === undefined || maxUnavailable === undefined) return [];
  const given = `{"minAvailable":${JSON.stringify(minAvailable)},"maxUnavailable":${JSON.stringify(maxUnavailable)}}`;
  return [invalid('spec', given, 'minAvailable and maxUnavailable cannot be both set')];
}

function selectorProblem(object: ApiObject): readonly FieldError[] {
  const selector = recordAt(object, 'spec', 'selector');
  const read = selectorOfObject(selector as LabelSelector);
  return read.kind === 'invalid' ? [invalid('spec.selector', JSON.stringify(selector), read.message)] : [];
}

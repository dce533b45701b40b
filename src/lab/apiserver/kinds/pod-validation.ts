import { compareQuantities, parseQuantity } from '../../../base/quantity.ts';
import type { FieldError } from '../kind.ts';
import { listAt, recordAt, textAt } from './field-path.ts';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/** What upstream refuses about a pod's spec: containers, their names, images, ports, requests against limits. */
export function podSpecProblems(spec: Readonly<Record<string, unknown>>, path: string): readonly FieldError[] {
  const containers = listAt(spec, 'containers');
  if (containers.length === 0)
    return [{ reason: 'FieldValueRequired', field: `${path}.containers`, message: 'Required value' }];
  return [
    ...containers.flatMap((container, index) => containerProblems(container, `${path}.containers[${index}]`)),
    ...duplicateNames(containers, `${path}.containers`),
  ];
}

function containerProblems(container: unknown, path: string): readonly FieldError[] {
  const found: FieldError[] = [];
  const name = textAt(container, 'name');
  if (name === '') found.push({ reason: 'FieldValueRequired', field: `${path}.name`, message: 'Required value' });
  else if (!DNS_LABEL.test(name)) found.push(invalidName(`${path}.name`, name));
  if (textAt(container, 'image') === '') {
    found.push({ reason: 'FieldValueRequired', field: `${path}.image`, message: 'Required value' });
  }
  for (const [resource, request] of Object.entries(recordAt(container, 'resources', 'requests'))) {
    const limit = recordAt(container, 'resources', 'limits')[resource];
    if (isAbove(request, limit)) {
      found.push({
        reason: 'FieldValueInvalid',
        field: `${path}.resources.requests`,
        message: `Invalid value: ${JSON.stringify(request)}: must be less than or equal to ${resource} limit of ${String(limit)}`,
      });
    }
  }
  return found;
}

function invalidName(field: string, name: string): FieldError {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(name)}: ${LABEL_RULE}` };
}

function isAbove(request: unknown, limit: unknown): boolean {
  const [asked, most] = [parseQuantity(String(request)), parseQuantity(String(limit))];
  return limit !== undefined && asked !== undefined && most !== undefined && compareQuantities(asked, most) > 0;
}

function duplicateNames(containers: readonly unknown[], path: string): readonly FieldError[] {
  const seen = new Set<string>();
  return containers.flatMap((container, index): readonly FieldError[] => {
    const name = textAt(container, 'name');
    const isSeen = seen.has(name);
    seen.add(name);
    return isSeen
      ? [
          {
            reason: 'FieldValueDuplicate',
            field: `${path}[${index}].name`,
            message: `Duplicate value: ${JSON.stringify(name)}`,
          },
        ]
      : [];
  });
}

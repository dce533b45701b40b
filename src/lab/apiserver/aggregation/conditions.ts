import { listAt, recordAt, textAt } from '../kinds/field-path.ts';
import type { ApiObject } from '../object.ts';
import { availableCondition } from './remote-api-service.ts';
import type { Availability } from './service-check.ts';

/** What a local APIService says of itself. */
const LOCAL: Availability = {
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
};

/**
 * The APIService with this condition `Available`; the same object when nothing changes. The time of the last transition is
 * that of the last change of status, not of the reason.
 */
export function withAvailability(object: ApiObject, availability: Availability, nowText: string): ApiObject {
  const before = availableCondition(object);
  const { status, reason, message } = availability;
  const isSame = textAt(before, 'status') === status;
  if (isSame && textAt(before, 'reason') === reason && textAt(before, 'message') === message) return object;
  const lastTransitionTime = isSame ? textAt(before, 'lastTransitionTime') : nowText;
  const condition = { type: 'Available', status, lastTransitionTime, reason, message };
  const others = listAt(object, 'status', 'conditions').filter((each) => textAt(each, 'type') !== 'Available');
  return { ...object, status: { ...recordAt(object, 'status'), conditions: [...others, condition] } };
}

/** A local APIService, available from the moment that it is stored. */
export function withLocalAvailability(object: ApiObject, nowText: string): ApiObject {
  return withAvailability(object, LOCAL, nowText);
}

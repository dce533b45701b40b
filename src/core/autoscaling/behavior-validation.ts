import { parseQuantity, quantitySign } from '../../base/quantity.ts';
import { type FieldError, invalid, notSupported, required } from './field-error.ts';
import type { Behavior, ScalingPolicy, ScalingRules } from './types.ts';

const PERIOD_SECONDS_MAX = 1800;
const STABILIZATION_WINDOW_SECONDS_MAX = 3600;
const SELECT_POLICIES = ['Disabled', 'Max', 'Min'];
const POLICY_TYPES = ['Percent', 'Pods'];

/** Errors of `spec.behavior` (specification 7.4). */
export function validateBehavior(behavior: Behavior | undefined, field: string): FieldError[] {
  return [
    ...validateRules(behavior?.scaleUp, `${field}.scaleUp`),
    ...validateRules(behavior?.scaleDown, `${field}.scaleDown`),
  ];
}

function validateRules(rules: ScalingRules | undefined, field: string): FieldError[] {
  if (rules === undefined) return [];
  const errors: FieldError[] = [];
  const { stabilizationWindowSeconds: windowSeconds, selectPolicy, tolerance, policies = [] } = rules;
  if (windowSeconds !== undefined && windowSeconds < 0) {
    errors.push(invalid(`${field}.stabilizationWindowSeconds`, windowSeconds, 'must be greater than or equal to zero'));
  }
  if (windowSeconds !== undefined && windowSeconds > STABILIZATION_WINDOW_SECONDS_MAX) {
    const rule = `must be less than or equal to ${STABILIZATION_WINDOW_SECONDS_MAX}`;
    errors.push(invalid(`${field}.stabilizationWindowSeconds`, windowSeconds, rule));
  }
  if (selectPolicy !== undefined && !SELECT_POLICIES.includes(selectPolicy)) {
    errors.push(notSupported(`${field}.selectPolicy`, selectPolicy, SELECT_POLICIES));
  }
  if (policies.length === 0) errors.push(required(`${field}.policies`, 'must specify at least one Policy'));
  errors.push(...policies.flatMap((policy, index) => validatePolicy(policy, `${field}.policies[${index}]`)));
  if (tolerance !== undefined && isNegative(tolerance)) {
    errors.push(invalid(`${field}.tolerance`, tolerance, 'must be greater than or equal to 0'));
  }
  return errors;
}

function isNegative(text: string): boolean {
  const quantity = parseQuantity(text);
  return quantity !== undefined && quantitySign(quantity) < 0;
}

function validatePolicy({ type, value, periodSeconds }: ScalingPolicy, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!POLICY_TYPES.includes(type)) errors.push(notSupported(`${field}.type`, type, POLICY_TYPES));
  if (value <= 0) errors.push(invalid(`${field}.value`, value, 'must be greater than zero'));
  if (periodSeconds <= 0) errors.push(invalid(`${field}.periodSeconds`, periodSeconds, 'must be greater than zero'));
  if (periodSeconds > PERIOD_SECONDS_MAX) {
    errors.push(
      invalid(`${field}.periodSeconds`, periodSeconds, `must be less than or equal to ${PERIOD_SECONDS_MAX}`),
    );
  }
  return errors;
}

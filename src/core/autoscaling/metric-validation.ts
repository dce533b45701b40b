import { dnsLabelProblems, labelKeyProblems, pathSegmentProblems } from '../../base/name-syntax.ts';
import { parseQuantity, quantitySign } from '../../base/quantity.ts';
import { type FieldError, forbidden, invalid, invalidTyped, notSupported, required } from './field-error.ts';
import { type ReferenceRules, validateReference } from './reference-validation.ts';
import type { HpaSpec, MetricIdentifier, MetricSpec, MetricTarget } from './types.ts';

/** The known types of metrics with the field that each of them fills, sorted as messages list them. */
const SOURCE_FIELDS = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const;

type SourceField = (typeof SOURCE_FIELDS)[keyof typeof SOURCE_FIELDS];

const SOURCE_TYPES = Object.keys(SOURCE_FIELDS);
const TARGET_TYPES = ['Utilization', 'Value', 'AverageValue'];

/** Upstream's order of looking at the sources; only the first one that is present is validated in depth. */
const VALIDATION_ORDER: readonly SourceField[] = ['object', 'external', 'pods', 'resource', 'containerResource'];

/** Errors of `spec.metrics` (specification 7.3), and of scaling to zero without a metric that can wake the workload. */
export function validateMetrics(spec: HpaSpec, field: string, describedObjectRules: ReferenceRules): FieldError[] {
  const metrics = spec.metrics ?? [];
  const errors = metrics.flatMap((metric, index) => validateMetric(metric, `${field}[${index}]`, describedObjectRules));
  const canWake = metrics.some(({ type }) => type === 'Object' || type === 'External');
  if (spec.minReplicas === 0 && !canWake) {
    const rule = 'must specify at least one Object or External metric to support scaling to zero replicas';
    errors.push(forbidden(field, rule));
  }
  return errors;
}

function validateMetric(metric: MetricSpec, field: string, describedObjectRules: ReferenceRules): FieldError[] {
  const errors: FieldError[] = [];
  const expected = Object.hasOwn(SOURCE_FIELDS, metric.type)
    ? SOURCE_FIELDS[metric.type as keyof typeof SOURCE_FIELDS]
    : undefined;
  const unknownType = notSupported(`${field}.type`, metric.type, SOURCE_TYPES);
  if (metric.type === '') errors.push(required(`${field}.type`, 'must specify a metric source type'));
  if (expected === undefined) errors.push(unknownType);
  const present = VALIDATION_ORDER.filter((source) => metric[source] !== undefined);
  const first = present[0];
  if (first !== undefined) errors.push(...validateSource(metric, first, `${field}.${first}`, describedObjectRules));
  // Upstream checks the type twice and reports it twice.
  if (expected === undefined) errors.push(unknownType);
  else if (metric[expected] === undefined) {
    errors.push(required(`${field}.${expected}`, 'must populate information for the given metric source'));
  }
  if (present.length > 1) {
    const others = present.filter((source) => source !== expected).sort();
    errors.push(...others.map((other) => forbidden(`${field}.${other}`, 'must populate the given metric source only')));
  }
  return errors;
}

function validateSource(
  metric: MetricSpec,
  source: SourceField,
  field: string,
  describedObjectRules: ReferenceRules,
): FieldError[] {
  if (source === 'object' && metric.object !== undefined) {
    const { describedObject, metric: identifier, target } = metric.object;
    return [
      ...validateReference(describedObject, `${field}.describedObject`, describedObjectRules),
      ...validateIdentifier(identifier, `${field}.metric`),
      ...validateTarget(target, `${field}.target`),
      ...eitherValueErrors(target, `${field}.target`, 'must set either a target value or averageValue'),
    ];
  }
  if (source === 'external' && metric.external !== undefined) return validateExternal(metric.external, field);
  if (source === 'pods' && metric.pods !== undefined) {
    const { metric: identifier, target } = metric.pods;
    const errors = [...validateIdentifier(identifier, `${field}.metric`), ...validateTarget(target, `${field}.target`)];
    if (target.averageValue !== undefined) return errors;
    return [...errors, required(`${field}.target.averageValue`, 'must specify a positive target averageValue')];
  }
  if (source === 'resource' && metric.resource !== undefined) {
    const { name, target } = metric.resource;
    const nameErrors = name === '' ? [required(`${field}.name`, 'must specify a resource name')] : [];
    return [...nameErrors, ...validateResourceTarget(target, `${field}.target`)];
  }
  return metric.containerResource === undefined ? [] : validateContainerResource(metric.containerResource, field);
}

function validateExternal({ metric, target }: NonNullable<MetricSpec['external']>, field: string): FieldError[] {
  const errors = [
    ...validateIdentifier(metric, `${field}.metric`),
    ...validateTarget(target, `${field}.target`),
    ...eitherValueErrors(target, `${field}.target`, 'must set either a target value for metric or a per-pod target'),
  ];
  if (target.value !== undefined && target.averageValue !== undefined) {
    const rule = 'may not set both a target value for metric and a per-pod target';
    errors.push(forbidden(`${field}.target.value`, rule));
  }
  return errors;
}

function eitherValueErrors(target: MetricTarget, field: string, rule: string): FieldError[] {
  const isMissing = target.value === undefined && target.averageValue === undefined;
  return isMissing ? [required(`${field}.averageValue`, rule)] : [];
}

function validateContainerResource(
  { name, container, target }: NonNullable<MetricSpec['containerResource']>,
  field: string,
): FieldError[] {
  const nameErrors =
    name === ''
      ? [required(`${field}.name`, 'must specify a resource name')]
      : containerResourceNameErrors(name, `${field}.name`);
  const containerErrors =
    container === ''
      ? [required(`${field}.container`, 'must specify a container')]
      : dnsLabelProblems(container).map((problem) => invalid(`${field}.container`, container, problem));
  return [...nameErrors, ...containerErrors, ...validateResourceTarget(target, `${field}.target`)];
}

function validateResourceTarget(target: MetricTarget, field: string): FieldError[] {
  const errors = validateTarget(target, field);
  const { averageUtilization, averageValue } = target;
  if (averageUtilization === undefined && averageValue === undefined) {
    const rule = 'must set either a target raw value or a target utilization';
    errors.push(required(`${field}.averageUtilization`, rule));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    errors.push(forbidden(`${field}.averageValue`, 'may not set both a target raw value and a target utilization'));
  }
  return errors;
}

function validateTarget(target: MetricTarget, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (target.type === '') errors.push(required(`${field}.type`, 'must specify a metric target type'));
  if (!TARGET_TYPES.includes(target.type)) {
    errors.push(invalidTyped(`${field}.type`, target.type, 'must be either Utilization, Value, or AverageValue'));
  }
  for (const key of ['value', 'averageValue'] as const) {
    const value = target[key];
    if (value !== undefined && !isPositive(value))
      errors.push(invalidTyped(`${field}.${key}`, value, 'must be positive'));
  }
  if (target.averageUtilization !== undefined && target.averageUtilization < 1) {
    errors.push(invalid(`${field}.averageUtilization`, target.averageUtilization, 'must be greater than 0'));
  }
  return errors;
}

function isPositive(value: string): boolean {
  const quantity = parseQuantity(value);
  return quantity !== undefined && quantitySign(quantity) > 0;
}

function validateIdentifier({ name }: MetricIdentifier, field: string): FieldError[] {
  if (name === '') return [required(`${field}.name`, 'must specify a metric name')];
  return pathSegmentProblems(name).map((problem) => invalid(`${field}.name`, name, problem));
}

/** Resources that a quota or a container may name without a prefix. */
const STANDARD_RESOURCES: ReadonlySet<string> = new Set([
  ...['cpu', 'memory', 'ephemeral-storage', 'pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets'],
  ...['requests.cpu', 'requests.memory', 'requests.ephemeral-storage', 'requests.storage', 'storage', 'configmaps'],
  ...['limits.cpu', 'limits.memory', 'limits.ephemeral-storage', 'persistentvolumeclaims'],
  ...['services.nodeports', 'services.loadbalancers'],
]);

const CONTAINER_RESOURCES: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);

function containerResourceNameErrors(name: string, field: string): FieldError[] {
  const errors = labelKeyProblems(name).map((problem) => invalid(field, name, problem));
  if (!name.includes('/')) {
    const isHugePages = name.startsWith('hugepages-');
    const isStandard = STANDARD_RESOURCES.has(name) || isHugePages || name.startsWith('requests.hugepages-');
    if (errors.length === 0 && !isStandard) {
      errors.push(invalid(field, name, 'must be a standard resource type or fully qualified'));
    }
    if (!CONTAINER_RESOURCES.has(name) && !isHugePages) {
      errors.push(invalidTyped(field, name, 'must be a standard resource for containers'));
    }
    return errors;
  }
  const isExtended = !name.startsWith('requests.') && labelKeyProblems(`requests.${name}`).length === 0;
  if (!name.includes('kubernetes.io/') && !isExtended) {
    errors.push(invalidTyped(field, name, "doesn't follow extended resource name standard"));
  }
  return errors;
}

import type { Behavior, HorizontalPodAutoscaler, HpaStatus, MetricSpec } from '../autoscaling/types.ts';
import { type HpaOptionsReading, readHpaOptions } from './hpa-options.ts';
import { readReplicaCount } from './replica-count.ts';

/** An HPA as the engine reads it. Malformed parts, which no API server lets through, are taken for absent ones. */
export interface HpaReading {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string | null;
  readonly targetKind: string;
  readonly targetName: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metrics: readonly MetricSpec[];
  /** Undefined on the legacy path. */
  readonly behavior: Behavior | undefined;
  readonly status: HpaStatus;
  /** Podtide's own options, by annotation. */
  readonly own: HpaOptionsReading;
}

const NO_STATUS: HpaStatus = { desiredReplicas: 0, currentMetrics: null };
const NO_METRICS: readonly MetricSpec[] = [];
const MALFORMED_METRIC: MetricSpec = { type: '' };

/** Reads whatever an HPA object holds; total. */
export function readHpa(object: HorizontalPodAutoscaler): HpaReading {
  const source = record(object);
  const metadata = record(source['metadata']);
  const spec = record(source['spec']);
  const target = record(spec['scaleTargetRef']);
  const { metrics, behavior } = spec;
  const { status } = source;
  return {
    namespace: text(metadata['namespace']),
    name: text(metadata['name']),
    uid: typeof metadata['uid'] === 'string' ? metadata['uid'] : null,
    targetKind: text(target['kind']),
    targetName: text(target['name']),
    minReplicas: readReplicaCount(spec['minReplicas'], 1),
    maxReplicas: readReplicaCount(spec['maxReplicas'], 0),
    metrics: Array.isArray(metrics) ? readMetrics(metrics) : NO_METRICS,
    behavior: isBehavior(behavior) ? behavior : undefined,
    status: isStatus(status) ? status : NO_STATUS,
    own: readHpaOptions(metadata['annotations']),
  };
}

function readMetrics(metrics: readonly unknown[]): readonly MetricSpec[] {
  return metrics.every(isMetricSpec)
    ? metrics
    : metrics.map((metric) => (isMetricSpec(metric) ? metric : MALFORMED_METRIC));
}

function isMetricSpec(value: unknown): value is MetricSpec {
  return (
    isRecord(value) &&
    typeof value['type'] === 'string' &&
    isAbsentOr(value['resource'], isResource) &&
    isAbsentOr(value['containerResource'], isResource) &&
    isAbsentOr(value['pods'], isNamedMetric) &&
    isAbsentOr(value['object'], isNamedMetric) &&
    isAbsentOr(value['external'], isNamedMetric)
  );
}

function isResource(source: Fields): boolean {
  return typeof source['name'] === 'string' && isTextOrAbsent(source['container']) && isTarget(source['target']);
}

function isNamedMetric(source: Fields): boolean {
  const metric = source['metric'];
  return (
    isRecord(metric) &&
    typeof metric['name'] === 'string' &&
    isAbsentOr(metric['selector'], isSelector) &&
    isAbsentOr(source['describedObject'], isReference) &&
    isTarget(source['target'])
  );
}

function isReference(reference: Fields): boolean {
  return (
    typeof reference['kind'] === 'string' &&
    typeof reference['name'] === 'string' &&
    isTextOrAbsent(reference['apiVersion'])
  );
}

function isTarget(target: unknown): boolean {
  return (
    isRecord(target) &&
    isTextOrAbsent(target['value']) &&
    isTextOrAbsent(target['averageValue']) &&
    isAbsentOrInteger(target['averageUtilization'])
  );
}

function isSelector(selector: Fields): boolean {
  const { matchLabels, matchExpressions } = selector;
  return (
    isAbsentOr(matchLabels, (labels) => Object.values(labels).every((value) => typeof value === 'string')) &&
    (matchExpressions === undefined || (Array.isArray(matchExpressions) && matchExpressions.every(isRequirement)))
  );
}

function isRequirement(requirement: unknown): boolean {
  if (!isRecord(requirement)) return false;
  const { key, operator, values } = requirement;
  return (
    typeof key === 'string' &&
    typeof operator === 'string' &&
    (values === undefined || (Array.isArray(values) && values.every((value) => typeof value === 'string')))
  );
}

function isBehavior(value: unknown): value is Behavior {
  return isRecord(value) && isAbsentOr(value['scaleUp'], isRules) && isAbsentOr(value['scaleDown'], isRules);
}

function isRules(rules: Fields): boolean {
  const { policies } = rules;
  return (
    isAbsentOrInteger(rules['stabilizationWindowSeconds']) &&
    isTextOrAbsent(rules['selectPolicy']) &&
    isTextOrAbsent(rules['tolerance']) &&
    (policies === undefined || (Array.isArray(policies) && policies.every(isPolicy)))
  );
}

function isPolicy(policy: unknown): boolean {
  return (
    isRecord(policy) &&
    typeof policy['type'] === 'string' &&
    Number.isInteger(policy['value']) &&
    Number.isInteger(policy['periodSeconds'])
  );
}

function isStatus(value: unknown): value is HpaStatus {
  if (!isRecord(value)) return false;
  const { conditions, currentMetrics } = value;
  return (
    (conditions === undefined || (Array.isArray(conditions) && conditions.every(isCondition))) &&
    (currentMetrics === undefined || currentMetrics === null || isRecords(currentMetrics))
  );
}

function isCondition(condition: unknown): boolean {
  return isRecord(condition) && typeof condition['type'] === 'string' && typeof condition['status'] === 'string';
}

function isRecords(value: unknown): boolean {
  return Array.isArray(value) && value.every(isRecord);
}

type Fields = Readonly<Record<string, unknown>>;

const NO_FIELDS: Fields = {};

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAbsentOr(value: unknown, isWellFormed: (fields: Fields) => boolean): boolean {
  return value === undefined || (isRecord(value) && isWellFormed(value));
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isAbsentOrInteger(value: unknown): boolean {
  return value === undefined || Number.isInteger(value);
}

function record(value: unknown): Fields {
  return isRecord(value) ? value : NO_FIELDS;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

import { parseSelector } from '../../base/label-selector.ts';
import { SCENARIO_PODS_MAX } from '../../base/limits.ts';
import { parseQuantity } from '../../base/quantity.ts';
import { decode } from '../autoscaling/decoding.ts';
import { HPA_SPEC_V2, HPA_STATUS_V2, HPA_V2 } from '../autoscaling/v2-shape.ts';
import type { StructShape, WireShape } from '../autoscaling/wire-shape.ts';
import {
  below,
  FLAG,
  fields,
  INSTANT,
  INT32,
  INTEGER,
  isRecord,
  items,
  mapOf,
  NUMBER,
  nullable,
  type ShapeCheck,
  type ShapeProblem,
  scalar,
  TEXT,
  wrong,
} from './shape-check.ts';

/** An integer of at most 64 bits, as a decimal string where a double could not hold it. */
export const MILLI = scalar('a milli value (an integer, or its decimal digits in quotes)', isMilli);

/** A Kubernetes quantity. */
export const QUANTITY = scalar(
  'a quantity such as "250m"',
  (value) => typeof value === 'string' && parseQuantity(value) !== undefined,
);

const QUANTITIES = mapOf(QUANTITY);

const ERROR = fields({ message: TEXT, conflict: FLAG }, ['message']);

const CONTAINER = fields({ name: TEXT, requests: nullable(QUANTITIES), restartPolicy: TEXT }, ['name']);

const READY = fields({ status: TEXT, sinceMs: INSTANT }, ['status', 'sinceMs']);

/** A pod entry. */
export const POD = fields({
  name: TEXT,
  count: scalar(
    `a count from 0 to ${SCENARIO_PODS_MAX}`,
    (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= SCENARIO_PODS_MAX,
  ),
  prefix: TEXT,
  from: INTEGER,
  labels: nullable(mapOf(TEXT)),
  phase: nullable(TEXT),
  startMs: nullable(INSTANT),
  ready: nullable(READY),
  deletedMs: nullable(INSTANT),
  owner: nullable(TEXT),
  containers: nullable(items(CONTAINER)),
  initContainers: nullable(items(CONTAINER)),
  podRequests: nullable(QUANTITIES),
  overhead: nullable(QUANTITIES),
});

const SAMPLE: ShapeCheck = (value) =>
  isRecord(value) ? fields({ milli: MILLI, atMs: INSTANT, windowMs: INTEGER }, ['milli'])(value) : MILLI(value);

const METRIC_FIELDS = fields({
  error: ERROR,
  samples: mapOf(SAMPLE),
  values: items(MILLI),
  atMs: INSTANT,
  windowMs: INTEGER,
});

/** What a metric's query brought: an error, samples or values; none of them for a metric that is not asked for. */
export const METRIC: ShapeCheck = (value) => {
  const problem = METRIC_FIELDS(value);
  if (problem !== null || !isRecord(value)) return problem;
  const kinds = ['error', 'samples', 'values'].filter((key) => Object.hasOwn(value, key));
  return kinds.length <= 1 ? null : { path: '', message: 'must hold only one of error, samples and values' };
};

const COUNTS = fields({ specReplicas: INT32, statusReplicas: INT32, selector: TEXT, error: ERROR });

const SCALE: ShapeCheck = (value) => {
  const problem = COUNTS(value);
  if (problem !== null || !isRecord(value) || Object.hasOwn(value, 'error')) return problem;
  return Object.hasOwn(value, 'specReplicas') ? null : { path: '', message: 'must hold specReplicas or an error' };
};

/** Remembered recommendations: `[count, ms]`. */
export const RECOMMENDATIONS = tuples(2);

/** Remembered scale events: `[size, ms, 1 if marked outdated]`. */
export const SCALE_EVENTS = tuples(3);

const STATE = fields({
  recommendations: RECOMMENDATIONS,
  scaleUpEvents: SCALE_EVENTS,
  scaleDownEvents: SCALE_EVENTS,
});

/** A reference to an object of any kind. */
export const REFERENCE = fields({ kind: TEXT, name: TEXT, apiVersion: TEXT }, ['kind', 'name']);

const EVENT = fields({ type: TEXT, reason: TEXT, message: TEXT });

const METRIC_LABELS = fields({ type: TEXT, action: TEXT, error: TEXT });

const EXPECT = fields({
  scaledTo: nullable(INTEGER),
  scaleWrites: items(INTEGER),
  statusWritten: FLAG,
  status: nullable(wire(HPA_STATUS_V2)),
  storedStatus: wire(HPA_STATUS_V2),
  events: items(EVENT),
  error: nullable(TEXT),
  deleted: FLAG,
  queries: items(TEXT),
  telemetry: fields({ action: TEXT, error: TEXT, metrics: items(METRIC_LABELS), desiredReplicas: nullable(INTEGER) }),
  state: STATE,
  platformDependent: items(TEXT),
});

const SELECTOR = scalar(
  'a label selector such as "app=web"',
  (value) => typeof value === 'string' && parseSelector(value).kind === 'selector',
);

const OTHER_HPA = fields({ namespace: TEXT, name: TEXT, selector: nullable(SELECTOR) }, ['namespace', 'name']);

const STEP = fields(
  {
    atMs: INSTANT,
    restart: FLAG,
    hpa: wire(HPA_V2),
    hpaSpec: wire(HPA_SPEC_V2),
    hpaDeleted: FLAG,
    hpaGetError: ERROR,
    unregistered: FLAG,
    otherHpas: items(OTHER_HPA),
    mapperError: ERROR,
    mappings: items(TEXT),
    scale: SCALE,
    scales: items(SCALE),
    scaleUpdate: fields({ errors: items(nullable(ERROR)), refetch: items(nullable(SCALE)) }),
    statusUpdateError: ERROR,
    pods: checkPods,
    podListErrors: items(nullable(ERROR)),
    metrics: items(nullable(METRIC)),
    expect: EXPECT,
  },
  ['atMs'],
);

/** The gates that the formats name. */
export const FEATURES = fields({ HPAScaleToZero: FLAG, HPAConfigurableTolerance: FLAG, PodLevelResources: FLAG });

/** Says what is wrong with a story; null when it is one. */
export const checkScenario: ShapeCheck = fields(
  {
    name: TEXT,
    section: TEXT,
    rule: TEXT,
    tags: items(TEXT),
    apiValid: FLAG,
    options: fields({
      tolerance: NUMBER,
      downscaleStabilizationMs: INTEGER,
      cpuInitializationPeriodMs: INTEGER,
      initialReadinessDelayMs: INTEGER,
      maxSampleAgeMs: INTEGER,
      features: FEATURES,
      clockTickNs: INTEGER,
    }),
    podDefaults: POD,
    hpa: wire(HPA_V2),
    initialState: STATE,
    steps: items(STEP),
  },
  ['name', 'hpa', 'steps'],
);

/** An object of the API: known fields only, each of its type. */
function wire(shape: StructShape): ShapeCheck {
  return (value) => {
    if (!isRecord(value)) return wrong('an object', value);
    const unknown = findUnknownField(shape, value);
    if (unknown !== null) return unknown;
    const decoded = decode(shape, value);
    return decoded.kind === 'decoded' ? null : { path: decoded.path, message: decoded.message };
  };
}

function findUnknownField(shape: WireShape, value: unknown): ShapeProblem | null {
  if (shape.kind === 'list' && Array.isArray(value)) return items((item) => findUnknownField(shape.item, item))(value);
  if (shape.kind !== 'struct' || !isRecord(value)) return null;
  for (const key of Object.keys(value)) {
    const field = shape.fields.find((known) => known.key === key);
    if (field === undefined) return { path: key, message: 'unknown field' };
    const problem = findUnknownField(field.shape, value[key]);
    if (problem !== null) return below(key, problem);
  }
  return null;
}

function checkPods(value: unknown): ShapeProblem | null {
  const problem = items(POD)(value);
  if (problem !== null || !Array.isArray(value)) return problem;
  const podCount = value.reduce((sum: number, { count = 1 }: { count?: number }) => sum + count, 0);
  return podCount <= SCENARIO_PODS_MAX
    ? null
    : { path: '', message: `must be at most ${SCENARIO_PODS_MAX} pods, not ${podCount}` };
}

/** Lists of a count, an instant and, where there are three, a mark. */
function tuples(length: number): ShapeCheck {
  const isTuple = (value: unknown) => {
    if (!Array.isArray(value) || value.length !== length) return false;
    return INT32(value[0]) === null && value.slice(1).every((item) => INSTANT(item) === null);
  };
  return items(scalar(`a list of ${length} integers`, isTuple));
}

function isMilli(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value)) return false;
  const exact = BigInt(value);
  return BigInt.asIntN(64, exact) === exact;
}

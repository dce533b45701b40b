import { FEATURES, METRIC, MILLI, POD, QUANTITY, RECOMMENDATIONS, REFERENCE, SCALE_EVENTS } from './scenario-check.ts';
import {
  fields,
  INSTANT,
  INT32,
  INTEGER,
  isRecord,
  items,
  NUMBER,
  nullable,
  type ShapeCheck,
  TEXT,
  wrong,
} from './shape-check.ts';

const ANY: ShapeCheck = () => null;

const RULES = fields({
  stabilizationWindowSeconds: INT32,
  selectPolicy: TEXT,
  policies: items(fields({ type: TEXT, value: INT32, periodSeconds: INT32 }, ['type', 'value', 'periodSeconds'])),
  tolerance: QUANTITY,
});

const CALCULATOR_INPUT = fields(
  {
    resource: TEXT,
    container: TEXT,
    metric: TEXT,
    describedObject: REFERENCE,
    currentReplicas: INT32,
    statusReplicas: INT32,
    targetUtilization: INT32,
    targetMilli: MILLI,
    tolerances: fields({ scaleDown: NUMBER, scaleUp: NUMBER }, ['scaleDown', 'scaleUp']),
  },
  ['tolerances'],
);

const EVENTS = { scaleUpEvents: SCALE_EVENTS, scaleDownEvents: SCALE_EVENTS };
const READINESS = { nowMs: INSTANT, cpuInitializationPeriodMs: INTEGER, initialReadinessDelayMs: INTEGER };
const BOUNDS = { currentReplicas: INT32, minReplicas: INT32, maxReplicas: INT32 };
const PODS = items(POD);

const KINDS: Readonly<Record<string, ShapeCheck>> = {
  replicaCalculator: step({ ...READINESS, func: TEXT, in: CALCULATOR_INPUT, metric: METRIC }, { pods: PODS }),
  groupPods: step({ ...READINESS, resource: TEXT, pods: PODS, metric: METRIC }),
  calculateRequests: step({ resource: TEXT, container: TEXT, pods: PODS }, { features: FEATURES }),
  stabilizeLegacy: step({
    nowMs: INSTANT,
    desired: INT32,
    downscaleStabilizationMs: INTEGER,
    recommendations: RECOMMENDATIONS,
  }),
  stabilizeWithBehavior: step({
    nowMs: INSTANT,
    desired: INT32,
    currentReplicas: INT32,
    scaleUpWindowSeconds: INT32,
    scaleDownWindowSeconds: INT32,
    recommendations: RECOMMENDATIONS,
  }),
  limitLegacy: step({ ...BOUNDS, desired: INT32, legacyScaleUpFactor: INTEGER }),
  rateLimitWithBehavior: step({
    ...BOUNDS,
    ...EVENTS,
    nowMs: INSTANT,
    desired: INT32,
    scaleUp: RULES,
    scaleDown: RULES,
  }),
  scaleUpLimit: step({ ...EVENTS, currentReplicas: INT32, rules: RULES }, { nowMs: INSTANT }),
  scaleDownLimit: step({ ...EVENTS, currentReplicas: INT32, rules: RULES }, { nowMs: INSTANT }),
  storeScaleEvent: step({
    ...EVENTS,
    nowMs: INSTANT,
    previousReplicas: INT32,
    newReplicas: INT32,
    behavior: nullable(fields({ scaleUp: RULES, scaleDown: RULES })),
  }),
  statusQuantity: step({ resource: TEXT, milli: MILLI }),
};

/** Says what is wrong with a single step; null when it is one. */
export const checkSingleStep: ShapeCheck = (value) => {
  const kind = isRecord(value) ? value['kind'] : undefined;
  const check = typeof kind === 'string' && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (check === undefined)
    return { path: 'kind', message: wrong(`one of ${Object.keys(KINDS).join(', ')}`, kind).message };
  return check(value);
};

function step(required: Readonly<Record<string, ShapeCheck>>, optional: Readonly<Record<string, ShapeCheck>> = {}) {
  const known = { name: TEXT, kind: TEXT, ...required, ...optional, out: ANY };
  return fields(known, ['name', ...Object.keys(required)]);
}

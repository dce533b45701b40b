import { FEATURES, METRIC, MILLI, POD, QUANTITY, RECOMMENDATIONS, REFERENCE, SCALE_EVENTS } from './scenario-check.ts';
import { fields, INTEGER, isRecord, items, NUMBER, nullable, type ShapeCheck, TEXT, wrong } from './shape-check.ts';

const ANY: ShapeCheck = () => null;

const RULES = fields({
  stabilizationWindowSeconds: INTEGER,
  selectPolicy: TEXT,
  policies: items(fields({ type: TEXT, value: INTEGER, periodSeconds: INTEGER }, ['type', 'value', 'periodSeconds'])),
  tolerance: QUANTITY,
});

const CALCULATOR_INPUT = fields(
  {
    resource: TEXT,
    container: TEXT,
    metric: TEXT,
    describedObject: REFERENCE,
    currentReplicas: INTEGER,
    statusReplicas: INTEGER,
    targetUtilization: INTEGER,
    targetMilli: MILLI,
    tolerances: fields({ scaleDown: NUMBER, scaleUp: NUMBER }, ['scaleDown', 'scaleUp']),
  },
  ['tolerances'],
);

const EVENTS = { scaleUpEvents: SCALE_EVENTS, scaleDownEvents: SCALE_EVENTS };
const READINESS = { nowMs: INTEGER, cpuInitializationPeriodMs: INTEGER, initialReadinessDelayMs: INTEGER };
const BOUNDS = { currentReplicas: INTEGER, minReplicas: INTEGER, maxReplicas: INTEGER };
const PODS = items(POD);

const KINDS: Readonly<Record<string, ShapeCheck>> = {
  replicaCalculator: step({ ...READINESS, func: TEXT, in: CALCULATOR_INPUT, metric: METRIC }, { pods: PODS }),
  groupPods: step({ ...READINESS, resource: TEXT, pods: PODS, metric: METRIC }),
  calculateRequests: step({ resource: TEXT, container: TEXT, pods: PODS }, { features: FEATURES }),
  stabilizeLegacy: step({
    nowMs: INTEGER,
    desired: INTEGER,
    downscaleStabilizationMs: INTEGER,
    recommendations: RECOMMENDATIONS,
  }),
  stabilizeWithBehavior: step({
    nowMs: INTEGER,
    desired: INTEGER,
    currentReplicas: INTEGER,
    scaleUpWindowSeconds: INTEGER,
    scaleDownWindowSeconds: INTEGER,
    recommendations: RECOMMENDATIONS,
  }),
  limitLegacy: step({ ...BOUNDS, desired: INTEGER, legacyScaleUpFactor: INTEGER }),
  rateLimitWithBehavior: step({
    ...BOUNDS,
    ...EVENTS,
    nowMs: INTEGER,
    desired: INTEGER,
    scaleUp: RULES,
    scaleDown: RULES,
  }),
  scaleUpLimit: step({ ...EVENTS, currentReplicas: INTEGER, rules: RULES }, { nowMs: INTEGER }),
  scaleDownLimit: step({ ...EVENTS, currentReplicas: INTEGER, rules: RULES }, { nowMs: INTEGER }),
  storeScaleEvent: step({
    ...EVENTS,
    nowMs: INTEGER,
    previousReplicas: INTEGER,
    newReplicas: INTEGER,
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
